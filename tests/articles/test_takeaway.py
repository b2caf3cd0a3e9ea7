"""What is taken away from a guide: Markdown without our own syntax, and the empty form of the Template."""

import re

from articles.takeaway import form_html, plain_markdown

SOURCES = [
    {
        "id": "F009",
        "who": "Google",
        "year": 2018,
        "says": "Pushes.",
        "source": "Workbook",
        "url": "https://s/",
    },
    {"id": "F010", "who": "Us", "year": None, "says": "Ours.", "source": "Search", "url": ""},
]
BODY = """Most come from pushes [@F009], few not [@F010], see [the rest](work:guide#rest), [soon](work:later).

## A heading {#key concept=idea}

:::good
Give it *two* workers.

- One item
:::

::figure ladder.svg "The ladder"

:::twin
Four rungs.
:::

::mirror repeats

```markdown
## Kept {#as-it-is}
```

[A form](/reviews/new/)
"""


def _plain(body=BODY, sources=SOURCES):
    def address(work, section):
        return "/series/guide/#rest" if work == "guide" else ""

    return plain_markdown("A guide", body, sources, site="https://site", address=address)


def test_other_programs_get_markdown_without_our_syntax():
    text = _plain()
    assert text.startswith(
        "# A guide\n\nMost come from pushes [1], few not [2], "
        "see [the rest](https://site/series/guide/#rest), soon.\n"
    )
    assert "## A heading\n\n> **A good answer**\n>\n> Give it *two* workers.\n>\n> - One item\n" in text
    assert "**The ladder**\n\nFour rungs.\n" in text
    assert "> **Your team: what came back (example, fictional): 2 of 9**" in text
    assert "```markdown\n## Kept {#as-it-is}\n```" in text
    assert "[A form](https://site/reviews/new/)" in text
    assert text.endswith(
        "## Sources\n\n1. **Google, 2018.** Pushes. [Workbook](https://s/).\n2. **Us.** Ours. Search.\n"
    )


def test_no_guide_leaves_anything_of_ours_in_the_plain_text(series, client):
    for key in ("executive-brief", "convincing-leaders", "template", "policy"):
        text = client.get(f"/series/{key}.md?as=plain").content.decode()
        assert text.startswith("# ")
        assert not re.search(r"^:::|^::|\[@F|\{#|\]\(work:|\]\(/|\[=", text, re.MULTILINE)


def test_the_form_of_the_template_has_real_tables_and_downloads(series, client):
    answer = client.get("/series/template.md?as=form")
    assert answer["Content-Disposition"] == 'attachment; filename="template.md"'
    assert answer.content.decode().startswith("# What failed, and for whom\n")
    html = client.get("/series/template.md?as=form-html").content.decode()
    assert (html.count("<table>"), html.count("<h2>")) == (4, 8)
    assert form_html("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


def test_a_guide_without_a_form_has_none_to_take(series, client):
    assert client.get("/series/executive-brief.md?as=form").status_code == 404
