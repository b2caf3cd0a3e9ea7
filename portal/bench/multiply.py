"""Make a million rows out of one: one INSERT ... SELECT, on both databases."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection, models

# A primary key for each copy, in the form the database keeps UUIDs: version 7, ascending like the site's own
# (portal.lib.ids), a millisecond apart from the 1st of September 2026 on.
NEW_UUID = {
    "sqlite": "lower(printf('%012x', 1788220800000 + n) || '7' || substr(hex(randomblob(2)), 2)"
    " || '8' || substr(hex(randomblob(8)), 2))",
    "postgresql": "(lpad(to_hex(1788220800000 + n), 12, '0') || '7' || substr(md5(random()::text), 1, 3)"
    " || '8' || substr(md5(random()::text), 1, 15))::uuid",
}


def multiply(row: models.Model, count: int, **changed: str) -> None:
    """Copy a saved row ``count`` times; ``changed`` gives columns as SQL, in which ``n`` counts from 1."""
    model = type(row)
    key = model._meta.pk
    columns = [field.column for field in model._meta.concrete_fields if field.column]
    given: Mapping[str, str] = changed
    if isinstance(key, models.UUIDField):
        given = {str(key.column): NEW_UUID[connection.vendor], **changed}
    kept = [column for column in columns if column in given or column != (key.column if key else "")]
    # A remainder in it must not be taken for a place of a parameter.
    values = ", ".join(given.get(column, f't."{column}"') for column in kept).replace("%", "%%")
    names = ", ".join(f'"{column}"' for column in kept)
    numbers = {
        "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s) ",
        "postgresql": "WITH numbers(n) AS (SELECT generate_series(1, %s)) ",
    }[connection.vendor]
    table = model._meta.db_table
    statement = f'{numbers} INSERT INTO "{table}" ({names}) SELECT {values} FROM numbers, "{table}" t'
    # SQLite wants the numbers in front of the whole statement, PostgreSQL takes them there, too.
    with connection.cursor() as cursor:
        identity = key.get_db_prep_value(row.pk, connection) if key else row.pk
        cursor.execute(f'{statement} WHERE t."{key.column if key else "id"}" = %s', [count, identity])


def analyse() -> None:
    """Have the database count what it now holds, as it would have in time."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
