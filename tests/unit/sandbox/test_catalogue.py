"""Which sandboxes there are, and what can stand in their scenes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from assay.errors import NotFoundError
from assay.sandbox import SANDBOXES, get_sandbox
from assay.sandbox import sprites as sprites_module
from assay.sandbox.catalog import CATEGORY_IDS, CLASSES, CLUTTER, CONFUSABLE, LOOKALIKE, SPRITES
from assay.sandbox.compose import colour_matrix
from assay.sandbox.sprites import load_sprite
from assay.sandbox.themes import THEMES

SPRITES_DIR = Path(sprites_module.__file__).parent / "sprites"


def test_there_are_eighty_classes_with_ids_of_their_own():
    assert len(CLASSES) >= 60
    assert len({kind.name for kind in CLASSES}) == len(CLASSES)
    assert sorted(CATEGORY_IDS.values()) == list(range(1, len(CLASSES) + 1))


def drawn(kind, look):
    """Draw a look as it is on grey, small, so that two of them can be compared."""
    picture, hue, gain = kind.variety(look)
    rgba = load_sprite(kind, picture).levels[0].astype(np.float32) / 255
    painted = np.clip(cv2.transform(rgba[..., :3], colour_matrix(hue, 1.0, (1, 1, 1), gain)), 0, 1)
    return cv2.resize(painted + 0.5 * (1 - rgba[..., 3:]), (32, 32), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.slug)
def test_a_class_has_at_least_two_looks_that_can_be_told_apart(kind):
    looks = [drawn(kind, look) for look in range(kind.look_count)]
    assert len(looks) >= 2
    for number, one in enumerate(looks):
        for other in looks[number + 1 :]:
            assert np.abs(one - other).mean() > 0.01


def test_confusable_pairs_are_of_two_classes_each_and_share_none():
    names = [name for pair in CONFUSABLE for name in pair]
    assert len(CONFUSABLE) >= 6
    assert len(names) == len(set(names))
    assert set(names) <= set(CATEGORY_IDS)
    assert {("orange", "peach"), ("dog", "wolf"), ("donut", "bagel")} <= set(CONFUSABLE)
    assert all(LOOKALIKE[LOOKALIKE[name]] == name != LOOKALIKE[name] for name in names)


def test_every_picture_is_there_in_colour_with_transparency():
    for kind in SPRITES.values():
        for look in range(len(kind.looks)):
            sprite = load_sprite(kind, look).levels[0]
            assert (sprite.dtype, sprite.shape[2]) == (np.uint8, 4)
            assert sprite[..., 3].max() > 200
            assert sprite[..., :3].std() > 0


def test_every_class_stands_in_some_theme_and_clutter_is_no_class():
    assert {name for theme in THEMES for name in theme.objects} == set(CATEGORY_IDS)
    assert {kind.name for kind in CLUTTER}.isdisjoint(CATEGORY_IDS)
    for theme in THEMES:
        assert {*theme.clutter, *theme.heaps} <= set(SPRITES)
        assert set(theme.clutter).isdisjoint(CATEGORY_IDS)
    assert max(Counter(theme.name for theme in THEMES).values()) == 1


def test_the_sprites_come_with_their_licence():
    text = (SPRITES_DIR / "LICENSE.fluent-emoji.txt").read_text(encoding="utf-8")
    assert "Microsoft Corporation" in text
    assert "LobeHub" in text
    assert "Permission is hereby granted" in text


def test_the_registry_has_the_four_that_need_no_network():
    counts = {name: (spec.kind, spec.images) for name, spec in SANDBOXES.items()}
    assert counts == {
        "quickstart": ("scenes", 200),
        "tabletop": ("scenes", 2_000),
        "tabletop-classification": ("single", 1_000),
        "tabletop-video": ("video", 600),
    }
    assert SANDBOXES["tabletop-video"].sequence_frames == 60
    assert all(spec.name == name and spec.teaches and spec.licence for name, spec in SANDBOXES.items())


def test_an_unknown_sandbox_is_an_error_that_lists_the_names():
    assert get_sandbox("quickstart") is SANDBOXES["quickstart"]
    with pytest.raises(NotFoundError) as caught:
        get_sandbox("nonesuch")
    assert "'nonesuch'" in caught.value.message
    assert all(name in caught.value.message for name in SANDBOXES)
