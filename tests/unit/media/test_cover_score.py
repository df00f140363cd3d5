"""The rating that chooses covers."""

from __future__ import annotations

import numpy as np

from assay.media.cover_score import cover_score


def make_picture(seed: int = 0) -> np.ndarray:
    """A patchwork of saturated colours, 120 x 160."""
    generator = np.random.default_rng(seed)
    patches = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    patches[..., 0] |= 0x80
    return np.kron(patches, np.ones((20, 20, 1), dtype=np.uint8))


def test_a_colourful_picture_is_preferred_to_its_grey_dark_and_tinted_versions() -> None:
    picture = make_picture()
    grey = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    tinted = picture.copy()
    tinted[..., [0, 2]] //= 8
    for worse in (grey, picture // 10, tinted):
        assert cover_score(worse) < cover_score(picture)


def test_a_single_pixel_has_a_rating() -> None:
    assert cover_score(np.zeros((1, 1, 3), dtype=np.uint8)) == 0
