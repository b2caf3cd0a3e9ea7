"""What the site does with hostile inputs: real rendering, real rows; run in a process of the site.

``manage.py shell -c "from tests.hostile.stage import fill; fill(seed, first, pages, per_page)"``
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.factories import make_action, make_factor, make_review, make_shape_version, make_timeline_row
from tests.hostile import bugs
from tests.hostile.grammar import hostile

EMAIL, PASSWORD = "anna@example.org", "correct horse battery"
SECTIONS = 5


def people() -> None:
    """Anna writes post-mortems and edits guides."""
    from portal.accounts.models import Membership, Team, User

    team = Team.objects.create(name="Payments", slug="payments")
    anna = User.objects.create_user(EMAIL, PASSWORD, name="Anna", is_curator=True)
    Membership.objects.create(team=team, user=anna)


def fill(seed: int, first: int, pages: int, per_page: int, bug: str = "") -> None:
    """Put inputs on ``pages`` post-mortems and as many guides; print their addresses as JSON."""
    bugs.put_back(bug)
    found = []
    for page in range(pages):
        start = first + page * per_page
        texts = {n: hostile(n, seed=seed) for n in range(start, start + per_page)}
        found.append({"first": start, "review": review_of(texts), "guide": guide_of(texts)})
    print("PAGES " + json.dumps(found))


def harmless() -> None:
    """The same pages with nothing in them, to learn what a page asks for by itself."""
    texts = dict.fromkeys(range(2), "A plain sentence.")
    print("PAGES " + json.dumps([{"first": 0, "review": review_of(texts), "guide": guide_of(texts)}]))


def beginning(number: int) -> str:
    """A paragraph of our own before each input: when it is gone, an input has swallowed the page."""
    return f"begins{number}"


def review_of(texts: dict[int, str]) -> str:
    """A published post-mortem with the inputs in its answers, and some of them in every plain field."""
    from portal.accounts.models import User
    from portal.lib import clock, markdown
    from reviews.models import Answer
    from reviews.shapes import parts_in

    anna = User.objects.get(email=EMAIL)
    # What the forms do: no character that cannot be stored, and one line where there is one line.
    plain = [text.replace("\0", "") for text in texts.values()]
    lines = [" ".join(text.split()) for text in plain]
    version = make_shape_version()
    keys = [part.key for part in parts_in(version) if part.kind == "answer"]
    htmls: dict[str, list[str]] = {key: [] for key in keys}
    for number, text in texts.items():
        ours = markdown.render_text(beginning(number))
        htmls[keys[number % len(keys)]] += [ours, markdown.render_text(text)]
    review = make_review(
        owner=anna,
        state="published",
        title=lines[0][:200],
        others_present=lines[-1][:300].strip(),
        answers={key: plain[index % len(plain)] + "." for index, key in enumerate(keys)},
    )
    for key, html in htmls.items():
        Answer.objects.filter(review=review, key=key).update(html="".join(html))
    for text, line in zip(plain[:8], lines, strict=False):
        make_timeline_row(review=review, text=text, outcome=line[:200].strip(), source=line[:200].strip())
        make_factor(review=review, text=text, why_it_hid=text, interactions=text)
        due = clock.now().date() + timedelta(days=9)
        make_action(review=review, text=line[:300].strip() or "x", due_on=due)
    return f"/reviews/{review.pk}/"


def guide_of(texts: dict[int, str]) -> str:
    """A published guide with the inputs in a few sections, each input rendered by itself."""
    from articles.folder import WorkFile
    from articles.models import Work
    from articles.publishing import publish
    from portal.lib import clock

    number = min(texts)
    key = f"hostile-{number}-{Work.objects.count()}"
    title = next(iter(texts.values())).replace("\0", "")[:120] or "Empty"
    words: dict[str, Any] = {"title": title, "kind": "guide", "minutes": 5, "order": 9, "summary": title}
    work = Work.objects.create(key=key, **words)
    file = WorkFile(
        **words,
        key=key,
        depth="none",
        audience="",
        owner="",
        review_by=None,
        sources=(),
        successors={},
        body=key,
    )
    publish(work, file, _Nothing(), at=clock.now(), rendered=_rendered(texts))
    return work.get_absolute_url()


def _rendered(texts: dict[int, str]) -> Any:
    from portal.lib import markdown
    from tests.articles.test_markdown import Around

    htmls: list[list[str]] = [[] for _ in range(SECTIONS)]
    for number, text in texts.items():
        own = markdown.render_article(beginning(number), Around()).pieces[0].html
        it = markdown.render_article(text, Around())
        htmls[number % SECTIONS] += [own, *(p.heading_html + p.html for p in it.pieces), it.footnotes]
    rendered = markdown.Rendered()
    for index, html in enumerate(htmls):
        key, heading = f"part-{index}", f'<h2 id="part-{index}">Part {index}</h2>'
        rendered.headings.append(markdown.Heading(key, f"Part {index}", 2))
        rendered.pieces.append(
            markdown.Piece(key, f"Part {index}", 2, "", heading, "".join(html), key, 1, ())
        )
    return rendered


class _Nothing:
    """The surroundings of a text that was rendered already."""

    def work_url(self, work: str, section: str) -> None:
        return None

    def claim(self, claim: str) -> None:
        return None

    def figure(self, name: str) -> None:
        return None
