"""Objects whose outline or size departs from the rest of their track."""

from __future__ import annotations

import numpy as np

from assay.arrays import FloatArray, OffsetArray
from assay.metrics.classwise import group_medians, measure_outlines
from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Family, Measured
from assay.metrics.frame_pairs import ROUNDING
from assay.metrics.sequence_batch import SequenceBatch
from assay.project.geometry import Evidence

LEAST_SAMPLES = 5
LEAST_SPREAD = 0.2  # of the track's median
LEAST_DISTANCE = 0.3
SIMILARITY = Metric(
    key="polygon_similarity",
    title="Polygon Shape Similarity",
    scopes=("annotation",),
    kind="fraction",
    unit="",
    suspicious="low",
    needs="sequence",
    summary="How much the outline is like that of the same track in the frames before.",
    description=(
        "With $v_t = (\\mathrm{asinh}(10^8 h_1), \\dots, \\mathrm{asinh}(10^8 h_6))$ of Hu's invariants of the "
        "outline, and $m$ the running mean of the track's earlier frames:\n\n"
        "$$s_t = \\frac{v_t \\cdot m_t}{\\lVert v_t \\rVert\\, \\lVert m_t \\rVert} \\text{ clamped to } 0 \\dots "
        "1, \\qquad m_{t+1} = \\frac{m_t + v_t}{2}, \\quad m_1 = v_0.$$\n\n"
        "1 in the first frame of a track. Polygons and masks of a track only; others, and outlines without area, "
        "have no value. If a track has several outlines in one frame, all are compared with the frames before, "
        "and their mean goes on.\n\n"
        "The invariants do not change when an object moves, grows or turns, so an outline keeps its values from "
        "frame to frame. A sudden low one is a slip of the annotator or of interpolation, a part that was left "
        "out, or an object that another one covers. Outliers lie below the interquartile fences. Compare it with "
        "the frame before, and redraw it if nothing happened there."
    ),
)
OCCLUSION = Metric(
    key="occlusion",
    title="Occlusion Risk",
    scopes=("annotation",),
    kind="fraction",
    unit="",
    suspicious="high",
    needs="sequence",
    summary="How far the object shrinks below what its track usually shows of it.",
    description=(
        "Over the samples of a track, of area $a$ and aspect ratio $r = w/h$ of the upright box:\n\n"
        "$$d = \\sqrt{\\left(\\frac{a - \\bar a}{s_a}\\right)^2 + \\left(\\frac{r - \\bar r}{s_r}\\right)^2}, "
        "\\qquad s_x = \\max(\\max x - \\min x,\\; 0.2\\, \\mathrm{median}(x)).$$\n\n"
        "The value is $d$ where $a < \\bar a$ and $d > 0.3$, else 0. It stays below $\\sqrt 2$. No value in "
        "tracks of fewer than 5 samples, for objects without a track and for shapes without area.\n\n"
        "An object that is partly hidden is annotated smaller, and often in other proportions, than in the rest "
        "of its track. High values are occlusion, truncation at the border, or a box that was drawn too small; "
        "an object that comes nearer has them at its far end. From 0.3 it is a moderate outlier, from 0.5 a "
        "severe one. Mark what is hidden as such, complete what is not."
    ),
    rule=OutlierRule("at_least", moderate=0.3, severe=0.5),
)


def measure(batch: SequenceBatch) -> Measured:
    """Return similarity and occlusion of each object of a track, and how much of the usual area the hidden show."""
    occlusion, share = _measure_occlusion(batch)
    hidden = np.flatnonzero(occlusion > 0)
    evidence = Evidence(
        metric=OCCLUSION.key,
        row=batch.row[hidden],
        partner=np.full(len(hidden), -1, dtype=np.int32),
        value=occlusion[hidden],
        detail=np.array([f"area {100 * part:.0f} % of the track's mean" for part in share[hidden]], dtype=object),
    )
    return Measured({SIMILARITY.key: _measure_similarity(batch), OCCLUSION.key: occlusion}, [evidence])


def _measure_similarity(batch: SequenceBatch) -> FloatArray:
    vectors = measure_outlines(batch.shapes, batch.tracked).T
    values = np.full(len(batch), np.nan)
    member = _by_track(batch, np.flatnonzero(~np.isnan(vectors[0])))
    if len(member) == 0:
        return values
    track, slot = batch.track[member], batch.slot[member]
    new_track = np.diff(track, prepend=-1) != 0
    sample = np.cumsum(new_track | (np.diff(slot, prepend=-1) != 0)) - 1
    sizes = np.bincount(sample)
    outlines = np.stack([np.bincount(sample, weights=numbers) / sizes for numbers in vectors[:, member]])
    start = np.flatnonzero(new_track)
    before = _running_means(outlines, sample[start])[:, sample]
    own = vectors[:, member]
    lengths = np.sqrt((own * own).sum(axis=0) * (before * before).sum(axis=0))
    cosine = (own * before).sum(axis=0) / lengths
    in_first_frame = sample == np.repeat(sample[start], np.diff(start, append=len(member)))
    values[member] = np.where(in_first_frame, 1.0, np.clip(cosine, 0.0, 1.0))
    return values


def _running_means(vectors: FloatArray, starts: OffsetArray) -> FloatArray:
    """Return float64 ``(k, s)``: the running mean of the samples before each one; at a track's first, itself.

    Args:
        vectors: float64 ``(k, s)``, the samples of all tracks, one track after another.
        starts: int64, where each track starts.
    """
    count = vectors.shape[1]
    ordinal = np.arange(count) - np.repeat(starts, np.diff(starts, append=count))
    order = np.argsort(ordinal, kind="stable")
    before, after = vectors.copy(), vectors.copy()
    # One step for all tracks together: their first samples, their second ones, and so on.
    for step in np.split(order, np.cumsum(np.bincount(ordinal))[:-1])[1:]:
        before[:, step] = after[:, step - 1]
        after[:, step] = (before[:, step] + vectors[:, step]) / 2
    return before


def _measure_occlusion(batch: SequenceBatch) -> tuple[FloatArray, FloatArray]:
    """Return the occlusion of each object and its area as a share of its track's mean."""
    values, share = np.full(len(batch), np.nan), np.full(len(batch), np.nan)
    member = _by_track(batch, np.flatnonzero(batch.tracked & (batch.shapes.areas > 0)))
    track = batch.track[member]
    member = member[np.bincount(track)[track] >= LEAST_SAMPLES]
    if len(member) == 0:
        return values, share
    _, track, sizes = np.unique(batch.track[member], return_inverse=True, return_counts=True)
    area, boxes = batch.shapes.areas[member], batch.shapes.boxes[member]
    sides = boxes[:, 2:] - boxes[:, :2]
    mean = _means(area, track, sizes)[track]
    distance = np.hypot(
        _scaled_deviations(area, track, sizes), _scaled_deviations(sides[:, 0] / sides[:, 1], track, sizes)
    )
    smaller = mean - area > ROUNDING * mean
    values[member] = np.where(smaller & (distance > LEAST_DISTANCE), distance, 0.0)
    share[member] = area / mean
    return values, share


def _scaled_deviations(values: FloatArray, track: OffsetArray, sizes: OffsetArray) -> FloatArray:
    """Return (x - mean) / max(range, 0.2 median) of each value within its track."""
    starts = np.cumsum(sizes) - sizes
    spread = np.maximum.reduceat(values, starts) - np.minimum.reduceat(values, starts)
    scale = np.maximum(spread, LEAST_SPREAD * group_medians(values, track, sizes))
    deviations: FloatArray = (values - _means(values, track, sizes)[track]) / scale[track]
    return deviations


def _means(values: FloatArray, track: OffsetArray, sizes: OffsetArray) -> FloatArray:
    means: FloatArray = np.bincount(track, weights=values) / sizes
    return means


def _by_track(batch: SequenceBatch, member: OffsetArray) -> OffsetArray:
    """Return the objects by track, those of a track in the order of time."""
    return member[np.argsort(batch.track[member], kind="stable")]


FAMILY = Family(metrics=(SIMILARITY, OCCLUSION), measure_sequences=measure)
