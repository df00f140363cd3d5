"""The parameters of a sandbox: one object holds every one, so that one spec gives one data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["scenes", "single", "video"]
"""``scenes``: many objects a picture; ``single``: one object and an image-level label; ``video``: sequences."""


@dataclass(frozen=True)
class SandboxSpec:
    """Everything that decides what a generated sandbox holds.

    Shares of label errors are of the annotations that could have one; an annotation has one at most.

    Attributes:
        name: What a person types.
        title: What a person reads.
        teaches: One sentence: what one learns with it.
        images: Number of images; of a video a whole number of sequences, the last of which may be shorter.
        size_mb: About how much disk it takes.
        seed: The same spec and seed give the same bytes.
        kind: What its pictures are.
        licence: Licence of the generated data.
        source: Where the pictures come from.
        duplicate_share: A near copy of the annotation is added.
        wrong_class_share: Its class is another; 60 % of the time one that looks alike, where there is one.
        missing_share: It is left out.
        badly_located_share: It is moved and scaled to an IoU of 0.3 to 0.65 with the truth.
        spurious_share: A label is added where no object is, or on clutter.
        invalid_share: Its geometry is broken.
        wrong_label_share: Of image-level labels: it is another class.
        exact_copy_share: Images that are an earlier one, byte for byte.
        near_copy_share: Images that show an earlier scene, photographed again.
        validation_share: Images in the validation split.
        leakage_share: Of the copies: those that lie in another split than their original.
        sequence_frames: Frames of a sequence.
        broken_track_share: Of the tracks: those whose number changes halfway.
        flip_share: Of the tracks: those with a few frames of a wrong class.
        gap_share: Of the tracks: those with a few frames without an annotation.
        mask_share: Share of annotations whose segmentation is a compressed RLE.
        box_share: Share of annotations that are a box without a segmentation.
        min_visible_share: Objects of which less is visible are not annotated.
        min_area_px2: Objects with fewer visible pixels are not annotated.
        themes: Names of the themes to choose from; empty means all.
        classes: Of single objects: the classes to choose from.
    """

    name: str
    title: str
    teaches: str
    images: int
    size_mb: float
    seed: int
    kind: Kind = "scenes"
    licence: str = "CC0-1.0 (scenes); MIT (Fluent Emoji © Microsoft Corporation)"
    source: str = "generated on this machine"
    duplicate_share: float = 0.03
    wrong_class_share: float = 0.02
    missing_share: float = 0.025
    badly_located_share: float = 0.02
    spurious_share: float = 0.01
    invalid_share: float = 0.005
    wrong_label_share: float = 0.08
    exact_copy_share: float = 0.01
    near_copy_share: float = 0.02
    validation_share: float = 0.2
    leakage_share: float = 0.4
    sequence_frames: int = 60
    broken_track_share: float = 0.08
    flip_share: float = 0.06
    gap_share: float = 0.08
    mask_share: float = 0.15
    box_share: float = 0.10
    min_visible_share: float = 0.15
    min_area_px2: int = 30
    themes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
