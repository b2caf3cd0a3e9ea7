"""The rows of every table as lines of JSON that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from typing import IO, Any

from django.apps import apps
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.core.serializers.python import Deserializer, Serializer
from django.db import connection, models

# Worth nothing on another machine: who is signed in, which processes are alive, how late its clock was.
LEFT_OUT = {"sessions.session", "outbox.workerbeat", "outbox.clockmark"}
_BATCH = 500


class Exact(DjangoJSONEncoder):
    """Times to the microsecond; Django's own cuts them to the millisecond, and equal times differ."""

    def default(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime | time) else super().default(value)


def tables() -> list[type[models.Model]]:
    """The models that are saved, by name; references are checked when all of them are there again."""
    found = [
        model
        for model in apps.get_models(include_auto_created=False)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in LEFT_OUT
    ]
    return sorted(found, key=lambda model: model._meta.label_lower)


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """Read everything as it was at one instant, without keeping anybody from writing.

    Django would open a writing transaction on SQLite; a plain BEGIN is a snapshot there (WAL).
    """
    connection.ensure_connection()
    begin = "BEGIN"
    if connection.vendor == "postgresql":
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def lines(model: type[models.Model]) -> Iterator[bytes]:
    """One line for each row, in the order of keys; names are sorted, so that equal rows are equal lines."""
    serializer = Serializer()
    rows = model._default_manager.order_by("pk")
    for row in rows.iterator(chunk_size=_BATCH):
        (told,) = serializer.serialize([row])
        yield json.dumps(told, cls=Exact, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def digest(parts: Iterable[bytes]) -> tuple[int, str]:
    """How many lines, and the SHA-256 of all of them."""
    count, sha256 = 0, hashlib.sha256()
    for part in parts:
        count += 1
        sha256.update(part)
    return count, sha256.hexdigest()


def clear() -> None:
    """Take out what migrating put in; call it inside the transaction of the restore."""
    for model in tables():
        links = [field.remote_field.through for field in model._meta.many_to_many]
        for table in [*links, model]:
            if table is not None:
                table._default_manager.all()._raw_delete(using="default")


def load(text: IO[bytes]) -> int:
    """Insert every row as it was, with its key and its times; how many."""
    count = 0
    for line in text:
        for found in Deserializer([json.loads(line)]):
            found.save(force_insert=True)
        count += 1
    return count


def set_counters() -> None:
    """Let new rows be numbered after the restored ones (PostgreSQL keeps its counters apart)."""
    statements = connection.ops.sequence_reset_sql(no_style(), tables())
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
