"""Render one scene of a sandbox from its seed and number: the picture and its annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.sandbox.backgrounds import enlarge, make_background
from assay.sandbox.catalog import CATEGORY_IDS
from assay.sandbox.compose import (
    Patch,
    blur_for,
    cast_shadow,
    develop,
    focus_background,
    over,
    reflect,
    shade,
    warp,
)
from assay.sandbox.labels import annotate, without_specks
from assay.sandbox.planting import plant_duplicates
from assay.sandbox.scene import (
    Camera,
    Light,
    Placement,
    draw_camera,
    draw_light,
    draw_placements,
    draw_size,
    draw_theme,
)
from assay.sandbox.spec import SandboxSpec
from assay.sandbox.sprites import load_sprite
from assay.sandbox.surfaces import Background
from assay.sandbox.textures import Float


@dataclass(frozen=True)
class VisibleObject:
    """What is seen of one object.

    Attributes:
        name: Its class.
        mask: uint8 ``(h, w)``, its visible pixels.
        x: Column of the mask's left edge in the image.
        y: Row of its upper edge.
        visible_share: Visible pixels divided by those it would have alone in an endless image.
    """

    name: str
    mask: NDArray[np.uint8]
    x: int
    y: int
    visible_share: float


@dataclass(frozen=True)
class RenderedScene:
    """One scene.

    Attributes:
        picture: uint8 ``(h, w, 3)`` RGB.
        objects: All objects of a class of which anything is seen, annotated or not.
        metadata: Extra fields of the image's COCO record.
        annotations: COCO annotations without ids.
        duplicates: Planted copies, each with the index of its original.
        jpeg_quality: 0..100.
    """

    picture: NDArray[np.uint8]
    objects: list[VisibleObject]
    metadata: dict[str, Any]
    annotations: list[dict[str, Any]]
    duplicates: list[tuple[dict[str, Any], int]]
    jpeg_quality: int


def render_scene(spec: SandboxSpec, index: int) -> RenderedScene:
    """Render scene ``index`` of a sandbox; the same spec and index give the same result everywhere."""
    seeds = np.random.SeedSequence((spec.seed, index)).spawn(4)
    layout, ground, sensor, labelling = (np.random.Generator(np.random.PCG64(seed)) for seed in seeds)
    width, height = draw_size(layout)
    theme = draw_theme(layout, spec.themes)
    name = theme.backgrounds[int(layout.integers(len(theme.backgrounds)))]
    background = make_background(name, ground, height, width)
    light, camera = draw_light(layout, night=background.night), draw_camera(layout)
    placements = draw_placements(layout, theme, background, width, height)
    canvas, objects = paint(background, placements, light, camera, (height, width))
    picture = develop(canvas, camera, sensor)
    annotations = [
        {"category_id": CATEGORY_IDS[one.name]}
        | annotate(one.mask, one.x, one.y, (height, width), _draw_style(labelling, spec))
        for one in objects
        if one.visible_share >= spec.min_visible_share and np.count_nonzero(one.mask) >= spec.min_area_px2
    ]
    metadata = {
        "theme": theme.name,
        "background": name,
        "lighting": light.name,
        "condition": camera.condition,
        "blur_px": round(camera.blur_px, 2),
        "noise_level": round(camera.noise, 1),
    }
    duplicates = plant_duplicates(labelling, annotations, (height, width), spec.duplicate_share)
    return RenderedScene(picture, objects, metadata, annotations, duplicates, camera.jpeg_quality)


def paint(
    background: Background,
    placements: list[Placement],
    light: Light,
    camera: Camera,
    size: tuple[int, int],
) -> tuple[Float, list[VisibleObject]]:
    """Paint the objects, the farthest first; return the canvas (0..1) and what is seen of each object.

    ``size`` is height and width of the image.
    """
    height, width = size
    ground = focus_background(background, camera)
    if not background.night:
        ground = np.asarray(cv2.transform(ground, np.diag(light.tint)), np.float32)
    canvas = enlarge(ground, height, width)
    owner = np.full((height, width), -1, np.int16)
    patches: list[Patch] = []
    for number, placement in enumerate(placements):
        sprite = load_sprite(placement.kind, placement.look)
        patch = warp(sprite, placement, blur_for(camera, placement.nearness, height))
        patches.append(patch)
        if placement.kind.pose == "fly" and background.plane.horizon > 0.1:
            pass
        elif background.water:
            reflect(canvas, shade(patch, placement, light, background), placement.y)
        else:
            cast_shadow(canvas, patch, placement, light)
        over(canvas, shade(patch, placement, light, background))
        rows, columns, own_rows, own_columns = patch.inside(height, width)
        owner[rows, columns][patch.rgba[own_rows, own_columns, 3] >= 0.5] = number
    objects = []
    for number, (placement, patch) in enumerate(zip(placements, patches, strict=True)):
        rows, columns, _, _ = patch.inside(height, width)
        mask = without_specks((owner[rows, columns] == number).astype(np.uint8))
        if placement.kind.name in CATEGORY_IDS and mask.any():
            share = int(np.count_nonzero(mask)) / max(int(np.count_nonzero(patch.rgba[..., 3] >= 0.5)), 1)
            objects.append(VisibleObject(placement.kind.name, mask, columns.start, rows.start, share))
    return canvas, objects


def _draw_style(rng: np.random.Generator, spec: SandboxSpec) -> str:
    value = rng.random()
    if value < spec.mask_share:
        return "mask"
    return "box" if value < spec.mask_share + spec.box_share else "polygon"
