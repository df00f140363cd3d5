"""A project's classes as the API shows them."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from assay.api.schemas.projects import ClassInfo
from assay.project.colors import class_color
from assay.project.overview import ClassRecord, read_class_records
from assay.project.source_ids import read_source_id
from assay.project.store import Store

UNKNOWN_COLOR = "#9d9b93"  # of a class that is gone

_known: WeakKeyDictionary[Store, tuple[int, list[ClassInfo]]] = WeakKeyDictionary()


def read_classes(store: Store) -> list[ClassInfo]:
    """Return the classes, the most frequent first; read again only when the data has changed."""
    version = store.data_version
    known = _known.get(store)
    if known is None or known[0] != version:
        classes = [_describe(rank, record) for rank, record in enumerate(read_class_records(store))]
        known = _known[store] = (version, classes)
    return known[1]


def _describe(rank: int, record: ClassRecord) -> ClassInfo:
    fields = orjson.loads(record.extra) if record.extra and "keypoints" in record.extra else {}
    keypoints, skeleton = fields.get("keypoints"), fields.get("skeleton")
    return ClassInfo(
        row=record.row,
        id=read_source_id(record.number, record.key),
        name=record.name,
        supercategory=record.supercategory,
        annotations=record.annotations,
        color=class_color(rank),
        keypoints=[str(k) for k in keypoints] if isinstance(keypoints, list) else [],
        skeleton=[bone for bone in skeleton if _is_bone(bone)] if isinstance(skeleton, list) else [],
    )


def _is_bone(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(v) is int for v in value)
