"""Loading shapes, and which parts a post-mortem shows."""

import shutil

import pytest

from reviews.models import ShapeVersion
from reviews.shapes import FOLDER, layout, load_shapes, newest_version
from tests.factories import make_review

pytestmark = pytest.mark.django_db


def test_loading_twice_makes_each_version_once():
    assert len(load_shapes()) == 3
    assert load_shapes() == []
    assert newest_version("standard").shape.offered
    assert not newest_version("full").shape.offered


def test_a_changed_file_becomes_a_new_version_and_the_old_one_stays(tmp_path):
    folder = shutil.copytree(FOLDER, tmp_path / "shapes")
    load_shapes(folder)
    old = newest_version("standard")
    path = folder / "standard.yaml"
    path.write_text(path.read_text().replace("What went well", "What helped"))
    assert load_shapes(folder) == ["Standard 2"]
    assert newest_version("standard").number == 2
    assert "What went well" in str(ShapeVersion.objects.get(pk=old.pk).data)


def test_a_part_of_full_stands_behind_the_part_it_belongs_to(owner):
    load_shapes()
    review = make_review(owner=owner, shape_version=newest_version("standard"))
    standing, offered = layout(review, ["summary", "impact", "leadup", "impact_who"])
    keys = [part.key for part in standing]
    assert keys[:6] == ["head", "summary", "impact", "impact_who", "timeline", "leadup"]
    assert "leadup" not in [part.key for part in offered]
    assert "trigger" in [part.key for part in offered]


def test_a_near_miss_asks_five_things_and_offers_no_more_until_it_grows(owner):
    load_shapes()
    review = make_review(owner=owner, shape_version=newest_version("near-miss"))
    standing, offered = layout(review, ["summary", "impact", "lucky"])
    assert [part.key for part in standing] == ["summary", "impact", "lucky", "factors", "actions"]
    assert offered == []
