"""Sequences: the objects of a scene move on their plane before a camera that stands still."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from assay.sandbox.backgrounds import make_background
from assay.sandbox.catalog import CATEGORY_IDS
from assay.sandbox.render import describe, finish, generators, make_ground, paint
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
    draw_theme,
)
from assay.sandbox.spec import SandboxSpec
from assay.sandbox.surfaces import Background
from assay.sandbox.textures import Float
from assay.sandbox.truth import Scene

WIDTH, HEIGHT = 640, 360
_LEAST, _MOST = 5, 12
_STANDING = {"traffic light", "stop sign", "umbrella", "potted plant", "chair"}


@dataclass(frozen=True)
class Motion:
    """How one object moves; lengths are pixels at the lower edge of the image.

    Attributes:
        across: Pixels a frame to the right.
        down: Pixels a frame towards the camera.
        bob: Height of the steps, in object heights.
        phase: Where in its step it begins, in radians.
    """

    across: float
    down: float
    bob: float
    phase: float


@dataclass(frozen=True)
class Sequence:
    """The scene that all frames of a sequence share."""

    background: Background
    ground: Float
    light: Light
    camera: Camera
    placements: tuple[Placement, ...]
    motions: tuple[Motion, ...]
    metadata: dict[str, Any]


def render_frame(spec: SandboxSpec, sequence: int, frame: int) -> Scene:
    """Render a frame of a sequence; frames asked for in a row share what does not move."""
    shot = _sequence(spec, sequence)
    moved = [
        (number, _move(placement, motion, shot.background, frame))
        for number, (placement, motion) in enumerate(zip(shot.placements, shot.motions, strict=True))
    ]
    visible = sorted((one for one in moved if _is_near(one[1])), key=lambda one: one[1].nearness)
    canvas, objects = paint(
        shot.ground.copy(),
        shot.background,
        [placement for _, placement in visible],
        shot.light,
        shot.camera,
        tracks=[number for number, _ in visible],
    )
    (sensor,) = generators(spec.seed, sequence, 1, purpose=1_000 + frame)
    metadata = {**shot.metadata, "video_id": sequence + 1, "frame_index": frame}
    return finish(canvas, objects, shot.camera, sensor, metadata)


@lru_cache(maxsize=4)
def _sequence(spec: SandboxSpec, sequence: int) -> Sequence:
    layout, ground, moves = generators(spec.seed, sequence, 3, purpose=50)
    theme = draw_theme(layout, spec.themes)
    name = theme.backgrounds[int(layout.integers(len(theme.backgrounds)))]
    background = make_background(name, ground, HEIGHT, WIDTH)
    hour = draw_hour(layout, night=background.night)
    light = draw_light(layout, hour, night=background.night)
    camera = draw_camera(layout, 1.0 if background.night else daylight(hour, theme))
    candidates = draw_placements(layout, theme, background, WIDTH, HEIGHT)
    labelled = [one for one in candidates if one.kind.name in CATEGORY_IDS][: int(layout.integers(_LEAST, _MOST + 1))]
    clutter = [one for one in candidates if one.kind.name not in CATEGORY_IDS]
    placements = (*labelled, *clutter)
    return Sequence(
        background,
        make_ground(background, light, camera, (HEIGHT, WIDTH)),
        light,
        camera,
        placements,
        tuple(_draw_motion(moves, one, len(clutter) == 0 or one in labelled) for one in placements),
        describe(theme, name, light, camera, hour, draw_location(layout, theme)),
    )


def _draw_motion(rng: np.random.Generator, placement: Placement, moves: bool) -> Motion:
    direction, speed, down, phase = float(rng.choice([-1, 1])), *(float(v) for v in rng.random(3))
    if not moves or placement.kind.name in _STANDING:
        return Motion(0.0, 0.0, 0.0, 0.0)
    flies = placement.kind.pose == "fly"
    across = direction * (0.6 + 3.4 * speed) * (1.4 if flies else 1.0)
    return Motion(across, 0.0 if flies else (down - 0.5) * 0.7, 0.0 if flies else 0.012, phase * 2 * np.pi)


def _move(placement: Placement, motion: Motion, background: Background, frame: int) -> Placement:
    """Return an object's placement in a frame: a nearer object moves faster and grows as it comes closer."""
    if motion.across == 0:
        return placement
    plane = background.plane
    near = max(placement.nearness, 0.05)
    flies = placement.kind.pose == "fly" and plane.horizon > 0.1
    x = placement.x + motion.across * near * frame
    bob = abs(np.sin(motion.phase + frame * 0.5)) * motion.bob * placement.height_px
    if flies:
        y = placement.y + float(np.sin(motion.phase + frame * 0.12)) * 0.08 * placement.height_px
        return replace(placement, x=x, y=y, flipped=motion.across > 0)
    lowest, highest = max(background.far_row, 0.06) * HEIGHT, 0.99 * HEIGHT
    foot = float(np.clip(placement.y + motion.down * near * frame, lowest, highest))
    nearness = float(np.clip(plane.nearness(foot, HEIGHT), 0.02, 1.2))
    grown = placement.height_px * nearness / near
    return replace(
        placement, x=x, y=foot - float(bob), height_px=max(grown, 5.0), nearness=nearness, flipped=motion.across > 0
    )


def _is_near(placement: Placement) -> bool:
    left, top, right, bottom = placement.box
    return right > 0 and left < WIDTH and bottom > 0 and top < HEIGHT
