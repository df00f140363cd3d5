"""Two metrics against each other: how many items lie in each cell, and the line through them all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assay.arrays import FloatArray
from assay.project.store import Store
from assay.query.compose import absent, compare, either, interval, narrow
from assay.query.fields import Scope
from assay.query.results import ResultSets
from assay.query.tree import Node, Term
from assay.summary.bins import Scale, place, round_edges
from assay.summary.histogram import values_of


@dataclass(frozen=True)
class Axis:
    """What an axis shows: a numeric field, its scale, whether its values are whole numbers."""

    key: str
    scale: Scale
    whole: bool


@dataclass(frozen=True)
class Cell:
    """A cell by its column and row, with its items."""

    x: int
    y: int
    count: int
    query: str


@dataclass(frozen=True)
class Trend:
    """Least squares through every point, y = slope · x + intercept, on the axes' scales (log: natural logarithm)."""

    slope: float
    intercept: float
    correlation: float
    count: int


@dataclass(frozen=True)
class Density:
    """Counts of items in a grid; ``none`` have no place in it."""

    x_edges: FloatArray
    y_edges: FloatArray
    cells: list[Cell]
    none: int
    none_query: str
    trend: Trend | None


def measure_density(
    store: Store, results: ResultSets, scope: Scope, query: str, x: Axis, y: Axis, bins: int
) -> Density:
    """Count a result's items in a grid over two numeric fields.

    Args:
        store: The project.
        results: Result sets and columns.
        scope: What the items are.
        query: Which items are counted.
        x: The horizontal axis.
        y: The vertical axis.
        bins: Columns, and rows, of the grid at most.
    """
    xs = values_of(store, results, scope, query, x.key)
    ys = values_of(store, results, scope, query, y.key)
    inside = _has_place(xs, x) & _has_place(ys, y)
    none_query = narrow(query, either(*(condition for axis in (x, y) for condition in _no_place(axis))))
    none = int(len(xs) - inside.sum())
    xs, ys = xs[inside], ys[inside]
    if not len(xs):
        empty = np.zeros(0)
        return Density(empty, empty, [], none, none_query, None)
    x_edges, y_edges = _edges(xs, x, bins), _edges(ys, y, bins)
    columns = len(x_edges) - 1
    cell = place(ys, y_edges) * columns + place(xs, x_edges)
    counts = np.bincount(cell, minlength=columns * (len(y_edges) - 1))
    spans_x, spans_y = _spans(x.key, x_edges), _spans(y.key, y_edges)
    cells = [
        Cell(int(at % columns), int(at // columns), int(counts[at]),
             narrow(query, spans_x[at % columns], spans_y[at // columns]))
        for at in np.flatnonzero(counts)
    ]  # fmt: skip
    return Density(x_edges, y_edges, cells, none, none_query, _trend(_scaled(xs, x), _scaled(ys, y)))


def _has_place(values: FloatArray, axis: Axis) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return values > 0 if axis.scale == "log" else ~np.isnan(values)


def _no_place(axis: Axis) -> list[Node]:
    return [absent(axis.key), *([compare(axis.key, "<=", 0)] if axis.scale == "log" else [])]


def _edges(values: FloatArray, axis: Axis, bins: int) -> FloatArray:
    log = axis.scale == "log"
    return round_edges(float(values.min()), float(values.max()), bins, log=log, whole=axis.whole and not log)


def _spans(key: str, edges: FloatArray) -> list[Term]:
    last = len(edges) - 2
    return [interval(key, float(low), float(high), closed=at == last) for at, (low, high) in enumerate(pairwise(edges))]


def _scaled(values: FloatArray, axis: Axis) -> FloatArray:
    return np.log(values) if axis.scale == "log" else values


def _trend(xs: FloatArray, ys: FloatArray) -> Trend | None:
    """Return the line that least squares give; None where all points stand on a vertical or there are too few."""
    dx, dy = xs - xs.mean(), ys - ys.mean()
    spread_x, spread_y = float(dx @ dx), float(dy @ dy)
    if len(xs) < 3 or spread_x <= 0:
        return None
    slope = float(dx @ dy) / spread_x
    correlation = 0.0 if spread_y <= 0 else float(dx @ dy) / np.sqrt(spread_x * spread_y)
    return Trend(slope, float(ys.mean() - slope * xs.mean()), float(correlation), len(xs))
