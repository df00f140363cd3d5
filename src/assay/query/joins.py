"""Columns that statements read, and the joins that bring their tables: told by names of tables, not found in text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from assay.query.outcomes import EVALUATED_IMAGES, IMAGE_METRICS, TABLES

QueryScope = Literal["image", "annotation", "prediction"]


@dataclass(frozen=True)
class Column:
    """A column of a table of a statement, or an expression over it.

    Attributes:
        table: Alias of the table; empty for a constant.
        name: Name of the column, quoted where it must be.
        form: The expression; ``{}`` stands for the column.
    """

    table: str
    name: str
    form: str = "{}"

    @property
    def sql(self) -> str:
        """The SQL of the column."""
        return self.of(self.table)

    def of(self, alias: str) -> str:
        """Return the SQL of the column where the table goes by another alias."""
        return self.form.replace("{}", f"{alias}.{self.name}" if alias else self.name)


NOTHING = Column("", "NULL")


class _Join(NamedTuple):
    """A table that is joined: what of which, and by which of its columns to which of the statement's."""

    kind: str
    table: str
    on: str


def _left(table: str, on: str) -> _Join:
    return _Join("LEFT JOIN", table, on)


_BASE = {"image": ("image", "i"), "annotation": ("annotation", "a"), "prediction": ("prediction", "p")}
_JOINS: dict[QueryScope, dict[str, _Join]] = {
    "image": {
        "im": _left("image_metric", "im.row = i.row"),
        "ix": _left("image_meta", "ix.row = i.row"),
        "f": _left("image_file", "f.row = i.row"),
        "iv": _left("image_severity", "iv.row = i.row"),
        "ij": _left(TABLES["image"], "ij.row = i.row"),
        "iq": _left(IMAGE_METRICS, "iq.row = i.row"),
        "ie": _left(EVALUATED_IMAGES, "ie.row = i.row"),
    },
    "annotation": {
        "i": _Join("JOIN", "image", "i.row = a.image"),
        "am": _left("annotation_metric", "am.row = a.row"),
        "ax": _left("annotation_attr", "ax.row = a.row"),
        "av": _left("annotation_severity", "av.row = a.row"),
        "im": _left("image_metric", "im.row = a.image"),
        "ix": _left("image_meta", "ix.row = a.image"),
        "f": _left("image_file", "f.row = a.image"),
        "c": _left("class", "c.row = a.class"),
        "cs": _left("class_source", "cs.class = a.class AND cs.source = a.source"),
        "aj": _left(TABLES["annotation"], "aj.row = a.row"),
        "iq": _left(IMAGE_METRICS, "iq.row = a.image"),
    },
    "prediction": {
        "i": _Join("JOIN", "image", "i.row = p.image"),
        "pm": _left("prediction_metric", "pm.row = p.row"),
        "pj": _Join("JOIN", TABLES["prediction"], "pj.row = p.row"),
        "iq": _left(IMAGE_METRICS, "iq.row = p.image"),
        "im": _left("image_metric", "im.row = p.image"),
        "ix": _left("image_meta", "ix.row = p.image"),
        "f": _left("image_file", "f.row = p.image"),
        "c": _left("class", "c.row = p.class"),
    },
}
_OF_IMAGES = frozenset(("image", "image_metric", "image_meta", "image_file"))
_OF_OBJECTS = frozenset(("annotation", "annotation_metric", "annotation_attr", "prediction", "prediction_metric"))
ROW = {scope: f"{alias}.row" for scope, (_, alias) in _BASE.items()}


def tables(scope: QueryScope, aliases: Iterable[str]) -> str:
    """Return a FROM clause with the tables of some aliases."""
    return _join(scope, aliases, {})


def rows_clause(scope: QueryScope, aliases: Iterable[str], rows: Iterable[int], images: Iterable[int]) -> str:
    """Return a FROM clause of a few rows only: every table is read at these rows, nothing is joined as a whole.

    Args:
        scope: What the rows are of.
        aliases: Of the tables.
        rows: The rows.
        images: The rows of their images; the same in image scope.
    """
    own, theirs = (", ".join(str(int(row)) for row in group) or "NULL" for group in (rows, images))
    return _join(scope, aliases, dict.fromkeys(_OF_OBJECTS, own) | dict.fromkeys(_OF_IMAGES, theirs))


def _join(scope: QueryScope, aliases: Iterable[str], rows: dict[str, str]) -> str:
    """Return a FROM clause; of the tables in ``rows`` only the rows that are listed there."""
    needed = frozenset(aliases)

    def source(table: str, alias: str) -> str:
        return f"(SELECT * FROM {table} WHERE row IN ({rows[table]})) {alias}" if table in rows else f"{table} {alias}"

    joins = [
        f"{join.kind} {source(join.table, alias)} ON {join.on}"
        for alias, join in _JOINS[scope].items()
        if alias in needed
    ]
    return " ".join([source(*_BASE[scope]), *joins])
