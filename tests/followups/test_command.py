"""``manage.py followups run``: the tick by hand."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from portal.outbox.models import Delivery, Occurrence
from reviews.models import Review
from tests.factories import make_action, make_review

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = io.StringIO()
    call_command("followups", "run", *arguments, stdout=out)
    return out.getvalue()


def test_a_dry_run_says_what_would_go_and_leaves_nothing_behind(owner):
    make_action(review=make_review(owner=owner, state=Review.State.PUBLISHED), due_on=date(2030, 1, 4))
    said = run("--at", "2030-01-04T12:00+01:00", "--dry-run")
    assert f"due action 1 to {owner.email}" in said or "due action" in said
    assert "nothing was sent" in said
    assert not Occurrence.objects.exists() and not Delivery.objects.exists()


def test_a_run_plans_and_sends(owner):
    make_action(review=make_review(owner=owner, state=Review.State.PUBLISHED), due_on=date(2026, 12, 4))
    assert "errors=[]" in run()


@pytest.mark.parametrize(
    "arguments", [["--at", "2099-01-01"], ["--at", "soon"], ["--at", "2020-01-01", "--loop"]]
)
def test_what_cannot_be_is_refused_with_one_line(arguments):
    with pytest.raises(CommandError):
        run(*arguments)
    assert not Delivery.objects.exists()
