"""Import of predictions: checks, storage, and what can be measured of their coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.known import Known
from assay.formats.pause import paused_garbage_collection
from assay.formats.predictions import Results
from assay.formats.registry import get_prediction_reader
from assay.jobs.acquisition import measure_acquisition
from assay.jobs.agreement import find_disagreement
from assay.jobs.belonging import find_listed, load_known
from assay.jobs.engine.executors import Unit
from assay.jobs.engine.geometry_work import GeometryResult, GeometryTask, measure_geometry
from assay.jobs.manager import JobContext
from assay.jobs.operating_points import find_operating_points
from assay.jobs.sources import hash_labels
from assay.metrics.compute import measure_classes
from assay.metrics.registry import all_metrics
from assay.project.items import MOST_INLINE_WORDS, load_images, load_objects, longest_outline
from assay.project.predictions import Matching, PredictionSet, check_free, get_set, list_sets
from assay.project.sources import Part, find_part
from assay.project.store import Connection, Store, insert_columns, quote
from assay.project.values import stored_keys

LEAST_KNOWN = 0.5  # of the records' image ids: with fewer, the file belongs to another dataset


def import_predictions(context: JobContext) -> dict[str, Any]:
    """Do the job of ``assay import predictions``: see :func:`import_prediction_set` for its parameters."""
    params = context.params
    context.register(context.store)
    return import_prediction_set(
        context,
        Path(params["path"]),
        params["name"],
        params["coverage"],
        file_format=params.get("format", "coco"),
        skip_invalid=params["skip_invalid"],
        source=params.get("source"),
        split=params.get("split"),
    )


def import_prediction_set(
    context: JobContext,
    path: Path,
    name: str,
    coverage: str | list[Any],
    *,
    file_format: str = "coco",
    skip_invalid: bool = False,
    source: int | str | None = None,
    split: str | None = None,
) -> dict[str, Any]:
    """Import a file of predictions as a set; all or nothing, unless what is invalid may be left out.

    A set that was read from the same file by a job that ended before it was measured is gone on with.

    Args:
        context: The job.
        path: The file, or the folder of the files.
        name: What the set is called.
        coverage: Which images the model was run on: ``with`` predictions, ``all`` (of the source and split, where they
            are given), or a list of file names or ids.
        file_format: The key of the format that it is read in.
        skip_invalid: Whether records that cannot be predictions are left out.
        source: The source whose images are meant: its number, or its file.
        split: The split whose images are meant.

    Returns:
        What the job tells: set, number of predictions, records left out by reason with examples, how records were
        matched with images, and what was assumed.

    Raises:
        InputError: the file cannot be read, belongs to another dataset, has records that cannot be predictions, or may
            belong to several sources.
        ExistsError: the name is taken.
        NotFoundError: there is no such source or split.
        UsageError: predictions cannot be read in that format.
    """
    store, reader = context.store, get_prediction_reader(file_format)
    with store.read() as cursor:
        part = find_part(cursor, source, split, store.directory)
    begun = _find_unmeasured(store, path, name, part)
    if begun is not None:
        _measure(context, store, begun.number)
        find_operating_points(context, store)
        return _tell(begun, {}, {})  # what was skipped, and faults, were told when the file was read
    with store.read() as cursor:
        check_free(cursor, name)
        known = load_known(cursor, part, store.directory)
    context.stage("Reading predictions", 100)
    with store.write() as cursor:
        plain = check_free(cursor, name)
        with store.append_coordinates(cursor) as coordinates:

            def report(share: float) -> None:
                context.progress(int(100 * share))

            with paused_garbage_collection():
                results = reader.read(path, known, coordinates.append, report)
            _check(path, results, skip_invalid=skip_invalid)
            results.doubts.extend(find_disagreement(cursor, results))
            number = _insert(cursor, results, path, plain, results.kind or reader.kind, part)
            _cover(cursor, number, coverage, known, part, results)
        Store.record(cursor, context.job.started_by, "import predictions", {"set": plain, "file": str(path)})
    _measure(context, store, number)
    find_operating_points(context, store)
    store.save_manifest(prediction_sets=len(list_sets(store)))
    faulty = results.noted
    faults = {code: {"count": count, "examples": faulty.examples[code]} for code, count in faulty.reasons.items()}
    return _tell(get_set(store, plain), results.skipped.examples, faults)


def _tell(prediction_set: PredictionSet, examples: dict[str, list[str]], faults: dict[str, Any]) -> dict[str, Any]:
    return {
        "prediction_set": prediction_set.name,
        "predictions": prediction_set.predictions,
        "skipped": prediction_set.skipped,
        "examples": examples,
        "faults": faults,
        "matched_by": prediction_set.matching.by,
        "source": prediction_set.matching.decided,
        "warnings": prediction_set.matching.warnings,
    }


def _find_unmeasured(store: Store, path: Path, name: str, part: Part) -> PredictionSet | None:
    """Return a set of the name that was read from this very file for the same images and not measured to the end."""
    earlier = next((each for each in list_sets(store) if each.name == name.strip()), None)
    if earlier is None or earlier.path != str(path) or not path.exists():
        return None
    if part != earlier.matching.asked:
        return None
    with store.read() as cursor:
        [(unmeasured, same)] = cursor.execute(
            'SELECT (SELECT count(*) FROM prediction WHERE "set" = $set AND row NOT IN '
            "(SELECT row FROM prediction_metric)), "
            '(SELECT content_hash FROM prediction_set WHERE "set" = $set)',
            {"set": earlier.number},
        ).fetchall()
    return earlier if unmeasured and same == hash_labels(path) else None


# ------------------------------------------------------------ reading


def _check(path: Path, results: Results, *, skip_invalid: bool) -> None:
    """Check that a file belongs to the project and that all of it can be used.

    Raises:
        InputError: it does not, or cannot.
    """
    reasons, examples = results.skipped.reasons, results.skipped.examples
    # Records that cannot be read at all say nothing about whose images they are.
    total = results.known_images + results.unknown_images
    if results.known_images < LEAST_KNOWN * total:
        lacking = examples.get("unknown_image", ["the others"])[0]
        raise InputError(
            "The predictions belong to other images than the project's.",
            item=str(path),
            expected="images of the project, in at least half of the records",
            actual=f"{results.known_images:,} of {total:,} records have one; {lacking} has none",
            hint="Were they made for another split, or have the ids been renumbered?",
        )
    if reasons and not skip_invalid:
        faults = "; ".join(
            f"{count:,} × {reason} ({', '.join(examples[reason][:3])})" for reason, count in reasons.items()
        )
        raise InputError(
            "Some records cannot be predictions; nothing was imported.",
            item=str(path),
            expected="known images and classes, scores in 0..1, nothing negative in size",
            actual=faults,
            hint="Import the rest with --skip-invalid.",
        )


def _insert(cursor: Connection, results: Results, path: Path, name: str, kind: str, part: Part) -> int:
    [(number, first)] = cursor.execute(
        'SELECT (SELECT coalesce(max("set"), 0) + 1 FROM prediction_set), '
        "(SELECT coalesce(max(row), -1) + 1 FROM prediction)"
    ).fetchall()
    columns, count = results.columns, len(results.image)
    xywh = columns["xywh"].reshape(-1, 4)
    rows = np.arange(first, first + count, dtype=np.int32)
    if count:
        insert_columns(
            cursor,
            "prediction",
            {
                "row": rows,
                "set": np.full(count, number, dtype=np.int32),
                "position": columns["position"].astype(np.int32),
                "image": results.image,
                "class": results.class_,
                "score": results.score,
                "shape": results.shape,
                **{side: _nullable(xywh[:, at]) for at, side in enumerate("xywh")},
                "rotation": _nullable(columns["rotation"]),
                "random_key": _random_keys(number, columns["position"]),
                **{
                    key: columns[key] for key in ("segmentation", "ring_count", "rle_bytes", "word_start", "word_count")
                },
                "faults": columns.get("faults", np.zeros(count, dtype=np.uint8)),
                "rle_height": columns["rle_size"].reshape(-1, 2)[:, 0],
                "rle_width": columns["rle_size"].reshape(-1, 2)[:, 1],
                "keypoint_start": columns["keypoint_start"],
                "keypoint_count": columns["keypoint_count"],
                "probability_start": results.probability_start,
                "probability_count": results.probability_count,
            },
        )
    decided = None if results.source is None else results.source.label
    matching = Matching(results.matched_by, decided, part, results.warnings + results.doubts, results.doubts)
    cursor.execute(
        "INSERT INTO prediction_set VALUES (?, ?, ?, ?, ?, ?, 'with', now()::TIMESTAMP, ?, ?)",
        [
            number,
            name,
            str(path),
            hash_labels(path),
            kind,
            results.area_rule,
            orjson.dumps(results.skipped.reasons).decode(),
            matching.dump(),
        ],
    )
    return int(number)


def _cover(
    cursor: Connection, number: int, coverage: str | list[Any], known: Known, part: Part, results: Results
) -> None:
    """Write down which images a set was run on.

    Raises:
        InputError: an image of the list is not in the project, or may be one of several.
    """
    if coverage == "with":
        cursor.execute(
            'INSERT INTO prediction_coverage SELECT DISTINCT ?::INTEGER, image FROM prediction WHERE "set" = ?',
            [number, number],
        )
    elif coverage == "all":
        cursor.execute(
            f"INSERT INTO prediction_coverage SELECT ?, row FROM image WHERE row IN {part.images}",
            [number, *part.values],
        )
    else:
        images = find_listed(known, list(coverage), results.source)
        insert_columns(
            cursor, "prediction_coverage", {"set": np.full(len(images), number, dtype=np.int32), "image": images}
        )
    kind = coverage if isinstance(coverage, str) else "list"
    cursor.execute('UPDATE prediction_set SET coverage = ? WHERE "set" = ?', [kind, number])


def _nullable(values: NDArray[np.float64]) -> Any:
    return np.ma.masked_array(values, mask=np.isnan(values))


def _random_keys(number: int, position: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return keys of the random metric: a mix of the set's number and the place in its file (splitmix64)."""
    with np.errstate(over="ignore"):
        key = position.astype(np.uint64) + np.uint64(number) * np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: NDArray[np.uint64] = key ^ (key >> np.uint64(31))
    return mixed


# ------------------------------------------------------------ measuring


def _measure(context: JobContext, store: Store, number: int) -> None:
    """Compute the geometry metrics of a set's predictions and add them to the wide table."""
    keys = [m.key for m in all_metrics() if "prediction" in m.scopes and m.needs in ("metadata", "geometry")]
    context.stage("Measuring predictions")
    parts: dict[str, list[NDArray[np.float64]]] = {}
    features: dict[str, list[NDArray[np.float64]]] = {}
    rows: list[NDArray[np.int32]] = []
    with store.read() as cursor:
        images = np.ma.getdata(
            cursor.execute(
                'SELECT image, count(*) AS n FROM prediction WHERE "set" = ? GROUP BY 1 ORDER BY 1', [number]
            ).fetchnumpy()["image"]
        ).astype(np.int32)
    total = len(images)
    most = context.engine.batch(Unit.PREDICTIONS)
    chunks = _chunks(store, number, images, most)
    long = longest_outline(store, number) > MOST_INLINE_WORDS
    executor = context.engine.executor(len(chunks) * most, Unit.PREDICTIONS, apart=long)
    context.stage("Measuring predictions", total)
    done = 0
    for outcome in executor.run(measure_geometry, _tasks(store, number, chunks)):
        if outcome.result is None:
            raise RuntimeError("a process died over the predictions")
        for result in outcome.result:
            rows.append(result.objects)
            _gather(result, parts, features)
            done += len(result.images)
        context.progress(done)
    if not rows:
        return
    row = np.concatenate(rows)
    values = {key: np.concatenate(columns) for key, columns in parts.items()}
    with store.read() as cursor:
        cursor.register("measured_rows", {"row": row, "place": np.arange(len(row))})
        table = cursor.execute(
            "SELECT class, shape FROM prediction JOIN measured_rows USING (row) ORDER BY place"
        ).fetchnumpy()
    values |= measure_classes(
        np.ma.getdata(table["class"]).astype(np.int32),
        np.ma.getdata(table["shape"]).astype(np.uint8),
        {key: np.concatenate(columns) for key, columns in features.items()},
    )
    measure_acquisition(store, number)
    with store.write() as cursor:
        _write(cursor, row, {key: values[key] for key in keys if key in values})


def _chunks(store: Store, number: int, images: NDArray[np.int32], most: int) -> list[NDArray[np.int32]]:
    with store.read() as cursor:
        counts = cursor.execute(
            'SELECT count(*) AS n FROM prediction WHERE "set" = ? GROUP BY image ORDER BY image', [number]
        ).fetchnumpy()["n"]
    fill = np.cumsum(np.ma.getdata(counts)) // most
    return [part for part in np.split(images, np.flatnonzero(np.diff(fill)) + 1) if len(part)]


def _tasks(store: Store, number: int, chunks: list[NDArray[np.int32]]) -> Iterator[list[GeometryTask]]:
    images = load_images(store)
    for chunk in chunks:
        table = load_objects(store, chunk, prediction_set=number)
        yield [GeometryTask(images.take(np.searchsorted(images.row, chunk)), table.objects(), table.confidence)]


def _gather(
    result: GeometryResult,
    parts: dict[str, list[NDArray[np.float64]]],
    features: dict[str, list[NDArray[np.float64]]],
) -> None:
    for key, column in result.measurements.objects.values.items():
        parts.setdefault(key, []).append(column)
    for key, column in result.measurements.objects.features.items():
        features.setdefault(key, []).append(column)


def _write(cursor: Connection, row: NDArray[np.int32], values: dict[str, NDArray[np.float64]]) -> None:
    """Append a set's values to the wide table, which gets a column for each metric that it lacks."""
    stored = set(stored_keys(cursor, "prediction"))
    for key in values:
        if key not in stored:
            cursor.execute(f"ALTER TABLE prediction_metric ADD COLUMN {quote(key)} DOUBLE")
    order = np.argsort(row)
    columns = {key: _nullable(column[order]) for key, column in values.items()}
    insert_columns(cursor, "prediction_metric", {"row": row[order], **columns})
