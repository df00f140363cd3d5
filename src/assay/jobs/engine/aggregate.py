"""Aggregates of whole columns at the end of a run: duplicate groups, the user's table metrics, statistics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.apart import call_apart
from assay.errors import AssayError
from assay.jobs.catalogue import Catalogue
from assay.metrics.compute import CLASS_KEYS
from assay.metrics.custom import CustomMetric
from assay.metrics.custom_work import call_on_table
from assay.metrics.definition import Metric
from assay.metrics.outliers import MetricStatistics, OutlierLimits, summarise
from assay.project.geometry import Evidence
from assay.project.store import Connection, Store
from assay.project.values import (
    NEW,
    Scope,
    add_empty_columns,
    current_versions,
    has_severity,
    insert_evidence,
    read_values,
    stored_keys,
    write_severity,
    write_statistics,
    write_values,
)
from assay.query.fields import fields_of
from assay.query.joins import tables

logger = logging.getLogger(__name__)

DUPLICATES = "duplicate_group_size"
_SCOPES: tuple[Scope, ...] = ("image", "annotation")


def count_duplicates(store: Store) -> None:
    """Compute how many images have each image's pixels; the evidence names another of the group."""
    with store.write() as cursor:
        columns = cursor.execute(
            "SELECT row, count(*) OVER (PARTITION BY pixel_hash) AS size, first_value(row) OVER same AS first, "
            "lead(row) OVER same AS next FROM image_content WHERE pixel_hash IS NOT NULL "
            "WINDOW same AS (PARTITION BY pixel_hash ORDER BY row) ORDER BY row"
        ).fetchnumpy()
        rows = np.ma.getdata(columns["row"]).astype(np.int32)
        size = np.ma.getdata(columns["size"]).astype(np.float64)
        write_values(cursor, "image", *_over_all(cursor, rows, {DUPLICATES: size}))
        first = np.ma.getdata(columns["first"]).astype(np.int32)
        following = np.ma.filled(np.ma.asarray(columns["next"]), -1).astype(np.int32)
        partner = np.where(first == rows, following, first)
        grouped = size > 1
        cursor.execute("DELETE FROM evidence WHERE metric = ?", [DUPLICATES])
        evidence = Evidence(DUPLICATES, rows[grouped], partner[grouped], size[grouped])
        insert_evidence(cursor, "evidence", [evidence])


def _over_all(
    cursor: Connection, rows: NDArray[np.int32], values: dict[str, NDArray[np.float64]]
) -> tuple[NDArray[np.int32], dict[str, NDArray[np.float64]]]:
    """Return the columns over every image, NaN for those that are not among ``rows``."""
    everything = np.ma.getdata(cursor.execute("SELECT row FROM image ORDER BY row").fetchnumpy()["row"]).astype(
        np.int32
    )
    place = np.searchsorted(everything, rows)
    full = {key: np.full(len(everything), np.nan) for key in values}
    for key, column in values.items():
        full[key][place] = column
    return everything, full


class ItemColumns(Mapping[str, NDArray[Any]]):
    """The columns of a scope by name, read when they are asked for; the input of a table metric.

    The names are those of a query: metrics, ``id``, ``class``, ``split``, ``meta.NAME`` and so on. Numbers come as
    float64 with NaN for NULL, everything else as objects with None.
    """

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope
        self._fields = fields_of(store, scope)

    def __getitem__(self, name: str) -> NDArray[Any]:
        column = self._fields.column(name)
        row = "i.row" if self._scope == "image" else "a.row"
        with self._store.read() as cursor:
            values_by_row = cursor.execute(
                f"SELECT {column.sql} AS value FROM {tables(self._scope, [column.table])} ORDER BY {row}"
            ).fetchnumpy()["value"]
        values = np.ma.asarray(values_by_row)
        if values.dtype.kind in "iuf":
            return np.ma.filled(values.astype(np.float64), np.nan)
        return np.ma.filled(values.astype(object), None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields.names())

    def __len__(self) -> int:
        return len(self._fields.names())


def run_table_metric(store: Store, custom: CustomMetric, check: Callable[[], None]) -> None:
    """Call a table metric's function with the columns of its scope and store the returned column.

    The function may run for ever: it does so in a process, which ends when the check raises.

    Raises:
        InputError: It returns something else than a number for each item.
        CallFailedError: It raises an exception.
    """
    columns = ItemColumns(store, custom.scope)
    rows = columns["row"].astype(np.int32)
    values = call_apart(call_on_table, custom, list(columns), len(rows), check=check, answer=lambda name: columns[name])
    with store.write() as cursor:
        write_values(cursor, custom.scope, rows, {custom.key: values})


def name_metrics(store: Store, metrics: list[Metric]) -> None:
    """Give metrics that no item has a value of a column, so that queries know them."""
    with store.write() as cursor:
        for scope in _SCOPES:
            add_empty_columns(cursor, scope, [metric.key for metric in metrics if scope in metric.scopes])


def update_statistics(store: Store, catalogue: Catalogue) -> None:
    """Summarise the stored values of each metric whose statistics are due."""
    metrics = {metric.key: metric for metric in catalogue.all()}
    with store.write() as cursor:
        versions = current_versions(cursor)
        for scope in _SCOPES:
            due = [k for k in stored_keys(cursor, scope) if k in metrics and versions.get(scope, {}).get(k) == NEW]
            described = {
                key: describe(summarise(metrics[key], values)) for key, values in read_values(cursor, scope, due)
            }
            write_statistics(cursor, scope, {key: metrics[key].version for key in due}, described)
            if not has_severity(cursor, scope):
                _tell_severity(cursor, scope)


def renew_statistics(store: Store) -> None:
    """Summarise by the present rules the columns that an older Assay has summarised; called on opening.

    Where that cannot be written, such as on a full disk, the older limits stay until the next opening.
    """
    if store.read_only:
        return
    try:
        with store.read() as cursor:
            due = cursor.execute("SELECT 1 FROM state WHERE key = 'statistics_due'").fetchone()
        if due is not None:
            update_statistics(store, Catalogue(store))
            with store.write() as cursor:
                cursor.execute("DELETE FROM state WHERE key = 'statistics_due'")
    except AssayError as error:
        logger.warning("%s: its limits of outliers stay as they are: %s", store.directory.name, error)


def _tell_severity(cursor: Connection, scope: Scope) -> None:
    """Find which items are outliers of any metric."""
    rows = np.ma.getdata(cursor.execute(f"SELECT row FROM {scope} ORDER BY row").fetchnumpy()["row"]).astype(np.int32)
    worst = np.zeros(len(rows), dtype=np.int8)
    statistics = cursor.execute(
        "SELECT key, statistics FROM metric_state WHERE scope = ? AND statistics IS NOT NULL", [scope]
    ).fetchall()
    limits_of = {key: OutlierLimits(**orjson.loads(text)["limits"]) for key, text in statistics}
    for key, values in read_values(cursor, scope, [key for key, limits in limits_of.items() if limits.any_side]):
        np.maximum(worst, limits_of[key].classify(values), out=worst)
    write_severity(cursor, scope, rows, worst)


def whole_table_keys(catalogue: Catalogue) -> set[str]:
    """Return the metrics whose values depend on all items: any change of the data makes them outdated."""
    tables = {custom.key for custom in catalogue.custom.values() if custom.table and custom.has_function}
    return {DUPLICATES, *CLASS_KEYS, *tables, *(m.key for m in catalogue.all() if m.needs == "sequence")}


def are_outdated(store: Store, scope: Scope, metrics: list[Metric]) -> bool:
    """Return whether any of these metrics is missing or was computed before the data changed."""
    with store.read() as cursor:
        versions = current_versions(cursor).get(scope, {})
    return any(versions.get(metric.key) not in (metric.version, NEW) for metric in metrics)


def describe(statistics: MetricStatistics) -> dict[str, Any]:
    """Return statistics under the names that the API uses."""
    numbers = asdict(statistics)
    numbers["min"], numbers["max"] = numbers.pop("minimum"), numbers.pop("maximum")
    return numbers
