"""How a result's items are spread over the values of a property: class, shape, split, tag, a free field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.errors import QueryError
from assay.project.store import Store
from assay.query.compose import absent, equal, narrow, narrow_scope, present
from assay.query.fields import EVALUATED, Field, Scope, fields_of, nearest
from assay.query.joins import ROW, QueryScope, tables
from assay.query.outcomes import EvaluatedItems
from assay.query.results import ResultSets
from assay.query.tree import Not
from assay.summary.chosen import chosen_rows

RARE = 0.1  # of an even share: so much and less is under-represented
_FIRST = ("class", "shape", "split", "tag", "annotator", "status", "crowd", "sequence")
_COUNTED_AT_ONCE = 8  # properties; each statement holds the distinct values of all of its own
_MOST_NUMBERS = 50  # a numeric field with more values is rather looked at as a histogram
_NO_PROPERTIES = frozenset(("row", "file", "file_name", "class_id", "image_id", "frame", "track", *EVALUATED))
_ALWAYS = ("class", "shape", "split")  # even with one value they say something


@dataclass(frozen=True)
class Value:
    """One value of a property, how many items have it, and what finds them."""

    label: str
    count: int
    query: str
    rare: bool


@dataclass(frozen=True)
class Distribution:
    """The most frequent values of a property.

    Attributes:
        items: Items of the result.
        values: The most frequent values.
        other: How many further values there are.
        none: Items without a value.
    """

    items: int
    values: list[Value]
    other: int
    none: int
    none_query: str


@dataclass(frozen=True)
class Property:
    """A property that items can be spread over."""

    key: str
    title: str
    values: int


def list_properties(store: Store, scope: Scope) -> list[Property]:
    """Return the properties that have values here, in the order of how often they are asked for."""
    fields = fields_of(store, scope)
    order = {key: at for at, key in enumerate(_FIRST)}
    named = {field.key for field in fields.all()}
    known = [
        field  # a free field that has become one of the item's own is not told twice
        for field in fields.all()
        if _is_property(field) and field.key.removeprefix("meta.").removeprefix("attr.") not in named - {field.key}
    ]
    known.sort(key=lambda field: (order.get(field.key, 99), field.key))
    if not known:
        return []
    found = []
    for level in ("image", "annotation"):
        of_level = [f for f in known if f.level == level and f.type != "tag"]
        for start in range(0, len(of_level), _COUNTED_AT_ONCE):
            fields_at_once = of_level[start : start + _COUNTED_AT_ONCE]
            sql = [_grouped(field) for field in fields_at_once]
            counts = ", ".join(f"count(DISTINCT {each})" for each in sql)
            with store.read() as cursor:
                source = tables(level, [field.column.table for field in fields_at_once])
                *numbers, items = cursor.execute(f"SELECT {counts}, count(*) FROM {source}").fetchall()[0]
            found += [
                Property(field.key, _title(field), count)
                for field, count in zip(fields_at_once, numbers, strict=True)
                if _tells(field, count, items)
            ]
    with store.read() as cursor:
        [(tags,)] = cursor.execute(f"SELECT count(DISTINCT tag) FROM {scope}_tag").fetchall()
    if tags:
        found.append(Property("tag", "Tag", tags))
    place = {field.key: at for at, field in enumerate(known)}
    return sorted(found, key=lambda each: place[each.key])


def _tells(field: Field, values: int, items: int) -> bool:
    """Return whether a distribution says anything: neither one value for all, nor one for each."""
    if field.key in _ALWAYS:
        return values > 0
    if field.type == "number":
        return 1 < values <= _MOST_NUMBERS
    return values > 1 and (values <= _MOST_NUMBERS or 2 * values <= items)


def _is_property(field: Field) -> bool:
    if field.stored or field.key in _NO_PROPERTIES:
        return False
    if field.key.startswith("attr.") or field.key.startswith("meta.") or field.key == "annotator":
        return field.type in ("text", "boolean", "number", "date")
    return field.type in ("class", "choice", "boolean", "tag", "text")


def _title(field: Field) -> str:
    name = field.key.removeprefix("meta.").removeprefix("attr.").replace("_", " ")
    return name[:1].upper() + name[1:]


def _grouped(field: Field) -> str:
    sql = field.column.sql
    return f"strftime({sql}, '%Y-%m-%d')" if field.type == "date" else sql


def measure_distribution(
    store: Store,
    results: ResultSets,
    scope: QueryScope,
    query: str,
    key: str,
    limit: int,
    evaluated: EvaluatedItems | None = None,
) -> Distribution:
    """Count a result's items by the value of a property.

    An image has the values of its annotations; it counts once for each. An item counts for each of its tags.

    Args:
        store: The project.
        results: Result sets.
        scope: What the items are.
        query: Which items.
        key: The property.
        limit: How many values at most.
        evaluated: The evaluation that items are evaluated by, or None.

    Raises:
        QueryError: there is no such property.
    """
    fields = fields_of(store, scope)
    known = {field.key: field for field in fields.all() if _is_property(field)}
    if key not in known:
        near = nearest(key, known)
        raise QueryError(
            "There is no such property.",
            item=key[:100],
            expected=", ".join(list(known)[:20]),
            actual="an unknown name",
            hint=f"Did you mean “{near}”?" if near else None,
        )
    field = known[key]
    items = len(results.get(store, scope, query, evaluated=evaluated))
    sql, source, counted, row = _source(scope, field)
    with chosen_rows(store, results, scope, query, row, evaluated) as (cursor, condition):
        rows: list[Any] = cursor.execute(
            f"SELECT {sql} AS value, {counted} AS items FROM {source} WHERE {condition} AND {sql} IS NOT NULL "
            "GROUP BY 1 ORDER BY items DESC, value"
        ).fetchall()
        [(with_value,)] = cursor.execute(
            f"SELECT count(DISTINCT {row}) FROM {source} WHERE {condition} AND {sql} IS NOT NULL"
        ).fetchall()
    even = sum(count for _, count in rows) / max(len(rows), 1)
    rarely = field.type in ("class", "choice", "text") and len(rows) > 1
    values = []
    for value, count in rows[:limit]:
        label = _label(value)
        found = narrow_scope(scope, query, equal(key, label), field.level)
        values.append(Value(label, int(count), found, rarely and count <= RARE * even))
    none_query = narrow(query, absent(key))
    if scope == "image" and field.level == "annotation":  # images none of whose annotations has a value
        none_query = narrow(query, Not(present(key)))
    return Distribution(items, values, max(0, len(rows) - limit), items - int(with_value), none_query)


def _source(scope: QueryScope, field: Field) -> tuple[str, str, str, str]:
    """Return what is grouped by, from where, what is counted, and the items' rows."""
    if field.type == "tag":
        if scope == "prediction":  # the tags are those of its image
            return (
                "t.name",
                "prediction p JOIN image_tag x ON x.row = p.image JOIN tag t USING (tag)",
                "count(*)",
                "p.row",
            )
        return "t.name", f"{scope}_tag x JOIN tag t USING (tag)", "count(*)", "x.row"
    sql = _grouped(field)
    if scope == "image" and field.level == "annotation":
        return sql, tables("annotation", [field.column.table]), "count(DISTINCT a.image)", "a.image"
    return sql, tables(scope, [field.column.table]), "count(*)", ROW[scope]


def _label(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
