"""A post-mortem begins: whoever takes part is told their own line, and nobody else learns of it."""

import pytest

from articles import ifthen
from articles.models import IfThen, Work
from portal.outbox.models import Delivery, Occurrence
from portal.outbox.sweeps import tick
from reviews.models import Review
from reviews.starting import Beginning, start_review
from tests.factories import NOW, make_severity, make_shape_version

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shapes(monkeypatch):
    """The shapes are loaded, and the wall clock stands at NOW."""
    monkeypatch.setattr("portal.lib.clock.now", lambda: NOW)
    make_shape_version()


@pytest.fixture
def guide():
    """A guide to have read."""
    return Work.objects.create(
        key="field-guide", title="Field Guide", kind="guide", minutes=20, order=2, summary="How."
    )


def resolve(user, guide, rank="2"):
    return ifthen.write(user, guide, text="ask the quietest first", rank=rank, at=NOW)


def begin(by, team, rank=2, **fields):
    severity = make_severity(rank=rank) if rank else None
    return start_review(
        Beginning(title="Checkout down", team=team, severity=severity, **fields), by=by, at=NOW
    )


def told():
    return set(Occurrence.objects.filter(rule="if_then").values_list("recipient__name", flat=True))


def test_the_team_and_those_named_are_told_and_no_stranger(guide, team, owner, teammate, stranger, auditor):
    for person in (owner, teammate, stranger, auditor):
        resolve(person, guide)
    begin(owner, team)
    assert told() == {owner.name, teammate.name}


def test_somebody_named_from_elsewhere_is_told(guide, team, owner, stranger):
    resolve(stranger, guide)
    begin(owner, team, participants=[stranger])
    assert told() == {stranger.name}


def test_the_message_names_the_line_and_the_post_mortem(guide, team, owner):
    resolve(owner, guide)
    review = begin(owner, team)
    tick(NOW)
    [message] = Delivery.objects.filter(state=Delivery.State.SENT, recipient=owner)
    assert "checkout down" in message.subject.lower()
    said = str(message.content)
    assert "When we next run a SEV2, I will ask the quietest first" in said
    assert f"/reviews/{review.pk}/" in said
    assert "/settings/lines/" in said


def test_another_severity_waits_until_it_is_raised(guide, team, owner, client_of):
    resolve(owner, guide)
    review = begin(owner, team, rank=3)
    assert told() == set()
    sev2 = make_severity(rank=2)
    from reviews.consequences import after_save

    review.severity = sev2
    review.save(update_fields=["severity"])
    after_save(review, "severity", by=owner, at=NOW)
    assert told() == {owner.name}


def test_a_post_mortem_that_is_not_required_tells_nobody(guide, team, owner):
    resolve(owner, guide)
    begin(owner, team, not_required_reason="A drill")
    assert told() == set()


def test_one_that_became_private_meanwhile_is_not_named(guide, team, owner, teammate):
    resolve(teammate, guide)
    review = begin(owner, team)
    Review.objects.filter(pk=review.pk).update(visibility=Review.Visibility.PRIVATE)
    tick(NOW)
    assert not Delivery.objects.filter(state=Delivery.State.SENT, recipient=teammate).exists()


def test_a_lead_does_not_see_that_a_line_was_told(guide, team, owner, lead, client_of, administrator):
    resolve(owner, guide)
    begin(owner, team)
    tick(NOW)
    assert IfThen.objects.get().told_at == NOW
    for person in (lead, administrator):
        html = client_of(person).get("/deliveries/").content.decode()
        assert "quietest" not in html
        assert "Your own line" not in html
