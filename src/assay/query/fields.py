"""Names that a query, a sort key or a list of fields may use, and the SQL that each stands for.

A key that is known becomes quoted SQL here; nothing else from a request ever becomes part of a statement's text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Literal

from assay.errors import QueryError
from assay.project.geometry import SHAPE_NAMES
from assay.project.store import Store, quote
from assay.project.values import stored_keys

Scope = Literal["image", "annotation"]

_JOINS = {
    "image": {
        "im": "LEFT JOIN image_metric im ON im.row = i.row",
        "ix": "LEFT JOIN image_meta ix ON ix.row = i.row",
        "f": "LEFT JOIN image_file f ON f.row = i.row",
    },
    "annotation": {
        "i": "JOIN image i ON i.row = a.image",
        "am": "LEFT JOIN annotation_metric am ON am.row = a.row",
        "ax": "LEFT JOIN annotation_attr ax ON ax.row = a.row",
        "im": "LEFT JOIN image_metric im ON im.row = a.image",
        "ix": "LEFT JOIN image_meta ix ON ix.row = a.image",
        "f": "LEFT JOIN image_file f ON f.row = a.image",
        "c": "LEFT JOIN class c ON c.row = a.class",
        "cs": "LEFT JOIN class_source cs ON cs.class = a.class AND cs.source = a.source",
    },
}
_BASE = {"image": "image i", "annotation": "annotation a"}
ROW = {"image": "i.row", "annotation": "a.row"}


def tables(scope: Scope, expressions: Iterable[str]) -> str:
    """Return a FROM clause with the tables that SQL expressions made by this module need."""
    text = " ".join(expressions)
    joins = [join for alias, join in _JOINS[scope].items() if _uses(text, alias)]
    return " ".join([_BASE[scope], *joins])


def _uses(text: str, alias: str) -> bool:
    return re.search(rf"(?<![\w\"]){alias}\.", text) is not None


_IMAGE_COLUMNS = {
    "row": "i.row",
    "id": "i.source_id",
    "image_id": "i.source_id",
    "file_name": "i.file_name",
    "split": "i.split",
    "sequence": "i.sequence",
    "frame": "i.frame",
    "status": "CASE f.status WHEN 0 THEN 'ok' WHEN 1 THEN 'missing' WHEN 2 THEN 'unreadable' ELSE 'unknown' END",
}
_SHAPE_SQL = "CASE a.shape " + " ".join(f"WHEN {i} THEN '{n}'" for i, n in enumerate(SHAPE_NAMES)) + " END"
_ANNOTATION_COLUMNS = _IMAGE_COLUMNS | {
    "row": "a.row",
    "id": "a.source_id",
    "class": "c.name",
    "class_id": "cs.source_id",
    "shape": _SHAPE_SQL,
    "crowd": "a.crowd",
    "track": "a.track",
}


def item_fields() -> frozenset[str]:
    """Return the names of items' own fields in any scope: no metric can have one of them as its key."""
    return frozenset(_ANNOTATION_COLUMNS)


class Fields:
    """The names that one project knows in one scope."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self.scope = scope
        with store.read() as cursor:
            image_keys = stored_keys(cursor, "image")
            annotation_keys = stored_keys(cursor, "annotation")
            typed = cursor.execute("SELECT scope, name FROM typed_column").fetchall()
        self._other_scope: set[str] = set()
        expressions = {key: f"im.{quote(key)}" for key in image_keys}
        expressions |= {f"meta.{name}": f"ix.{quote(name)}" for kind, name in typed if kind == "image"}
        if scope == "annotation":
            expressions |= {key: f"am.{quote(key)}" for key in annotation_keys}
            expressions |= {f"attr.{name}": f"ax.{quote(name)}" for kind, name in typed if kind == "annotation"}
            expressions |= _ANNOTATION_COLUMNS
        else:
            self._other_scope = {*annotation_keys, *_ANNOTATION_COLUMNS} - set(expressions)
            expressions |= _IMAGE_COLUMNS
        self._expressions = expressions

    def sql(self, key: str) -> str:
        """Return the SQL expression of a key.

        Raises:
            QueryError: the key is unknown, or belongs to annotations in a query for images.
        """
        if key in self._expressions:
            return self._expressions[key]
        if key in self._other_scope:
            raise QueryError(
                "The key belongs to annotations.",
                item=key,
                expected="a key of images",
                actual="a key of annotations",
                hint="Ask for annotations with --scope annotation.",
            )
        near = difflib.get_close_matches(key, self._expressions, n=1)
        raise QueryError(
            "There is no such key.",
            item=key[:100],
            expected=f"for example {near[0]}" if near else "a metric, meta.NAME, attr.NAME or an item's field",
            actual="an unknown name",
            hint="`assay metric list` shows the metrics.",
        )

    def names(self) -> list[str]:
        """Return all known keys."""
        return sorted(self._expressions)
