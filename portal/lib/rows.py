"""Many rows with one statement: what bulk_create does, without an object and a form of SQL for each row."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.enums import Choices

_T = TypeVar("_T")
_K = TypeVar("_K")
_Row = Sequence[object]
_SPARE = 50  # parameters left for the values that are tested or written
_PLAIN = {"CharField", "AutoField", "BigAutoField", "IntegerField", "PositiveSmallIntegerField"}


def insert(
    model: type[models.Model],
    names: Sequence[str],
    rows: Sequence[_Row],
    same: Mapping[str, object],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """Insert a row for each of ``rows``; ``same`` is equal in all of them, what is named nowhere is NULL."""
    if not rows:
        return
    fields, fixed = [_field(model, name) for name in names], [_field(model, name) for name in same]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in [*fields, *fixed])
    ready = [field.get_db_prep_save(same[field.name], connection) for field in fixed]
    send = _as_values if connection.vendor == "sqlite" else _as_arrays
    with connection.cursor() as cursor:
        for source, values in send(fields, rows, ready):
            end = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
            cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) {source}{end}", values)


def move(
    model: type[models.Model], keys: Sequence[_K], *, was: Mapping[str, object], becomes: Mapping[str, object]
) -> set[_K]:
    """Write ``becomes`` into the rows with these keys that still hold ``was``; the keys of those.

    Rows are locked in the order of their keys. SQLite needs 3.35 or newer for RETURNING.
    """
    key, quote = _key(model), connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(str(key.column))
    new, tested = [_field(model, name) for name in becomes], [_field(model, name) for name in was]
    change = ", ".join(f"{quote(str(field.column))} = %s" for field in new)
    tests = "".join(f" AND {quote(str(field.column))} = %s" for field in tested)
    written = [field.get_db_prep_save(becomes[field.name], connection) for field in new]
    held = [field.get_db_prep_save(was[field.name], connection) for field in tested]
    prepare = _preparer(key)
    prepared = {prepare(one): one for one in keys}
    moved: set[_K] = set()
    with connection.cursor() as cursor:
        for chosen, values in _chosen(key, list(prepared)):
            if connection.features.has_select_for_update:
                mine = f"SELECT {column} AS mine FROM {table} WHERE {chosen}{tests} ORDER BY 1 FOR UPDATE"
                # As text: the driver would make an object of each.
                end = f"FROM ({mine}) AS locked WHERE {column} = mine RETURNING {column}::text"
            else:
                end = f"WHERE {chosen}{tests} RETURNING {column}"
            cursor.execute(f"UPDATE {table} SET {change} {end}", [*written, *values, *held])
            moved.update(prepared[row[0]] for row in cursor.fetchall())
    return moved


def _chosen(key: models.Field[Any, Any], keys: Sequence[object]) -> Iterator[tuple[str, list[Any]]]:
    """The test that a row has one of these keys, given as the database takes them."""
    column = connection.ops.quote_name(str(key.column))
    if connection.vendor == "sqlite":
        for part in _parts(keys, _most_values() - _SPARE):
            yield f"{column} IN ({_marks(len(part))})", list(part)
    elif keys:
        # Taken for few, they are looked up one by one, which a thousand among a million should be.
        yield f"{column} = ANY(ARRAY(SELECT unnest(%s::{_type(key)}[])))", [_array(keys)]


def _as_values(
    fields: Sequence[models.Field[Any, Any]], rows: Sequence[_Row], ready: list[Any]
) -> Iterator[tuple[str, list[Any]]]:
    """A list of rows, as many as SQLite takes parameters."""
    prepare, width = [_preparer(field) for field in fields], len(fields) + len(ready)
    for part in _parts(rows, _most_values() // width):
        values: list[Any] = []
        for row in part:
            values += [prepared(value) for prepared, value in zip(prepare, row, strict=True)]
            values += ready
        yield f"VALUES {', '.join([f'({_marks(width)})'] * len(part))}", values


def _as_arrays(
    fields: Sequence[models.Field[Any, Any]], rows: Sequence[_Row], ready: list[Any]
) -> Iterator[tuple[str, list[Any]]]:
    """A parameter for each column: ten thousand of them would cost PostgreSQL's driver more than the rows."""
    columns = zip(*rows, strict=True)
    arrays = [_array(map(_preparer(field), values)) for field, values in zip(fields, columns, strict=True)]
    names = [f"v{number}" for number in range(len(fields))]
    kinds = ", ".join(f"%s::{_type(field)}[]" for field in fields)
    chosen = ", ".join([*names, *["%s"] * len(ready)])
    yield f"SELECT {chosen} FROM unnest({kinds}) AS r({', '.join(names)})", [*ready, *arrays]


def _array(values: Iterable[Any]) -> str:
    """The text form of an array (PostgreSQL, section 8.15.6)."""
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _type(field: models.Field[Any, Any]) -> str:
    """The plain type of the column; a key that counts by itself is a number."""
    return str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection))


def _key(model: type[models.Model]) -> models.Field[Any, Any]:
    assert model._meta.pk is not None
    return model._meta.pk


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    found = model._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


def _preparer(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """As the field prepares a value, but what needs no thought gets none and what comes again is kept."""
    kind = (getattr(field, "target_field", None) or field).get_internal_type()
    if kind in _PLAIN:
        return lambda value: value.value if isinstance(value, Choices) else value
    if kind == "UUIDField":
        return (lambda value: value and value.hex) if connection.vendor == "sqlite" else _text
    if kind == "DateTimeField" and connection.vendor != "sqlite":
        return functools.cache(lambda value: value and value.isoformat())
    return functools.cache(lambda value: field.get_db_prep_save(value, connection))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)


def _parts(rows: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for begin in range(0, len(rows), max(1, size)):
        yield rows[begin : begin + size]


def _most_values() -> int:
    """How many parameters this SQLite takes in one statement: 32,766 unless it was built otherwise."""
    connection.ensure_connection()
    return min(30_000, connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER))
