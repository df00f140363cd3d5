"""Surfaces seen from above: wood, cloth, marble, terrazzo, tiles, slate, a cutting mat, a paper sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay.sandbox.textures import Float, Plane, mix, ramp, sample, smoothstep, vary

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Background:
    """A made background and what compositing has to know about it.

    Attributes:
        image: float32 ``(h, w, 3)`` RGB, 0..1.
        plane: The plane on which objects stand.
        far_row: First row (in image heights) in which objects may stand.
        haze: Colour into which what is far away fades, 0..1, and by how much at most.
        night: Whether only lamps give light.
        water: Whether objects float and are mirrored.
    """

    image: Float
    plane: Plane
    far_row: float = 0.0
    haze: tuple[tuple[float, float, float], float] = ((0.8, 0.85, 0.9), 0.0)
    night: bool = False
    water: bool = False


Maker = Callable[[np.random.Generator, int, int], Background]


def offset(rng: np.random.Generator) -> tuple[float, float]:
    """Draw where on a tile to begin."""
    return float(rng.random()), float(rng.random())


def pick(rng: np.random.Generator, *options: tuple[Colour, ...]) -> tuple[Colour, ...]:
    """Draw one palette and vary its colours a little."""
    return tuple(vary(rng, colour, 7) for colour in options[int(rng.integers(len(options)))])


def turned(u: Float, v: Float, degrees: float) -> tuple[Float, Float]:
    """Rotate surface coordinates."""
    cos, sin = np.float32(np.cos(np.deg2rad(degrees))), np.float32(np.sin(np.deg2rad(degrees)))
    return u * cos + v * sin, v * cos - u * sin


def table_plane(rng: np.random.Generator) -> Plane:
    """A plane seen steeply from above, as one photographs a table."""
    return Plane(horizon=-float(rng.uniform(0.7, 1.8)), stretch=float(rng.uniform(1.15, 1.5)))


def pool_of_light(rng: np.random.Generator, height: int, width: int, depth: float = 0.32) -> Float:
    """Soft uneven light, float32 ``(h, w, 1)``: brighter on one side, with a slow ripple."""
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    centre = rng.uniform(-0.7, 0.7, 2)
    distance = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2)
    return np.asarray(1.08 - depth * smoothstep(0.2, 2.3, distance), dtype=np.float32)[..., None]


def wood_colour(
    rng: np.random.Generator, u: Float, v: Float, planks_per_unit: float, palette: tuple[Colour, ...]
) -> Float:
    """Colour planks that run along ``v``: float32 ``(h, w, 3)``."""
    across = u * np.float32(planks_per_unit)
    number = np.floor(across).astype(np.int32)
    within = across - number
    shift = rng.random(64, dtype=np.float32)[number & 63]
    grain = sample("fibre", v * np.float32(0.7) + shift * 7, u + shift, 0.55, offset(rng))
    cloud = sample("cloud", u + shift * 3, v * np.float32(0.35) + shift, 0.9, offset(rng))
    tone = rng.normal(0, 0.085, 64).astype(np.float32)[number & 63]
    colour = ramp(0.12 + 0.62 * grain + 0.28 * (cloud - 0.5) + tone + 0.08, *palette)
    gap = np.minimum(within, 1 - within) / np.float32(planks_per_unit)
    seam = 1 - 0.6 * (1 - smoothstep(0.0008, 0.0042, gap))
    if rng.random() < 0.8:
        along = v * np.float32(rng.uniform(0.5, 0.9)) + shift * 5
        joint = np.abs(along - np.round(along))
        seam *= 1 - 0.5 * (1 - smoothstep(0.0008, 0.003, joint))
    return np.asarray(colour * seam[..., None], dtype=np.float32)


WOODS: tuple[tuple[Colour, ...], ...] = (
    ((92, 54, 28), (150, 96, 54), (186, 130, 80), (206, 156, 104)),
    ((46, 28, 20), (84, 52, 36), (118, 78, 54), (140, 98, 70)),
    ((150, 132, 110), (190, 172, 148), (214, 200, 178), (230, 220, 202)),
    ((40, 74, 80), (70, 118, 124), (106, 154, 156), (150, 188, 184)),
    ((88, 88, 86), (128, 127, 122), (158, 156, 150), (182, 180, 174)),
    ((116, 72, 34), (178, 124, 64), (212, 164, 98), (232, 194, 134)),
)


def wood(rng: np.random.Generator, height: int, width: int) -> Background:
    """Planks of oak, walnut, painted or weathered wood."""
    plane = table_plane(rng)
    u, v = plane.coordinates(height, width)
    u, v = turned(u, v, float(rng.choice([0, 90, rng.uniform(-35, 35)])))
    image = wood_colour(rng, u, v, float(rng.uniform(2.6, 6)), pick(rng, *WOODS))
    return Background(image * pool_of_light(rng, height, width), plane)


def cloth(rng: np.random.Generator, height: int, width: int) -> Background:
    """A gingham, striped or plain table cloth with soft folds."""
    plane = table_plane(rng)
    u, v = plane.coordinates(height, width)
    u, v = turned(u, v, float(rng.uniform(-40, 40)))
    light, dark = pick(
        rng,
        ((244, 240, 232), (192, 40, 44)),
        ((246, 244, 238), (52, 92, 150)),
        ((240, 232, 214), (86, 128, 78)),
        ((248, 240, 224), (224, 160, 52)),
        ((232, 222, 206), (112, 84, 70)),
        ((246, 232, 234), (196, 104, 124)),
    )
    wobble = sample("cloud", u, v, 0.3, offset(rng)) * np.float32(0.05)
    per_unit = np.float32(rng.uniform(5, 10))
    style = rng.integers(3)
    stripe_u = smoothstep(-0.06, 0.06, np.sin((u + wobble) * per_unit * np.float32(2 * np.pi)))
    if style == 0:
        stripe_v = smoothstep(-0.06, 0.06, np.sin((v + wobble) * per_unit * np.float32(2 * np.pi)))
        share = 0.46 * (stripe_u + stripe_v)
    elif style == 1:
        share = 0.85 * stripe_u * smoothstep(0.1, 0.2, np.sin((u + wobble) * per_unit * np.float32(0.5 * np.pi)) + 0.7)
    else:
        share = np.full_like(u, rng.choice([0.0, 0.35, 0.9]))
    plain = np.asarray(light, np.float32) / 255 + np.zeros((*u.shape, 1), np.float32)
    image = mix(plain, np.asarray(dark, np.float32) / 255, share)
    weave = sample("dust", u, v, 1.6, offset(rng))
    folds = sample("cloud", u * np.float32(0.6), v, 0.22, offset(rng))
    image *= (0.9 + 0.2 * weave)[..., None] * (0.78 + 0.42 * folds)[..., None]
    return Background(image * pool_of_light(rng, height, width, 0.25), plane)


def marble(rng: np.random.Generator, height: int, width: int) -> Background:
    """Polished stone with veins."""
    plane = table_plane(rng)
    u, v = plane.coordinates(height, width)
    u, v = turned(u, v, float(rng.uniform(0, 180)))
    vein_colour, *palette = pick(
        rng,
        ((104, 106, 114), (202, 202, 204), (232, 231, 229), (244, 243, 240)),
        ((206, 176, 120), (24, 26, 30), (42, 44, 50), (64, 66, 72)),
        ((214, 220, 214), (40, 70, 60), (56, 94, 80), (84, 124, 106)),
        ((160, 110, 92), (214, 186, 168), (232, 210, 194), (244, 228, 214)),
    )
    warp = sample("cloud", u, v, 0.35, offset(rng)) * np.float32(0.5)
    image = ramp(0.1 + 0.8 * sample("cloud", u, v, 0.5, offset(rng)), *palette)
    veins = sample("vein", u + warp, v * np.float32(0.8) - warp, 0.34, offset(rng))
    fine = sample("vein", u - warp, v + warp, 0.9, offset(rng))
    share = 0.75 * smoothstep(0.66, 0.95, veins) + 0.3 * smoothstep(0.68, 0.95, fine)
    image = mix(image, np.asarray(vein_colour, np.float32) / 255, share)
    return Background(image * pool_of_light(rng, height, width, 0.28), plane)


def terrazzo(rng: np.random.Generator, height: int, width: int) -> Background:
    """Stone chips of several colours in a pale ground."""
    plane = table_plane(rng)
    u, v = plane.coordinates(height, width)
    ground, *chips = pick(
        rng,
        ((228, 222, 212), (176, 98, 78), (76, 94, 98), (216, 170, 96)),
        ((52, 58, 66), (214, 206, 194), (178, 122, 96), (116, 142, 146)),
        ((214, 226, 222), (232, 148, 122), (68, 116, 112), (244, 214, 150)),
    )
    image = np.asarray(ground, np.float32) / 255 * (0.93 + 0.14 * sample("dust", u, v, 1.2, offset(rng)))[..., None]
    for chip in chips:
        share = smoothstep(0.70, 0.73, sample("chip", u, v, float(rng.uniform(0.3, 0.6)), offset(rng)))
        image = mix(image, np.asarray(chip, np.float32) / 255, share)
    return Background(image * pool_of_light(rng, height, width), plane)


def tiles(rng: np.random.Generator, height: int, width: int) -> Background:
    """Glazed kitchen tiles with grout, plain or chequered."""
    plane = table_plane(rng)
    u, v = plane.coordinates(height, width)
    u, v = turned(u, v, float(rng.choice([0, 45, rng.uniform(-15, 15)])))
    one, two = pick(
        rng,
        ((226, 232, 232), (196, 212, 214)),
        ((40, 78, 110), (224, 228, 226)),
        ((186, 96, 62), (206, 124, 84)),
        ((92, 142, 122), (226, 226, 212)),
        ((34, 36, 40), (232, 230, 224)),
        ((220, 178, 92), (240, 232, 214)),
    )
    per_unit = np.float32(rng.uniform(3, 6))
    p, q = u * per_unit, v * per_unit
    column, row = np.floor(p).astype(np.int32), np.floor(q).astype(np.int32)
    chequer = ((column + row) & 1).astype(np.float32) if rng.random() < 0.6 else np.zeros(u.shape, np.float32)
    tone = rng.normal(1, 0.045, 251).astype(np.float32)[(column * 31 + row * 57) % 251]
    image = mix(
        np.asarray(one, np.float32) / 255 + np.zeros((*u.shape, 1), np.float32),
        np.asarray(two, np.float32) / 255,
        chequer,
    )
    p_in, q_in = p - column, q - row
    image *= (tone * (0.93 + 0.14 * q_in) * (0.9 + 0.2 * sample("cloud", u, v, 1.1, offset(rng))))[..., None]
    edge = np.minimum(np.minimum(p_in, 1 - p_in), np.minimum(q_in, 1 - q_in))
    image += (0.10 * smoothstep(0.02, 0.035, edge) * (1 - smoothstep(0.04, 0.07, edge)) * (q_in > 0.5))[..., None]
    grout = np.asarray(vary(rng, (168, 162, 152)), np.float32) / 255
    image = mix(image, grout, 1 - smoothstep(0.010, 0.026, edge))
    return Background(image * pool_of_light(rng, height, width), plane)


def slate(rng: np.random.Generator, height: int, width: int) -> Background:
    """Dark slate or concrete with stains and scratches."""
    plane = table_plane(rng)
    u, v = plane.coordinates(height, width)
    u, v = turned(u, v, float(rng.uniform(-60, 60)))
    palette = pick(
        rng,
        ((30, 34, 40), (58, 63, 70), (92, 97, 104)),
        ((120, 118, 114), (156, 153, 147), (190, 187, 181)),
        ((70, 62, 76), (104, 92, 108), (144, 130, 146)),
    )
    values = 0.55 * sample("cloud", u, v, 0.55, offset(rng)) + 0.45 * sample("fine", u, v, 0.6, offset(rng))
    image = ramp(values, *palette)
    scratch = smoothstep(0.82, 0.9, sample("fibre", v, u, 0.35, offset(rng)))
    image *= (1 + 0.14 * scratch)[..., None]
    return Background(image * pool_of_light(rng, height, width, 0.4), plane)


def cutting_mat(rng: np.random.Generator, height: int, width: int) -> Background:
    """A workshop's cutting mat with its grid."""
    plane = table_plane(rng)
    u, v = plane.coordinates(height, width)
    u, v = turned(u, v, float(rng.uniform(-25, 25)))
    base, line = pick(
        rng,
        ((34, 104, 88), (196, 222, 190)),
        ((44, 64, 104), (190, 206, 226)),
        ((62, 64, 68), (228, 200, 120)),
    )
    image = np.asarray(base, np.float32) / 255 * (0.86 + 0.28 * sample("fine", u, v, 0.9, offset(rng)))[..., None]
    for per_unit, thick, strength in ((12.0, 0.022, 0.28), (2.4, 0.008, 0.65)):
        p, q = u * np.float32(per_unit), v * np.float32(per_unit)
        near = np.minimum(np.abs(p - np.round(p)), np.abs(q - np.round(q)))
        share = np.float32(strength) * (1 - smoothstep(thick, thick * 2.2, near))
        image = mix(image, np.asarray(line, np.float32) / 255, share)
    wear = sample("cloud", u, v, 0.4, offset(rng))
    return Background(image * (0.85 + 0.3 * wear)[..., None] * pool_of_light(rng, height, width), plane)


def sweep(rng: np.random.Generator, height: int, width: int) -> Background:
    """A seamless sweep of coloured paper, as in a photographer's studio."""
    plane = Plane(horizon=-0.25, stretch=1.6)
    wall, floor = pick(
        rng,
        ((236, 158, 130), (250, 206, 184)),
        ((112, 168, 186), (186, 222, 230)),
        ((238, 196, 92), (252, 228, 160)),
        ((142, 126, 178), (206, 194, 226)),
        ((126, 172, 132), (204, 228, 200)),
        ((176, 178, 182), (236, 236, 236)),
        ((58, 66, 84), (128, 138, 156)),
    )
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    bend = float(rng.uniform(0.3, 0.45))
    level = 0.35 * (1 - y) + smoothstep(bend - 0.14, bend + 0.12, y) * 0.55 + 0.1 - 0.18 * x * x
    image = ramp(np.asarray(level, np.float32), wall, floor, floor)
    u, v = plane.coordinates(height, width)
    image *= (0.975 + 0.05 * sample("dust", u, v, 0.9, offset(rng)))[..., None]
    return Background(image * pool_of_light(rng, height, width, 0.3), plane, far_row=bend + 0.12)


TABLES: dict[str, Maker] = {
    "wood": wood,
    "cloth": cloth,
    "marble": marble,
    "terrazzo": terrazzo,
    "tiles": tiles,
    "slate": slate,
    "cutting mat": cutting_mat,
    "studio": sweep,
}
