"""Items as the grid shows them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.classes import read_source_id
from assay.api.details import severity_of
from assay.api.judging import side_of, tell
from assay.api.schemas.items import Card, ShapeOut, Side
from assay.api.shapes import read_shapes
from assay.project.store import Store
from assay.project.values import read_statistics
from assay.query.fields import QueryScope, Scope, fields_of
from assay.query.judged import Judgement
from assay.query.results import ResultSets, Rows, fetch

_MOST_SHAPES = 200
_STATUS = ("ok", "missing", "unreadable")
_TAGS = {"image": "image_tag", "annotation": "annotation_tag"}
_TOLD = ["outcome", "reason", "iou", "compared"]


def read_cards(
    store: Store, results: ResultSets, scope: QueryScope, rows: Rows, metric: str | None, judged: Judgement | None
) -> list[Card]:
    """Return the cards of rows, in their order.

    Args:
        store: The project.
        results: Columns in memory.
        scope: What the rows are of.
        rows: int32 ``(n,)``.
        metric: The metric whose value and severity each card shows, or None; of an object also one of its image.
        judged: The evaluation that items are judged by, or None.

    Raises:
        QueryError: the metric is unknown in this scope.
    """
    if not len(rows):
        return []
    names = fields_of(store, scope)
    number, key, class_ = _IDENTITY[scope]
    expressions = {
        "row": names.sql("row"),
        "number": number,
        "key": key,
        "image": "i.row",
        "file_name": "i.file_name",
        "width": "i.width",
        "height": "i.height",
        "status": "f.status",
        "class": class_,
        "confidence": "p.score" if scope == "prediction" else "NULL",
    }
    values = _values(store, results, scope, rows, metric, judged)
    columns = fetch(store, scope, rows, expressions, results.columns)
    severities = severity_of(_statistics(store, scope, metric), values)
    shapes = read_shapes(store, np.array(columns["image"], dtype=np.int32), judged)
    partners = _find_partners(store, scope, rows, metric, judged)
    told: dict[str, list[Any]] = {key: [None] * len(rows) for key in _TOLD} | tell(judged, scope, rows, _TOLD)
    tagged, rows_tagged = _tag_scope(scope), np.array(columns["image" if scope == "prediction" else "row"])
    tags = _tags(store, tagged, np.unique(rows_tagged.astype(np.int32)))
    cards = []
    for i, row in enumerate(columns["row"]):
        partner, partner_of = partners.get(row, (None, None))
        drawn = shapes.get(columns["image"][i], [])
        cards.append(
            Card.model_validate(
                {
                    "row": row,
                    "id": read_source_id(columns["number"][i], columns["key"][i]),
                    "image_row": columns["image"][i],
                    "file_name": columns["file_name"][i],
                    "width": columns["width"][i],
                    "height": columns["height"][i],
                    "status": "unknown" if columns["status"][i] is None else _STATUS[columns["status"][i]],
                    "class_row": columns["class"][i],
                    "value": values[i],
                    "severity": severities[i],
                    "partner_row": partner,
                    "partner_of": partner_of,
                    "confidence": columns["confidence"][i],
                    **{key: column[i] for key, column in told.items()},
                    "tags": tags.get(int(rows_tagged[i]), []),
                    "objects": len(drawn),
                    "shapes": _choose(drawn, {(scope, row), (partner_of, partner)}),
                }
            )
        )
    return cards


_IDENTITY: dict[QueryScope, tuple[str, str, str]] = {
    "image": ("i.source_id", "i.source_key", "NULL"),
    "annotation": ("a.source_id", "a.source_key", "a.class"),
    "prediction": ("p.position", "NULL", "p.class"),
}
"""SQL of an item's id, as a number or as JSON text, and of its class."""


def _tag_scope(scope: QueryScope) -> Scope:
    """Return whose tags an item shows: predictions have none of their own."""
    return "annotation" if scope == "annotation" else "image"


def _statistics(store: Store, scope: QueryScope, metric: str | None) -> dict[str, Any] | None:
    """Return what is stored of a metric's outliers; there are none of predictions."""
    found = fields_of(store, scope).find(metric) if metric else None
    if found is None or found.level == "prediction":
        return None
    return read_statistics(store, found.level).get(found.key)


def _values(
    store: Store, results: ResultSets, scope: QueryScope, rows: Rows, metric: str | None, judged: Judgement | None
) -> list[float | None]:
    """Return each row's value of a metric, None where it has none: from memory, where the order comes from, too."""
    if metric is None:
        return [None] * len(rows)
    values = results.numbers(store, scope, metric, judged)[rows]
    return [None if math.isnan(value) else value for value in values.tolist()]


def _choose(shapes: list[ShapeOut], always: set[tuple[Side | QueryScope | None, int | None]]) -> list[ShapeOut]:
    """Keep the first 200 shapes, the item itself and its partner in any case."""
    if len(shapes) <= _MOST_SHAPES:
        return shapes
    kept = [s for s in shapes if (s.of, s.row) in always]
    return kept + [s for s in shapes if (s.of, s.row) not in always][: _MOST_SHAPES - len(kept)]


def _find_partners(
    store: Store, scope: QueryScope, rows: Rows, metric: str | None, judged: Judgement | None
) -> dict[int, tuple[int, Side]]:
    """Return, for each object that has one, the other one of the evaluation, else of the metric's evidence."""
    if scope == "image":
        return {}
    if judged is None:
        found = _partners(store, rows, metric) if metric else {}
        return {row: (partner, "annotation") for row, partner in found.items()}
    side = side_of(judged, scope)
    places = side.places(rows)
    known = places >= 0
    partners = side.partner[places[known]]
    other: Side = "annotation" if scope == "prediction" else "prediction"
    return {
        row: (partner, other)
        for row, partner in zip(rows[known].tolist(), partners.tolist(), strict=True)
        if partner >= 0
    }


def _partners(store: Store, rows: NDArray[np.int32], metric: str) -> dict[int, int]:
    """Return, for each row that has one, the partner with the greatest value in the metric's evidence."""
    with store.read() as cursor:
        cursor.register("assay_wanted", {"item": rows})
        found = cursor.execute(
            "SELECT item, partner, value FROM ("
            "  SELECT w.item, e.partner, e.value FROM evidence e"
            "  JOIN assay_wanted w ON w.item = e.row WHERE metric = $key"
            "  UNION ALL"
            "  SELECT w.item, e.row, e.value FROM evidence e"
            "  JOIN assay_wanted w ON w.item = e.partner WHERE metric = $key"
            ") WHERE partner >= 0 ORDER BY value",
            {"key": metric},
        ).fetchall()
        cursor.unregister("assay_wanted")
    return {item: partner for item, partner, _ in found}


def _tags(store: Store, scope: Scope, rows: NDArray[np.int32]) -> dict[int, list[str]]:
    with store.read() as cursor:
        cursor.register("assay_wanted", {"item": rows})
        found: list[tuple[Any, ...]] = cursor.execute(
            f"SELECT w.item, t.name FROM {_TAGS[scope]} x JOIN assay_wanted w ON w.item = x.row "
            "JOIN tag t USING (tag) ORDER BY t.name"
        ).fetchall()
        cursor.unregister("assay_wanted")
    tags: dict[int, list[str]] = {}
    for row, name in found:
        tags.setdefault(row, []).append(name)
    return tags
