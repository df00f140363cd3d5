"""The user's metrics: add them to a project, notice that their source has changed, run those over whole tables."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.apart import CallFailedError, call_apart
from assay.errors import AssayError, CancelledError, ExistsError, InputError
from assay.interrupt import interrupted
from assay.jobs.catalogue import Catalogue, record_problems, save_custom
from assay.jobs.engine.aggregate import are_outdated, run_table_metric, update_statistics
from assay.jobs.engine.stage import Measuring, Stage
from assay.metrics.custom import CustomMetric, Offer, describe_upload, list_offers, read_source
from assay.metrics.custom_work import SourceFile, Sources, check_column, load_sources
from assay.metrics.definition import Metric
from assay.metrics.registry import all_metrics
from assay.project.metric_versions import forget_metric
from assay.project.store import Connection, Store
from assay.project.values import drop_values, write_values
from assay.query.fields import item_fields

LOADING_S = 600.0
"""How long a file of metrics that is added may take to be imported."""


def add_metrics(store: Store, path: Path, actor: str) -> list[CustomMetric]:
    """Add the metrics that a file defines to a project; those that are there already are brought up to date.

    Raises:
        InputError: The file cannot be read or run, defines no metric, or does not come to an end.
        ExistsError: A key is taken by a built-in metric, a field of items, or a metric of another file.
    """
    source = read_source(path)
    added = _load_new(store, path, source)
    existing = Catalogue(store).custom
    for custom in added:
        check_key(custom.key)
        earlier = existing.get(custom.key)
        if earlier is not None and earlier.path != custom.path:
            raise ExistsError(
                "Another file defines a metric of this key.",
                item=custom.key,
                expected="a key of its own",
                actual=earlier.path or earlier.module,
                hint=f"Remove it first: assay metric remove {custom.key}",
            )
    store.trust.approve_code(path, source)
    with store.write() as cursor:
        for custom in added:
            _replace_custom(cursor, existing.get(custom.key), custom)
        store.record(cursor, actor, "add metrics", {"path": str(path), "keys": [c.key for c in added]})
    return added


def _load_new(store: Store, path: Path, source: bytes) -> list[CustomMetric]:
    """Return the metrics of a file; no longer than :data:`LOADING_S`, and not after the project is closed."""
    deadline = time.monotonic() + LOADING_S

    def check() -> None:
        store.check_open()
        if interrupted():
            raise CancelledError("Loading the file with a metric was interrupted.", item=str(path))
        if time.monotonic() > deadline:
            raise InputError(
                "The file with a metric does not come to its end.",
                item=str(path),
                expected=f"an import within {LOADING_S:.0f} s",
                actual="still running, so it was ended",
            )

    sources = _load_sources([_source_file(store, path, source)], [], check)
    if str(path) in sources.broken:
        raise AssayError.from_problem(sources.broken[str(path)])
    return sources.files[str(path)]


def _source_file(store: Store, path: Path, source: bytes) -> SourceFile:
    return SourceFile(str(path), source, neighbours=not store.trust.is_own(path))


def _load_sources(files: list[SourceFile], offers: list[Offer], check: Callable[[], None]) -> Sources:
    """Import the user's code in a process, as it may run for ever or end its process."""
    if not files and not offers:
        return Sources({}, {}, [], {})
    try:
        sources: Sources = call_apart(load_sources, files, offers, check=check)
    except CallFailedError as error:
        raise InputError(
            "The user's metrics cannot be loaded.",
            item=", ".join([*(file.path for file in files), *(offer.place for offer in offers)]),
            expected="Python code that can be imported",
            actual=str(error),
        ) from error
    return sources


def _replace_custom(cursor: Connection, earlier: CustomMetric | None, custom: CustomMetric) -> None:
    """Write a metric down; the values of one that was of the other scope go."""
    if earlier is not None and earlier.scope != custom.scope:
        drop_values(cursor, earlier.scope, custom.key)
        forget_metric(cursor, custom.key)
    save_custom(cursor, custom)


def store_column(
    store: Store, key: str, declaration: dict[str, Any], rows: NDArray[Any], values: NDArray[Any], actor: str
) -> CustomMetric:
    """Store a column that was computed elsewhere as a metric.

    Args:
        declaration: ``scope``, ``title`` and whatever else :class:`~assay.metrics.definition.Metric` holds.
        rows: Integer ``(n,)``, rows of items.
        values: ``(n,)`` numbers, NaN for NULL.

    Raises:
        InputError: The columns do not fit the project's items.
        ExistsError: The key is taken by a built-in metric, a field of items, or a file's metric.
        UsageError: The declaration is incomplete or contradicts itself.
    """
    check_key(key)
    custom = describe_upload(key, declaration)
    earlier = Catalogue(store).custom.get(key)
    if earlier is not None and (earlier.path is not None or earlier.module is not None):
        raise ExistsError(
            "A file defines a metric of this key.",
            item=key,
            expected="a key of its own",
            actual=earlier.path or earlier.module,
            hint=f"Remove it first: assay metric remove {key}",
        )
    column = check_column(values, len(rows), key)
    with store.write() as cursor:
        item_rows = np.ma.getdata(cursor.execute(f"SELECT row FROM {custom.scope}").fetchnumpy()["row"])
        if rows.dtype.kind not in "iu" or not np.isin(rows, item_rows).all():
            raise InputError(
                "The uploaded rows are no rows of the project.",
                item=key,
                expected=f"rows of its {len(item_rows):,} {custom.scope}s",
                actual=f"row {rows[~np.isin(rows, item_rows)][0]}" if rows.dtype.kind in "iu" else str(rows.dtype),
            )
        _replace_custom(cursor, earlier, custom)
        write_values(cursor, custom.scope, rows.astype(np.int32), {key: column})
        store.record(cursor, actor, "upload metric", {"key": key})
    update_statistics(store, Catalogue(store))
    return custom


def remove_metric(store: Store, key: str, actor: str) -> None:
    """Take a metric that the user has added out of a project, with its values.

    Raises:
        NotFoundError: There is no such metric.
        ExistsError: It is built in.
    """
    catalogue = Catalogue(store)
    metric = catalogue.find(key)
    if metric.key not in catalogue.custom:
        raise ExistsError("A built-in metric cannot be removed.", item=metric.key, expected="one that you have added")
    with store.write() as cursor:
        for scope in metric.scopes:
            if scope != "prediction":
                drop_values(cursor, scope, metric.key)
        forget_metric(cursor, metric.key)
        cursor.execute("DELETE FROM custom_metric WHERE key = ?", [metric.key])
        store.record(cursor, actor, "remove metric", {"key": metric.key})


def check_key(key: str) -> None:
    """Refuse the key of a built-in metric or of a field of items.

    Raises:
        ExistsError: The key is taken.
    """
    if _is_taken(key):
        raise ExistsError(
            "The metric's key is taken.", item=key, expected="a key of its own", actual="a built-in name",
            hint="Rename the function, or give key=… to the decorator.",
        )  # fmt: skip


def _is_taken(key: str) -> bool:
    return key in item_fields() or any(metric.key == key for metric in all_metrics())


def reload_custom(store: Store, check: Callable[[], None], *, edited: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Bring the project's metrics up to date with their sources, and take in those of installed packages.

    Args:
        store: The project.
        check: Called several times a second while they are imported; what it raises ends that.
        edited: Whether files that the user has named and edited since are run as they are now.

    Returns:
        Why a metric cannot be used, by key; and which metrics are left out as their code is not approved, and why.
    """
    catalogue = Catalogue(store)
    problems: dict[str, str] = {}
    refused: dict[str, str] = {}
    fresh: list[CustomMetric] = []
    paths = sorted({c.path for c in catalogue.custom.values() if c.path is not None})
    approved, refused_files, unread = _read_approved(store, paths, edited=edited)
    sources = _load_sources(approved, list_offers(), check)
    sources.broken.update(unread)
    for path in paths:
        own = [c for c in catalogue.custom.values() if c.path == path]
        if path in refused_files:
            refused |= {c.key: f"you have not approved that {path} runs as it is now" for c in own}
            continue
        if path in sources.broken:
            why = _one_line(AssayError.from_problem(sources.broken[path]))
            problems |= {c.key: why for c in own}
            continue
        defined = {c.key: c for c in sources.files[path]}
        fresh += [defined[c.key] for c in own if c.key in defined and defined[c.key] != c]
        problems |= {c.key: f"{path} does not define it any more" for c in own if c.key not in defined}
    offered = {c.key: c for c in sources.packages}
    for custom in offered.values():
        earlier = catalogue.custom.get(custom.key)
        if _is_taken(custom.key):
            problems[f"{custom.module}:{custom.name}"] = f"its key {custom.key} is a built-in one"
        elif earlier is None or (earlier.module is not None and earlier != custom):
            fresh.append(custom)
    removed = [c for c in catalogue.custom.values() if c.module is not None and c.key not in offered]
    problems |= {c.key: f"no installed package offers it any more ({c.module})" for c in removed} | sources.unusable
    if fresh or problems or refused:
        with store.write() as cursor:
            for custom in fresh:
                _replace_custom(cursor, catalogue.custom.get(custom.key), custom)
        record_problems(store, problems | refused)
    return problems, refused


def _read_approved(
    store: Store, paths: list[str], *, edited: bool
) -> tuple[list[SourceFile], set[str], dict[str, dict[str, Any]]]:
    """Return the files that may run, with the bytes that were approved; those that may not; why one cannot be read."""
    approved: list[SourceFile] = []
    refused: set[str] = set()
    unread: dict[str, dict[str, Any]] = {}
    for path in paths:
        try:
            source = read_source(Path(path))
        except AssayError as error:
            unread[path] = error.to_problem()
            continue
        if store.trust.may_run(Path(path), source, edited=edited):
            store.trust.approve_code(Path(path), source)  # of now: what is interrupted goes on with this code only
            approved.append(_source_file(store, Path(path), source))
        else:
            refused.add(path)
    return approved, refused, unread


def table_metrics(catalogue: Catalogue) -> list[Metric]:
    """Return the user's metrics that are computed from whole tables."""
    return [c.metric for c in catalogue.custom.values() if c.table and c.has_function]


def measure_tables(measuring: Measuring, metrics: list[Metric]) -> None:
    """Run the user's table metrics, where pixels were read or they are out of date; one that fails stops no other."""
    store, catalogue, context = measuring.store, measuring.catalogue, measuring.context
    for metric in metrics:
        custom = catalogue.custom[metric.key]
        if not len(measuring.rows_read) and not are_outdated(store, custom.scope, [metric]):
            continue
        context.stage(f"Measuring {metric.title}")
        try:
            run_table_metric(store, custom, context.check)
        except CancelledError:
            raise
        except AssayError as error:
            measuring.failed[custom.key] = _one_line(error)
        except CallFailedError as error:
            measuring.failed[custom.key] = str(error)


TABLE_STAGE = Stage("tables", needs="pixels", metrics=table_metrics, run=measure_tables)


def _one_line(error: AssayError) -> str:
    return " ".join(part for part in (error.message, error.item, error.actual) if part)
