"""A backup is one instant of a running site; restored, every row is the same and nothing is sent."""

import gzip
import io
import tarfile
import threading
from datetime import time

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from articles.models import Work
from portal.accounts.models import AuditRow, Site, Team, User, record
from portal.backup import rows
from portal.backup.archive import BadBackup, back_up, restore, verify
from reviews.models import Image, Review
from tests.factories import NOW, make_action, make_review, make_team, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(settings, tmp_path):
    """A small site with a picture; its media stand in a folder of their own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    team = make_team(name="Payments")
    owner = make_user(name="Olga Owner", teams=[team])
    review = make_review(owner=owner, team=team, title="Checkout “down” für 42 min")
    make_action(review=review, owner=owner)
    picture = Image(review=review, content_type="image/png", width=1, height=1, uploaded_at=NOW)
    picture.file.save("a.png", ContentFile(b"\x89PNG picture"), save=False)
    picture.save()
    Site.current()
    return tmp_path / "site.tar.gz"


def all_rows():
    return {model._meta.label_lower: rows.digest(rows.lines(model)) for model in rows.tables()}


def all_values():
    """Every value as the database has it, by no way that a backup takes."""
    return {
        model._meta.label_lower: list(model._default_manager.order_by("pk").values_list())
        for model in rows.tables()
    }


def start_anew(settings, tmp_path):
    """As on another server: an empty, migrated database and no pictures."""
    call_command("flush", interactive=False, verbosity=0)
    settings.MEDIA_ROOT = tmp_path / "elsewhere"


def test_every_row_and_picture_comes_back_and_new_ones_get_new_numbers(site, settings, tmp_path):
    made = back_up(site, at=NOW)
    before = all_rows()
    number = Review.objects.get().pk
    start_anew(settings, tmp_path)
    assert restore(site, at=NOW).rows == made.rows == sum(count for count, _ in before.values())
    after = all_rows()
    assert {name for name in before if before[name] != after[name]} == {
        "accounts.auditrow",  # the restore itself
        "accounts.site",  # holds its messages
    }
    with Image.objects.get().file as picture:
        assert picture.read() == b"\x89PNG picture"
    assert make_review(owner=User.objects.get(), team=Team.objects.get()).pk > number


@pytest.mark.parametrize("microseconds", [617, 818_017, 500_000, 999_999, 0])
def test_times_come_back_to_the_microsecond(site, settings, tmp_path, microseconds):
    User.objects.update(
        last_login=NOW.replace(microsecond=microseconds), work_start=time(9, 0, 0, microseconds)
    )
    Review.objects.update(created_at=NOW.replace(microsecond=microseconds))
    before = all_values()
    back_up(site, at=NOW)
    start_anew(settings, tmp_path)
    restore(site, at=NOW)
    after = all_values()
    assert {name for name in before if before[name] != after[name]} == {"accounts.auditrow", "accounts.site"}


def test_a_restored_site_holds_its_messages_until_an_administrator_says_so(
    site, settings, tmp_path, client_of
):
    back_up(site, at=NOW)
    start_anew(settings, tmp_path)
    restore(site, at=NOW)
    admin = make_user(is_administrator=True)
    assert Site.objects.get().restored_at == NOW
    page = client_of(admin).get("/deliveries/?show=sending").content.decode()
    assert "This site was restored from a backup. Nothing is sent until you say so." in page
    banner = "It sends nothing until you say so."
    places = ("/", "/settings/site/", "/deliveries/")
    assert all(banner in client_of(admin).get(place).content.decode() for place in places)
    owner = client_of(User.objects.get(name="Olga Owner"))
    assert not any(banner in owner.get(place).content.decode() for place in ("/", "/deliveries/"))
    client_of(admin).post("/deliveries/resume/")
    assert banner not in client_of(admin).get("/").content.decode()
    assert Site.objects.get().restored_at is None


def test_what_others_write_meanwhile_is_in_it_wholly_or_not_at_all(site, settings, tmp_path):
    stop, wrote = threading.Event(), []

    def write():
        try:
            while not stop.is_set():
                with transaction.atomic():
                    user = make_user()
                    record("made", "user", user.pk, by=user, at=NOW)
                wrote.append(user.pk)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(wrote) < 5:
            stop.wait(0.01)
        back_up(site, at=NOW)
        during = len(wrote)
        while len(wrote) < during + 5:
            stop.wait(0.01)
    finally:
        stop.set()
        writer.join()
    start_anew(settings, tmp_path)
    restore(site, at=NOW)
    told = set(AuditRow.objects.filter(verb="made").values_list("object_id", flat=True))
    assert 5 <= len(told) < len(wrote), "the writer went on during the backup and after it"
    assert told == {str(pk) for pk in User.objects.exclude(name="Olga Owner").values_list("pk", flat=True)}


def test_a_site_with_people_is_not_overwritten(site):
    back_up(site, at=NOW)
    with pytest.raises(CommandError, match="has people already"):
        call_command("restore", str(site))
    assert Review.objects.count() == 1


@pytest.mark.parametrize("damage", ["cut", "changed", "manifest", "other version"])
def test_a_damaged_or_foreign_file_restores_nothing(site, settings, tmp_path, damage):
    back_up(site, at=NOW)
    content = site.read_bytes()
    if damage == "cut":
        site.write_bytes(content[: len(content) // 2])
    else:
        site.write_bytes(_changed(content, damage))
    start_anew(settings, tmp_path)
    with pytest.raises(BadBackup):
        restore(site, at=NOW)
    assert not User.objects.exists()
    assert not Work.objects.exists()


def _changed(content: bytes, damage: str) -> bytes:
    raw = gzip.decompress(content)
    if damage == "changed":
        return gzip.compress(raw.replace(b"Olga Owner", b"Olga Other"))
    if damage == "other version":
        return gzip.compress(raw.replace(b"reviews.0001_initial", b"reviews.0001_strange"))
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(raw)) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        for member in old.getmembers():
            if member.name != "manifest.json":
                new.addfile(member, old.extractfile(member))
    return out.getvalue()


def test_the_command_says_what_it_saved_and_can_read_it_through_again(site, capsys):
    call_command("backup", str(site))
    call_command("backup", str(site), verify=True)
    said = capsys.readouterr().out
    assert "1 pictures" in said
    assert said.count("every part as its manifest says") == 2
    assert verify(site).site == Site.objects.get().name
    assert oct(site.stat().st_mode & 0o777) == "0o600"
