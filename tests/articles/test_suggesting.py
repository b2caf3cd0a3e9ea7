"""A lead suggests a path: one gathered message, who sent it, no date, no status, and it can be muted."""

from datetime import timedelta

import pytest

from articles.models import Path, SuggestedTo, Suggestion
from articles.suggesting import Refused, suggest
from portal.accounts.models import Membership
from portal.outbox.models import Delivery, Occurrence
from portal.outbox.sweeps import tick
from portal.outbox.unsubscribing import mute
from tests.factories import NOW, make_team, make_user

URL = "/paths/blame-culture/send/"
WHY = "We name people in every second post-mortem."


@pytest.fixture(autouse=True)
def at_now(monkeypatch):
    """The wall clock stands at NOW for views."""
    monkeypatch.setattr("portal.lib.clock.now", lambda: NOW)


@pytest.fixture
def path(series):
    """The road out of a blame culture."""
    return Path.objects.get(key="blame-culture")


def test_a_lead_sends_a_row_of_the_finder_and_the_team_sees_who_and_why(
    whole_series, team, client_of, lead, owner, teammate
):
    assert "/paths/blame-culture/send/" in client_of(lead).get("/series/").content.decode()
    client_of(lead).post(URL, {"team": team.pk, "sentence": WHY})
    tick(NOW)
    sent = Delivery.objects.filter(state=Delivery.State.SENT)
    assert {row.recipient for row in sent} == {owner, teammate}
    said = str(sent[0].content)
    assert lead.name in said
    assert WHY in said
    assert "/paths/blame-culture/" in said
    assert "nobody sees whether you read it" in said
    assert not Occurrence.objects.filter(alone=True).exists()


def test_only_leads_have_it(path, client_of, team, owner, stranger, curator, administrator, auditor):
    for person in (owner, stranger, curator, administrator, auditor):
        client = client_of(person)
        assert "Send to my team" not in client.get("/series/").content.decode()
        assert client.get(URL).status_code == 404
        assert client.post(URL, {"team": team.pk, "sentence": WHY}).status_code == 404
    assert "Send to my team" not in client_of(None).get("/series/").content.decode()
    assert not Suggestion.objects.exists()


def test_a_lead_cannot_send_to_somebody_elses_team(path, client_of, lead):
    other = make_team(name="Elsewhere")
    make_user(teams=[other])
    answer = client_of(lead).post(URL, {"team": other.pk, "sentence": WHY})
    assert answer.status_code == 422
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("sentence", ["", " ", "x" * 281])
def test_a_suggestion_needs_one_sentence(path, client_of, lead, team, owner, sentence):
    answer = client_of(lead).post(URL, {"team": team.pk, "sentence": sentence})
    assert answer.status_code == 422
    assert not Suggestion.objects.exists()


def test_the_same_path_is_sent_to_a_team_once_a_week(path, team, lead, owner):
    suggest(path, team, sentence=WHY, by=lead, at=NOW)
    with pytest.raises(Refused, match="Leave it a week"):
        suggest(path, team, sentence=WHY, by=lead, at=NOW + timedelta(days=6))
    assert suggest(path, team, sentence=WHY, by=lead, at=NOW + timedelta(days=8)) == 1


def test_who_muted_suggestions_or_left_the_team_gets_none(path, team, lead, owner, teammate):
    mute(owner, "suggestions", at=NOW)
    suggest(path, team, sentence=WHY, by=lead, at=NOW)
    Membership.objects.filter(user=teammate).delete()
    tick(NOW)
    assert not Delivery.objects.filter(state=Delivery.State.SENT).exists()


def test_nobody_sees_what_became_of_it(path, team, client_of, lead, owner, teammate, administrator):
    second = make_user(name="Second Lead", leads=[team])
    suggest(path, team, sentence=WHY, by=lead, at=NOW)
    tick(NOW)
    assert SuggestedTo.objects.count() == 3
    for person in (lead, administrator):
        html = client_of(person).get("/deliveries/").content.decode()
        assert "Suggested to read" not in html
        assert path.title not in html
    html = client_of(second).get("/deliveries/").content.decode()
    assert owner.name not in html


def test_a_lead_alone_is_told_so(path, team, lead):
    with pytest.raises(Refused, match="Nobody else"):
        suggest(path, team, sentence=WHY, by=lead, at=NOW)
