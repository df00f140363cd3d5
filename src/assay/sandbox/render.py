"""Render one scene of a sandbox from its seed and number: the picture and everything that is in it."""

from __future__ import annotations

from dataclasses import replace
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
from assay.sandbox.labels import without_specks
from assay.sandbox.scene import (
    Camera,
    Light,
    Placement,
    daylight,
    draw_camera,
    draw_hour,
    draw_light,
    draw_location,
    draw_placements,
    draw_size,
    draw_theme,
)
from assay.sandbox.spec import SandboxSpec
from assay.sandbox.sprites import load_sprite
from assay.sandbox.surfaces import Background
from assay.sandbox.textures import Float
from assay.sandbox.themes import Theme
from assay.sandbox.truth import Conditions, Scene, VisibleObject

_SOLID = 0.5  # a pixel belongs to what covers at least so much of it


def render_scene(spec: SandboxSpec, index: int, *, retake: int = 0) -> Scene:
    """Render scene ``index`` of a sandbox; the same arguments give the same result everywhere.

    Args:
        retake: 0 for the scene itself; n > 0 for the n-th time that it is photographed again: the objects and the
            light are the same, the window is a few pixels off, exposure, noise and JPEG quality are a little
            different.
    """
    layout, ground, sensor = generators(spec.seed, index, 3)
    width, height = draw_size(layout)
    theme = draw_theme(layout, spec.themes)
    name = theme.backgrounds[int(layout.integers(len(theme.backgrounds)))]
    background = make_background(name, ground, height, width)
    hour = draw_hour(layout, night=background.night)
    light = draw_light(layout, hour, night=background.night)
    camera = draw_camera(layout, 1.0 if background.night else daylight(hour, theme))
    placements = draw_placements(layout, theme, background, width, height)
    canvas, objects = paint(
        make_ground(background, light, camera, (height, width)), background, placements, light, camera
    )
    metadata = describe(theme, name, light, camera, hour, draw_location(layout, theme))
    if retake:
        (again,) = generators(spec.seed, index, 1, purpose=100 + retake)
        camera = shoot_again(camera, again)
        sensor = again
        canvas, objects = _shift_window(canvas, objects, again)
    return finish(canvas, objects, camera, sensor, metadata)


def generators(seed: int, index: int, count: int, *, purpose: int | None = None) -> list[np.random.Generator]:
    """Return independent generators that depend on nothing but the arguments."""
    entropy = (seed, index) if purpose is None else (seed, index, purpose)
    return [np.random.Generator(np.random.PCG64(one)) for one in np.random.SeedSequence(entropy).spawn(count)]


def describe(theme: Theme, background: str, light: Light, camera: Camera, hour: int, location: str) -> dict[str, Any]:
    """Return the fields of an image's record about how it was taken."""
    return {
        "camera": camera.name,
        "hour": hour,
        "location": location,
        "theme": theme.name,
        "background": background,
        "lighting": light.name,
        "condition": camera.condition,
        "blur_px": round(camera.blur_px, 2),
        "noise_level": round(camera.noise, 1),
    }


def finish(
    canvas: Float, objects: list[VisibleObject], camera: Camera, sensor: np.random.Generator, metadata: dict[str, Any]
) -> Scene:
    """Take the picture."""
    conditions = Conditions(camera.exposure, camera.blur_px, camera.noise)
    return Scene(develop(canvas, camera, sensor), objects, conditions, metadata, camera.jpeg_quality)


def make_ground(background: Background, light: Light, camera: Camera, size: tuple[int, int]) -> Float:
    """Return the background without any object, float32 ``(h, w, 3)``, 0..1."""
    ground = focus_background(background, camera)
    if not background.night:
        ground = np.asarray(cv2.transform(ground, np.diag(light.tint)), np.float32)
    return enlarge(ground, *size)


def paint(
    canvas: Float,
    background: Background,
    placements: list[Placement],
    light: Light,
    camera: Camera,
    *,
    tracks: list[int] | None = None,
) -> tuple[Float, list[VisibleObject]]:
    """Paint the objects on the ground, the farthest first; return the canvas and the visible part of each object.

    Args:
        canvas: float32 ``(h, w, 3)``; it is painted on.
        tracks: The objects' numbers in a sequence.
    """
    height, width = canvas.shape[:2]
    owner = np.full((height, width), -1, np.int16)
    patches: list[Patch] = []
    solids: list[NDArray[np.uint8]] = []
    for number, placement in enumerate(placements):
        sprite = load_sprite(placement.kind, placement.look)
        patch = warp(sprite, placement, blur_for(camera, placement.nearness, height))
        shaded = shade(patch, placement, light, background)
        if placement.kind.pose == "fly" and background.plane.horizon > 0.1:
            pass
        elif background.water:
            reflect(canvas, shaded, placement.y)
        else:
            cast_shadow(canvas, patch, placement, light)
        over(canvas, shaded)
        solid = (patch.rgba[..., 3] >= _SOLID).view(np.uint8)
        rows, columns, own_rows, own_columns = patch.inside(height, width)
        owner[rows, columns][solid[own_rows, own_columns] != 0] = number
        patches.append(patch)
        solids.append(solid)
    objects = []
    for number, (placement, patch, solid) in enumerate(zip(placements, patches, solids, strict=True)):
        rows, columns, _, _ = patch.inside(height, width)
        mask = (owner[rows, columns] == number).view(np.uint8)
        solid_px, visible_px = int(np.count_nonzero(solid)), int(np.count_nonzero(mask))
        if 0 < visible_px < solid_px:
            mask = without_specks(mask)
            visible_px = int(np.count_nonzero(mask))
        if visible_px:
            kind = placement.kind.name
            track = None if tracks is None else tracks[number]
            objects.append(
                VisibleObject(kind, kind in CATEGORY_IDS, mask, columns.start, rows.start, visible_px / solid_px, track)
            )
    return canvas, objects


def shoot_again(camera: Camera, rng: np.random.Generator) -> Camera:
    """Return the camera as it is when the same scene is photographed again."""
    return replace(
        camera,
        exposure=camera.exposure * float(rng.uniform(0.95, 1.06)),
        noise=camera.noise * float(rng.uniform(0.8, 1.25)),
        jpeg_quality=int(np.clip(camera.jpeg_quality + rng.integers(-8, 4), 60, 96)),
    )


def _shift_window(
    canvas: Float, objects: list[VisibleObject], rng: np.random.Generator
) -> tuple[Float, list[VisibleObject]]:
    """Cut a few pixels off each side."""
    left, top, right, bottom = (int(side) for side in rng.integers(1, 9, 4))
    height, width = canvas.shape[0] - top - bottom, canvas.shape[1] - left - right
    shifted = []
    for one in objects:
        x, y = one.x - left, one.y - top
        mask = one.mask[max(-y, 0) : height - y, max(-x, 0) : width - x]
        visible_px, before = int(np.count_nonzero(mask)), int(np.count_nonzero(one.mask))
        if visible_px:
            share = one.visible_share * visible_px / before
            shifted.append(replace(one, mask=mask, x=max(x, 0), y=max(y, 0), visible_share=share))
    return np.ascontiguousarray(canvas[top : top + height, left : left + width]), shifted
