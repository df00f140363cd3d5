"""Outdoor places with a horizon: meadow, savanna, snow, beach, lake, street by day and by night, open sky."""

from __future__ import annotations

import cv2
import numpy as np

from assay.sandbox.surfaces import Background, Colour, Maker, offset, pick, turned
from assay.sandbox.textures import Float, Plane, mix, ramp, sample, smoothstep, tile_levels

_SKIES: dict[str, tuple[tuple[Colour, ...], ...]] = {
    "day": (
        ((70, 132, 204), (128, 180, 228), (206, 228, 240)),
        ((92, 156, 214), (150, 200, 232), (226, 238, 240)),
        ((120, 140, 160), (168, 184, 198), (214, 220, 222)),
    ),
    "golden": (
        ((86, 104, 160), (224, 160, 128), (252, 214, 150)),
        ((110, 120, 176), (240, 176, 150), (254, 226, 180)),
        ((150, 110, 120), (240, 150, 90), (255, 206, 120)),
    ),
    "winter": (
        ((108, 150, 204), (168, 198, 228), (228, 236, 244)),
        ((150, 160, 182), (196, 204, 218), (232, 234, 240)),
        ((122, 126, 180), (206, 176, 200), (250, 220, 206)),
    ),
    "night": (((8, 10, 24), (18, 22, 48), (44, 42, 74)), ((6, 14, 26), (14, 32, 54), (38, 60, 84))),
}


def _rgb(colour: Colour) -> Float:
    return np.asarray(colour, np.float32) / 255


def _sky(rng: np.random.Generator, height: int, width: int, horizon: float, kind: str) -> tuple[Float, Float]:
    """Return a sky for the whole frame and the colour just above the horizon."""
    top, middle, low = pick(rng, *_SKIES[kind])
    rows = max(int(height * horizon), 4)
    share = np.clip(np.arange(height, dtype=np.float32)[:, None] / rows, 0, 1)
    image = ramp(np.broadcast_to(share, (height, width)), top, middle, low)
    if kind != "night":
        above = 1 / np.maximum(horizon + 0.12 - np.arange(rows, dtype=np.float32)[:, None] / height, 0.05)
        x = (np.arange(width, dtype=np.float32)[None, :] / width - 0.5) * above
        clouds = sample("cloud", x, above * np.float32(1.3), float(rng.uniform(0.12, 0.22)), offset(rng))
        cover = float(rng.uniform(0.48, 0.66))
        amount = smoothstep(cover, cover + 0.26, clouds) * smoothstep(-0.2, 0.5, 1 - share[:rows])
        lit = 0.80 * _rgb(low) + 0.24
        image[:rows] = mix(image[:rows], np.minimum(lit, 1), 0.85 * amount)
    if kind == "golden":
        sun_x, sun_y = rng.uniform(0.1, 0.9) * width, rng.uniform(0.6, 0.95) * rows
        x2 = (np.arange(width, dtype=np.float32)[None, :] - sun_x) ** 2
        y2 = (np.arange(height, dtype=np.float32)[:, None] - sun_y) ** 2
        reach = np.float32(2 * (0.22 * height) ** 2)
        image += (0.5 * np.exp(-(x2 + y2) / reach))[..., None] * np.array([1, 0.82, 0.5], np.float32)
    return image, _rgb(low)


def _ridge(rng: np.random.Generator, width: int, base: float, rise: float, rough: float) -> Float:
    """Return a hill line, ``(width,)`` rows in image heights."""
    line = tile_levels("cloud")[2][int(rng.integers(256))]
    x = (np.linspace(0, rough * 256, width) + rng.uniform(0, 256)) % 256
    values = np.interp(x, np.arange(257), np.append(line, line[0]))
    return np.asarray(base - rise * np.clip(values * 1.6 - 0.3, 0, 1.2), dtype=np.float32)


def _hills(rng: np.random.Generator, image: Float, horizon: float, colours: tuple[Colour, ...], rise: float) -> None:
    """Paint hill lines, the farthest first, fading into the sky."""
    height, width = image.shape[:2]
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    for number, colour in enumerate(colours):
        nearness = (number + 1) / len(colours)
        line = _ridge(rng, width, horizon + 0.01, rise * (1.25 - 0.75 * nearness), 0.3 + 0.7 * nearness)
        share = smoothstep(-0.003, 0.003, y - line[None, :])
        texture = tile_levels("fine")[1][:512, :512]
        speckle = np.resize(texture, (height, 512))[:, np.arange(width) % 512]
        shade = _rgb(colour) * (0.86 + 0.28 * speckle * nearness)[..., None]
        image[:] = mix(image, np.asarray(shade, np.float32), share)


def _lay_ground(image: Float, ground: Float, haze: Float, strength: float, plane: Plane) -> None:
    """Put the ground under the horizon, faded into the haze where it is far."""
    height = image.shape[0]
    first_row = height - ground.shape[0]
    rows = np.arange(first_row, height, dtype=np.float32)
    near = np.clip((rows / height - plane.horizon) / (1 - plane.horizon), 0, 1)
    fade = strength * (1 - smoothstep(0.0, 0.45, near))[:, None]
    image[first_row:] = mix(ground, haze, np.broadcast_to(fade, ground.shape[:2]))


def _field(
    rng: np.random.Generator,
    size: tuple[int, int],
    sky: str,
    hills: tuple[tuple[Colour, ...], ...],
    palettes: tuple[tuple[Colour, ...], ...],
    *,
    flowers: bool,
) -> Background:
    height, width = size
    plane = Plane(horizon=float(rng.uniform(0.22, 0.4)), stretch=2.2)
    image, low = _sky(rng, height, width, plane.horizon, sky)
    _hills(rng, image, plane.horizon, pick(rng, *hills), float(rng.uniform(0.08, 0.2)))
    first = int(plane.horizon * height) + 1
    u, v = plane.coordinates(height, width, first_row=first)
    blades = sample("blade", u, v * np.float32(1.5), 0.85, offset(rng))
    fine = sample("fine", u, v, 0.6, offset(rng))
    patches = sample("cloud", u, v, 0.16, offset(rng))
    ground = ramp(0.40 * blades + 0.25 * fine + 0.6 * (patches - 0.5) + 0.2, *pick(rng, *palettes))
    if flowers and rng.random() < 0.7:
        for colour in pick(rng, ((250, 246, 240), (244, 206, 70)), ((226, 92, 120), (250, 240, 250))):
            dots = smoothstep(0.80, 0.84, sample("chip", u, v, float(rng.uniform(0.6, 0.9)), offset(rng)))
            ground = mix(ground, _rgb(colour), dots * smoothstep(0.45, 0.7, patches))
    _lay_ground(image, ground, low, 0.5, plane)
    haze = (float(low[0]), float(low[1]), float(low[2]))
    return Background(image, plane, far_row=plane.horizon + 0.06, haze=(haze, 0.4))


def meadow(rng: np.random.Generator, height: int, width: int) -> Background:
    """Grass with flowers under a blue sky."""
    hills = (((128, 160, 176), (100, 142, 128), (76, 122, 72)), ((140, 164, 188), (92, 130, 110)))
    palettes = (
        ((30, 62, 24), (66, 112, 40), (112, 158, 62), (160, 196, 92)),
        ((44, 70, 30), (88, 120, 46), (136, 162, 70), (186, 200, 110)),
    )
    sky = "golden" if rng.random() < 0.25 else "day"
    return _field(rng, (height, width), sky, hills, palettes, flowers=True)


def savanna(rng: np.random.Generator, height: int, width: int) -> Background:
    """Dry grass in warm light."""
    hills = (((190, 160, 140), (168, 128, 88)), ((176, 150, 150), (156, 120, 90), (140, 104, 62)))
    palettes = (
        ((96, 66, 30), (158, 118, 58), (202, 164, 90), (230, 202, 130)),
        ((110, 74, 44), (176, 124, 74), (206, 160, 102), (224, 190, 134)),
    )
    sky = "golden" if rng.random() < 0.6 else "day"
    return _field(rng, (height, width), sky, hills, palettes, flowers=False)


def snow(rng: np.random.Generator, height: int, width: int) -> Background:
    """Snow fields with blue shade before mountains."""
    plane = Plane(horizon=float(rng.uniform(0.25, 0.42)), stretch=2.2)
    image, low = _sky(rng, height, width, plane.horizon, "winter")
    hills = (
        ((170, 186, 210), (206, 218, 234), (224, 232, 242)),
        ((150, 166, 196), (120, 140, 150), (220, 228, 240)),
    )
    _hills(rng, image, plane.horizon, pick(rng, *hills), float(rng.uniform(0.16, 0.3)))
    first = int(plane.horizon * height) + 1
    u, v = plane.coordinates(height, width, first_row=first)
    drifts = sample("cloud", u * np.float32(0.5), v, 0.17, offset(rng))
    sparkle = sample("dust", u, v, 0.9, offset(rng))
    tint = ((150, 172, 212), (206, 218, 238), (240, 244, 250), (252, 252, 252))
    ground = ramp(0.95 * drifts + 0.22 * (sparkle - 0.5) + 0.12, *pick(rng, tint))
    _lay_ground(image, ground, low, 0.4, plane)
    haze = (float(low[0]), float(low[1]), float(low[2]))
    return Background(image, plane, far_row=plane.horizon + 0.06, haze=(haze, 0.35))


def beach(rng: np.random.Generator, height: int, width: int) -> Background:
    """Sand, surf and sea."""
    plane = Plane(horizon=float(rng.uniform(0.24, 0.36)), stretch=2.4)
    image, low = _sky(rng, height, width, plane.horizon, "golden" if rng.random() < 0.35 else "day")
    first = int(plane.horizon * height)
    u, v = plane.coordinates(height, width, first_row=first)
    near = 1 / (v / np.float32((1 - plane.horizon) * plane.stretch) + 1)
    ripples = sample("cloud", u, v, 0.25, offset(rng))
    grains = sample("dust", u, v, 0.8, offset(rng))
    sand_colours = pick(
        rng,
        ((176, 138, 92), (222, 190, 140), (242, 220, 178)),
        ((150, 126, 100), (206, 184, 152), (232, 218, 194)),
    )
    sand = ramp(0.7 * ripples + 0.5 * (grains - 0.5) + 0.2, *sand_colours)
    waves = sample("blade", v * np.float32(0.8), u * np.float32(0.25), 0.6, offset(rng))
    deep, shallow = pick(rng, ((24, 92, 140), (88, 190, 196)), ((36, 104, 128), (122, 196, 186)))
    shore = float(rng.uniform(0.16, 0.3)) + 0.05 * (sample("cloud", u, v * 0, 0.12, offset(rng)) - 0.5)
    sea = ramp(smoothstep(0, 0.3, np.asarray(near / np.maximum(shore, 0.05) * 0.3, np.float32)), deep, shallow)
    sea = sea * (0.8 + 0.4 * waves)[..., None]
    gap = np.asarray(near - shore, np.float32)
    wet = 1 - 0.28 * (1 - smoothstep(0.0, 0.09, gap))
    ground = mix(sea, sand * wet[..., None], smoothstep(-0.006, 0.006, gap))
    foam = smoothstep(0.4, 0.7, sample("fine", u, v, 0.5, offset(rng)) + 0.25 * smoothstep(0.03, 0.0, np.abs(gap)))
    ground = mix(ground, _rgb((250, 252, 252)), foam * (1 - smoothstep(0.008, 0.03, np.abs(gap + 0.008))))
    image[first:] = ground
    haze = (float(low[0]), float(low[1]), float(low[2]))
    far = plane.horizon + (1 - plane.horizon) * 0.36
    return Background(image, plane, far_row=far, haze=(haze, 0.25))


def lake(rng: np.random.Generator, height: int, width: int) -> Background:
    """Still water that mirrors hills and sky."""
    plane = Plane(horizon=float(rng.uniform(0.28, 0.42)), stretch=2.2)
    image, low = _sky(rng, height, width, plane.horizon, "golden" if rng.random() < 0.4 else "day")
    hills = (
        ((136, 156, 180), (98, 130, 122), (62, 98, 70)),
        ((150, 160, 186), (110, 120, 116), (70, 84, 60)),
    )
    _hills(rng, image, plane.horizon, pick(rng, *hills), float(rng.uniform(0.12, 0.24)))
    first = int(plane.horizon * height)
    rows = np.arange(height - first)
    u, v = plane.coordinates(height, width, first_row=first)
    waves = sample("blade", v, u * np.float32(0.3), 0.5, offset(rng))
    shift = (waves - 0.5) * (rows[:, None] * np.float32(0.12) + 2)
    source = np.clip(first - 1 - (rows[:, None] * np.float32(0.62) + shift), 0, first - 1).astype(np.int32)
    mirrored = image[source, np.arange(width)[None, :]]
    body = _rgb(pick(rng, ((40, 92, 110),), ((52, 104, 100),))[0]) * (0.8 + 0.4 * waves)[..., None]
    share = 0.25 + 0.45 * smoothstep(0, 1, np.broadcast_to(rows[:, None] / len(rows), waves.shape))
    image[first:] = mix(mirrored, body, share)
    haze = (float(low[0]), float(low[1]), float(low[2]))
    return Background(image, plane, far_row=plane.horizon + 0.08, haze=(haze, 0.3), water=True)


def _skyline(rng: np.random.Generator, image: Float, horizon_row: int, *, night: bool) -> None:
    """Paint two rows of houses with windows above the horizon."""
    height, width = image.shape[:2]
    palettes: tuple[Colour, ...] = (
        (176, 120, 96), (206, 182, 150), (150, 152, 160), (214, 196, 176), (128, 104, 100), (170, 186, 190),
    )  # fmt: skip
    for layer, fade in ((0, 0.5), (1, 0.12)):
        x = -int(rng.integers(0, 40))
        while x < width:
            wide = int(height * rng.uniform(0.10, 0.24))
            tall = int(horizon_row * rng.uniform(0.35, 0.8) * (1.1 - 0.3 * layer))
            colour = _rgb(palettes[int(rng.integers(len(palettes)))]) * np.float32(0.2 if night else 1)
            colour = colour * (1 - fade) + image[max(horizon_row - 2, 0), width // 2] * fade
            left, right, top = max(x, 0), min(x + wide, width), horizon_row - tall
            if right > left:
                block = image[top:horizon_row, left:right]
                block[:] = colour * np.linspace(1.05, 0.85, tall, dtype=np.float32)[:, None, None]
                _windows(rng, block, int(height * 0.035), night=night)
            x += wide + int(rng.integers(0, 6))


def _windows(rng: np.random.Generator, block: Float, pitch: int, *, night: bool) -> None:
    rows, columns = block.shape[0] // pitch, block.shape[1] // pitch
    lit = rng.random((max(rows, 1), max(columns, 1))) < (0.4 if night else 0.15)
    for row in range(rows):
        for column in range(columns):
            y, x = row * pitch + pitch // 4, column * pitch + pitch // 4
            pane = block[y : y + pitch // 2, x : x + pitch // 2]
            warm = np.array((0.95, 0.78, 0.42) if night else (0.86, 0.88, 0.8), np.float32)
            pane[:] = warm * np.float32(rng.uniform(0.7, 1)) if lit[row, column] else pane * 0.55 + 0.05


def _street(rng: np.random.Generator, height: int, width: int, *, night: bool) -> Background:
    plane = Plane(horizon=float(rng.uniform(0.3, 0.4)), stretch=2.4)
    kind = "night" if night else ("golden" if rng.random() < 0.25 else "day")
    image, low = _sky(rng, height, width, plane.horizon, kind)
    first = int((plane.horizon + 0.03) * height)
    _skyline(rng, image, first, night=night)
    u, v = plane.coordinates(height, width, first_row=first)
    asphalt = sample("dust", u, v, 0.9, offset(rng))
    stains = sample("cloud", u, v, 0.2, offset(rng))
    grey = pick(rng, ((62, 63, 67), (96, 97, 100), (124, 124, 126)))
    ground = ramp(0.4 * asphalt + 0.6 * stains, *grey)
    u = u + np.float32(rng.uniform(-0.25, 0.25)) + v * np.float32(rng.uniform(-0.12, 0.12))
    dash = smoothstep(-0.1, 0.1, np.sin(v * np.float32(2 * np.pi / 0.9)))
    paint = (1 - smoothstep(0.014, 0.02, np.abs(u))) * dash
    paint = np.maximum(paint, 1 - smoothstep(0.012, 0.018, np.abs(np.abs(u) - 0.72)))
    ground = mix(ground, _rgb((226, 224, 214)), paint * (0.55 + 0.4 * stains))
    side = smoothstep(0.80, 0.81, np.abs(u))
    slab = np.minimum(np.abs(u * 4 - np.round(u * 4)), np.abs(v * 4 - np.round(v * 4)))
    stone = _rgb((168, 164, 158)) * ((0.8 + 0.3 * asphalt) * (1 - 0.3 * (1 - smoothstep(0.01, 0.04, slab))))[..., None]
    ground = mix(ground, stone, side) * (1 - 0.5 * (1 - smoothstep(0.0, 0.02, np.abs(np.abs(u) - 0.80))))[..., None]
    if night:
        ground = ground * np.array([0.30, 0.31, 0.42], np.float32)
    _lay_ground(image, ground, low * (0.6 if night else 1), 0.35, plane)
    if night:
        _lamps(rng, image, first)
    haze = (float(low[0]), float(low[1]), float(low[2]))
    return Background(image, plane, far_row=plane.horizon + 0.09, haze=(haze, 0.3), night=night)


def _lamps(rng: np.random.Generator, image: Float, horizon_row: int) -> None:
    """Add blurred discs of light near the horizon and their reflections on the ground."""
    height, width = image.shape[:2]
    glow = np.zeros_like(image)
    colours = ((255, 196, 110), (255, 236, 200), (240, 90, 70), (120, 190, 255), (255, 160, 80))
    for _ in range(int(rng.integers(14, 28))):
        centre = (int(rng.integers(width)), int(horizon_row - height * rng.exponential(0.06)))
        colour = _rgb(colours[int(rng.integers(len(colours)))]) * np.float32(rng.uniform(0.25, 0.6))
        disc = np.zeros_like(image)
        cv2.circle(disc, centre, int(height * rng.uniform(0.008, 0.03)), colour.tolist(), -1, cv2.LINE_AA)
        glow += disc
        streak = slice(max(centre[0] - 4, 0), centre[0] + 5)
        fall = np.exp(-np.linspace(0, 4, height - horizon_row, dtype=np.float32))[:, None, None]
        glow[horizon_row:, streak] += colour * fall * np.float32(0.7)
    image += cv2.GaussianBlur(glow, (0, 0), height / 300) * 0.8 + cv2.GaussianBlur(glow, (0, 0), height / 40) * 0.9


def street(rng: np.random.Generator, height: int, width: int) -> Background:
    """A road with lane marks and pavements before a row of houses."""
    return _street(rng, height, width, night=False)


def night_street(rng: np.random.Generator, height: int, width: int) -> Background:
    """The same after dark, with lamps out of focus."""
    return _street(rng, height, width, night=True)


def sky(rng: np.random.Generator, height: int, width: int) -> Background:
    """Open sky over low hills."""
    plane = Plane(horizon=float(rng.uniform(0.80, 0.88)), stretch=2.0)
    image, low = _sky(rng, height, width, plane.horizon, "golden" if rng.random() < 0.35 else "day")
    _hills(rng, image, plane.horizon + 0.1, ((128, 150, 164), (104, 138, 116), (72, 108, 66)), 0.12)
    first = int((plane.horizon + 0.10) * height)
    u, v = turned(*plane.coordinates(height, width, first_row=first), 0.0)
    grass = sample("fine", u, np.ascontiguousarray(v), 0.4, offset(rng))
    image[first:] = mix(image[first:], ramp(grass, (52, 92, 44), (110, 150, 74)), np.full(u.shape, 0.8, np.float32))
    haze = (float(low[0]), float(low[1]), float(low[2]))
    return Background(image, plane, far_row=plane.horizon + 0.08, haze=(haze, 0.2))


GROUNDS: dict[str, Maker] = {
    "meadow": meadow,
    "savanna": savanna,
    "snow": snow,
    "beach": beach,
    "lake": lake,
    "street": street,
    "night street": night_street,
    "sky": sky,
}
