"""What a sandbox is made of: one object holds every parameter, so that one spec gives one data set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SandboxSpec:
    """Everything that decides what a generated sandbox holds.

    Attributes:
        name: What a person types.
        title: What a person reads.
        teaches: One sentence: what one learns with it.
        images: Number of scenes.
        size_mb: About how much disk it takes.
        seed: The same spec and seed give the same bytes.
        licence: Licence of the generated data.
        source: Where the pictures come from.
        duplicate_share: Share of annotations that get a planted near copy of themselves.
        mask_share: Share of annotations whose segmentation is a compressed RLE.
        box_share: Share of annotations that are a box without a segmentation.
        min_visible_share: Objects of which less is visible are not annotated.
        min_area_px2: Objects with fewer visible pixels are not annotated.
        themes: Names of the themes to choose from; empty means all.
    """

    name: str
    title: str
    teaches: str
    images: int
    size_mb: float
    seed: int
    licence: str = "CC0-1.0 (scenes); MIT (Fluent Emoji © Microsoft Corporation)"
    source: str = "generated on this machine"
    duplicate_share: float = 0.03
    mask_share: float = 0.15
    box_share: float = 0.10
    min_visible_share: float = 0.15
    min_area_px2: int = 30
    themes: tuple[str, ...] = ()
