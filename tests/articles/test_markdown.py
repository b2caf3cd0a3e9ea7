"""What the two Markdown profiles let through, and what they refuse."""

import pytest

from portal.lib.article_markup import Figure
from portal.lib.markdown import ARTICLE_LIMIT, TEXT_LIMIT, TooLong, render_article, render_text
from portal.lib.mirrors import MIRRORS


class Around:
    """A small series: one published guide, one announced, one source, one figure."""

    def work_url(self, work, section):
        return {"guide": f"/series/guide/#{section}", "announced": ""}.get(work)

    def claim(self, claim):
        return ("/claims/#F009", "Google <SRE>, 2018") if claim == "F009" else None

    def figure(self, name):
        return Figure("/series/guide/figures/a.svg", 440, 300) if name == "a.svg" else None

    def value(self, name):
        return {"draft_hours": "48", "rude": "<b>*48*</b>"}.get(name)


@pytest.mark.parametrize(
    ("source", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("[a](javascript:alert(1))", "<a"),
        ("[a](JaVaScRiPt&#58;alert(1))", "href"),
        ("[a](data:text/html,x)", "<a"),
        ("[a](//evil.example/)", "href"),
        ("[a](/\\evil.example/)", "href"),
        ("![a](https://evil.example/pixel.png)", "<img"),
        ("![a](/reviews/1/images/../../x)", "<img"),
        ("![a](data:image/svg+xml;base64,AAAA)", "src"),
        ('[a](https://a.example "x\\" onclick=\\"y")', 'onclick="'),
        ("# big {#id}", "id="),
        ("```js\nx\n```", "class"),
        ("| a |\n|--:|\n| 1 |", "style"),
        ('<https://a.example/"onmouseover=alert(1)>', 'onmouseover="'),
        ("https://a.example/'onmouseover='alert(1)", "<a onmouseover"),
    ],
)
def test_hostile_text_of_a_post_mortem_comes_out_harmless(source, never):
    assert never not in render_text(source)


def test_a_pasted_address_becomes_a_link_but_not_inside_code_or_a_link():
    html = render_text(
        "See https://a.example/x_y, then `https://b.example` and [c](https://c.example/https://d)."
    )
    assert '<a href="https://a.example/x_y" rel="noopener noreferrer">https://a.example/x_y</a>, then' in html
    assert "<code>https://b.example</code>" in html
    assert html.count("<a ") == 2


def test_own_images_and_line_breaks_stay():
    html = render_text("one\ntwo ![lag](/reviews/31/images/0192ab.png)")
    assert "one<br>" in html
    assert '<img src="/reviews/31/images/0192ab.png" alt="lag">' in html


def test_too_long_a_text_is_refused_with_a_sentence():
    with pytest.raises(TooLong, match="64 KiB is the most"):
        render_text("ä" * (TEXT_LIMIT // 2 + 1))
    with pytest.raises(TooLong, match="256 KiB is the most"):
        render_article("a" * (ARTICLE_LIMIT + 1), Around())


def test_a_guide_is_cut_at_its_keys_and_a_heading_without_text_heads_the_next_section():
    rendered = render_article(
        "Intro.\n\n## One {#one concept=first-idea}\n\nText.\n\n## Two {#two}\n\n### Deep {#deep}\n\nMore.",
        Around(),
    )
    assert [piece.key for piece in rendered.pieces] == ["start", "one", "deep"]
    assert rendered.pieces[1].concept == "first-idea"
    assert rendered.pieces[2].heading_html == '<h2 id="two">Two</h2>\n<h3 id="deep">Deep</h3>\n'
    assert rendered.problems == []


def test_claims_are_numbered_and_escape_their_source():
    rendered = render_article("Triggers [@F009]. Again [@F009]. Nobody [@F999].", Around())
    html = rendered.pieces[0].html
    assert 'Triggers<a class="claim" href="/claims/#F009" aria-label="1, source: Google' in html
    assert "<SRE>" not in html
    assert rendered.claims == ["F009"]
    assert rendered.problems == ["the source F999 is not defined"]


def test_links_between_guides_resolve_stay_plain_or_are_reported():
    rendered = render_article("[A](work:guide#x) [B](work:announced) [C](work:missing)", Around())
    assert '<a href="/series/guide/#x" rel="noopener noreferrer">A</a> B C' in rendered.pieces[0].html
    assert rendered.problems == ["the link work:missing leads nowhere"]


def test_a_figure_keeps_its_twin_and_the_twin_is_not_counted():
    rendered = render_article(
        '::figure a.svg "A ladder"\n\n:::twin\nFour rungs.\n:::\n\nTwo words.', Around()
    )
    html = rendered.pieces[0].html
    assert 'alt="A ladder" width="440" height="300"' in html
    assert html.index('<div class="twin">') < html.index("</figure>")
    assert rendered.words == 2


def test_a_guide_cannot_bring_html_foreign_images_or_inline_style():
    source = (
        "<b onclick=x>b</b> ![x](https://evil.example/a.png)\n\n:::good\nYes.\n:::\n\n| a |\n|--:|\n| 1 |"
    )
    html = render_article(source, Around()).pieces[0].html
    assert "<b" not in html.replace("<br", "")
    assert "evil.example" not in html
    assert "style=" not in html
    assert '<div class="block block--good"><p class="block__label">A good answer</p>' in html
    assert '<td class="num">1</td>' in html


@pytest.mark.parametrize(
    "src", ["/series/../reviews/", "/series/%2e%2e/healthz/", "/series/guide/", "//a.example/x"]
)
def test_an_image_of_a_guide_is_a_figure_of_the_series_and_no_other_page(src):
    assert "src=" not in render_article(f"![x]({src})", Around()).pieces[0].html
    assert "src=" in render_article("![x](/series/guide/figures/a.svg?v=0a)", Around()).pieces[0].html


def test_words_skip_code_footnotes_and_claim_keys():
    source = (
        "One two [@F009].[^n]\n\n```\nthree four\n```\n\n- five\n\n| six |\n|--|\n| seven |\n\n[^n]: eight"
    )
    rendered = render_article(source, Around())
    assert rendered.words == 5
    assert "eight" in rendered.footnotes


@pytest.mark.parametrize("kind", sorted(MIRRORS))
def test_a_mirror_shows_an_example_that_says_it_is_one_and_counts_no_words(kind):
    rendered = render_article(f"Two words.\n\n::mirror {kind}\n", Around())
    html = rendered.pieces[0].html
    assert f'<div class="block block--mirror mirror--{kind}">' in html
    assert "(example, fictional)" in html
    assert "<button" not in html
    assert rendered.words == 2
    assert rendered.problems == []


def test_a_mirror_that_does_not_exist_is_named():
    rendered = render_article("Text.\n\n::mirror mood", Around())
    assert rendered.problems[0].startswith("there is no mirror mood")
    assert "mirror" not in rendered.pieces[0].html


def test_a_number_of_the_site_is_plain_text_and_an_unknown_one_is_named():
    rendered = render_article("Within [=draft_hours] hours, [=rude], [=nothing].", Around())
    assert rendered.pieces[0].html == "<p>Within 48 hours, &lt;b&gt;*48*&lt;/b&gt;, .</p>\n"
    assert rendered.pieces[0].text.startswith("Within 48 hours,")
    assert rendered.problems == ["the site has no number called nothing"]


def test_a_source_of_a_footnote_belongs_to_the_sections_that_refer_to_it():
    source = "One.[^a]\n\n## Two {#two}\n\nNothing.\n\n## Three {#three}\n\nThree.^[Here [@F009].]\n\n"
    source += "[^a]: See there.[^b]\n\n[^b]: The note [@F009].\n\n[^c]: Never referred to [@F999]."
    rendered = render_article(source, Around())
    assert {piece.key: piece.claims for piece in rendered.pieces} == {
        "start": ("F009",),
        "two": (),
        "three": ("F009",),
    }
    assert (rendered.claims, rendered.problems) == (["F009"], [])
