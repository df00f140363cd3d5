"""Measures tracks over whole sequences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.jobs.catalogue import Catalogue
from assay.jobs.engine.aggregate import are_outdated
from assay.jobs.engine.executors import Unit
from assay.jobs.engine.geometry_work import SequenceTask, follow_objects
from assay.jobs.engine.stage import Measuring, Stage
from assay.metrics.definition import Metric
from assay.metrics.registry import keys_measured_by
from assay.metrics.sequence_batch import Frames
from assay.project.geometry import Evidence
from assay.project.items import MOST_INLINE_WORDS, load_objects, longest_outline
from assay.project.store import Store
from assay.project.values import insert_evidence, write_values


def track_metrics(catalogue: Catalogue) -> list[Metric]:
    """Return the metrics of this stage."""
    own = keys_measured_by("measure_sequences")
    return [m for m in catalogue.all() if m.key in own]


def measure_tracks(measuring: Measuring, metrics: list[Metric]) -> None:
    """Compute the sequence metrics of all annotations, if any annotation or frame has changed since."""
    context, store = measuring.context, measuring.store
    if not are_outdated(store, "annotation", metrics):
        return
    with store.read() as cursor:
        rows = np.ma.getdata(cursor.execute("SELECT row FROM annotation ORDER BY row").fetchnumpy()["row"])
    values = {m.key: np.full(len(rows), np.nan) for m in metrics}
    evidence: list[Evidence] = []
    frames = _load_frames(store)
    runs = _cut(store, frames, context.engine.batch(Unit.TRACKED))
    context.stage("Following objects", len(runs))
    total = sum(objects for _, objects in runs)
    executor = context.engine.executor(total, Unit.TRACKED, apart=longest_outline(store) > MOST_INLINE_WORDS)
    done = 0
    for outcome in executor.run(follow_objects, ([_task(store, run)] for run, _ in runs)):
        if outcome.result is None:
            raise RuntimeError(f"a process died over the sequence of image {outcome.items[0].frames.image[:1]}")
        for measured_rows, measurements in outcome.result:
            place = np.searchsorted(rows, measured_rows)
            for key, column in measurements.values.items():
                values[key][place] = column
            evidence += measurements.evidence
            done += 1
        context.progress(done)
    with store.write() as cursor:
        write_values(cursor, "annotation", rows.astype(np.int32), values)
        cursor.execute("DELETE FROM evidence WHERE list_contains(?, metric)", [list(values)])
        insert_evidence(cursor, "evidence", evidence)


def _load_frames(store: Store) -> Frames:
    """Return all images that have a place in a sequence, by sequence and row."""
    with store.read() as cursor:
        columns = cursor.execute(
            "SELECT row, dense_rank() OVER (ORDER BY sequence) - 1 AS sequence, frame FROM image "
            "WHERE sequence IS NOT NULL AND frame IS NOT NULL ORDER BY sequence, row"
        ).fetchnumpy()
    row, sequence, frame = (np.ma.getdata(columns[name]) for name in ("row", "sequence", "frame"))
    return Frames(row.astype(np.int32), sequence.astype(np.int32), frame.astype(np.int64))


def _cut(store: Store, frames: Frames, together: int) -> list[tuple[Frames, int]]:
    """Cut frames into runs of whole sequences with about so many objects; return these with their number."""
    with store.read() as cursor:
        columns = cursor.execute("SELECT image, count(*) AS objects FROM annotation GROUP BY image").fetchnumpy()
    image, objects = np.ma.getdata(columns["image"]), np.ma.getdata(columns["objects"])
    counts = np.zeros(int(max(frames.image.max(initial=-1), image.max(initial=-1))) + 1, dtype=np.int64)
    counts[image] = objects
    per_sequence = np.bincount(frames.sequence, weights=counts[frames.image])
    run = (np.cumsum(per_sequence) // together)[frames.sequence]
    starts = np.flatnonzero(np.diff(run, prepend=-1))
    ends = [*starts[1:].tolist(), len(run)][: len(starts)]
    return [
        (Frames(frames.image[start:end], frames.sequence[start:end], frames.frame[start:end]), int(own))
        for start, end in zip(starts, ends, strict=True)
        if (own := counts[frames.image[start:end]].sum())
    ]


def _task(store: Store, frames: Frames) -> SequenceTask:
    objects = load_objects(store, frames.image).objects()
    return SequenceTask(frames, objects, _load_tracks(store, frames.image))


def _load_tracks(store: Store, images: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a number for the track of each object in some images, in the order of :func:`load_objects`."""
    with store.read() as cursor:
        cursor.register("chosen_images", {"row": images})
        columns = cursor.execute(
            "SELECT CASE WHEN track IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY track) END AS track "
            "FROM annotation WHERE image IN (SELECT row FROM chosen_images) ORDER BY image, row"
        ).fetchnumpy()
    return np.ma.getdata(columns["track"]).astype(np.int32)


STAGE = Stage("sequences", needs="sequence", metrics=track_metrics, run=measure_tracks)
