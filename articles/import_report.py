"""What an import did, to be told to whoever ran it."""

from dataclasses import dataclass, field


@dataclass
class ImportReport:
    """What an import did: new editions as "Executive Brief 2", works only announced, what is wrong.

    ``kept`` names what was changed on the site and differs from the folder, as "paths.yaml: leader";
    ``offered`` the guides for which a draft now joins the folder's text with the site's.
    """

    editions: list[str] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
