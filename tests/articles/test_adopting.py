"""Adopting the policy: who may, what is shown first, and one set of numbers everywhere."""

from dataclasses import replace
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from articles import drafting
from articles.folder import read_folder
from articles.importing import import_series
from articles.models import Draft, Edition, PolicyTerms, Publication, SectionText, Work
from articles.releasing import publish_draft
from portal.accounts.models import AuditRow, Site
from portal.lib.bounded import TooSlow
from reviews.models import Severity
from tests.articles.conftest import drafted
from tests.factories import NOW

URL = "/settings/series/policy/adopt/"
TERMS = {
    "needed": ["1", "2"],
    "draft_hours": "24",
    "meeting_days": "5",
    "plan_days": "10",
    "organisation": "Acme",
    "adopted_by": "The CTO",
    "start": "2026-12-03",
    "next_review": "2027-12-03",
}


def test_administrators_and_editors_adopt_and_nobody_else(
    series, client_of, administrator, curator, owner, lead, auditor
):
    for person in (administrator, curator):
        assert client_of(person).get(URL).status_code == 200
        assert f'href="{URL}"' in client_of(person).get("/series/").content.decode()
    for person in (owner, lead, auditor):
        assert client_of(person).get(URL).status_code == 404
        assert client_of(person).post(URL, TERMS | {"adopt": "1"}).status_code == 404
        assert URL not in client_of(person).get("/series/").content.decode()
    assert Site.current().draft_hours == 48


def test_the_policy_says_the_shipped_numbers_until_it_is_adopted(series, client):
    html = client.get("/series/policy/").content.decode()
    for said in ("<td>48 hours</td>", "<td>day 7</td>", "<td>day 14</td>", "has not been adopted here yet"):
        assert said in html
    assert "[=" not in html
    assert "[=" not in client.get("/series/policy.md").content.decode()


def test_what_will_be_published_is_shown_before_anything_changes(series, client_of, administrator):
    html = client_of(administrator).post(URL, TERMS).content.decode()
    assert '<td data-label="Now">48</td><td data-label="Then">24</td>' in html
    assert "when a team finds it worthwhile" in html
    assert "<td>24 hours</td>" in html
    assert "Adopted by The CTO for Acme, from 3 December 2026." in html
    assert Site.current().draft_hours == 48
    assert Edition.objects.filter(work__key="policy").count() == 1


def test_adopting_makes_policy_deadlines_and_thresholds_the_same(series, client_of, administrator, client):
    adopt(client_of(administrator))
    site = Site.current()
    assert (site.draft_hours, site.meeting_days, site.plan_days) == (24, 5, 10)
    assert list(Severity.objects.filter(needs_review=True).values_list("rank", flat=True)) == [1, 2]
    html = client.get("/series/policy/").content.decode()
    for said in ("<td>24 hours</td>", "<td>day 5</td>", "<td>day 10</td>", "Adopted by The CTO for Acme"):
        assert said in html
    assert html.count("<td>Needed</td>") == 2
    published = Publication.objects.get(edition__work__key="policy", edition__number=2)
    assert (published.by, published.note) == (administrator, "adopted")
    assert AuditRow.objects.get(verb="adopt policy").by == administrator


def test_only_the_sections_with_numbers_count_as_changed(series, client_of, administrator):
    adopt(client_of(administrator))
    changes = dict(
        SectionText.objects.filter(edition__work__key="policy", edition__number=2).values_list(
            "section__key", "change"
        )
    )
    assert changes["timelines"] == "substantive"  # who read "48 hours" has to know
    assert changes["privacy"] == "none"


def test_deadlines_changed_in_the_settings_stand_in_the_policy(series, client_of, administrator, client):
    administrators = client_of(administrator)
    adopt(administrators)
    data = {"name": "Lessons", "zone": "UTC", "draft_hours": 72, "meeting_days": 5, "plan_days": 10}
    answer = administrators.post(reverse("settings:site"), data, follow=True)
    assert "The policy says so, too" in answer.content.decode()
    html = client.get("/series/policy/").content.decode()
    assert "<td>72 hours</td>" in html
    assert "Adopted by The CTO for Acme" in html
    data["name"] = "Other name"
    answer = administrators.post(reverse("settings:site"), data, follow=True)
    assert "The policy says so" not in answer.content.decode()
    assert Edition.objects.filter(work__key="policy").count() == 3


def test_a_draft_of_the_policy_is_drawn_with_the_new_numbers(series, client_of, administrator, curator):
    administrators, editor = client_of(administrator), client_of(curator)
    adopt(administrators)
    work = Work.objects.select_related("published").get(key="policy")
    draft = drafted(work, curator, "blameless", "blame-free")
    Draft.objects.update(publish_at=NOW)
    data = {"name": "Lessons", "zone": "UTC", "draft_hours": 36, "meeting_days": 3, "plan_days": 10}
    administrators.post(reverse("settings:site"), data)
    now = Draft.objects.get()
    assert (now.version, now.updated_by, now.publish_at) == (draft.version, curator, NOW)
    assert "<td>36 hours</td>" in now.html and "24 hours" not in now.html
    told = editor.get(reverse("editing:publish", args=["policy"])).context["comparison"]
    html = "".join(str(block) for section in told.sections for _, block in section.rendered)
    assert "blame-free" in html and "36" not in html and "24" not in html
    draft = Draft.objects.get()
    assert publish_draft(draft, version=draft.version, by=curator, at=NOW)


def test_a_draft_of_the_policy_that_cannot_be_drawn_in_time_is_brought_up_to_date_by_its_editor(
    series, client_of, administrator, curator, monkeypatch
):
    work = Work.objects.select_related("published").get(key="policy")
    draft = drafted(work, curator, "blameless", "blame-free")
    monkeypatch.setattr(drafting, "draw", too_slow)
    adopt(client_of(administrator))
    assert Draft.objects.get().base_edition == 1
    assert Site.current().draft_hours == 24
    monkeypatch.undo()
    sent = {"version": draft.version, "do": "catch_up"}
    client_of(curator).post(reverse("editing:publish", args=["policy"]), sent)
    assert Draft.objects.get().base_edition == 2
    assert "<td>24 hours</td>" in Draft.objects.get().html


def too_slow(work, text):
    raise TooSlow


def test_a_threshold_changed_in_the_settings_stands_in_the_policy(series, client_of, administrator, client):
    data = {f"s{row.rank}-name": row.name for row in Severity.objects.all()}
    data |= {"s1-name": "Catastrophe", "s1-needs_review": "on"}
    client_of(administrator).post(reverse("settings:severities"), data)
    html = client.get("/series/policy/").content.decode()
    assert "<td>Catastrophe</td>" in html
    assert html.count("<td>Needed</td>") == 1


def test_the_policy_and_the_settings_say_the_same_of_a_severity(series, client_of, administrator, client):
    shipped = Severity.objects.get(rank=1).description
    assert shipped.removesuffix(".") in client.get("/series/policy/").content.decode()
    data = {
        f"s{row.rank}-{name}": getattr(row, name)
        for row in Severity.objects.all()
        for name in ("name", "description")
    }
    data["s1-description"] = "The lights | are <b>out</b>."
    client_of(administrator).post(reverse("settings:severities"), data)
    html = client.get("/series/policy/").content.decode()
    assert "<td>The lights | are &lt;b&gt;out&lt;/b&gt;</td>" in html
    assert shipped.removesuffix(".") not in html
    assert r"| The lights \| are <b>out</b> |" in client.get("/series/policy.md").content.decode()


def test_terms_kept_before_learn_what_each_severity_means(db):
    PolicyTerms.objects.create(pk=1, severities=[{"name": "SEV1", "needed": False}])
    import_module("reviews.migrations.0007_policy_means").fill(apps, None)
    means = Severity.objects.get(rank=1).description
    assert PolicyTerms.objects.get().severities == [{"name": "SEV1", "needed": False, "means": means}]


def test_importing_the_folder_again_keeps_the_adopted_numbers(
    series, small, client_of, administrator, client
):
    adopt(client_of(administrator))
    assert import_series(read_folder(small), at=NOW).editions == []
    assert "<td>24 hours</td>" in client.get("/series/policy/").content.decode()


def test_what_changed_while_one_looked_is_shown_again(series, client_of, administrator):
    client = client_of(administrator)
    seen = client.post(URL, TERMS).context["seen"]
    Site.objects.update_or_create(pk=1, defaults={"plan_days": 20})
    answer = client.post(URL, TERMS | {"adopt": "1", "seen": seen})
    assert "changed while you were looking" in answer.content.decode()
    assert not PolicyTerms.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"draft_hours": "0"}, "greater than or equal to 1"),
        ({"plan_days": "3"}, "First comes the draft"),
        ({"next_review": "2026-12-01"}, "The review comes after the start"),
        ({"organisation": ""}, "This field is required"),
    ],
)
def test_terms_that_make_no_sense_are_refused(series, client_of, administrator, wrong, says):
    answer = client_of(administrator).post(URL, TERMS | wrong)
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_words_of_the_adopter_are_text_and_nothing_else(series, client_of, administrator, client):
    adopt(client_of(administrator), adopted_by="<b>[me](javascript:x)</b> **and** [@F046]")
    html = client.get("/series/policy/").content.decode()
    assert "Adopted by &lt;b&gt;[me](javascript:x)&lt;/b&gt; **and** [@F046] for Acme" in html


def test_without_a_policy_the_page_says_so(db, client_of, administrator):
    html = client_of(administrator).get(URL).content.decode()
    assert "There is no policy among the guides." in html


def adopt(client, **changed):
    seen = client.post(URL, TERMS | changed).context["seen"]
    assert client.post(URL, TERMS | changed | {"adopt": "1", "seen": seen}).status_code == 302


def test_a_new_text_in_the_folder_does_not_replace_an_adopted_policy(series, small, client_of, administrator):
    adopt(client_of(administrator))
    folder = read_folder(small)
    text = folder.works["policy"]
    folder.works["policy"] = replace(text, body=text.body.replace("Facts come before", "Facts precede"))
    report = import_series(folder, at=NOW)
    assert (report.editions, report.offered) == ([], ["Blameless Post-Mortem Policy"])
