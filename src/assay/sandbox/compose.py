"""Put sprites into a picture: warp, light, shadow, reflection, alpha; then what a camera adds."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.sandbox.scene import Camera, Light, Placement
from assay.sandbox.sprites import Sprite
from assay.sandbox.surfaces import Background
from assay.sandbox.textures import Float, mix, sensor_noise_tile, tripled

_TO_YIQ: NDArray[np.float64] = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])

_FROM_YIQ = np.linalg.inv(_TO_YIQ)


@dataclass(frozen=True)
class Patch:
    """A warped sprite at its place.

    Attributes:
        rgba: float32 ``(h, w, 4)``, premultiplied, 0..1.
        x: Column of its left edge in the image, may be negative.
        y: Row of its upper edge.
    """

    rgba: Float
    x: int
    y: int

    def inside(self, height: int, width: int) -> tuple[slice, slice, slice, slice]:
        """Return rows and columns of the image that it covers, and the same of the patch."""
        top, left = max(self.y, 0), max(self.x, 0)
        bottom = max(min(self.y + self.rgba.shape[0], height), top)
        right = max(min(self.x + self.rgba.shape[1], width), left)
        return (
            slice(top, bottom),
            slice(left, right),
            slice(top - self.y, bottom - self.y),
            slice(left - self.x, right - self.x),
        )


def warp(sprite: Sprite, placement: Placement, blur_px: float) -> Patch:
    """Scale, mirror, rotate and tilt a sprite to its place, out of focus by ``blur_px``."""
    level = sprite.level_for(placement.height_px)
    rows, columns = level.shape[:2]
    width, height = placement.width_px, placement.height_px
    unit = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    corners = (unit + np.asarray(placement.corners).reshape(4, 2)) * (width, height)
    angle = np.deg2rad(placement.rotation)
    cos, sin = np.cos(angle), np.sin(angle)
    corners = corners @ np.array([[cos, sin], [-sin, cos]])
    if placement.kind.pose == "lie":
        corners[:, 1] *= 0.88
    if placement.flipped:
        corners[:, 0] *= -1
    low = corners[:, 1].max()
    corners += (placement.x, placement.y - (0.0 if placement.centred else low))
    margin = 2 + int(np.ceil(3 * blur_px))
    first = np.floor(corners.min(axis=0)).astype(int) - margin
    extent = np.ceil(corners.max(axis=0)).astype(int) + margin - first
    source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(source, (corners - first - 0.5).astype(np.float32))
    warped = cv2.warpPerspective(level, matrix, (int(extent[0]), int(extent[1])), flags=cv2.INTER_LINEAR)
    rgba: Float = warped.astype(np.float32) * np.float32(1 / 255)
    if blur_px > 0.25:
        rgba = np.asarray(cv2.GaussianBlur(rgba, (0, 0), blur_px), np.float32)
    return Patch(np.asarray(rgba, np.float32), int(first[0]), int(first[1]))


def colour_matrix(hue: float, saturation: float, tint: tuple[float, float, float], gain: float) -> NDArray[np.float64]:
    """Return the 3 x 3 matrix that rotates the hue, scales the saturation and applies a tint."""
    angle = np.deg2rad(hue)
    cos, sin = np.cos(angle) * saturation, np.sin(angle) * saturation
    turn = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return np.asarray(np.diag(np.asarray(tint) * gain) @ _FROM_YIQ @ turn @ _TO_YIQ)


def shade(patch: Patch, placement: Placement, light: Light, background: Background) -> Patch:
    """Light an object: colour, a gradient from the lit to the unlit side, a darker foot, haze."""
    rows, columns = patch.rgba.shape[:2]
    alpha = cv2.extractChannel(patch.rgba, 3)
    matrix = colour_matrix(placement.hue, 0.90 if abs(placement.hue) < 15 else 0.76, light.tint, placement.gain)
    rgb = cv2.threshold(cv2.transform(patch.rgba, np.column_stack((matrix, np.zeros(3)))), 0, 0, cv2.THRESH_TOZERO)[1]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    gain = np.float32(0.97) - np.float32(0.16 * light.x * (1 + light.shadow)) * -x - np.float32(0.10) * y
    if placement.kind.pose in ("stand", "lean") and not background.water:
        gain = gain - np.float32(0.22) * np.clip((y - 0.55) / 0.45, 0, 1) ** 2
    rgb = rgb * tripled(gain)
    colour, strength = background.haze
    share = strength * max(0.0, 1 - placement.nearness / 0.6) if strength else 0.0
    if share:
        rgb = rgb * (1 - share) + np.asarray(colour, np.float32) * np.float32(share) * alpha[..., None]
    red, green, blue = (cv2.min(channel, alpha) for channel in cv2.split(rgb))
    return Patch(np.asarray(cv2.merge((red, green, blue, alpha)), np.float32), patch.x, patch.y)


def over(canvas: Float, patch: Patch, opacity: float = 1.0) -> None:
    """Lay a patch over the canvas ``(h, w, 3)``, in place."""
    rows, columns, patch_rows, patch_columns = patch.inside(*canvas.shape[:2])
    rgba = patch.rgba[patch_rows, patch_columns]
    if rgba.size:
        target = canvas[rows, columns]
        red, green, blue, alpha = cv2.split(rgba)
        if opacity != 1:
            red, green, blue, alpha = (channel * np.float32(opacity) for channel in (red, green, blue, alpha))
        target *= tripled(np.asarray(1 - alpha, np.float32))
        target += cv2.merge((red, green, blue))


def reflect(canvas: Float, patch: Patch, foot: float) -> None:
    """Mirror an object in the water below its foot."""
    fade = np.linspace(0.45, 0.12, patch.rgba.shape[0], dtype=np.float32)[:, None, None]
    mirrored = cv2.GaussianBlur(patch.rgba[::-1] * fade, (0, 0), 1.2)
    over(
        canvas,
        Patch(np.asarray(mirrored, np.float32), patch.x, int(2 * foot) - patch.y - patch.rgba.shape[0]),
    )


def cast_shadow(canvas: Float, patch: Patch, placement: Placement, light: Light) -> None:
    """Darken the ground where an object keeps the light off, and close around where it touches."""
    height = placement.height_px
    if placement.kind.pose == "lie":
        _darken(
            canvas,
            patch,
            (-light.x * 0.07 * height, 0.05 * height),
            light.softness * height * 0.6,
            light.shadow,
        )
        _darken(
            canvas,
            patch,
            (-light.x * 0.015 * height, 0.02 * height),
            0.02 * height + 0.5,
            0.55 * light.shadow,
        )
    else:
        _project(canvas, patch, placement, light, reach=1.0, flatten=light.y, strength=light.shadow)
        _project(canvas, patch, placement, light, reach=0.16, flatten=0.22, strength=0.5 + 0.3 * light.shadow)


def _darken(canvas: Float, patch: Patch, shift: tuple[float, float], sigma: float, strength: float) -> None:
    margin = int(3 * sigma) + 2
    alpha = _blur_coarsely(np.pad(patch.rgba[..., 3], margin), sigma)
    x, y = patch.x - margin + round(shift[0]), patch.y - margin + round(shift[1])
    _multiply(canvas, alpha, x, y, strength)


def _project(
    canvas: Float,
    patch: Patch,
    placement: Placement,
    light: Light,
    *,
    reach: float,
    flatten: float,
    strength: float,
) -> None:
    """Lay the silhouette flat on the ground, leaning away from the light.

    Only the lowest ``reach`` of the silhouette counts, fading out upwards: with a small reach that is the
    dark line where the object touches the ground.
    """
    foot = placement.y - patch.y
    unused = max(int(foot - reach * placement.height_px) - 2, 0) if reach < 1 else 0
    alpha = patch.rgba[unused:, :, 3]
    foot -= unused
    rows, columns = alpha.shape
    if not rows:
        return
    scale = 0.5 if max(rows, columns) > 60 else 1.0
    up = np.clip((foot - np.arange(rows, dtype=np.float32)) / max(placement.height_px, 1), 0, None)
    alpha = alpha * np.clip(1 - up / np.float32(reach), 0, 1)[:, None] ** np.float32(0.6)
    lean = -light.x * 0.9 * (1.0 if reach == 1.0 else 0.15)
    sigma = max((light.softness if reach == 1.0 else 0.022) * placement.height_px, 0.8)
    margin = int(3 * sigma) + 2
    side = int(abs(lean) * rows) + margin
    tall = int(flatten * rows) + 2 * margin
    base = tall - margin
    matrix = scale * np.array([[1, -lean, lean * foot + side], [0, flatten, base - flatten * foot]])
    size = (max(int((columns + 2 * side) * scale), 1), max(int(tall * scale), 1))
    flat = cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR)
    flat = cv2.GaussianBlur(flat, (0, 0), sigma * scale)
    if scale != 1:
        flat = cv2.resize(flat, (columns + 2 * side, tall), interpolation=cv2.INTER_LINEAR)
    _multiply(canvas, np.asarray(flat, np.float32), patch.x - side, round(placement.y) - base, strength)


def _blur_coarsely(alpha: Float, sigma: float) -> Float:
    if sigma < 4:
        return np.asarray(cv2.GaussianBlur(alpha, (0, 0), max(sigma, 0.4)), np.float32)
    rows, columns = alpha.shape
    small = cv2.resize(alpha, (max(columns // 3, 1), max(rows // 3, 1)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 3)
    return np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)


def _multiply(canvas: Float, alpha: Float, x: int, y: int, strength: float) -> None:
    rows, columns, own_rows, own_columns = Patch(alpha[..., None], x, y).inside(*canvas.shape[:2])
    part = alpha[own_rows, own_columns]
    if part.size:
        # Shadows are a little blue: what lights them is the sky.
        shares = [1 - part * np.float32(strength * share) for share in (1.0, 0.97, 0.90)]
        canvas[rows, columns] *= cv2.merge(shares)


def focus_background(background: Background, camera: Camera) -> Float:
    """Blur what is out of focus; float32 ``(h, w, 3)``."""
    image = background.image
    if camera.shallow == 0:
        return image
    height = image.shape[0]
    near = np.clip([background.plane.nearness(row, height) for row in range(height)], 0, 1)
    share = np.clip(np.abs(near - camera.focus) * 2.2 * camera.shallow, 0, 1).astype(np.float32)
    blurred = cv2.GaussianBlur(image, (0, 0), 0.5 + camera.shallow * height / 160)
    return mix(image, np.asarray(blurred), np.broadcast_to(share[:, None], image.shape[:2]))


def blur_for(camera: Camera, nearness: float, height: int) -> float:
    """Return the blur in pixels of an object at that nearness."""
    excess = max(abs(nearness - camera.focus) - 0.15, 0.0)
    return float(min(excess * 2.2 * camera.shallow, 1.0) * height / 220)


def develop(canvas: Float, camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turn light into a picture: exposure, vignette, noise, tone curve, saturation, blur; uint8 RGB."""
    height, width = canvas.shape[:2]
    x2 = np.linspace(-1, 1, width, dtype=np.float32)[None, :] ** 2
    y2 = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
    gain = np.float32(255 * camera.exposure) * (1 - np.float32(camera.vignette / 2) * (x2 + y2))
    canvas *= tripled(gain)
    noise = sensor_noise_tile()
    down, across = (int(shift) for shift in rng.integers(0, 512, 2))
    for top in range(-down, height, 512):
        for left in range(-across, width, 512):
            part = canvas[max(top, 0) : top + 512, max(left, 0) : left + 512]
            grain = noise[max(-top, 0) :, max(-left, 0) :][: part.shape[0], : part.shape[1]]
            part[:] = cv2.scaleAdd(np.ascontiguousarray(grain), camera.noise, np.ascontiguousarray(part))
    picture = np.asarray(cv2.add(canvas, np.zeros(1), dtype=cv2.CV_8U), np.uint8)  # clips and rounds
    levels = np.linspace(0, 1, 256)
    curve = levels + camera.contrast * (levels * levels * (3 - 2 * levels) - levels)
    picture = np.asarray(cv2.LUT(picture, np.rint(curve * 255).astype(np.uint8)))
    if abs(camera.saturation - 1) > 0.02:
        picture = np.asarray(cv2.transform(picture, colour_matrix(0, camera.saturation, (1, 1, 1), 1)))
    if camera.blur_px:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), camera.blur_px))
    return np.asarray(picture, np.uint8)
