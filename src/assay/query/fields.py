"""Names that a query, a sort key or a list of fields may use, and the SQL that each stands for.

A key that is known becomes quoted SQL here; nothing else from a request ever becomes part of a statement's text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal
from weakref import WeakKeyDictionary

from assay.errors import QueryError
from assay.project.geometry import SHAPE_NAMES, Faults
from assay.project.store import Store, quote
from assay.project.values import has_severity, read_statistics, stored_keys
from assay.project.vocabulary import (
    ANNOTATION_OUTCOMES,
    ANNOTATION_REASONS,
    PREDICTION_OUTCOMES,
    PREDICTION_REASONS,
    AcquisitionKey,
    Change,
    FileStatus,
    ImageStatus,
    Outcome,
    OutcomeCountKey,
    Reason,
    status_of,
)
from assay.query.joins import NOTHING, Column, QueryScope

Scope = Literal["image", "annotation"]
FreeType = Literal["number", "text", "boolean", "date"]
FieldType = Literal["number", "text", "boolean", "date", "choice", "file", "id", "class", "tag", "severity"]
SCOPES: tuple[Scope, ...] = ("image", "annotation")
_EVERY: tuple[QueryScope, ...] = (*SCOPES, "prediction")


@dataclass(frozen=True)
class Field:
    """A name that queries know.

    Attributes:
        key: As it is written.
        column: What it stands for; :data:`NOTHING` for tags and severities, which are no columns.
        level: What it says something about: the image, or one annotation.
        type: What it is compared with.
        choices: The only values there are, where they are known.
        stored: Whether it is a metric.
    """

    key: str
    column: Column
    level: QueryScope
    type: FieldType
    choices: tuple[str, ...] = ()
    stored: bool = False

    @property
    def is_column(self) -> bool:
        """Whether an item has a value of it."""
        return self.column is not NOTHING


_STATUSES = " ".join(f"WHEN {int(code)} THEN '{status_of(code)}'" for code in FileStatus)
_STATUS = f"CASE {{}} {_STATUSES} ELSE '{status_of(None)}' END"
_SHAPES = " ".join(f"WHEN {i} THEN '{n}'" for i, n in enumerate(SHAPE_NAMES))
_SHAPE = f"CASE {{}} {_SHAPES} END"
_IMAGE_FIELDS = (
    Field("row", Column("i", "row"), "image", "number"),
    Field("id", Column("i", "source_id"), "image", "id"),
    Field("image_id", Column("i", "source_id"), "image", "id"),
    Field("file_name", Column("i", "file_name"), "image", "file"),
    Field("split", Column("i", "split"), "image", "text"),
    Field("sequence", Column("i", "sequence"), "image", "text"),
    Field("frame", Column("i", "frame"), "image", "number"),
    Field("damaged", Column("f", "damaged"), "image", "boolean"),
    Field("size_mismatch", Column("f", "size_mismatch"), "image", "boolean"),
    Field("status", Column("f", "status", _STATUS), "image", "choice", tuple(status.value for status in ImageStatus)),
)
FAULT = "fault."
"""Begins the names of faults that the import doctor finds in an annotation's geometry."""
_ANNOTATION_FIELDS = (
    Field("row", Column("a", "row"), "annotation", "number"),
    Field("id", Column("a", "source_id"), "annotation", "id"),
    Field("class", Column("c", "name"), "annotation", "class"),
    Field("class_id", Column("cs", "source_id"), "annotation", "number"),
    Field("shape", Column("a", "shape", _SHAPE), "annotation", "choice", tuple(SHAPE_NAMES)),
    Field("crowd", Column("a", "crowd"), "annotation", "boolean"),
    Field("track", Column("a", "track"), "annotation", "text"),
    *(
        Field(
            f"{FAULT}{name.lower()}",
            Column("a", "faults", f"(({{}} & {fault.value}) <> 0)"),
            "annotation",
            "boolean",
        )
        for name, fault in Faults.__members__.items()
    ),
)
_PREDICTION_FIELDS = (
    Field("row", Column("p", "row"), "prediction", "number"),
    Field("class", Column("c", "name"), "prediction", "class"),
    Field("shape", Column("p", "shape", _SHAPE), "prediction", "choice", tuple(SHAPE_NAMES)),
    Field("confidence", Column("p", "score"), "prediction", "number", stored=True),
)


def _evaluated(key: str, table: str, level: QueryScope, names: type[StrEnum], choices: tuple[StrEnum, ...]) -> Field:
    """Return a field of an evaluation, which stores places in a table of names."""
    cases = " ".join(f"WHEN {code} THEN '{name}'" for code, name in enumerate(names) if name in choices)
    return Field(
        key, Column(table, key, f"CASE {{}} {cases} END"), level, "choice", tuple(word.value for word in choices)
    )


_OF_PREDICTIONS = (
    _evaluated("outcome", "pj", "prediction", Outcome, PREDICTION_OUTCOMES),
    _evaluated("reason", "pj", "prediction", Reason, PREDICTION_REASONS),
    Field("true_class", Column("pj", "other_class", "nullif({}, -1)"), "prediction", "class"),
    Field("iou", Column("pj", "iou"), "prediction", "number"),
)
_OF_ANNOTATIONS = (
    _evaluated("outcome", "aj", "annotation", Outcome, ANNOTATION_OUTCOMES),
    _evaluated("reason", "aj", "annotation", Reason, ANNOTATION_REASONS),
    Field("predicted_class", Column("aj", "other_class", "nullif({}, -1)"), "annotation", "class"),
)
_OF_SETS = tuple(
    Field(key.value, Column("iq", key.value), "image", "number", stored=True)
    for key in (*OutcomeCountKey, *AcquisitionKey)
)
EVALUATION_FIELDS: dict[QueryScope, tuple[Field, ...]] = {
    # outcomes of its objects are those of its annotations, unless what stands beside them speaks of predictions
    "image": (
        *_OF_PREDICTIONS[1:],
        _OF_ANNOTATIONS[0],
        _OF_ANNOTATIONS[2],
        _evaluated("compared", "ij", "image", Change, tuple(Change)),
        Field("evaluated", Column("ie", "row", "({} IS NOT NULL)"), "image", "boolean"),
        *_OF_SETS,
    ),
    "annotation": (*_OF_ANNOTATIONS, *_OF_SETS),
    "prediction": (*_OF_PREDICTIONS, *_OF_SETS),
}
"""The fields that items have by an evaluation, by scope."""

_ANNOTATORS = ("annotator", "annotator_id", "annotated_by", "created_by", "user", "labeler")
SEVERITIES = ("outlier", "severe")
LATER = {"finding": "findings"}
EVALUATED = frozenset(field.key for fields in EVALUATION_FIELDS.values() for field in fields)
FREE_TYPES: dict[str, FreeType] = {"BOOLEAN": "boolean", "DOUBLE": "number", "TIMESTAMP": "date", "VARCHAR": "text"}


def item_fields() -> frozenset[str]:
    """Return the names that queries use themselves: no metric can have one of them as its key."""
    own = {field.key for field in (*_IMAGE_FIELDS, *_ANNOTATION_FIELDS)}
    return frozenset(own | {"file", "tag", "annotator", "any", "and", "or", "not", *SEVERITIES, *LATER, *EVALUATED})


def key_column(field: Field) -> Column:
    """Return the column of ids that are no whole numbers, as JSON text."""
    return Column(field.column.table, "source_key")


class Fields:
    """The names that one project knows in one scope, as of one version of the data; see :func:`fields_of`.

    Attributes:
        scope: What queries are about.
        classes: Rows by name; several where sources give one name twice.
        scopes_with_severity: Scopes for whose items it is stored which are outliers of any metric.
    """

    def __init__(self, store: Store, scope: QueryScope) -> None:
        self.scope = scope
        self._limits: dict[QueryScope, dict[str, dict[str, Any]]] = {
            each: {key: numbers["limits"] for key, numbers in read_statistics(store, each).items()} for each in SCOPES
        }
        with store.read() as cursor:
            keys: dict[QueryScope, list[str]] = {each: stored_keys(cursor, each) for each in _EVERY}
            typed = cursor.execute("SELECT scope, name, type FROM typed_column").fetchall()
            classes = cursor.execute("SELECT row, name FROM class").fetchall()
            self.scopes_with_severity = {each for each in SCOPES if has_severity(cursor, each)}
        self.classes: dict[str, list[int]] = {}
        for number, name in classes:
            self.classes.setdefault(name, []).append(number)
        fields: dict[QueryScope, dict[str, Field]] = {
            "prediction": {
                **_metric_fields(keys["prediction"], "prediction", "pm"),
                **{field.key: field for field in _PREDICTION_FIELDS},
            },
            "image": {
                **_metric_fields(keys["image"], "image", "im"),
                **_typed_fields(typed, "image", "meta", "ix"),
                **{field.key: field for field in _IMAGE_FIELDS},
                "file": Field("file", Column("i", "file_name"), "image", "file"),
            },
            "annotation": {
                **_metric_fields(keys["annotation"], "annotation", "am"),
                **_typed_fields(typed, "annotation", "attr", "ax"),
                **{field.key: field for field in _ANNOTATION_FIELDS},
            },
        }
        for name in _ANNOTATORS:
            attribute = fields["annotation"].get(f"attr.{name}")
            if attribute is not None:
                fields["annotation"]["annotator"] = Field("annotator", attribute.column, "annotation", attribute.type)
                break
        self._columns = fields["image"] if scope == "image" else fields["image"] | fields[scope]
        # what a query may speak of beside the item's own columns
        tags = Field("tag", NOTHING, scope, "tag")
        of_objects = {} if scope == "prediction" else fields["annotation"]
        self._by_key = of_objects | fields["image"] | self._columns | {"tag": tags}
        self._by_key |= {key: Field(key, NOTHING, scope, "severity") for key in SEVERITIES}
        self._by_key |= {field.key: field for field in EVALUATION_FIELDS[scope]}

    def column(self, key: str) -> Column:
        """Return a column of the scope's items.

        Raises:
            QueryError: the key is unknown, or belongs to annotations in a query for images.
        """
        if key in self._columns:
            return self._columns[key].column
        if key in EVALUATED:
            raise QueryError(
                f"“{key}” is found out by an evaluation.",
                item=key,
                expected="a key that the items have by themselves, or the name of a prediction set",
                actual="no prediction set",
            )
        if key in self._by_key:
            raise QueryError(
                "The key belongs to annotations." if self._by_key[key].is_column else "The key is no column.",
                item=key,
                expected="a key of images" if self.scope == "image" else "a metric or an item's field",
                actual="a key of annotations" if self._by_key[key].is_column else "a condition",
                hint="Ask for annotations with --scope annotation." if self._by_key[key].is_column else None,
            )
        raise self.unknown(key, self._columns)

    def find(self, key: str) -> Field:
        """Return the field that a key in a query stands for, in image scope also a field of annotations.

        Raises:
            QueryError: the key is unknown.
        """
        if key in self._by_key:
            return self._by_key[key]
        if key in LATER:
            raise QueryError(
                f"The project has no {LATER[key]}.",
                item=key,
                expected=f"a project with {LATER[key]}",
                actual=f"none, so {key} means nothing here",
            )
        if key in EVALUATED:
            scopes = [scope for scope, fields in EVALUATION_FIELDS.items() if any(field.key == key for field in fields)]
            raise QueryError(
                f"“{key}” says nothing of {self.scope}s.",
                item=key,
                expected=f"a query for {' or '.join(f'{scope}s' for scope in scopes)}",
                actual=f"a query for {self.scope}s",
            )
        if key == "annotator":
            raise QueryError(
                "The annotations do not say who made them.",
                item=key,
                expected="an attribute such as annotator or created_by",
                actual="none of that name",
            )
        raise self.unknown(key, self._by_key)

    def metric(self, key: str) -> Field | None:
        """Return the metric of a key."""
        field = self._by_key.get(key)
        return field if field is not None and field.stored else None

    @staticmethod
    def unknown(key: str, keys: Iterable[str]) -> QueryError:
        """Return the error for a name that is none of the keys."""
        near = nearest(key, keys)
        return QueryError(
            "There is no such key.",
            item=key[:100],
            expected=f"for example {near}" if near else "a metric, meta.NAME, attr.NAME or an item's field",
            actual="an unknown name",
            hint=f"Did you mean “{near}”?" if near else "`assay metric list` shows the metrics.",
            near=near,
        )

    def names(self) -> list[str]:
        """Return the keys of all columns of the scope's items."""
        return sorted(self._columns)

    def all(self) -> list[Field]:
        """Return all fields that a query may name."""
        return list(self._by_key.values())

    def metrics(self, level: QueryScope) -> list[str]:
        """Return the stored metrics that say something about images, or about annotations."""
        return [field.key for field in self._by_key.values() if field.stored and field.level == level]

    def limits(self, level: QueryScope) -> dict[str, dict[str, Any]]:
        """Return the outlier limits of a scope's metrics by key."""
        return self._limits.get(level, {})


_known_fields: WeakKeyDictionary[Store, dict[QueryScope, tuple[int, Fields]]] = WeakKeyDictionary()


def fields_of(store: Store, scope: QueryScope) -> Fields:
    """Return the names that a project knows in a scope; read again only when its data has changed."""
    by_scope = _known_fields.setdefault(store, {})
    version = store.data_version
    entry = by_scope.get(scope)
    if entry is None or entry[0] != version:
        entry = by_scope[scope] = (version, Fields(store, scope))
    return entry[1]


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that is most like a word, whatever its case."""
    by_lower = {name.casefold(): name for name in names}
    if word.casefold() in by_lower:
        return by_lower[word.casefold()]
    matches = difflib.get_close_matches(word.casefold()[:200], by_lower, n=1)
    return by_lower[matches[0]] if matches else None


def _metric_fields(keys: list[str], level: QueryScope, alias: str) -> dict[str, Field]:
    return {key: Field(key, Column(alias, quote(key)), level, "number", stored=True) for key in keys}


def _typed_fields(typed: list[tuple[str, str, str]], level: Scope, prefix: str, alias: str) -> dict[str, Field]:
    return {
        f"{prefix}.{name}": Field(f"{prefix}.{name}", Column(alias, quote(name)), level, FREE_TYPES[kind])
        for scope, name, kind in typed
        if scope == level
    }
