"""A person is written as people write names; who is meant must be one."""

import pytest

from reviews.fields import Refused, find_person
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return [make_user(name="Tomás Ferreira"), make_user(name="Maya Lindqvist"), make_user(name="Maja Tom")]


@pytest.mark.parametrize("written", ["Tomás Ferreira", "tomás ferreira", "Tomas", "tomas f", "ferr"])
def test_part_of_a_name_that_only_one_person_has_is_enough(people, written):
    assert find_person(written) == people[0]


def test_part_of_a_name_that_two_people_have_names_both(people):
    with pytest.raises(Refused, match="could be Maja Tom, Tomás Ferreira. Write more of the name"):
        find_person("Tom")


def test_the_middle_of_a_name_or_somebody_who_left_is_nobody(people):
    make_user(name="Zoe Gone", is_active=False)
    for written in ("erreira", "Zoe"):
        with pytest.raises(Refused, match="Nobody here is called"):
            find_person(written)
