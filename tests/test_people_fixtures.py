"""The ground the other tests stand on: each kind of person is what its name says."""

import socket

import pytest

from portal.accounts.models import Team, User
from reviews.models import ActionItem, Review
from tests.factories import make_action, make_review


def test_each_kind_of_person_is_what_the_name_says(
    team: Team, owner: User, teammate: User, lead: User, stranger: User, auditor: User
) -> None:
    assert set(team.members.all()) == {owner, teammate, lead}
    assert list(team.leads()) == [lead] and lead.leads_a_team
    assert not owner.leads_a_team and auditor.is_auditor
    assert team not in stranger.teams.all()


def test_a_stranger_sees_no_post_mortem_of_another_team(owner: User, stranger: User) -> None:
    review = make_review(owner=owner, visibility="team", state="published")
    action = make_action(review=review)
    assert list(Review.objects.visible_to(owner)) == [review]
    assert not Review.objects.visible_to(stranger).exists()
    assert list(ActionItem.objects.visible_to(owner)) == [action]


def test_nothing_leaves_this_machine() -> None:
    with socket.socket() as connection, pytest.raises(ConnectionRefusedError, match="stay on this machine"):
        connection.connect(("192.0.2.1", 80))
