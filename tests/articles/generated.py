"""Series that nobody wrote: every kind of character and every construct, for the round trip."""

from datetime import date
from io import BytesIO

from hypothesis import strategies as st
from PIL import Image

from articles.folder import HUB_FIELDS, FigureFile, SeriesFolder, WorkFile

_LETTERS = st.characters(exclude_categories=("Cc", "Cs"), include_characters="\t\"'\\:#-[]{}|>&*!%@`,?~\x85")
_CONSTRUCTS = (
    "> A quotation\n>\n> of two paragraphs",
    "- one\n- two\n    - deeper",
    "| a | b |\n| --- | ---: |\n| 1 | 2 |",
    "```yaml\n---\nkey: not front matter\n---\n```",
    "---",
    ":::note\nRemember.\n:::",
    "A footnote.[^1]\n\n[^1]: Its text.",
    "Trailing spaces  \nand a line after them",
)

QUESTIONS = """# A comment of the author, and a spelling of their own.
- key: a-question
  section:    start
  question: 'Which of these?'
  options: {a: "One", b: Two}
  right: a
  why: Because.
"""


def words(longest=60):
    return st.text(_LETTERS, max_size=longest)


def lines(longest=120):
    """Words as a text field holds them, also over several lines."""
    return st.text(_LETTERS | st.just("\n"), max_size=longest)


def keys(least, most):
    key = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True) | st.sampled_from(
        ["no", "null", "on", "y-es"]
    )
    return st.lists(key, min_size=least, max_size=most, unique=True)


def claim(number):
    fields = {name: words() for name in ("figure", "says", "who", "sample", "source", "caveat")}
    return st.fixed_dictionaries(
        fields
        | {
            "id": st.just(f"F{number:03d}"),
            "year": st.none() | st.integers(1900, 2100),
            "url": st.sampled_from(["", "https://example.org/a?b=c&d=%20#e"]),
            "confidence": st.sampled_from(["checked", "second-hand", "unopened"]),
        }
    )


@st.composite
def bodies(draw, works, claims):
    """Nothing, or sections with keys of their own that cite and link."""
    parts = []
    for key in draw(keys(0, 3)):
        text = draw(words())
        cite = draw(st.sampled_from(["", *(f" [@{claim}]" for claim in claims)]))
        link = draw(st.sampled_from(["", *(f" [see](work:{work})" for work in works)]))
        parts += [f"## Heading {draw(words(20)).strip()} {{#{key}}}", f"Words {text}{cite}{link}"]
        parts.append(draw(st.sampled_from(_CONSTRUCTS)))
    return "\n\n".join(parts).strip("\n")


_QUESTION = """# A comment.
- {key: one, section: start, question: "Which?", options: {a: "This", b: That}, right: b, why: Because.}
"""


@st.composite
def works(draw, key, all_keys, claims):
    figures = {}
    if draw(st.booleans()):
        title = draw(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=9))
        title = title.replace("<", "").replace("&", "")
        svg = f'<svg viewBox="0 0 90 60"><title>{title}</title></svg>\r\n'
        figures = {"drawing.svg": FigureFile("drawing.svg", svg.encode(), 90, 60)}
    if draw(st.booleans()):
        size = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
        figures["photo.png"] = FigureFile("photo.png", png(*size), *size, "image/png")
    body = draw(bodies(all_keys, claims))
    return WorkFile(
        key=key,
        title=draw(words()),
        kind=draw(st.sampled_from(["guide", "focus", "resource"])),
        depth=draw(st.sampled_from(["brief", "field", "definitive", "none"])),
        minutes=draw(st.integers(1, 90)),
        order=all_keys.index(key),
        audience=draw(words()),
        summary=draw(lines()),
        owner=draw(words()),
        review_by=draw(st.none() | st.dates(date(2024, 1, 1), date(2034, 1, 1))),
        sources=tuple(claim for claim in claims if f"[@{claim}]" in body),
        successors=draw(st.dictionaries(st.sampled_from(["old", "no", "older-one"]), st.just("new"))),
        body=body,
        figures=figures,
        recall_source=draw(st.sampled_from(["", _QUESTION])),
    )


def png(width, height):
    data = BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, "PNG")
    return data.getvalue()


@st.composite
def series(draw):
    """A folder of up to three works, two sources and two paths."""
    claims = [draw(claim(number)) for number in range(1, draw(st.integers(1, 3)))]
    ids = [row["id"] for row in claims]
    names = draw(keys(1, 3))
    hub = {name: draw(lines()) for name in HUB_FIELDS}
    hub["promise_claim"] = draw(st.sampled_from(["", *ids]))
    hub["credit"] = "Thanks to " + draw(words())
    return SeriesFolder(
        works={key: draw(works(key, names, ids)) for key in names},
        claims={row["id"]: row for row in claims},
        paths=[draw(paths(key, names)) for key in draw(keys(0, 2))],
        hub=hub,
        hub_body=draw(st.sampled_from(["", "Words.", "## A heading\n\nwith words"])),
    )


@st.composite
def paths(draw, key, names):
    steps = draw(st.lists(st.sampled_from(names), unique=True))
    return {
        "key": key,
        "kind": draw(st.sampled_from(["role", "struggle"])),
        **{name: draw(lines()) for name in ("title", "says", "reason")},
        "steps": [
            {"work": work, "why": draw(words()), "optional": draw(st.booleans()), "tool": draw(st.booleans())}
            for work in steps
        ],
    }
