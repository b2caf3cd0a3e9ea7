"""The editor's own page: how to write, and where things stand."""

import re
from html import unescape

import pytest
from django.urls import reverse

from articles.models import Claim
from articles.policy_numbers import Terms
from portal.lib.article_markup import BLOCKS
from portal.lib.mirrors import MIRRORS
from tests.articles.conftest import made

PAGE, PREVIEW = (reverse(f"editing:{name}", args=["guide"]) for name in ("work", "preview"))


@pytest.fixture
def editor(client_of, curator):
    made("field-guide", order=2)
    made("guide")
    Claim.objects.create(pk="F051", says="Debriefs help.", who="Somebody", source="A journal")
    return client_of(curator)


@pytest.fixture
def help_(editor):
    html = editor.get(PAGE).content.decode()
    return html.split("<summary>How to write</summary>")[1].split("</details>")[0]


def test_every_line_of_how_to_write_does_what_it_says(editor, help_):
    lines = [unescape(line) for line in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", help_, re.DOTALL)]
    shown = editor.post(PREVIEW, {"content": "\n\n".join(lines)}).content.decode()
    for there in (
        'id="find-the-cause"',
        'class="claim"',
        'href="/series/field-guide/#start"',
        'class="block block--example"',
        'class="figure__title"',
        'class="twin"',
        'class="footnotes"',
        'class="task-list-item"',
        "within 48 hours",
        "mirror--closure_rate",
    ):
        assert there in shown, there
    assert not re.search(r"\[@|\[=|::|\{#|work:", re.sub(r"<a [^>]*>", "", shown))


def test_how_to_write_names_every_block_number_and_figure_of_a_team(help_):
    known = {*BLOCKS, *MIRRORS, *(name for name in Terms().values() if not re.match(r"sev|adopted", name))}
    assert {name for name in known if name not in help_} == set()
    assert reverse("editing:sources") in help_


def test_pictures_and_help_come_before_the_text_and_the_preview_can_be_skipped(editor):
    html = editor.get(PAGE).content.decode()
    order = ("How to write", "Add a picture", 'name="body"', 'href="#more"', 'role="region"', 'id="more"')
    places = [html.index(part) for part in order]
    assert places == sorted(places)
