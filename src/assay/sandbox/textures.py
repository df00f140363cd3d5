"""Procedural textures: periodic noise tiles, a ground plane seen in perspective, colour ramps.

All noise is made once per process from fixed seeds; scenes differ by where and how they look at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.floating[Any]]
"""float32 throughout; numpy's stubs forget it in mixed arithmetic."""
Tile = Literal["cloud", "fine", "fibre", "vein", "blade", "dust", "chip"]

TILE_PX = 1024

_OCTAVES: dict[str, tuple[tuple[int, int], int, float]] = {
    # tile: cells (down, across) of the coarsest octave, number of octaves, persistence
    "cloud": ((4, 4), 7, 0.55),
    "fine": ((32, 32), 5, 0.9),
    "fibre": ((64, 2), 5, 0.75),
    "vein": ((4, 4), 7, 0.5),
    "blade": ((8, 64), 4, 0.85),
    "dust": ((128, 128), 3, 0.9),
    "chip": ((64, 64), 2, 0.3),
}


@lru_cache(maxsize=16)
def tile_levels(kind: Tile) -> tuple[Float, ...]:
    """Return a periodic noise tile (values 0..1, mean about .5) and its smaller versions."""
    (down, across), octaves, persistence = _OCTAVES[kind]
    rng = np.random.Generator(np.random.PCG64([7, sorted(_OCTAVES).index(kind)]))
    total = np.zeros((TILE_PX, TILE_PX), np.float32)
    weight = 1.0
    for octave in range(octaves):
        rows, columns = min(down << octave, TILE_PX), min(across << octave, TILE_PX)
        noise = _periodic(rng.random((rows, columns), dtype=np.float32))
        total += weight * (np.abs(noise - 0.5) * -2 if kind == "vein" else noise)
        weight *= persistence
    total = (total - total.mean()) / (total.std() * 5.0) + 0.5
    levels = [np.clip(total, 0, 1)]
    while levels[-1].shape[0] > 32:
        size = levels[-1].shape[0] // 2
        levels.append(np.asarray(cv2.resize(levels[-1], (size, size), interpolation=cv2.INTER_AREA)))
    return tuple(levels)


@lru_cache(maxsize=1)
def sensor_noise_tile() -> Float:
    """Return float32 ``(512, 512, 3)`` of normal noise, mean 0, standard deviation 1, lightly correlated."""
    rng = np.random.Generator(np.random.PCG64([7, 99]))
    noise = rng.standard_normal((512, 512, 3), dtype=np.float32)
    noise = 0.8 * noise + 0.8 * cv2.GaussianBlur(noise, (0, 0), 0.8)
    return np.asarray(noise / noise.std(), dtype=np.float32)


def _periodic(grid: Float) -> Float:
    rows, columns = grid.shape
    padded = np.pad(grid, 2, mode="wrap")
    down, across = TILE_PX // rows, TILE_PX // columns
    size = ((columns + 4) * across, (rows + 4) * down)
    large = cv2.resize(padded, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[2 * down : 2 * down + TILE_PX, 2 * across : 2 * across + TILE_PX])


@dataclass(frozen=True)
class Plane:
    """A flat surface whose horizon lies ``horizon`` image heights below the image's top.

    A negative horizon lies above the frame: a table top from above. Surface coordinates ``u`` (across) and
    ``v`` (away) are in image heights at the lower edge of the image.

    Attributes:
        horizon: Where the plane vanishes, in image heights from the top, below 1.
        stretch: How much longer the surface is than it looks at the lower edge.
    """

    horizon: float
    stretch: float = 1.0

    def nearness(self, y: float, height: int) -> float:
        """Return 1 at the lower edge of the image, 0 at the horizon, for the row ``y`` in pixels."""
        return (y / height - self.horizon) / (1 - self.horizon)

    def coordinates(self, height: int, width: int, *, first_row: int = 0) -> tuple[Float, Float]:
        """Return ``u`` ``(rows, width)`` and ``v`` ``(rows, 1)`` for the rows from ``first_row`` on."""
        y = (np.arange(first_row, height, dtype=np.float32)[:, None] + 0.5) / height
        near = np.maximum((y - self.horizon) / (1 - self.horizon), 1e-3)
        x = (np.arange(width, dtype=np.float32)[None, :] + 0.5 - width / 2) / height
        return x / near, (1 / near - 1) * np.float32((1 - self.horizon) * self.stretch)


def sample(kind: Tile, u: Float, v: Float, per_unit: float, offset: tuple[float, float]) -> Float:
    """Look a noise tile up at surface coordinates.

    Args:
        kind: The tile.
        u: Across, ``(rows, columns)``.
        v: Away, ``(rows, columns)`` or ``(rows, 1)``.
        per_unit: How often the tile repeats per unit.
        offset: Where on the tile to begin, in tiles.

    Returns:
        float32 ``(rows, columns)``, values 0..1.
    """
    levels = tile_levels(kind)
    u, v = np.broadcast_arrays(u, v)
    result = np.empty(u.shape, np.float32)
    step = _texels_per_pixel(u, v) * per_unit * TILE_PX
    level = np.clip(np.log2(np.maximum(step, 1e-6)) - 0.2, 0, len(levels) - 1).astype(int)
    starts = [0, *(np.flatnonzero(np.diff(level)) + 1).tolist(), len(level)]
    for first, last in pairwise(starts):
        if first == last:
            continue
        tile = levels[level[first]]
        size = tile.shape[0]
        scale = np.float32(per_unit * size)
        map_x = u[first:last] * scale + np.float32(offset[0] * size)
        map_y = v[first:last] * scale + np.float32(offset[1] * size)
        if step[first] * size / TILE_PX > 0.3:  # the nearest texel will do and is far quicker
            row, column = map_y.astype(np.int32) & (size - 1), map_x.astype(np.int32) & (size - 1)
            result[first:last] = np.take(tile.ravel(), row * size + column)
        else:
            result[first:last] = cv2.remap(tile, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return result


def _texels_per_pixel(u: Float, v: Float) -> Float:
    """Return the extent of a pixel on the surface, per row, from the middle column."""
    middle = u.shape[1] // 2
    u_across, v_across = (axis[:, middle] - axis[:, middle - 1] for axis in (u, v))
    u_down, v_down = (np.gradient(axis[:, middle]) for axis in (u, v))
    area = np.abs(u_across * v_down - u_down * v_across)
    longest = np.max(np.abs([u_across, v_across, u_down, v_down]), axis=0)
    return np.asarray(np.maximum(np.sqrt(area), 0.25 * longest), dtype=np.float32)


def ramp(values: Float, *colours: tuple[int, int, int] | Float) -> Float:
    """Map values 0..1 to colours spread evenly over that range; float32 ``(..., 3)`` RGB, 0..1."""
    stops = np.array([np.asarray(colour, dtype=np.float32) for colour in colours]) / 255.0
    positions = np.linspace(0, 1, len(stops))
    grid = np.linspace(0, 1, 256)
    table = np.stack([np.interp(grid, positions, stops[:, channel]) for channel in range(3)], axis=1)
    index = np.clip(values * 255.0, 0, 255).astype(np.uint8)
    return np.asarray(np.take(table.astype(np.float32), index, axis=0), np.float32)


def vary(rng: np.random.Generator, colour: tuple[int, int, int], amount: float = 12.0) -> tuple[int, int, int]:
    """Return a colour near the given one."""
    near = np.clip(np.asarray(colour) + rng.normal(0, amount) + rng.normal(0, amount / 2, 3), 0, 255)
    return int(near[0]), int(near[1]), int(near[2])


def smoothstep(low: float, high: float, values: Float) -> Float:
    """Return 0 below ``low``, 1 above ``high`` and a smooth step between."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def mix(below: Float, above: Float, share: Float) -> Float:
    """Blend two ``(h, w, 3)`` images by ``share`` ``(h, w)``."""
    return np.asarray(below + (above - below) * tripled(share), dtype=np.float32)


def tripled(values: Float) -> Float:
    """Repeat ``(h, w)`` for three channels; numpy multiplies that far quicker than it broadcasts."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    return np.asarray(cv2.merge((values, values, values)), dtype=np.float32)
