"""Errors of tracks: numbers that change halfway, classes that flip, frames that were forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assay.sandbox.labelling import draw_wrong_class
from assay.sandbox.spec import SandboxSpec

_LEAST_FRAMES = 12
_CLASSES_LATER = 500  # a broken track goes on under its number plus this


@dataclass
class TrackErrors:
    """The errors of one track.

    Attributes:
        breaks_at: Frame from which on the track has another number, None where it keeps it.
        flips: Frames with a wrong class.
        wrong_class: Which.
        gaps: Frames without an annotation.
    """

    breaks_at: int | None = None
    flips: frozenset[int] = frozenset()
    wrong_class: str = ""
    gaps: frozenset[int] = field(default_factory=frozenset)


def draw_track_errors(spec: SandboxSpec, rng: np.random.Generator, name: str, frames: list[int]) -> TrackErrors:
    """Draw the errors of a track of a class that is seen in these frames; one kind of error at most."""
    draw = float(rng.random())
    if len(frames) < _LEAST_FRAMES:
        return TrackErrors()
    at = int(rng.integers(4, len(frames) - 6))
    length = int(rng.integers(1, 4))
    few = frozenset(frames[at : at + length])
    if draw < spec.broken_track_share:
        return TrackErrors(breaks_at=frames[at])
    draw -= spec.broken_track_share
    if draw < spec.flip_share:
        return TrackErrors(flips=few, wrong_class=draw_wrong_class(rng, name))
    draw -= spec.flip_share
    return TrackErrors(gaps=few) if draw < spec.gap_share else TrackErrors()


def track_name(sequence: int, track: int, frame: int, errors: TrackErrors) -> str:
    """Return the track id that an object is labelled with in a frame."""
    broken = errors.breaks_at is not None and frame >= errors.breaks_at
    return f"{sequence + 1}-{track + 1 + (_CLASSES_LATER if broken else 0)}"
