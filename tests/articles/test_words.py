"""Editing sources, the hub and paths: who may, what readers then see, and two editors at once."""

import html
import json

import pytest
from django.urls import reverse

from articles.models import Claim, Hub, Path
from portal.accounts.models import AuditRow
from tests.factories import make_user

SOURCE = {
    "says": "Reviews held within a week name more factors.",
    "figure": "3.1 against 2.2",
    "who": "Our own count",
    "sample": "40 post-mortems",
    "year": "2026",
    "source": "Annual review",
    "url": "",
    "confidence": "own-arithmetic",
    "caveat": "One year.",
}


@pytest.fixture
def editor(series, curator, client_of):
    return client_of(curator)


@pytest.mark.parametrize("name", ["hub", "paths", "path_new", "sources", "source_new"])
def test_only_editors_edit_words(series, client_of, owner, lead, auditor, administrator, name):
    for person in (owner, lead, auditor, administrator):
        client = client_of(person)
        assert client.get(reverse(f"editing:{name}")).status_code == 404
        assert client.post(reverse(f"editing:{name}"), SOURCE).status_code in {404, 405}
    assert "Edit" not in client_of(owner).get("/claims/").content.decode()


def test_sources_name_the_sections_that_use_them(series, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        html = client.get("/claims/").content.decode()
    card = html[html.index('id="F009"') :].split("</article>")[0]
    assert '<a href="/series/executive-brief/#causes">Distrust any single cause</a>' in card
    promise = html[html.index('id="F051"') :].split("</article>")[0]
    assert "its first sentence" in promise


def test_sources_are_found_by_guide_and_by_words(series, client):
    html = client.get("/claims/?guide=policy").content.decode()
    assert ('id="F107"' in html, 'id="F009"' in html) == (True, False)
    html = client.get("/claims/?find=binary+PUSHES").content.decode()
    assert 'id="F009"' in html
    assert "1 source." in html
    assert "No such source." in client.get("/claims/?find=%00xyzzy&guide=policy").content.decode()


def test_a_new_source_gets_a_number_of_the_site_and_can_be_cited_at_once(editor):
    answer = editor.post(reverse("editing:source_new"), SOURCE, follow=True)
    assert "[@S001]" in answer.content.decode()
    assert "40 post-mortems" in editor.get("/claims/").content.decode()
    editor.post(reverse("editing:source_new"), SOURCE | {"says": "The other half took longer"})
    assert list(Claim.objects.filter(pk__startswith="S").values_list("pk", flat=True)) == ["S001", "S002"]


def test_a_source_sent_twice_stands_once_and_numbers_go_on_past_a_thousand(editor):
    for number in ("S999", "S1000"):
        Claim.objects.create(pk=number, says=number, who="A", source="B", confidence="checked")
    answers = [editor.post(reverse("editing:source_new"), SOURCE, follow=True) for _ in range(2)]
    assert [b"Saved as S1001" in answer.content for answer in answers] == [True, True]
    assert Claim.objects.filter(says=SOURCE["says"]).count() == 1


def test_a_source_that_lacks_what_matters_is_not_saved(editor):
    answer = editor.post(reverse("editing:source_new"), SOURCE | {"who": "", "url": "javascript:alert(1)"})
    assert answer.status_code == 422
    assert not Claim.objects.filter(pk="S001").exists()


def test_what_a_source_says_is_a_sentence_and_no_book(editor):
    url = reverse("editing:source_new")
    answer = editor.post(url, SOURCE | {"says": "x" * 1001})
    assert answer.status_code == 422
    assert "Say it in one sentence, in 1,000 characters at most." in answer.content.decode()
    assert not Claim.objects.filter(pk="S001").exists()
    assert editor.post(url, SOURCE | {"says": "x" * 1000}).status_code == 302


def test_a_changed_source_reaches_the_guides_that_cite_it(editor, client, curator):
    page = editor.get(reverse("editing:source", args=["F009"]))
    data = posted(page.context["form"]) | {"who": "Google, as it says itself", "caveat": "New caveat."}
    assert editor.post(reverse("editing:source", args=["F009"]), data).status_code == 302
    html = client.get("/series/executive-brief/").content.decode()
    assert "source: Google, as it says itself, 2018" in html
    assert "New caveat." in html
    assert Claim.objects.get(pk="F009").edited_by == curator
    assert AuditRow.objects.get(verb="edit words").detail == {"fields": ["who", "caveat"]}


def test_a_cited_source_cannot_be_taken_off_and_an_unused_one_can(editor):
    editor.post(reverse("editing:source_new"), SOURCE)
    for key in ("F009", "S001"):
        editor.post(reverse("editing:source", args=[key]), {"remove": "1"})
    html = editor.get("/claims/").content.decode()
    assert ('id="F009"' in html, 'id="S001"' in html) == (True, False)
    assert editor.get(reverse("editing:source", args=["S001"])).status_code == 404


def test_the_hub_says_what_editors_wrote(editor, client):
    data = posted(editor.get(reverse("editing:hub")).context["form"])
    data |= {"promise": "Learn from every outage.", "body": "See [the brief](work:executive-brief)."}
    assert editor.post(reverse("editing:hub"), data).status_code == 302
    html = client.get("/series/").content.decode()
    assert "Learn from every outage." in html
    assert '<a href="/series/executive-brief/" rel="noopener noreferrer">the brief</a>' in html


def test_a_link_on_the_hub_that_leads_nowhere_is_named(editor):
    data = posted(editor.get(reverse("editing:hub")).context["form"]) | {"body": "See [this](work:no-such)."}
    answer = editor.post(reverse("editing:hub"), data)
    assert answer.status_code == 422
    assert "The link work:no-such leads nowhere." in answer.content.decode()
    assert "no-such" not in Hub.objects.get().body


@pytest.mark.parametrize(
    ("name", "words", "says"),
    [
        ("promise", "Debriefs lift by 99% on average.", "“99%” needs a source; choose it below."),
        ("closing", "It saves $4 for each.", "“$4” needs a source; only"),
        ("body", "54% of all is unsourced.", "has a figure (54%) without a source."),
        ("body", "See [that](/nonexistent/).", "The link /nonexistent/ leads to no page of this site."),
        ("credit", "By [them](javascript:x).", "is not understood"),
    ],
)
def test_the_first_page_is_held_to_the_rules_of_guides(editor, client, name, words, says):
    data = posted(editor.get(reverse("editing:hub")).context["form"]) | {"promise_claim": "", name: words}
    data |= {} if name == "promise" else {"promise": "Learn from every outage."}
    answer = editor.post(reverse("editing:hub"), data)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [name]
    assert says in answer.content.decode() and words in html.unescape(answer.content.decode())
    assert words not in client.get("/series/").content.decode()


def test_figures_on_the_first_page_stand_with_their_source(editor, client):
    data = posted(editor.get(reverse("editing:hub")).context["form"])
    data |= {"promise": "Debriefs lift by 20% on average.", "body": "## More\n\nIt fell to 54% [@F009]."}
    assert editor.post(reverse("editing:hub"), data).status_code == 302
    assert "It fell to 54%<a" in client.get("/series/").content.decode()


def test_two_editors_of_different_words_both_keep_theirs(editor, client_of):
    other = client_of(make_user(name="Bea", is_curator=True))
    first = posted(editor.get(reverse("editing:hub")).context["form"])
    second = posted(other.get(reverse("editing:hub")).context["form"])
    editor.post(reverse("editing:hub"), first | {"skim": "Mine."})
    assert other.post(reverse("editing:hub"), second | {"apply": "Theirs."}).status_code == 302
    hub = Hub.objects.get()
    assert (hub.skim, hub.apply) == ("Mine.", "Theirs.")


def test_two_editors_of_the_same_words_see_both_and_nothing_is_lost(editor, client_of):
    other = client_of(make_user(name="Bea", is_curator=True))
    first = posted(editor.get(reverse("editing:hub")).context["form"])
    second = posted(other.get(reverse("editing:hub")).context["form"])
    editor.post(reverse("editing:hub"), first | {"skim": "Cora's words.", "apply": "Cora's, too."})
    answer = other.post(reverse("editing:hub"), second | {"skim": "Bea's words."})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Cora Curator saved this" in html
    assert "Cora&#x27;s words." in html
    assert Hub.objects.get().skim == "Cora's words."
    again = posted(answer.context["form"])
    assert (again["skim"], again["apply"]) == ("Bea's words.", "Cora's, too.")
    assert other.post(reverse("editing:hub"), again).status_code == 302
    hub = Hub.objects.get()
    assert (hub.skim, hub.apply) == ("Bea's words.", "Cora's, too.")


def test_steps_of_a_path_are_ordered_added_and_left_out(editor, client):
    page = editor.get(reverse("editing:path", args=["leader"]))
    data = posted(page.context["form"]) | steps(
        ("2", "executive-brief", "Read it second.", "needed"),
        ("1", "field-guide", "Read it first.", "optional"),
        ("3", "", "", "needed"),
    )
    assert editor.post(reverse("editing:path", args=["leader"]), data).status_code == 302
    told = [(step.work.key, step.why, step.optional) for step in Path.objects.get(key="leader").steps.all()]
    assert told == [
        ("field-guide", "Read it first.", True),
        ("executive-brief", "Read it second.", False),
    ]
    assert "Read it second." in client.get("/paths/leader/").content.decode()


def test_a_step_needs_a_reason_and_stands_once(editor):
    form = posted(editor.get(reverse("editing:path", args=["leader"])).context["form"])
    twice = steps(("1", "executive-brief", "One.", "needed"), ("2", "executive-brief", "Two.", "needed"))
    bare = steps(("1", "executive-brief", "", "needed"))
    for wrong, says in ((twice, "stands on the path twice"), (bare, "Say why this guide")):
        answer = editor.post(reverse("editing:path", args=["leader"]), form | wrong)
        assert answer.status_code == 422
        assert says in answer.content.decode()


def test_two_editors_of_the_steps_see_both(editor, client_of):
    other = client_of(make_user(is_curator=True))
    url = reverse("editing:path", args=["no-sponsor"])
    base = posted(editor.get(url).context["form"])
    editor.post(url, base | steps(("1", "executive-brief", "Cora's reason.", "needed")))
    answer = other.post(url, base | steps(("1", "field-guide", "Bea's reason.", "needed")))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Cora&#x27;s reason." in html
    assert "Bea&#x27;s reason." in html


def test_a_path_is_added_moved_and_taken_off(editor, client, curator):
    new = {"title": "On call", "key": "on-call", "kind": "struggle", "says": "I am new.", "reason": "Begin."}
    new |= {"base": "{}"} | steps(("1", "executive-brief", "Short.", "needed"))
    assert editor.post(reverse("editing:path_new"), new).status_code == 302
    assert "On call" in client.get("/series/").content.decode()
    moved = editor.post(reverse("editing:paths"), {"path": "on-call", "up": "1"})
    assert moved["Location"] == "/settings/series/paths/#up-on-call"
    struggles = list(Path.objects.filter(kind="struggle").values_list("key", flat=True))
    assert struggles[-2:] == ["on-call", "no-sponsor"]
    for _ in struggles:
        moved = editor.post(reverse("editing:paths"), {"path": "on-call", "up": "1"})
    assert moved["Location"] == "/settings/series/paths/#down-on-call"
    editor.post(reverse("editing:path", args=["on-call"]), {"remove": "1"})
    assert client.get("/paths/on-call/").status_code == 404
    assert "On call" not in client.get("/series/").content.decode()
    assert editor.post(reverse("editing:path_new"), new).status_code == 422


def test_a_path_sent_twice_stands_once_and_another_of_its_address_is_refused(editor):
    new = {"title": "On call", "key": "on-call", "kind": "struggle", "says": "I am new.", "reason": "Begin."}
    new |= {"base": "{}"} | steps(("1", "executive-brief", "Short.", "needed"))
    url = reverse("editing:path_new")
    assert [editor.post(url, new).status_code for _ in range(2)] == [302, 302]
    assert Path.objects.get(key="on-call").steps.count() == 1
    answer = editor.post(url, new | {"reason": "Another."})
    assert answer.status_code == 422 and "Another." in answer.content.decode()
    assert "A path has this address already." in answer.content.decode()


def test_a_path_without_a_guide_is_refused_and_what_was_typed_stays(editor):
    new = {"title": "On call", "key": "on-call", "kind": "struggle", "says": "I am new.", "reason": "Begin."}
    empty = {"base": "{}"} | steps(("1", "", "", "needed"))
    before = Path.objects.get(key="leader").words()
    edited = posted(editor.get(reverse("editing:path", args=["leader"])).context["form"])
    for url, sent in (
        (reverse("editing:path_new"), new | empty),
        (reverse("editing:path", args=["leader"]), edited | steps(("1", "", "Kept reason.", "needed"))),
    ):
        answer = editor.post(url, sent)
        assert answer.status_code == 422
        assert "Choose a guide: a path without one leads nowhere." in answer.content.decode()
    assert "Kept reason." in answer.content.decode()
    assert not Path.objects.filter(key="on-call").exists()
    assert Path.objects.get(key="leader").words() == before


def posted(form):
    """What a browser would send of this form as it stands."""
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def steps(*rows):
    """The step rows as a browser would send them."""
    data = {"steps-TOTAL_FORMS": str(len(rows)), "steps-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        names = ("place", "work", "why", "part")
        data |= {f"steps-{number}-{name}": value for name, value in zip(names, row, strict=True)}
    return data


def test_the_base_of_a_form_is_what_stood_there(editor):
    form = editor.get(reverse("editing:path", args=["leader"])).context["form"]
    assert json.loads(form["base"].value()) == Path.objects.get(key="leader").words()
