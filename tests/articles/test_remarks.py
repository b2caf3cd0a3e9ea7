"""A paragraph that failed a reader: chosen without JavaScript, seen by editors, signed by nobody."""

import pytest
from django.urls import reverse

from articles.folder import read_folder
from articles.importing import import_series
from articles.models import Remark, SectionText
from articles.remarks import paragraphs
from portal.accounts.models import AuditRow
from tests.factories import NOW

URL = "/series/executive-brief/sections/causes/failed/"


def test_every_section_has_a_quiet_link_for_who_is_signed_in(series, client_of, owner, client):
    assert f'href="{URL}"' in client_of(owner).get("/series/executive-brief/").content.decode()
    assert URL not in client.get("/series/executive-brief/").content.decode()


def test_the_page_offers_the_paragraphs_of_the_section(series, client_of, owner):
    page = client_of(owner).get(URL)
    offered = [words for _, words in page.context["form"].fields["paragraph"].choices]
    text = SectionText.objects.get(section__work__key="executive-brief", section__key="causes")
    assert offered == paragraphs(text)
    assert len(offered) > 1
    assert offered[0][:40] in page.content.decode().replace("&#x27;", "'")


def test_editors_see_quote_and_note_and_no_name(series, client_of, owner, curator):
    chosen = send(client_of(owner), note="I do not know what a trigger is.")
    remark = Remark.objects.get()
    assert (remark.quote, remark.edition_no, remark.state) == (chosen, 1, "open")
    html = client_of(curator).get(reverse("editing:remarks")).content.decode()
    assert "I do not know what a trigger is." in html
    assert 'href="/series/executive-brief/#causes"' in html
    assert owner.name not in html
    assert not {"by", "user", "author"} & {field.name for field in Remark._meta.fields}
    assert not AuditRow.objects.filter(kind="remark").exists()


def test_a_remark_is_about_the_text_that_was_read(series, small, client_of, owner):
    page = client_of(owner).get(URL)
    first = page.context["form"].fields["paragraph"].choices[0][1]
    folder = read_folder(small)
    brief = folder.works["executive-brief"]
    changed = brief.body.replace(first[:25], "Something else stands here")
    assert changed != brief.body
    object.__setattr__(brief, "body", changed)
    import_series(folder, at=NOW)
    client_of(owner).post(URL, {"paragraph": "0", "note": "", "edition": "1"})
    assert (Remark.objects.get().quote, Remark.objects.get().edition_no) == (first, 1)


@pytest.mark.parametrize("paragraph", ["", "999", "-1", "x"])
def test_a_paragraph_that_is_not_there_is_refused(series, client_of, owner, paragraph):
    answer = client_of(owner).post(URL, {"paragraph": paragraph, "note": "Kept.", "edition": "1"})
    assert answer.status_code == 422
    assert "Kept." in answer.content.decode()
    assert not Remark.objects.exists()


def test_a_section_that_is_not_there_is_not_found(series, client_of, owner):
    for wrong in (URL.replace("causes", "none"), URL.replace("executive-brief", "definitive-guide")):
        assert client_of(owner).get(wrong).status_code == 404
        assert client_of(owner).post(wrong).status_code == 404


def test_editors_settle_a_remark_and_open_it_again(series, client_of, owner, curator):
    send(client_of(owner))
    remark = Remark.objects.get()
    url = reverse("editing:remark", args=[remark.pk])
    for state in ("mended", "open", "left"):
        client_of(curator).post(url, {"state": state})
        remark.refresh_from_db()
        assert (remark.state, remark.settled_by) == (state, curator)
    client_of(curator).post(url, {"state": "nonsense"})
    remark.refresh_from_db()
    assert remark.state == "left"


def test_only_editors_see_and_settle_remarks(series, client_of, owner, lead, auditor, administrator):
    send(client_of(owner))
    for person in (owner, lead, auditor, administrator):
        assert client_of(person).get(reverse("editing:remarks")).status_code == 404
        url = reverse("editing:remark", args=[Remark.objects.get().pk])
        assert client_of(person).post(url, {"state": "mended"}).status_code == 404
    assert Remark.objects.get().state == "open"


def test_after_twenty_in_an_hour_the_note_stays_in_the_form(series, client_of, owner):
    client = client_of(owner)
    for _ in range(20):
        send(client)
    answer = client.post(URL, {"paragraph": "0", "note": "The last one.", "edition": "1"})
    assert answer.status_code == 429
    assert "The last one." in answer.content.decode()
    assert Remark.objects.count() == 20


def test_the_list_of_remarks_takes_the_same_queries_however_many(
    series, client_of, owner, curator, django_assert_max_num_queries
):
    send(client_of(owner))
    Remark.objects.bulk_create(
        Remark(section=Remark.objects.get().section, edition_no=1, quote=str(n), at=NOW) for n in range(40)
    )
    editor = client_of(curator)
    with django_assert_max_num_queries(5):
        editor.get(reverse("editing:remarks"))


def send(client, note=""):
    chosen = client.get(URL).context["form"].fields["paragraph"].choices[1]
    data = {"paragraph": str(chosen[0]), "note": note, "edition": "1"}
    assert client.post(URL, data).status_code == 302
    return chosen[1]
