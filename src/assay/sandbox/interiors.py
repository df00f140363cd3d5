"""Rooms: a papered or painted wall and a floor of boards or carpet; a shelf before a patterned wall."""

from __future__ import annotations

import cv2
import numpy as np

from assay.sandbox.surfaces import WOODS, Background, Maker, offset, pick, turned, wood_colour
from assay.sandbox.textures import Float, Plane, mix, ramp, sample, smoothstep

_WALLS = (
    ((214, 206, 190), (232, 226, 214)),
    ((142, 168, 160), (168, 190, 182)),
    ((186, 122, 104), (208, 150, 130)),
    ((70, 92, 112), (90, 114, 136)),
    ((226, 190, 120), (238, 208, 150)),
    ((196, 178, 200), (216, 202, 220)),
)


def _wall(rng: np.random.Generator, height: int, width: int) -> Float:
    dark, light = pick(rng, *_WALLS)
    y = np.arange(height, dtype=np.float32)[:, None] / height
    x = np.arange(width, dtype=np.float32)[None, :] / height
    style = rng.integers(4)
    share: Float
    if style == 0:
        share = smoothstep(-0.1, 0.1, np.sin(x * np.float32(2 * np.pi * rng.uniform(7, 14)))) + 0 * y
    elif style == 1:
        pitch = np.float32(rng.uniform(9, 14))
        row = np.round(y * pitch)
        p, q = x * pitch + 0.5 * (row % 2), y * pitch
        share = 1 - smoothstep(0.17, 0.21, np.sqrt((p - np.round(p)) ** 2 + (q - row) ** 2))
    elif style == 2:
        share = sample("cloud", x + 0 * y, y, 0.3, offset(rng))
    else:
        share = smoothstep(0.0, 0.03, np.abs(x * 5 - np.round(x * 5)) + 0 * y)
    plaster = sample("dust", x + 0 * y, y, 0.8, offset(rng))
    wall = ramp(np.asarray(share, np.float32), dark, light) * (0.96 + 0.08 * plaster)[..., None]
    return np.asarray(wall, np.float32)


def _window_light(rng: np.random.Generator, image: Float) -> None:
    """Let sunlight fall through a window's panes onto wall and floor."""
    height, width = image.shape[:2]
    panes = np.zeros((height, width), np.float32)
    left, top = rng.uniform(0.0, 0.6) * width, rng.uniform(0.0, 0.25) * height
    wide, tall, slant = rng.uniform(0.12, 0.2) * width, rng.uniform(0.2, 0.3) * height, rng.uniform(-0.5, 0.5)
    for row in range(2):
        for column in range(2):
            x, y = left + column * wide * 1.08, top + row * tall * 1.08
            corners = [(x, y), (x + wide, y), (x + wide, y + tall), (x, y + tall)]
            points = np.array([(cx + slant * (cy - top), cy + 0.12 * (cx - left)) for cx, cy in corners])
            cv2.fillConvexPoly(panes, points.astype(np.int32), 1.0, cv2.LINE_AA)
    panes = np.asarray(cv2.GaussianBlur(panes, (0, 0), height / 110), np.float32)
    image *= 1 + panes[..., None] * np.array([0.30, 0.24, 0.12], np.float32)


def room(rng: np.random.Generator, height: int, width: int) -> Background:
    """A living room: wall, skirting board, boards or carpet, light from a window."""
    plane = Plane(horizon=float(rng.uniform(0.18, 0.28)), stretch=1.8)
    edge = float(rng.uniform(0.48, 0.58))
    image = _wall(rng, height, width)
    first = int(edge * height)
    u, v = plane.coordinates(height, width, first_row=first)
    if rng.random() < 0.65:
        p, q = turned(u, v, float(rng.choice([0.0, 90.0])))
        floor = wood_colour(rng, p, q, float(rng.uniform(4, 7)), pick(rng, *WOODS))
    else:
        palette = pick(
            rng,
            ((120, 104, 92), (176, 160, 144)),
            ((74, 88, 104), (120, 136, 152)),
            ((128, 70, 66), (176, 112, 104)),
        )
        floor = ramp(sample("dust", u, v, 0.7, offset(rng)), *palette)
        floor *= (0.8 + 0.4 * sample("cloud", u, v, 0.25, offset(rng)))[..., None]
    if rng.random() < 0.6:
        floor = _rug(rng, floor, u, v)
    image[first:] = floor
    board = slice(first - int(0.035 * height), first)
    image[board] = np.array([0.90, 0.89, 0.86], np.float32) * np.linspace(1, 0.8, image[board].shape[0])[:, None, None]
    y = np.arange(height, dtype=np.float32)[:, None] / height
    corner = 1 - 0.28 * np.exp(-np.abs(y - edge) / 0.05)
    image *= np.broadcast_to(corner, (height, width))[..., None]
    if rng.random() < 0.7:
        _window_light(rng, image)
    return Background(np.asarray(image, np.float32), plane, far_row=edge + 0.05)


def _rug(rng: np.random.Generator, floor: Float, u: Float, v: Float) -> Float:
    one, two = pick(
        rng,
        ((164, 60, 52), (234, 210, 170)), ((54, 84, 112), (222, 214, 196)), ((88, 116, 88), (230, 222, 200)),
        ((206, 148, 72), (86, 60, 58)),
    )  # fmt: skip
    centre_u, centre_v = rng.uniform(-0.3, 0.3), rng.uniform(0.2, 0.6)
    radius = float(rng.uniform(0.45, 0.7))
    du, dv = (u - np.float32(centre_u)) / radius, (v - np.float32(centre_v)) / (radius * 0.8)
    distance = np.sqrt(du * du + dv * dv) if rng.random() < 0.5 else np.maximum(np.abs(du), np.abs(dv) + 0 * du)
    rings = smoothstep(-0.2, 0.2, np.sin(distance * np.float32(2 * np.pi * 4)))
    pile = 0.85 + 0.3 * sample("dust", u, v, 1.0, offset(rng))
    rug = ramp(np.asarray(rings, np.float32), one, two) * pile[..., None]
    return mix(floor, np.asarray(rug, np.float32), 1 - smoothstep(0.985, 1.0, np.asarray(distance, np.float32)))


def shelf(rng: np.random.Generator, height: int, width: int) -> Background:
    """A wooden shelf or chest before a patterned wall, seen almost level."""
    plane = Plane(horizon=float(rng.uniform(0.30, 0.38)), stretch=1.4)
    edge = float(rng.uniform(0.60, 0.68))
    image = _wall(rng, height, width)
    first = int(edge * height)
    u, v = plane.coordinates(height, width, first_row=first)
    p, q = turned(u, v, 90.0)
    image[first:] = wood_colour(rng, p, q, float(rng.uniform(2, 4)), pick(rng, *WOODS))
    y = np.arange(height, dtype=np.float32)[:, None] / height
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    glow = 1.08 - 0.22 * (x - rng.uniform(-0.5, 0.5)) ** 2
    image *= ((1 - 0.3 * np.exp(-np.abs(y - edge) / 0.045)) * glow)[..., None]
    if rng.random() < 0.5:
        _window_light(rng, image)
    return Background(np.asarray(image, np.float32), plane, far_row=edge + 0.05)


ROOMS: dict[str, Maker] = {"room": room, "shelf": shelf}
