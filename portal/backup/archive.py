"""The file of a backup: a manifest, the rows of each table, the pictures; written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from portal.accounts.models import Site, User, record
from portal.backup import rows

FORMAT = 2  # 1 cut times to the millisecond
_MANIFEST = "manifest.json"


class BadBackup(ValueError):
    """The file cannot be restored here; the message says why and what to do."""


@dataclass
class Manifest:
    """What a backup holds. ``tables``: label -> [rows, SHA-256]; ``pictures``: path -> SHA-256."""

    made_at: str
    site: str
    format: int = FORMAT
    migrations: list[str] = field(default_factory=list)
    tables: dict[str, list[Any]] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(count for count, _ in self.tables.values())


def back_up(target: Path, *, at: datetime) -> Manifest:
    """Write everything as it is at one instant, while the site runs.

    Not in it: the secret key and the settings, which are the server's own. Raises OSError.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    unfinished = Path(name)  # only its owner may read it
    try:
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as tar:
            with rows.one_moment():
                manifest = Manifest(at.isoformat(), Site.current().name, migrations=_migrations())
                for model in rows.tables():
                    _add_table(tar, model._meta.label_lower, manifest)
            _add_pictures(tar, manifest)
            _add(tar, _MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        verify(unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def verify(path: Path) -> Manifest:
    """Read the whole file and compare it with its manifest. Raises BadBackup."""
    try:
        with tarfile.open(path, "r:gz") as tar:
            found = {member.name: member for member in tar.getmembers()}
            manifest = _manifest(tar, found)
            for label, (count, sha256) in manifest.tables.items():
                if rows.digest(_open(tar, f"rows/{label}.jsonl")) != (count, sha256):
                    raise BadBackup(f"The rows of {label} are not those that were saved.")
            for name, sha256 in manifest.pictures.items():
                if hashlib.sha256(_open(tar, f"media/{name}").read()).hexdigest() != sha256:
                    raise BadBackup(f"The picture {name} is not the one that was saved.")
    except (tarfile.TarError, EOFError, OSError, KeyError, ValueError) as error:
        if isinstance(error, BadBackup):
            raise
        raise BadBackup(f"{path} cannot be read as a backup: {error}") from error
    return manifest


def restore(path: Path, *, at: datetime) -> Manifest:
    """Put everything back into an empty site, compare every row, hold all messages. Raises BadBackup."""
    manifest = verify(path)
    if missing := set(manifest.migrations) ^ set(_migrations()):
        raise BadBackup(
            f"The backup is of another version of the portal ({', '.join(sorted(missing)[:3])}). "
            "Restore it with that version, then bring the portal up to date."
        )
    if User.objects.exists():
        raise BadBackup("This site has people already. Restore into an empty database, so nothing is lost.")
    with tarfile.open(path, "r:gz") as tar:
        with transaction.atomic():
            rows.clear()
            for label in manifest.tables:
                rows.load(_open(tar, f"rows/{label}.jsonl"))
            connection.check_constraints()
            _compare(manifest)
            rows.set_counters()
            Site.objects.update(restored_at=at)
            record("restored", "site", 1, by=None, at=at, made_at=manifest.made_at)
        for name in manifest.pictures:
            target = Path(settings.MEDIA_ROOT) / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.write_bytes(_open(tar, f"media/{name}").read())
    return manifest


def _compare(manifest: Manifest) -> None:
    for model in rows.tables():
        label = model._meta.label_lower
        if rows.digest(rows.lines(model)) != tuple(manifest.tables[label]):
            raise BadBackup(f"The rows of {label} came out different; nothing was restored.")


def _migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _add_table(tar: tarfile.TarFile, label: str, manifest: Manifest) -> None:
    """By way of a file, since a tar must know the size of what follows."""
    with tempfile.TemporaryFile() as file:
        count, sha256 = rows.digest(_writing(file, rows.lines(apps.get_model(label))))
        member = tarfile.TarInfo(f"rows/{label}.jsonl")
        member.size, member.mode = file.tell(), 0o600
        file.seek(0)
        tar.addfile(member, file)
    manifest.tables[label] = [count, sha256]


def _writing(file: IO[bytes], parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        file.write(part)
        yield part


def _add_pictures(tar: tarfile.TarFile, manifest: Manifest) -> None:
    """Pictures never change; one that came after the instant of the rows does no harm."""
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        if path.is_file():
            name, content = path.relative_to(root).as_posix(), path.read_bytes()
            manifest.pictures[name] = hashlib.sha256(content).hexdigest()
            _add(tar, f"media/{name}", content)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def _manifest(tar: tarfile.TarFile, found: dict[str, tarfile.TarInfo]) -> Manifest:
    if _MANIFEST not in found:
        raise BadBackup("The file has no manifest: it is no backup, or it was not finished.")
    told = json.loads(_open(tar, _MANIFEST).read())
    if told.get("format") != FORMAT:
        raise BadBackup("The file is of a format that this version does not know.")
    manifest = Manifest(**told)
    names = {f"rows/{label}.jsonl" for label in manifest.tables}
    names |= {f"media/{name}" for name in manifest.pictures} | {_MANIFEST}
    if strange := sorted(names ^ found.keys()):
        raise BadBackup(f"The file and its manifest disagree about {strange[0]}.")
    if bad := [name for name in manifest.pictures if name.startswith("/") or ".." in Path(name).parts]:
        raise BadBackup(f"The picture {bad[0]} would be written outside its folder.")
    return manifest


def _open(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    file = tar.extractfile(name)
    if file is None:
        raise BadBackup(f"{name} is not a file.")
    return file
