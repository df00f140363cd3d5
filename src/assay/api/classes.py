"""A project's classes as the door shows them."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from assay.api.schemas.projects import ClassInfo
from assay.project.colors import class_color
from assay.project.source_ids import read_source_id
from assay.project.store import Store

UNKNOWN_COLOR = "#9d9b93"  # of a class that is gone

_SQL = """
SELECT c.row, c.source_id, c.source_key, c.name, c.supercategory, c.extra, count(a.row) AS annotations
FROM class c LEFT JOIN annotation a ON a.class = c.row
GROUP BY ALL ORDER BY annotations DESC, c.row
"""


_known: WeakKeyDictionary[Store, tuple[int, list[ClassInfo]]] = WeakKeyDictionary()


def read_classes(store: Store) -> list[ClassInfo]:
    """Return the classes, the most frequent first; read again only when the data has changed."""
    version = store.data_version
    known = _known.get(store)
    if known is None or known[0] != version:
        with store.read() as cursor:
            rows = cursor.execute(_SQL).fetchall()
        known = _known[store] = (version, [_describe(rank, row) for rank, row in enumerate(rows)])
    return known[1]


def _describe(rank: int, row: tuple[Any, ...]) -> ClassInfo:
    number, source_id, source_key, name, supercategory, extra, annotations = row
    fields = orjson.loads(extra) if extra and "keypoints" in extra else {}
    keypoints, skeleton = fields.get("keypoints"), fields.get("skeleton")
    return ClassInfo(
        row=number,
        id=read_source_id(source_id, source_key),
        name=name,
        supercategory=supercategory,
        annotations=annotations,
        color=class_color(rank),
        keypoints=[str(k) for k in keypoints] if isinstance(keypoints, list) else [],
        skeleton=[bone for bone in skeleton if _is_bone(bone)] if isinstance(skeleton, list) else [],
    )


def _is_bone(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(v) is int for v in value)
