"""Who is asked when the owner alone does not get an action item finished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import F, Q

from portal.accounts.models import Membership, User
from reviews.models import Participant, Review


@dataclass
class Circle:
    """The people around a set of post-mortems; at most five queries, however many post-mortems there are."""

    leads: dict[int, list[User]] = field(default_factory=dict)  # by team
    members: set[tuple[int, int]] = field(default_factory=set)  # (team, contact) who are in the team
    named: dict[int, set[int]] = field(default_factory=dict)  # by post-mortem
    present: dict[int, set[int]] = field(default_factory=dict)  # named as having been there
    contacts: list[User] = field(default_factory=list)
    administrators: list[User] = field(default_factory=list)
    deputies: dict[int, User] = field(default_factory=dict)  # by the person they stand in for

    @classmethod
    def around(cls, reviews: Iterable[Review]) -> Circle:
        """Load the leads, contacts and named people of these post-mortems."""
        reviews = list(reviews)
        circle = cls()
        rows = Membership.objects.filter(
            Q(is_lead=True) | Q(user__is_leadership_contact=True) | Q(team__leadership_contact=F("user")),
            team__in={review.team_id for review in reviews},
            user__is_active=True,
        ).select_related("user")
        for row in rows.order_by("user__name", "user_id"):
            circle.members.add((row.team_id, row.user_id))
            if row.is_lead:
                circle.leads.setdefault(row.team_id, []).append(row.user)
        for review in reviews:
            ids = {pk for pk in (review.owner_id, review.facilitator_id, review.scribe_id) if pk}
            circle.named[review.pk] = set(ids)
            circle.present[review.pk] = set(ids)
        found = Participant.objects.filter(review__in=list(circle.named))
        for review_id, user_id, was_there in found.values_list("review_id", "user_id", "was_there"):
            circle.named[review_id].add(user_id)
            if was_there:
                circle.present[review_id].add(user_id)
        everywhere = User.objects.filter(
            Q(is_leadership_contact=True) | Q(is_administrator=True), is_active=True
        ).order_by("name", "pk")
        for user in everywhere:
            if user.is_leadership_contact:
                circle.contacts.append(user)
            if user.is_administrator:
                circle.administrators.append(user)
        circle._load_deputies(reviews)
        return circle

    def _load_deputies(self, reviews: Iterable[Review]) -> None:
        """Those chosen by leads, contacts, administrators, owners and facilitators."""
        people = dict(self.everybody())
        for review in reviews:
            for user in (review.owner, review.facilitator, review.team.leadership_contact):
                if user is not None:
                    people[user.pk] = user
        chosen = {pk: user.deputy_id for pk, user in people.items() if user.deputy_id and user.away_until}
        if not chosen:
            return
        found = User.objects.filter(is_active=True).in_bulk(set(chosen.values()))
        self.deputies = {pk: found[deputy] for pk, deputy in chosen.items() if deputy in found}
        teams = {review.team_id for review in reviews}
        pairs = Membership.objects.filter(team__in=teams, user__in=found)
        self.members |= set(pairs.values_list("team_id", "user_id"))

    def may_read(self, review: Review, user: User) -> bool:
        """For leads, contacts, administrators and deputies only: may they be told about the post-mortem?"""
        if not user.is_active:
            return False
        if review.visibility == Review.Visibility.SITE or user.pk in self.named[review.pk]:
            return True
        if review.visibility == Review.Visibility.PRIVATE:
            return False
        return user.is_auditor or user.is_administrator or (review.team_id, user.pk) in self.members

    def leads_of(self, review: Review, *, besides: int | None = None) -> list[User]:
        """All leads of the team, else the leadership contact, else the administrators.

        A private post-mortem reaches only its named leads, else its owner and facilitator: nobody is asked
        about what they may not see, so the list may be empty.
        """

        def asked(people: Iterable[User | None]) -> list[User]:
            unique = {user.pk: user for user in people if user is not None}
            return [user for pk, user in unique.items() if pk != besides and self.may_read(review, user)]

        rungs: list[Iterable[User | None]] = [self.leads.get(review.team_id, [])]
        if review.visibility == Review.Visibility.PRIVATE:
            rungs += [[review.owner, review.facilitator]]
        else:
            rungs += [[review.team.leadership_contact], self.contacts, self.administrators]
        return next((found for found in map(asked, rungs) if found), [])

    def keepers_of(self, review: Review) -> list[User]:
        """Owner and facilitator as far as they are still here, else whoever leads."""
        pair = {user.pk: user for user in (review.owner, review.facilitator) if user and user.is_active}
        return list(pair.values()) or self.leads_of(review)

    def everybody(self) -> Mapping[int, User]:
        """All people loaded here, for their calendars."""
        people = [user for leads in self.leads.values() for user in leads]
        people += [*self.contacts, *self.administrators, *self.deputies.values()]
        return {user.pk: user for user in people}
