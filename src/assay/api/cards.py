"""Items as the grid shows them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.classes import read_source_id
from assay.api.details import severity_of
from assay.api.schemas.items import Card, ShapeOut
from assay.api.shapes import read_shapes
from assay.project.store import Store
from assay.project.values import read_statistics
from assay.query.columns import Columns
from assay.query.fields import Scope, fields_of
from assay.query.results import Rows, fetch

_MOST_SHAPES = 200
_STATUS = ("ok", "missing", "unreadable")
_TAGS = {"image": "image_tag", "annotation": "annotation_tag"}


def read_cards(store: Store, scope: Scope, rows: Rows, metric: str | None, known: Columns) -> list[Card]:
    """Return the cards of rows, in their order.

    Args:
        store: The project.
        scope: What the rows are of.
        rows: int32 ``(n,)``.
        metric: The metric whose value and severity each card shows, or None; in annotation scope also one of images.
        known: Columns in memory.

    Raises:
        QueryError: the metric is unknown in this scope.
    """
    if not len(rows):
        return []
    names = fields_of(store, scope)
    own = "i" if scope == "image" else "a"
    expressions = {
        "row": names.sql("row"),
        "number": f"{own}.source_id",
        "key": f"{own}.source_key",
        "image": "i.row",
        "file_name": "i.file_name",
        "width": "i.width",
        "height": "i.height",
        "status": "f.status",
        "class": "NULL" if scope == "image" else "a.class",
    }
    values = _values(store, scope, rows, metric, known)
    columns = fetch(store, scope, rows, expressions, known)
    statistics = read_statistics(store, names.find(metric).level).get(metric) if metric else None
    severities = severity_of(statistics, values)
    shapes = read_shapes(store, np.array(columns["image"], dtype=np.int32))
    partners = _partners(store, rows, metric) if scope == "annotation" and metric else {}
    tags = _tags(store, scope, rows)
    cards = []
    for i, row in enumerate(columns["row"]):
        partner = partners.get(row)
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
                    "tags": tags.get(row, []),
                    "objects": len(drawn),
                    "shapes": _choose(drawn, {row, partner} if scope == "annotation" else set()),
                }
            )
        )
    return cards


def _values(store: Store, scope: Scope, rows: Rows, metric: str | None, known: Columns) -> list[float | None]:
    """Return each row's value of a metric, None where it has none: from memory, where the order comes from, too."""
    if metric is None:
        return [None] * len(rows)
    return [None if math.isnan(value) else value for value in known.numbers(store, scope, metric)[rows].tolist()]


def _choose(shapes: list[ShapeOut], always: set[int | None]) -> list[ShapeOut]:
    """Keep the first 200 shapes, the item itself and its partner in any case."""
    if len(shapes) <= _MOST_SHAPES:
        return shapes
    kept = [s for s in shapes if s.row in always]
    return kept + [s for s in shapes if s.row not in always][: _MOST_SHAPES - len(kept)]


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
