"""Pictures of a single object, for classification."""

from __future__ import annotations

import numpy as np

from assay.sandbox.backgrounds import make_background
from assay.sandbox.catalog import SPRITES
from assay.sandbox.render import describe, finish, generators, make_ground, paint, shoot_again
from assay.sandbox.scene import (
    daylight,
    draw_camera,
    draw_hour,
    draw_light,
    draw_location,
    draw_portrait,
)
from assay.sandbox.spec import SandboxSpec
from assay.sandbox.themes import THEMES
from assay.sandbox.truth import Scene

_SIZES = ((256, 256), (320, 240), (240, 320), (288, 224))


def render_single(spec: SandboxSpec, index: int, *, retake: int = 0) -> Scene:
    """Render picture ``index``: one object of one of the sandbox's classes, large, on a background that suits it.

    Args:
        retake: As of :func:`assay.sandbox.render.render_scene`; the window stays where it is.
    """
    layout, ground, sensor = generators(spec.seed, index, 3)
    width, height = _SIZES[int(layout.integers(len(_SIZES)))]
    kind = SPRITES[spec.classes[int(layout.integers(len(spec.classes)))]]
    themes = [theme for theme in THEMES if kind.name in theme.objects]
    theme = themes[int(layout.integers(len(themes)))]
    name = theme.backgrounds[int(layout.integers(len(theme.backgrounds)))]
    background = make_background(name, ground, height, width)
    hour = draw_hour(layout, night=background.night)
    light = draw_light(layout, hour, night=background.night)
    camera = draw_camera(layout, 1.0 if background.night else daylight(hour, theme))
    placement = draw_portrait(layout, kind, background, width, height)
    canvas = make_ground(background, light, camera, (height, width))
    canvas, objects = paint(canvas, background, [placement], light, camera)
    metadata = describe(theme, name, light, camera, hour, draw_location(layout, theme))
    if retake:
        (sensor,) = generators(spec.seed, index, 1, purpose=100 + retake)
        camera = shoot_again(camera, sensor)
    return finish(np.ascontiguousarray(canvas), objects, camera, sensor, metadata)
