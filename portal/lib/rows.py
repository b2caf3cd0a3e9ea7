"""Many rows with one statement: what bulk_create does, without an object and a form of SQL for each row."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.enums import Choices

_Row = Sequence[object]
_PLAIN = {"CharField", "AutoField", "BigAutoField", "IntegerField", "PositiveSmallIntegerField"}


class Unsought(models.Func):
    """A column as it is, for which SQLite does not go to an index: of two it would take the wrong one."""

    template, arity = "%(expressions)s", 1

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """With the sign that makes it an expression (SQLite, "The Query Optimizer Overview", 8.1)."""
        return self.as_sql(compiler, connection, template="+%(expressions)s")


@models.Field.register_lookup
@models.ForeignKey.register_lookup
class Among(models.Lookup):
    """``__among``: as ``__in`` for whole numbers, but sent as one value, however many there are."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """For PostgreSQL."""
        column, values = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*values, list(self.rhs))

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        """Its arrays are JSON."""
        column, values = self.process_lhs(compiler, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", (*values, json.dumps(list(self.rhs)))


def insert(
    model: type[models.Model],
    names: Sequence[str],
    rows: Sequence[_Row],
    same: Mapping[str, object],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """Insert a row for each of ``rows``; ``same`` is equal in all of them, what is named nowhere is NULL.

    JSON goes into ``same`` only.
    """
    if not rows:
        return
    fields, fixed = [_field(model, name) for name in names], [_field(model, name) for name in same]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in [*fields, *fixed])
    ready = [field.get_db_prep_save(same[field.name], connection) for field in fixed]
    given = zip(map(_preparer, fields), zip(*rows, strict=True), strict=True)
    prepared = [list(map(prepare, values)) for prepare, values in given]
    into = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
    end = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * (len(fields) + len(ready)))
            whole = [(*row, *ready) for row in zip(*prepared, strict=True)]
            cursor.executemany(f"{into} VALUES ({marks}){end}", whole)
        else:
            # A parameter for each column: ten thousand of them would cost the driver more than the rows.
            names = [f"v{number}" for number in range(len(fields))]
            kinds = ", ".join(f"%s::{_type(field)}[]" for field in fields)
            chosen = ", ".join([*names, *["%s"] * len(ready)])
            source = f"SELECT {chosen} FROM unnest({kinds}) AS r({', '.join(names)})"
            cursor.execute(f"{into} {source}{end}", [*ready, *map(_array, prepared)])


def move(
    those: models.QuerySet[Any], becomes: Mapping[str, object], wanted: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Write ``becomes`` into those rows, chosen by columns of their own table; ``wanted`` of each.

    It comes as the database has it: an id as text, on SQLite a truth as 0 or 1 and a time as text. Where rows
    can be locked that happens in the order of their keys; one that another transaction changes just then is
    left out, and found when asked again. SQLite needs 3.35 or newer for RETURNING.
    """
    model, quote = those.model, connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(_key(model).column))
    try:
        chosen, values = those.query.get_compiler(connection=connection).compile(those.query.where)
    except EmptyResultSet:
        return []
    new = [_field(model, name) for name in becomes]
    change = ", ".join(f"{quote(str(field.column))} = %s" for field in new)
    written = [field.get_db_prep_save(becomes[field.name], connection) for field in new]
    names = [quote(str(_field(model, name).column)) for name in wanted]
    end = f"WHERE {chosen}"
    if connection.features.has_select_for_update:
        # By place, which stands still under the lock and is found faster than the key.
        locked = f"SELECT ctid AS mine FROM {table} WHERE {chosen} ORDER BY {key} FOR UPDATE"
        end = f"FROM ({locked}) AS locked WHERE {table}.ctid = mine"
        # As text: the driver would make an object of each.
        names = [f"{name}::text" if name == key else name for name in names]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change} {end} RETURNING {', '.join(names)}", [*written, *values])
        return cursor.fetchall()


def _array(elements: Iterable[str]) -> str:
    """The text form of an array (PostgreSQL, section 8.15.6)."""
    return f"{{{','.join(elements)}}}"


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


def id_text(value: UUID | str) -> str:
    """An id as this database has it."""
    return _hex(value) if connection.vendor == "sqlite" else str(value)


def _preparer(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """As the field prepares a value, for PostgreSQL as an element of an array.

    But what needs no thought gets none, and what comes again is kept.
    """
    kind = (getattr(field, "target_field", None) or field).get_internal_type()
    if connection.vendor == "sqlite":
        if kind == "UUIDField":
            return lambda value: value and _hex(value)
        if kind in _PLAIN:
            return _plain
        return functools.cache(lambda value: field.get_db_prep_save(value, connection))
    if kind == "UUIDField":
        return lambda value: str(value) if value else "NULL"
    if kind in _PLAIN:
        return lambda value: _element(_plain(value))
    if kind == "DateTimeField":
        return functools.cache(lambda value: _element(value and value.isoformat()))
    return functools.cache(lambda value: _element(field.get_db_prep_save(value, connection)))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Choices) else value


def _hex(value: UUID | str) -> str:
    return value if isinstance(value, str) else value.hex
