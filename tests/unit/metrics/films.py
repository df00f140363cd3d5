"""Builds sequences for tests: each a list of frames, each frame a list of described objects, some with a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tests.unit.metrics.coco_objects import Item, make_objects

from assay.metrics.compute import measure_sequences
from assay.metrics.family import Measured
from assay.metrics.sequence_batch import Frames
from assay.project.geometry import Objects

Film = list[list[Item]]


@dataclass(frozen=True)
class Footage:
    """Films as the arrays that metrics take; objects are numbered film by film, frame by frame."""

    objects: Objects
    frames: Frames
    track: np.ndarray

    def measure(self) -> Measured:
        return measure_sequences(self.objects, self.frames, self.track)


def shoot(*films: Film) -> Footage:
    """Join films into one batch; the frames of each are numbered 10, 20, ..."""
    items, sequences, numbers = [], [], []
    for sequence, film in enumerate(films):
        for place, frame in enumerate(film):
            items.extend({**item, "image": len(sequences)} for item in frame)
            sequences.append(sequence)
            numbers.append(10 * (place + 1))
    return Footage(
        objects=make_objects(*items),
        frames=Frames(
            image=np.arange(len(sequences), dtype=np.int32),
            sequence=np.array(sequences, dtype=np.int32),
            frame=np.array(numbers, dtype=np.int64),
        ),
        track=np.array([item.get("track", -1) for item in items], dtype=np.int32),
    )


def measure_film(key: str, film: Film) -> tuple[list[float], set[tuple[int, int, float, str]]]:
    """Return a metric's values of the objects of one film, None for NULL, and its evidence records."""
    measured = shoot(film).measure()
    values = [None if np.isnan(value) else value for value in measured.values[key].tolist()]
    return values, records(measured, key)


def records(measured: Measured, key: str) -> set[tuple[int, int, float, str]]:
    """Return the evidence of a metric: row, partner, value and detail of each record."""
    return {
        record
        for e in measured.evidence
        if e.metric == key
        for record in zip(e.row.tolist(), e.partner.tolist(), e.value.tolist(), e.detail.tolist(), strict=True)
    }
