"""What stands between a text and its readers: keys, headings, links, figures, sources, promised minutes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from articles.folder import SeriesFolder, WorkFile
from articles.models import Claim
from articles.publishing import WORDS_A_MINUTE, BadKeys, check_keys
from articles.recall import drawn
from articles.surroundings import FolderSurroundings
from portal.lib.article_checks import Finding, figure_in, render_and_check
from portal.lib.article_markup import Surroundings
from portal.lib.markdown import Rendered, TooLong

_ONLY_FOR_GUIDES = "has no key"  # the hub's own headings are no sections
TOLERANCE = 15.0  # percent


def check_series(series: SeriesFolder, tolerance: float) -> list[str]:
    """One line per thing to mend; tolerance in percent, for the promised minutes."""
    problems = [
        f"claims.yaml: {key}: the confidence {row['confidence']!r} is not one of ours"
        for key, row in series.claims.items()
        if row["confidence"] not in Claim.Confidence.values
    ]
    if series.hub.get("promise_claim") not in series.claims:
        problems.append("hub.md: the promise names no source")
    hub = check_hub({**series.hub, "body": series.hub_body}, FolderSurroundings(series, None))
    problems += [f"hub.md: {name}: {problem}" for name, said in hub.items() for problem in said]
    for file in series.works.values():
        if file.body:
            problems += [f"{file.key}: {problem}" for problem in _work(series, file, tolerance)]
    return problems


def check_hub(words: Mapping[str, str], around: Surroundings) -> dict[str, list[str]]:
    """What is wrong with the words of the page Read, by their names; they are held to the rules of guides."""
    problems: dict[str, list[str]] = {}
    for name in ("promise", "skim", "apply", "master", "struggles_intro", "closing"):
        figure = figure_in(words[name])
        if figure and name != "promise":
            problems[name] = [f"“{figure}” needs a source; only the promise and the Markdown can name one"]
        elif figure and not words["promise_claim"]:
            problems[name] = [f"“{figure}” needs a source; choose it below"]
    for name in ("body", "credit"):
        rendered, findings = render_and_check(words[name], around)
        findings += dead_links(rendered, around)
        said = [finding.text for finding in findings if _ONLY_FOR_GUIDES not in finding.text]
        problems |= {name: said} if said else {}
    return problems


def _work(series: SeriesFolder, file: WorkFile, tolerance: float) -> Iterator[str]:
    around = FolderSurroundings(series, file)
    try:
        rendered, findings = render_and_check(file.body, around)
        check_keys(rendered, file.key)
    except (TooLong, BadKeys) as error:
        yield str(error)
        return
    yield from (finding.text for finding in findings)
    yield from (finding.text for finding in dead_links(rendered, around))
    yield from (finding.text for finding in minutes(rendered.words, file.minutes, tolerance))
    yield from drawn(file.recall, {piece.key for piece in rendered.pieces}, around)[1]
    yield from _concepts(rendered)
    for missing in sorted(set(rendered.claims) ^ set(file.sources)):
        where = "not listed in" if missing in rendered.claims else "only in"
        yield f"the source {missing} is {where} sources"


def _concepts(rendered: Rendered) -> Iterator[str]:
    """A work treats an idea in one place, or the other guides would not know where to send their readers."""
    counts = Counter(piece.concept for piece in rendered.pieces if piece.concept)
    for concept, count in counts.items():
        if count > 1:
            yield f"{count} sections have the concept {concept}; only one may"


def verdict(
    rendered: Rendered, findings: list[Finding], *, promised: int, linked: Mapping[str, set[str]]
) -> dict[str, list[str]]:
    """What stands between a draft and its readers: ``blocking`` and ``warnings``, as sentences.

    ``linked``: keys of this text that other guides link to, with the titles of those guides.
    """
    found = [*findings, *minutes(rendered.words, promised, TOLERANCE)]
    if not rendered.pieces:
        found.append(Finding("there is no text yet"))
    keys = {heading.key for heading in rendered.headings} | {"start"}
    for key, titles in sorted(linked.items()):
        if key not in keys:
            says = f"{', '.join(sorted(titles))} links to the section {key}, which this text no longer has"
            found.append(Finding(says, blocking=False))
    return {
        "blocking": [finding.text for finding in found if finding.blocking],
        "warnings": [finding.text for finding in found if not finding.blocking],
    }


def dead_links(rendered: Rendered, around: Surroundings) -> Iterator[Finding]:
    """Links to pages of this site that there are not, with or without the site's own name."""
    for href in rendered.links:
        address = _on_this_site(href)
        if address and not _leads(address, around):
            yield Finding(f"the link {href} leads to no page of this site")


def removed_sources(rendered: Rendered) -> Iterator[Finding]:
    """Sources that were taken off the list; a text from before may still cite them, a new one may not."""
    shown = set(Claim.objects.shown().filter(pk__in=rendered.claims).values_list("pk", flat=True))
    for claim in rendered.claims:
        if claim not in shown:
            yield Finding(f"the source {claim} was taken off the list of sources")


def _on_this_site(href: str) -> SplitResult | None:
    try:
        address = urlsplit(href)
    except ValueError:
        return None
    own = urlsplit(settings.SITE_URL).netloc
    is_ours = address.netloc.lower() == own.lower() if address.netloc else href.startswith("/")
    return address if is_ours else None


def _leads(address: SplitResult, around: Surroundings) -> bool:
    path, anchor = unquote(address.path) or "/", unquote(address.fragment)
    if path.startswith(settings.STATIC_URL):
        return True
    try:
        page = resolve(path)
    except Resolver404:
        return not path.endswith("/") and _leads(address._replace(path=f"{address.path}/"), around)
    if page.view_name in {"articles:work", "articles:work_md"}:
        return bool(around.work_url(page.kwargs["key"], anchor))
    if page.view_name == "articles:claims" and anchor:
        return around.claim(anchor) is not None
    return True


def minutes(words: int, promised: int, tolerance: float) -> Iterator[Finding]:
    """The promise against what the text takes."""
    taken = words / WORDS_A_MINUTE
    if words and abs(taken - promised) / max(promised, 1) * 100 > tolerance:
        text = f"{words} words are {taken:.1f} minutes, but {promised} are promised"
        yield Finding(text, blocking=False)
