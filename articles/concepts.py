"""The same idea at other depths: links from section to section, worked out when a text is published."""

from collections.abc import Mapping
from typing import Any

from articles.models import Edition, Work

Place = tuple[int, dict[str, Any]]  # the work's id and the link to its section


def relink() -> None:
    """Bring the links of all published editions in line with each other; one query when nothing changed.

    Call it inside the transaction that publishes, announces or retires a work.
    """
    works = _treating()
    places = _places(works)
    for work in works:
        links = _links(work, {entry["key"]: concept for concept, entry in _concepts(work)}, places)
        if work.published and work.published.same_idea != links:
            Edition.objects.filter(pk=work.published.pk).update(same_idea=links)


def links_of(work: Work, concepts: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The links that a text with these concepts by section key would get, if it were published; one query."""
    return _links(work, concepts, _places(_treating()))


def _treating() -> list[Work]:
    names = ("key", "title", "order", "published__contents", "published__same_idea")
    return list(Work.objects.readable().listed().select_related("published").only(*names))


def _places(works: list[Work]) -> dict[str, list[Place]]:
    places: dict[str, list[Place]] = {}
    for work in works:
        for concept, entry in _concepts(work):
            url = f"{work.get_absolute_url()}#{entry['key']}"
            minutes = max(1, round(entry["seconds"] / 60))
            card = {"title": work.title, "heading": entry["heading"], "minutes": minutes, "url": url}
            places.setdefault(concept, []).append((work.pk, card))
    return places


def _links(
    work: Work, concepts: Mapping[str, str], places: Mapping[str, list[Place]]
) -> dict[str, list[dict[str, Any]]]:
    elsewhere = {
        key: [card for pk, card in places.get(concept, []) if pk != work.pk]
        for key, concept in concepts.items()
    }
    return {key: cards for key, cards in elsewhere.items() if cards}


def _concepts(work: Work) -> list[tuple[str, dict[str, Any]]]:
    contents: list[dict[str, Any]] = work.published.contents if work.published else []
    return [(entry["concept"], entry) for entry in contents if entry.get("concept")]
