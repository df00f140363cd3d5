"""The kinds of objects in scenes: the classes, their looks and their behaviour in the world.

The pictures are Fluent Emoji (MIT, see ``sprites/LICENSE.fluent-emoji.txt``); class names are
COCO's where COCO has the class. ``scripts/build_sprites.py`` reads this table to fill the folder ``sprites``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Pose = Literal["stand", "lean", "lie", "fly"]
"""``stand``: upright on its base; ``lean``: on its base, tilted at will (fruit); ``lie``: flat, any rotation;
``fly``: in the air."""


@dataclass(frozen=True)
class SpriteClass:
    """One class of objects, or one kind of clutter that is never annotated.

    Attributes:
        name: The class name.
        supercategory: COCO's supercategory, ``"clutter"`` for what is never annotated.
        looks: Emoji code points, one for each look.
        size_m: Typical greatest extent in metres.
        pose: How it may be placed.
        recolour: Whether any hue is believable for it.
    """

    name: str
    supercategory: str
    looks: tuple[str, ...]
    size_m: float
    pose: Pose = "stand"
    recolour: bool = False

    @property
    def look_count(self) -> int:
        """Number of looks; a kind with a single picture has a second variety of it."""
        return max(2, len(self.looks))

    def variety(self, look: int) -> tuple[int, float, float]:
        """Return the parameters of a look: number of its picture, rotation of the hue, factor on its brightness."""
        if look < len(self.looks):
            return look, 0.0, 1.0
        hue, gain = _VARIETIES.get(self.name, (-11.0, 0.8))
        return 0, hue, gain

    @property
    def slug(self) -> str:
        """The class name as a file name."""
        return self.name.replace(" ", "_")

    def file_name(self, look: int) -> str:
        """Return the file of one look: ``car.webp``, ``car-2.webp``."""
        return f"{self.slug}.webp" if look == 0 else f"{self.slug}-{look + 1}.webp"


_VARIETIES = {
    # of kinds with a single picture: rotation of the hue in degrees, factor on the brightness
    "banana": (-32.0, 0.92), "tomato": (-34.0, 1.06), "broccoli": (14.0, 0.8), "carrot": (-14.0, 1.05),
    "lemon": (-28.0, 0.98), "peach": (-12.0, 1.04), "orange": (-10.0, 0.86), "strawberry": (12.0, 0.82),
    "watermelon": (-16.0, 0.8), "donut": (70.0, 0.95), "croissant": (-8.0, 0.72), "cookie": (-6.0, 0.66),
    "bagel": (-8.0, 0.7), "cat": (-14.0, 0.62), "horse": (-6.0, 0.6), "elephant": (14.0, 0.8),
    "bear": (-8.0, 0.58), "zebra": (0.0, 0.8), "giraffe": (-8.0, 0.8), "wolf": (0.0, 0.68), "goat": (-6.0, 0.66),
    "tiger": (-9.0, 0.82), "leopard": (-9.0, 0.78), "rabbit": (-10.0, 0.66), "goose": (0.0, 0.78),
    "duck": (24.0, 0.9), "penguin": (0.0, 0.8), "crab": (-16.0, 0.86), "teddy bear": (-10.0, 0.66),
    "traffic light": (0.0, 0.74), "stop sign": (0.0, 0.8), "tv": (0.0, 0.7), "laptop": (0.0, 0.72),
    "cell phone": (0.0, 0.7), "taxi": (6.0, 0.84), "train": (80.0, 0.86), "potted plant": (12.0, 0.82),
}  # fmt: skip


def _table(supercategory: str, *rows: tuple[str, str, float, Pose, bool]) -> tuple[SpriteClass, ...]:
    return tuple(
        SpriteClass(name, supercategory, tuple(looks.split()), size_m, pose, recolour)
        for name, looks, size_m, pose, recolour in rows
    )


CLASSES: tuple[SpriteClass, ...] = (
    *_table("person", ("person", "1f6b6 1f9cd 1f3c3", 1.7, "stand", False)),
    *_table(
        "vehicle",
        ("bicycle", "1f6b2", 1.6, "stand", True),
        ("car", "1f697 1f699", 3.6, "stand", True),
        ("motorcycle", "1f3cd-fe0f", 2.0, "stand", True),
        ("airplane", "2708-fe0f 1f6e9-fe0f", 9.0, "fly", False),
        ("bus", "1f68c 1f68e", 6.0, "stand", True),
        ("train", "1f682", 5.5, "stand", False),
        ("truck", "1f69a 1f6fb", 5.0, "stand", True),
        ("boat", "26f5 1f6a4", 5.0, "stand", False),
        ("taxi", "1f695", 3.6, "stand", False),
        ("motor scooter", "1f6f5", 1.6, "stand", True),
    ),
    *_table(
        "outdoor",
        ("traffic light", "1f6a6", 1.5, "stand", False),
        ("stop sign", "1f6d1", 1.1, "stand", False),
    ),
    *_table(
        "animal",
        ("bird", "1f426 1f99c", 0.35, "stand", False),
        ("cat", "1f408", 0.55, "stand", False),
        ("dog", "1f415 1f429", 0.8, "stand", False),
        ("horse", "1f40e", 2.2, "stand", False),
        ("sheep", "1f411 1f40f", 1.2, "stand", False),
        ("cow", "1f404 1f402", 2.1, "stand", False),
        ("elephant", "1f418", 4.2, "stand", False),
        ("bear", "1f43b", 1.0, "stand", False),
        ("zebra", "1f993", 2.2, "stand", False),
        ("giraffe", "1f992", 4.4, "stand", False),
        ("wolf", "1f43a", 0.9, "stand", False),
        ("goat", "1f410", 1.1, "stand", False),
        ("tiger", "1f405", 2.0, "stand", False),
        ("leopard", "1f406", 1.7, "stand", False),
        ("rabbit", "1f407", 0.4, "stand", False),
        ("duck", "1f986", 0.5, "stand", False),
        ("goose", "1fabf", 0.75, "stand", False),
        ("penguin", "1f427", 0.8, "stand", False),
        ("crab", "1f980", 0.3, "stand", False),
    ),
    *_table(
        "accessory",
        ("backpack", "1f392", 0.5, "stand", True),
        ("umbrella", "2602-fe0f", 1.0, "stand", True),
        ("suitcase", "1f9f3", 0.7, "stand", True),
    ),
    *_table(
        "sports",
        ("skis", "1f3bf", 1.2, "stand", True),
        ("sports ball", "26bd 1f3c0 1f3d0", 0.28, "lean", False),
        ("kite", "1fa81", 1.3, "fly", True),
        ("skateboard", "1f6f9", 0.8, "lie", True),
    ),
    *_table(
        "kitchen",
        ("bottle", "1f37e 1f9f4", 0.3, "stand", False),
        ("wine glass", "1f377 1f378", 0.2, "stand", False),
        ("cup", "2615 1f964", 0.13, "stand", True),
        ("knife", "1f52a", 0.26, "lie", False),
        ("spoon", "1f944", 0.18, "lie", False),
        ("bowl", "1f963 1f35c", 0.2, "stand", False),
        ("teapot", "1fad6", 0.25, "stand", True),
    ),
    *_table(
        "food",
        ("banana", "1f34c", 0.16, "lean", False),
        ("apple", "1f34e 1f34f", 0.085, "lean", False),
        ("sandwich", "1f96a", 0.15, "stand", False),
        ("orange", "1f34a", 0.085, "lean", False),
        ("broccoli", "1f966", 0.15, "lean", False),
        ("carrot", "1f955", 0.18, "lie", False),
        ("hot dog", "1f32d", 0.18, "lie", False),
        ("pizza", "1f355", 0.2, "lie", False),
        ("donut", "1f369", 0.1, "lie", False),
        ("cake", "1f370 1f382", 0.2, "stand", False),
        ("bagel", "1f96f", 0.12, "lie", False),
        ("peach", "1f351", 0.085, "lean", False),
        ("lemon", "1f34b", 0.075, "lean", False),
        ("strawberry", "1f353", 0.06, "lie", False),
        ("watermelon", "1f349", 0.24, "lie", False),
        ("tomato", "1f345", 0.085, "lean", False),
        ("hamburger", "1f354", 0.13, "stand", False),
        ("cookie", "1f36a", 0.09, "lie", False),
        ("croissant", "1f950", 0.16, "lie", False),
    ),
    *_table(
        "furniture",
        ("chair", "1fa91", 1.0, "stand", True),
        ("couch", "1f6cb-fe0f", 2.1, "stand", True),
        ("potted plant", "1fab4", 0.6, "stand", False),
    ),
    *_table(
        "electronic",
        ("tv", "1f4fa", 0.8, "stand", False),
        ("laptop", "1f4bb", 0.4, "stand", False),
        ("cell phone", "1f4f1", 0.16, "lie", False),
    ),
    *_table(
        "indoor",
        ("book", "1f4d5 1f4d7 1f4d8", 0.26, "lie", True),
        ("clock", "23f0 1f570-fe0f", 0.25, "stand", True),
        ("vase", "1f3fa", 0.35, "stand", True),
        ("scissors", "2702-fe0f", 0.2, "lie", True),
        ("teddy bear", "1f9f8", 0.4, "stand", False),
    ),
    *_table(
        "tool",
        ("hammer", "1f528", 0.33, "lie", False),
        ("axe", "1fa93", 0.36, "lie", False),
        ("saw", "1fa9a", 0.42, "lie", False),
        ("wrench", "1f527", 0.26, "lie", False),
    ),
)

CLUTTER: tuple[SpriteClass, ...] = _table(
    "clutter",
    ("evergreen", "1f332", 4.0, "stand", False),
    ("tree", "1f333", 4.0, "stand", False),
    ("palm", "1f334", 4.2, "stand", False),
    ("cactus", "1f335", 1.6, "stand", False),
    ("tulip", "1f337", 0.25, "stand", True),
    ("sunflower", "1f33b", 0.7, "stand", False),
    ("mushroom", "1f344", 0.25, "stand", False),
    ("leaf", "1f341", 0.07, "lie", False),
    ("herb", "1f33f", 0.12, "lie", False),
    ("rock", "1faa8", 0.6, "stand", False),
    ("log", "1fab5", 0.7, "stand", False),
    ("candle", "1f56f-fe0f", 0.16, "stand", False),
    ("gift", "1f381", 0.3, "stand", True),
    ("snowman", "26c4", 1.5, "stand", False),
    ("shell", "1f41a", 0.15, "stand", False),
    ("key", "1f511", 0.1, "lie", False),
    ("bolt", "1f529", 0.1, "lie", False),
    ("barrier", "1f6a7", 1.1, "stand", False),
)

SPRITES: dict[str, SpriteClass] = {sprite.name: sprite for sprite in (*CLASSES, *CLUTTER)}
CATEGORY_IDS: dict[str, int] = {sprite.name: number for number, sprite in enumerate(CLASSES, start=1)}

CONFUSABLE: tuple[tuple[str, str], ...] = (
    ("orange", "peach"),
    ("apple", "tomato"),
    ("dog", "wolf"),
    ("sheep", "goat"),
    ("tiger", "leopard"),
    ("duck", "goose"),
    ("donut", "bagel"),
    ("hamburger", "sandwich"),
    ("car", "taxi"),
    ("motorcycle", "motor scooter"),
    ("hammer", "axe"),
    ("horse", "cow"),
)
"""Pairs of classes that look alike: annotators and detectors take one for the other."""

LOOKALIKE: dict[str, str] = {a: b for pair in CONFUSABLE for a, b in (pair, pair[::-1])}
"""The class that each one is taken for, where there is one."""
