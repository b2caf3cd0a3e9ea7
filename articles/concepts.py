"""The same idea at other depths: links from section to section, worked out when a text is published."""

from typing import Any

from articles.models import Edition, Work


def relink() -> None:
    """Bring the links of all published editions in line with each other; one query when nothing changed.

    Call it inside the transaction that publishes, announces or retires a work.
    """
    works = list(
        Work.objects.readable()
        .listed()
        .select_related("published")
        .only("key", "title", "order", "published__contents", "published__same_idea")
    )
    places: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for work in works:
        for concept, entry in _concepts(work):
            url = f"{work.get_absolute_url()}#{entry['key']}"
            minutes = max(1, round(entry["seconds"] / 60))
            card = {"title": work.title, "heading": entry["heading"], "minutes": minutes, "url": url}
            places.setdefault(concept, []).append((work.pk, card))
    for work in works:
        elsewhere = {
            entry["key"]: [card for pk, card in places[concept] if pk != work.pk]
            for concept, entry in _concepts(work)
        }
        links = {key: cards for key, cards in elsewhere.items() if cards}
        if work.published and work.published.same_idea != links:
            Edition.objects.filter(pk=work.published.pk).update(same_idea=links)


def _concepts(work: Work) -> list[tuple[str, dict[str, Any]]]:
    contents: list[dict[str, Any]] = work.published.contents if work.published else []
    return [(entry["concept"], entry) for entry in contents if entry.get("concept")]
