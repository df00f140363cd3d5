"""Objects that are missing in one frame of three, and tracks that break off although the object goes on."""

from __future__ import annotations

import numpy as np

from assay.arrays import BoolArray, OffsetArray
from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Family, Measured
from assay.metrics.frame_pairs import FramePairs
from assay.metrics.sequence_batch import SequenceBatch
from assay.project.geometry import Evidence

BY_TRACK = np.inf  # comes before any IoU
MISSING_OR_BROKEN = Metric(
    key="missing_or_broken_track",
    title="Missing Objects and Broken Tracks",
    scopes=("annotation",),
    kind="fraction",
    unit="",
    suspicious="low",
    needs="sequence",
    group="label_errors",
    summary="0 = the object is missing in the next frame and back in the one after, 0.5 = its track id changes.",
    description=(
        "Looks at three consecutive frames $i-2$, $i-1$, $i$ of a sequence. Two objects are **the same** if they "
        "have the same track id; if either has none, if they are of the same class with $\\mathrm{IoU} \\ge 0.5$ "
        "one frame apart, or $\\mathrm{IoU} \\ge 0.25$ two frames apart.\n\n"
        "**0**: the same object is in $i-2$ and in $i$, and no object in $i-1$ is the same as either; the value "
        "is given to the object in $i-2$. **0.5**, given to the object in $i$: objects of its class overlap it in "
        "$i-1$ ($\\ge 0.5$) and in $i-2$ ($\\ge 0.25$), but there is no choice of the two with which all track "
        "ids that are known agree. **1**: neither. The lower value wins. Every image of the sequence is a frame, "
        "also one without objects. Crowd regions and shapes without area can be followed by their track id only; "
        "image-level labels and images outside a sequence have no value.\n\n"
        "Things do not vanish for a single frame, and do not change their identity. 0 usually is an object that "
        "was forgotten in one frame, 0.5 a track that was started anew halfway: both count against a tracker that "
        "is right. From 0.5 down it is a moderate outlier, at 0 a severe one. Draw the missing object, or join "
        "the two tracks."
    ),
    rule=OutlierRule("at_most", moderate=0.5, severe=0.0),
)


def measure(batch: SequenceBatch) -> Measured:
    """Return 0, 0.5 or 1 per object, and which other object shows that something is missing or broken."""
    missing, broken = _find_missing(batch), _find_broken(batch)
    values = np.ones(len(batch))
    values[broken.later] = 0.5
    values[missing.earlier] = 0.0
    broken = broken.at(values[broken.later] == 0.5)
    subject = np.concatenate([missing.earlier, broken.later])
    evidence = Evidence(
        metric=MISSING_OR_BROKEN.key,
        row=batch.row[subject],
        partner=batch.row[np.concatenate([missing.later, broken.earlier])],
        value=values[subject],
        detail=np.concatenate(
            [
                np.full(len(missing.earlier), "missing in the frame between", dtype=object),
                np.full(len(broken.later), "another track id in the same place", dtype=object),
            ]
        ),
    )
    return Measured({MISSING_OR_BROKEN.key: values}, [evidence])


def _find_missing(batch: SequenceBatch) -> FramePairs:
    """Return the pairs of an object that is missing in the next frame and the object in which it is back."""
    near, far = _untracked(batch, _same_class(batch, batch.next_frame)), _untracked(batch, batch.frame_after)
    followed, preceded = _has_track_at(batch, 1), _has_track_at(batch, -1)
    followed[near.earlier] = True
    preceded[near.later] = True
    far = far.at(~followed[far.earlier] & ~preceded[far.later])
    ended, back = _track_pairs(batch, np.flatnonzero(~followed), np.flatnonzero(~preceded), distance=2)
    candidates = FramePairs(
        earlier=np.concatenate([ended, far.earlier]),
        later=np.concatenate([back, far.later]),
        iou=np.concatenate([np.full(len(ended), BY_TRACK), far.iou]),
    )
    return _best(candidates, candidates.earlier, candidates.later)


def _find_broken(batch: SequenceBatch) -> FramePairs:
    """Return, for each object where a track breaks, itself and the object whose track is another one."""
    near, far = _same_class(batch, batch.next_frame), batch.frame_after
    in_near, in_far = _any(batch, near.later), _any(batch, far.later)
    agrees_near = _any(batch, near.later[~batch.differ_in_track(near)])
    agrees_far = _any(batch, far.later[~batch.differ_in_track(far)])
    agrees = np.where(batch.tracked, agrees_near & agrees_far, _neighbours_agree(batch, near, far))
    broken = in_near & in_far & ~agrees
    # Where the frame before agrees with the object's own track, the one before that does not.
    by_far = broken & batch.tracked & agrees_near
    near, far = near.at((broken & ~by_far)[near.later]), far.at(by_far[far.later])
    candidates = FramePairs(
        earlier=np.concatenate([near.earlier, far.earlier]),
        later=np.concatenate([near.later, far.later]),
        iou=np.concatenate([near.iou, far.iou]),
    )
    return _best(candidates, candidates.later, candidates.earlier)


def _neighbours_agree(batch: SequenceBatch, near: FramePairs, far: FramePairs) -> BoolArray:
    """Return bool ``(n,)``: objects of whose neighbours in the two frames before some pair may share a track."""
    near_track, far_track = batch.track[near.earlier], batch.track[far.earlier]
    stride = int(batch.track.max(initial=0)) + 1
    shared = np.isin(near.later * stride + near_track, (far.later * stride + far_track)[far_track >= 0])
    return _any(batch, near.later[(near_track < 0) | shared]) | _any(batch, far.later[far_track < 0])


def _has_track_at(batch: SequenceBatch, distance: int) -> BoolArray:
    """Return bool ``(n,)``: objects with a track that has a member so many frames later."""
    stride = int(batch.slot.max(initial=0)) + 3
    key = batch.track * stride + batch.slot
    has_track: BoolArray = batch.tracked & np.isin(key + distance, key[batch.tracked])
    return has_track


def _track_pairs(
    batch: SequenceBatch, earlier: OffsetArray, later: OffsetArray, *, distance: int
) -> tuple[OffsetArray, OffsetArray]:
    """Return the earlier objects whose track is among the later ones so many frames on, and the first of these."""
    stride = int(batch.slot.max(initial=0)) + 3
    earlier, later = earlier[batch.tracked[earlier]], later[batch.tracked[later]]
    keys, first = np.unique(batch.track[later] * stride + batch.slot[later], return_index=True)
    partner_keys = batch.track[earlier] * stride + batch.slot[earlier] + distance
    place = np.searchsorted(keys, partner_keys)
    has_partner = np.isin(partner_keys, keys)
    return earlier[has_partner], later[first[place[has_partner]]]


def _same_class(batch: SequenceBatch, pairs: FramePairs) -> FramePairs:
    return pairs.at(batch.class_[pairs.earlier] == batch.class_[pairs.later])


def _untracked(batch: SequenceBatch, pairs: FramePairs) -> FramePairs:
    """Return the pairs of which either has no track, so that their overlap decides."""
    return pairs.at(~(batch.tracked[pairs.earlier] & batch.tracked[pairs.later]))


def _any(batch: SequenceBatch, positions: OffsetArray) -> BoolArray:
    present = np.zeros(len(batch), dtype=np.bool_)
    present[positions] = True
    return present


def _best(pairs: FramePairs, subject: OffsetArray, partner: OffsetArray) -> FramePairs:
    """Return each subject's pair of greatest IoU; of equals the one whose partner comes first."""
    order = np.lexsort((partner, -pairs.iou, subject))
    leads = order[np.diff(subject[order], prepend=-1) != 0]
    return FramePairs(pairs.earlier[leads], pairs.later[leads], pairs.iou[leads])


FAMILY = Family(metrics=(MISSING_OR_BROKEN,), measure_sequences=measure)
