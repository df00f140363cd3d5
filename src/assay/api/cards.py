"""Items as the grid shows them."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import orjson

from assay.api.card_shapes import CardShapes
from assay.api.details import severity_of
from assay.api.evaluated_items import read_outcomes, side_of
from assay.api.schemas.items import Side
from assay.project.details import find_partners
from assay.project.source_ids import read_source_id
from assay.project.store import Store
from assay.project.tags import find_tags
from assay.project.vocabulary import OutcomeCountKey, status_of
from assay.query.fields import Scope, fields_of
from assay.query.joins import NOTHING, Column, QueryScope
from assay.query.outcomes import EvaluatedItems
from assay.query.results import ResultSets, Rows, fetch
from assay.query.row_cache import RowCache

_TOLD = ["outcome", "reason", "iou", "compared", OutcomeCountKey.FP.value, OutcomeCountKey.FN.value]
_ITEM_BYTES = 1_000  # about what is known of an item takes
_ENTRY_BYTES = 300  # about what an entry of the cache takes that says little


def read_cards(
    store: Store,
    results: ResultSets,
    cache: RowCache,
    scope: QueryScope,
    rows: Rows,
    metric: str | None,
    evaluated: EvaluatedItems | None,
) -> list[dict[str, Any]]:
    """Return the cards of rows, in their order: fields of :class:`~assay.api.schemas.items.Card`, ready for ``orjson``.

    Args:
        store: The project.
        results: Columns in memory.
        cache: What is known of items already.
        scope: What the rows are of.
        rows: int32 ``(n,)``.
        metric: The metric whose value and severity each card shows, or None; of an object also one of its image.
        evaluated: The evaluation that items are evaluated by, or None.

    Raises:
        QueryError: the metric is unknown in this scope.
    """
    if not len(rows):
        return []
    known = cache.get(store, scope, rows, partial(_read_items, store, results, scope), _item_size)
    rows = rows[np.array([row in known for row in rows.tolist()], dtype=np.bool_)]
    items = [known[row] for row in rows.tolist()]
    values = _values(store, results, scope, rows, metric, evaluated)
    severities = severity_of(_limits(store, scope, metric), values)
    images = np.array([item["image_row"] for item in items], dtype=np.int32)
    shapes = CardShapes(store, cache, images, evaluated)
    partners = _find_partners(store, cache, scope, rows, metric, evaluated)
    told: dict[str, list[Any]] = {key: [None] * len(rows) for key in _TOLD} | read_outcomes(
        evaluated, scope, rows, _TOLD
    )
    rows_tagged = images if scope == "prediction" else rows
    tagged = _tag_scope(scope)
    kind = (f"{tagged} tags", store.tag_version)
    tags = cache.get(store, kind, rows_tagged, partial(find_tags, store, tagged), lambda _: _ENTRY_BYTES)
    cards = []
    for i, (row, item) in enumerate(zip(rows.tolist(), items, strict=True)):
        partner, partner_of = partners.get(row, (None, None))
        image = item["image_row"]
        cards.append(
            {
                **item,
                "value": values[i],
                "severity": severities[i],
                "partner_row": partner,
                "partner_of": partner_of,
                **{key: column[i] for key, column in told.items()},
                "tags": tags[int(rows_tagged[i])],
                "objects": shapes.count(image),
                "shapes": shapes.json(image, ((scope, row), (partner_of, partner))),
            }
        )
    return cards


def _read_items(store: Store, results: ResultSets, scope: QueryScope, rows: Rows) -> dict[int, dict[str, Any]]:
    """Return what cards show of items whatever is asked of them, by row."""
    number, key, class_ = _IDENTITY[scope]
    wanted = {
        "row": fields_of(store, scope).column("row"),
        "number": number,
        "key": key,
        "image_row": Column("i", "row"),
        "file_name": Column("i", "file_name"),
        "width": Column("i", "width"),
        "height": Column("i", "height"),
        "status": Column("f", "status"),
        "class_row": class_,
        "confidence": Column("p", "score") if scope == "prediction" else NOTHING,
    }
    columns = fetch(store, scope, rows, wanted, results.columns)
    records = [dict(zip(columns, record, strict=True)) for record in zip(*columns.values(), strict=True)]
    return {record["row"]: _as_item(record) for record in records}


def _as_item(record: dict[str, Any]) -> dict[str, Any]:
    own_id = read_source_id(record.pop("number"), record.pop("key"))
    if isinstance(own_id, int) and not -(2**63) <= own_id < 2**64:  # which orjson does not write
        own_id = orjson.Fragment(str(own_id).encode())
    return {**record, "id": own_id, "status": status_of(record["status"])}


def _item_size(item: dict[str, Any]) -> int:
    return _ITEM_BYTES + len(item["file_name"])


_IDENTITY: dict[QueryScope, tuple[Column, Column, Column]] = {
    "image": (Column("i", "source_id"), Column("i", "source_key"), NOTHING),
    "annotation": (Column("a", "source_id"), Column("a", "source_key"), Column("a", "class")),
    "prediction": (Column("p", "position"), NOTHING, Column("p", "class")),
}
"""Columns of an item's id, as a number or as JSON text, and of its class."""


def _tag_scope(scope: QueryScope) -> Scope:
    """Return whose tags an item shows: predictions have none of their own."""
    return "annotation" if scope == "annotation" else "image"


def _limits(store: Store, scope: QueryScope, metric: str | None) -> dict[str, Any] | None:
    """Return the outlier limits of a metric; there are none of predictions."""
    names = fields_of(store, scope)
    found = names.find(metric) if metric else None
    if found is None or found.level == "prediction":
        return None
    return names.limits(found.level).get(found.key)


def _values(
    store: Store,
    results: ResultSets,
    scope: QueryScope,
    rows: Rows,
    metric: str | None,
    evaluated: EvaluatedItems | None,
) -> list[float | None]:
    """Return each row's value of a metric, None where it has none: from memory, where the order comes from, too."""
    if metric is None:
        return [None] * len(rows)
    values = results.numbers(store, scope, metric, evaluated)[rows]
    return [None if math.isnan(value) else value for value in values.tolist()]


def _find_partners(
    store: Store, cache: RowCache, scope: QueryScope, rows: Rows, metric: str | None, evaluated: EvaluatedItems | None
) -> dict[int, tuple[int, Side]]:
    """Return, for each object that has one, the other one of the evaluation, else of the metric's evidence."""
    if scope == "image":
        return {}
    if evaluated is None:
        if metric is None:
            return {}
        kind = f"partner {metric}"
        found = cache.get(store, kind, rows, partial(find_partners, store, metric=metric), lambda _: _ENTRY_BYTES)
        return {row: (partner, "annotation") for row, partner in found.items() if partner is not None}
    side = side_of(evaluated, scope)
    places = side.places(rows)
    known = places >= 0
    partners = side.partner[places[known]]
    other: Side = "annotation" if scope == "prediction" else "prediction"
    return {
        row: (partner, other)
        for row, partner in zip(rows[known].tolist(), partners.tolist(), strict=True)
        if partner >= 0
    }
