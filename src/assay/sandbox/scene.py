"""Draw up a scene from a seed: theme, light, camera and where each object stands. No pixels yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from assay.sandbox.catalog import SPRITES, SpriteClass
from assay.sandbox.sprites import load_sprite
from assay.sandbox.surfaces import Background
from assay.sandbox.themes import THEMES, Theme

LEAST_OBJECTS = 5
LEAST_SCALE = 0.1
LARGEST_SHARE = 0.5  # of the image, by the object's box
_SIZES = (
    ((640, 480), 0.22), ((512, 384), 0.30), ((512, 341), 0.19), ((384, 512), 0.10), ((448, 448), 0.06),
    ((341, 512), 0.05), ((640, 427), 0.03), ((800, 600), 0.025), ((640, 274), 0.01), ((288, 512), 0.01),
    ((1024, 768), 0.005),
)  # fmt: skip
_CONDITIONS = {
    "normal": 0.66,
    "dark": 0.08,
    "over-exposed": 0.06,
    "blurred": 0.07,
    "noisy": 0.07,
    "grey": 0.06,
}
_CAMERAS = {
    # name: weight, factor on the exposure, factor on the noise, blur in pixels, difference of the JPEG quality
    "reflex": (0.24, 1.0, 0.5, 0.0, 3),
    "phone": (0.30, 1.02, 1.0, 0.0, 0),
    "old phone": (0.12, 0.86, 2.2, 0.5, -8),
    "webcam": (0.12, 0.92, 1.7, 0.45, -6),
    "dashcam": (0.10, 0.88, 1.3, 0.35, -4),
    "action camera": (0.12, 1.06, 1.1, 0.15, -2),
}
_OUTDOORS = {"street", "savanna", "farm", "beach", "snow", "lake", "sky"}
_LOCATIONS = {
    "picnic": ("Riverside Park", "Old Orchard"), "kitchen": ("Flat 12", "Harbour Kitchen"),
    "breakfast": ("Flat 12", "Hotel Astoria"), "street": ("Mill Road", "Station Square", "Harbour Street"),
    "savanna": ("North Reserve", "Water Hole"), "farm": ("Hill Farm", "Brook Farm"),
    "living room": ("Flat 12", "House by the Park"), "nursery": ("Kindergarten", "House by the Park"),
    "workshop": ("Depot", "Garage"), "beach": ("South Beach", "Dunes"), "snow": ("Summit Lodge", "Valley Run"),
    "lake": ("Mirror Lake", "Reed Bay"), "sky": ("Airfield", "Hill Farm"), "desk": ("Office", "Library"),
    "still life": ("Studio", "Hotel Astoria"),
}  # fmt: skip
_LIGHTS: dict[str, tuple[tuple[float, float, float], float, float]] = {
    # name: tint, strength of the shadows, their softness
    "soft": ((1.0, 1.0, 1.0), 0.34, 0.075),
    "sun": ((1.04, 1.01, 0.95), 0.55, 0.022),
    "warm": ((1.10, 0.99, 0.84), 0.48, 0.04),
    "cool": ((0.92, 0.98, 1.09), 0.36, 0.06),
    "night": ((0.56, 0.58, 0.78), 0.5, 0.06),
}


@dataclass(frozen=True)
class Light:
    """The light of a scene.

    Attributes:
        name: Its name in the metadata.
        tint: RGB factors.
        shadow: Opacity of the shadows.
        softness: Blur of the shadows, in object heights.
        x: From where it comes, -1 (left) to 1 (right).
        y: How far shadows reach away from the camera (positive) or towards it, in object heights.
    """

    name: str
    tint: tuple[float, float, float]
    shadow: float
    softness: float
    x: float
    y: float


@dataclass(frozen=True)
class Camera:
    """The parameters of the camera.

    Attributes:
        name: Which camera it is.
        condition: Its name in the metadata.
        exposure: Factor on the light.
        noise: Standard deviation of the sensor noise, 0..255.
        blur_px: Standard deviation of the blur of the whole picture.
        saturation: 0 is grey.
        contrast: Strength of the S-curve.
        vignette: How much darker the corners are.
        focus: Nearness that is sharp, 0..1.
        shallow: Strength of the blur of what is out of focus.
        jpeg_quality: 0..100.
    """

    name: str
    condition: str
    exposure: float
    noise: float
    blur_px: float
    saturation: float
    contrast: float
    vignette: float
    focus: float
    shallow: float
    jpeg_quality: int


@dataclass(frozen=True)
class Placement:
    """One object in a scene; pixels are of the image.

    Attributes:
        kind: What it is.
        look: Which of its pictures.
        x: Where it touches the ground (or its centre, if it lies or flies).
        y: The same, down.
        height_px: Height of the upright sprite.
        nearness: 1 at the lower edge of the image, 0 at the horizon.
        rotation: Degrees clockwise.
        flipped: Whether it is mirrored.
        corners: Shift of the four corners in units of its size, for a perspective warp.
        hue: Rotation of the hue in degrees.
        gain: Factor on its brightness.
    """

    kind: SpriteClass
    look: int
    x: float
    y: float
    height_px: float
    nearness: float
    rotation: float
    flipped: bool
    corners: tuple[float, ...]
    hue: float
    gain: float

    @cached_property
    def width_px(self) -> float:
        """Width of the upright sprite."""
        return self.height_px * load_sprite(self.kind, self.look).aspect

    @property
    def centred(self) -> bool:
        """Whether ``x`` and ``y`` are its centre, not its foot."""
        return self.kind.pose in ("lie", "fly")

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """About the place of the object: left, top, right, bottom."""
        half, below = self.width_px / 2, self.height_px / 2 if self.centred else 0.0
        return self.x - half, self.y + below - self.height_px, self.x + half, self.y + below


@dataclass(frozen=True)
class Stage:
    """Where objects are placed: theme, background, size of the image in pixels, factor on all sizes."""

    theme: Theme
    background: Background
    width: int
    height: int
    scale: float


def draw_size(rng: np.random.Generator) -> tuple[int, int]:
    """Draw width and height of an image."""
    weights = np.array([weight for _, weight in _SIZES])
    return _SIZES[int(rng.choice(len(_SIZES), p=weights / weights.sum()))][0]


def draw_theme(rng: np.random.Generator, names: tuple[str, ...]) -> Theme:
    """Draw a theme, of the named ones or of all."""
    themes = [theme for theme in THEMES if not names or theme.name in names]
    weights = np.array([theme.weight for theme in themes])
    return themes[int(rng.choice(len(themes), p=weights / weights.sum()))]


def draw_hour(rng: np.random.Generator, *, night: bool) -> int:
    """Draw the hour of the day, 0..23; most pictures are taken by day."""
    if night:
        return int(rng.choice([20, 21, 22, 23, 0, 1, 4]))
    return round(float(np.clip(rng.normal(13, 3.6), 5, 21)))


def draw_location(rng: np.random.Generator, theme: Theme) -> str:
    """Draw the place: each has its themes."""
    names = _LOCATIONS[theme.name]
    return names[int(rng.integers(len(names)))]


def daylight(hour: int, theme: Theme) -> float:
    """Return the share of the light that there is at an hour; indoors lamps make up for most of it."""
    height = np.cos((hour - 13) / 12 * np.pi)  # of the sun: 1 at its highest, -1 at midnight
    share = float(np.clip(0.62 + 0.75 * height, 0.34, 1.0))
    return share if theme.name in _OUTDOORS else 0.55 + 0.45 * share


def draw_light(rng: np.random.Generator, hour: int, *, night: bool) -> Light:
    """Draw the light; by night there is only one kind, and low sun is warm."""
    day = ("soft", "sun", "sun", "warm", "cool") if 8 <= hour <= 17 else ("warm", "warm", "soft", "cool")
    name = "night" if night else day[int(rng.integers(len(day)))]
    tint, shadow, softness = _LIGHTS[name]
    side = float(rng.choice([-1, 1]) * rng.uniform(0.35, 1.0))
    return Light(name, tint, shadow, softness, side, float(rng.uniform(0.12, 0.38)))


def draw_camera(rng: np.random.Generator, light: float = 1.0) -> Camera:
    """Draw how the picture is taken; about a third goes wrong in one way.

    Args:
        light: Share of full daylight that there is.
    """
    kinds = list(_CAMERAS)
    name = kinds[int(rng.choice(len(kinds), p=np.array([kind[0] for kind in _CAMERAS.values()])))]
    _, exposure, noise, blur_px, quality = _CAMERAS[name]
    shot = _draw_shot(rng, name)
    return replace(
        shot,
        exposure=max(shot.exposure * exposure * light, 0.15),
        noise=min(shot.noise * noise / light**0.5, 40.0),
        blur_px=float(np.hypot(shot.blur_px, blur_px)),
        jpeg_quality=shot.jpeg_quality + quality,
    )


def _draw_shot(rng: np.random.Generator, name: str) -> Camera:
    names = list(_CONDITIONS)
    condition = names[int(rng.choice(len(names), p=np.array(list(_CONDITIONS.values()))))]
    camera = Camera(
        name=name,
        condition=condition,
        exposure=float(np.exp(rng.normal(0.0, 0.10))),
        noise=float(rng.uniform(1.0, 4.0)),
        blur_px=0.0,
        saturation=float(rng.uniform(0.86, 1.06)),
        contrast=float(rng.uniform(0.1, 0.45)),
        vignette=float(rng.uniform(0.05, 0.3)),
        focus=float(rng.uniform(0.55, 0.9)),
        shallow=float(rng.choice([0.0, 0.35, 1.0], p=[0.45, 0.3, 0.25])),
        jpeg_quality=int(rng.integers(86, 94)),
    )
    match condition:
        case "dark":
            return replace(camera, exposure=float(rng.uniform(0.16, 0.42)), noise=float(rng.uniform(4, 9)))
        case "over-exposed":
            return replace(camera, exposure=float(rng.uniform(1.45, 2.1)))
        case "blurred":
            return replace(camera, blur_px=float(rng.uniform(1.6, 5.0)), noise=1.5)
        case "noisy":
            return replace(camera, noise=float(rng.uniform(14, 34)), jpeg_quality=int(rng.integers(60, 80)))
        case "grey":
            return replace(camera, saturation=float(rng.choice([0.0, 0.12, 0.25])), contrast=0.2)
    return camera


def draw_placements(
    rng: np.random.Generator, theme: Theme, background: Background, width: int, height: int
) -> list[Placement]:
    """Place objects and clutter, without too much overlap; the farthest comes first."""
    most = theme.count[1] if rng.random() > 0.08 else 40
    remaining = int(rng.integers(max(theme.count[0], LEAST_OBJECTS), most + 1))
    scale = float(np.clip((10 / remaining) ** 0.25, 0.75, 1.25))
    stage = Stage(theme, background, width, height, scale)
    names = list(theme.objects)
    weights = np.array([theme.objects[name] for name in names], dtype=np.float64)
    weights /= weights.sum()
    placed: list[Placement] = []
    while remaining > 0:
        kind = SPRITES[names[int(rng.choice(len(names), p=weights))]]
        many = kind.name in theme.heaps and rng.random() < 0.45
        group = min(int(rng.integers(2, 7)), remaining) if many else 1
        placed.extend(_place_group(rng, stage, kind, group, placed))
        remaining -= group
    while len(placed) < LEAST_OBJECTS and stage.scale > LEAST_SCALE:  # too large for the room: smaller ones
        stage = replace(stage, scale=0.95 * stage.scale)
        kind = SPRITES[names[int(rng.choice(len(names), p=weights))]]
        placed.extend(_place_group(rng, stage, kind, 1, placed))
    for name in theme.clutter:
        for _ in range(int(rng.poisson(0.8))):
            kind = SPRITES[name]
            placed.extend(_place_group(rng, stage, kind, 1, placed))
    if placed and rng.random() < 0.12:
        number = int(rng.integers(len(placed)))
        factor = 2.3 if rng.random() < 0.5 and len(placed) > 2 * LEAST_OBJECTS else 0.28
        placed[number] = replace(placed[number], height_px=placed[number].height_px * factor)
    return sorted(placed, key=lambda one: one.nearness)


def draw_portrait(
    rng: np.random.Generator, kind: SpriteClass, background: Background, width: int, height: int
) -> Placement:
    """Place one object so that it fills much of the picture."""
    look = int(rng.integers(kind.look_count))
    picture, turn, gain = kind.variety(look)
    aspect = load_sprite(kind, picture).aspect
    share = float(rng.uniform(0.35, 0.78))
    height_px = share * min(height, width / aspect)
    centred = kind.pose in ("lie", "fly")
    x = width * float(rng.uniform(0.38, 0.62))
    middle = height * float(rng.uniform(0.45, 0.6))
    y = middle if centred else min(middle + height_px / 2, 0.97 * height)
    return Placement(
        kind=kind,
        look=picture,
        x=x,
        y=y,
        height_px=height_px,
        nearness=float(np.clip(background.plane.nearness(y, height), 0.3, 1.2)),
        rotation=float(rng.normal(0, 25 if centred else 4)),
        flipped=bool(rng.random() < 0.5),
        corners=tuple(rng.normal(0, 0.03, 8).tolist()),
        hue=_draw_hue(rng, kind) + turn,
        gain=gain * float(np.exp(rng.normal(-0.03, 0.07))),
    )


def _place_group(
    rng: np.random.Generator, stage: Stage, kind: SpriteClass, count: int, others: list[Placement]
) -> list[Placement]:
    """Place ``count`` objects of one kind side by side; those that find no room are left out."""
    group: list[Placement] = []
    look, hue = int(rng.integers(kind.look_count)), _draw_hue(rng, kind)
    for number in range(count):
        for _ in range(14):
            if number and group:
                anchor = group[int(rng.integers(len(group)))]
                x = anchor.x + rng.normal(0, 0.75) * anchor.width_px
                y = anchor.y + rng.normal(0, 0.3) * anchor.height_px
            else:
                x = rng.uniform(0.03, 0.97) * stage.width
                y = _draw_row(rng, kind, stage.background) * stage.height
            if rng.random() < (0.7 if kind.recolour else 0.4):
                look, hue = int(rng.integers(kind.look_count)), _draw_hue(rng, kind)
            one = _draw_object(rng, stage, kind, (x, y), (look, hue))
            if _fits(one, [*others, *group], stage, 0.55 if number else 0.30):
                group.append(one)
                break
    return group


def _draw_row(rng: np.random.Generator, kind: SpriteClass, background: Background) -> float:
    horizon = background.plane.horizon
    if kind.pose == "fly" and horizon > 0.1:
        return float(rng.uniform(0.08, max(horizon * 0.85, 0.2)))
    first = max(background.far_row, 0.06)
    return float(first + (0.99 - first) * rng.random() ** 0.8)


def _draw_hue(rng: np.random.Generator, kind: SpriteClass) -> float:
    return float(rng.uniform(-180, 180) if kind.recolour and rng.random() < 0.65 else rng.normal(0, 4))


def _draw_object(
    rng: np.random.Generator,
    stage: Stage,
    kind: SpriteClass,
    at: tuple[float, float],
    style: tuple[int, float],
) -> Placement:
    theme, plane, (look, hue) = stage.theme, stage.background.plane, style
    horizon = plane.horizon
    flying = kind.pose == "fly" and horizon > 0.1
    nearness = float(rng.uniform(0.2, 0.9)) if flying else plane.nearness(at[1], stage.height)
    unit = theme.unit * (kind.size_m / theme.reference_m) ** 0.62
    if theme.name == "nursery":  # toys: all of about one size
        unit = theme.unit * (kind.size_m / theme.reference_m) ** 0.15
    extent = unit * stage.scale * stage.height * nearness * float(np.exp(rng.normal(0, 0.12)))
    picture, turn, gain = kind.variety(look)
    aspect = load_sprite(kind, picture).aspect
    rotation = {
        "stand": rng.normal(0, 2.5),
        "lean": rng.normal(0, 22),
        "lie": rng.uniform(-180, 180) if horizon < 0.1 else rng.normal(0, 25),
        "fly": rng.normal(0, 16),
    }[kind.pose]
    return Placement(
        kind=kind,
        look=picture,
        x=float(at[0]),
        y=float(at[1]),
        height_px=max(extent / max(aspect, 1.0), 5.0),
        nearness=float(np.clip(nearness, 0.02, 1.2)),
        rotation=float(rotation),
        flipped=bool(rng.random() < 0.5) and kind.name != "clock",
        corners=tuple(rng.normal(0, 0.022, 8).tolist()),
        hue=hue + turn,
        gain=gain * float(np.exp(rng.normal(-0.03, 0.07))),
    )


def _fits(one: Placement, others: list[Placement], stage: Stage, limit: float) -> bool:
    """Tell whether enough of it is inside the image and it neither hides nor is hidden too much."""
    left, top, right, bottom = one.box
    area = (right - left) * (bottom - top)
    inside = max(min(right, stage.width) - max(left, 0), 0) * max(min(bottom, stage.height) - max(top, 0), 0)
    if inside < 0.55 * area or inside > LARGEST_SHARE * stage.width * stage.height:
        return False
    if one.kind.pose != "fly" and not max(stage.background.far_row, 0.03) <= one.y / stage.height <= 1.03:
        return False
    for other in others:
        l2, t2, r2, b2 = other.box
        shared = max(min(right, r2) - max(left, l2), 0) * max(min(bottom, b2) - max(top, t2), 0)
        if shared > limit * min(area, (r2 - l2) * (b2 - t2)):
            return False
    return True
