"""MOTChallenge's sequences as a format of the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from assay.errors import InputError
from assay.formats.format import Format, Options, PredictionReader, Recognised
from assay.formats.mot.reader import ORIGIN, read_mot, read_predictions
from assay.formats.mot.sequences import find_sequences

MESSAGES = {
    "mot_odd_length": "Lines of fewer than six values or more than ten.",
    "mot_not_a_number": "Lines with a value that is no number.",
    "mot_frame": "Lines whose frame is no whole number from 1 on.",
    "mot_negative_size": "Lines whose box has a negative width or height.",
    "mot_track_twice": "Lines of a track that has a box in the frame already; kept.",
    "mot_without_truth": "Sequences without gt/gt.txt; their frames have no objects.",
}


class MotOptions(Options):
    """Sequences of MOTChallenge, and the folder that names of frames are relative to.

    Paths are paths of the machine that serves the project. ``origin`` is the coordinate of the left and upper edge of
    an image: 1, as MOTChallenge has it, or 0.
    """

    images: str
    folder: str
    origin: Annotated[int, Field(ge=0, le=1)] = ORIGIN


def _recognise(path: Path) -> Recognised | None:
    """Return what a folder is with sequences in it."""
    if not path.is_dir():
        return None
    try:
        sequences = find_sequences(path)
    except InputError:
        return None
    told = f"{len(sequences):,} sequences, {sequences[0].name} among them, with seqinfo.ini, gt/gt.txt or det/det.txt"
    return Recognised(told, {"folder": str(path), "images": str(path)})


FORMATS = (
    Format(
        key="mot",
        title="sequences of MOTChallenge",
        options=MotOptions,
        images="images",
        labels="folder",
        read=read_mot,
        kinds=("mot",),
        ids="name",
        in_one_file=False,
        recognises=_recognise,
        messages=MESSAGES,
        predictions=PredictionReader("MOTChallenge's detections or results", read_predictions),
    ),
)
