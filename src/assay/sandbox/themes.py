"""Themes, things that go together: each theme names its backgrounds, its objects and how large things appear."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Theme:
    """One kind of scene.

    Attributes:
        name: The name, also written into the images' metadata.
        weight: How often it is drawn, relative to the others.
        backgrounds: Names of backgrounds, drawn evenly.
        objects: Class name to weight.
        clutter: Names of things that are drawn but never annotated.
        unit: Height, in image heights at the lower edge, of an object of ``reference_m``.
        reference_m: See ``unit``; others follow with an exponent below 1: small things stay visible.
        count: Least and most objects.
        heaps: Classes that come in heaps, herds and flocks.
    """

    name: str
    weight: float
    backgrounds: tuple[str, ...]
    objects: dict[str, float]
    clutter: tuple[str, ...] = ()
    unit: float = 0.2
    reference_m: float = 0.1
    count: tuple[int, int] = (6, 16)
    heaps: tuple[str, ...] = field(default=())


THEMES: tuple[Theme, ...] = (
    Theme(
        "picnic",
        1.5,
        ("cloth", "cloth", "wood"),
        {
            "apple": 5, "orange": 5, "banana": 3, "peach": 3, "strawberry": 3, "watermelon": 2, "sandwich": 3,
            "bottle": 2.5, "wine glass": 2, "cup": 2, "cake": 1,
            "hot dog": 2, "hamburger": 1, "cookie": 2, "knife": 1,
            "bowl": 1, "teddy bear": 0.2, "sports ball": 0.4, "book": 0.5, "lemon": 1,
        },
        ("leaf", "tulip", "herb", "candle"),
        unit=0.21,
        count=(6, 22),
        heaps=("apple", "orange", "peach", "strawberry", "cookie", "lemon"),
    ),
    Theme(
        "kitchen",
        1.4,
        ("tiles", "marble", "wood", "slate", "terrazzo"),
        {
            "tomato": 4, "apple": 2, "broccoli": 4, "carrot": 4,
            "lemon": 2, "knife": 3, "spoon": 3, "bowl": 3,
            "bottle": 2, "cup": 3, "teapot": 1.5, "orange": 2,
            "banana": 2, "pizza": 1.5, "cell phone": 0.5, "scissors": 0.5,
        },
        ("herb", "leaf", "mushroom", "candle"),
        unit=0.2,
        count=(6, 20),
        heaps=("tomato", "apple", "carrot", "broccoli", "orange", "lemon"),
    ),
    Theme(
        "breakfast",
        1.1,
        ("wood", "cloth", "marble", "terrazzo"),
        {
            "croissant": 4, "donut": 4, "bagel": 2, "cup": 5,
            "teapot": 2, "spoon": 3, "knife": 2, "banana": 2,
            "orange": 2, "strawberry": 3, "cake": 1.5, "cookie": 2, "bowl": 2, "cell phone": 1, "book": 0.7,
            "laptop": 0.3,
        },
        ("tulip", "candle", "leaf"),
        unit=0.22,
        count=(5, 16),
        heaps=("croissant", "donut", "bagel", "strawberry", "cookie"),
    ),
    Theme(
        "street",
        1.5,
        ("street", "street", "night street"),
        {
            "person": 9, "car": 8, "taxi": 2.5, "bus": 2, "truck": 2, "bicycle": 3, "motorcycle": 1.5,
            "motor scooter": 1.5, "traffic light": 2.5, "stop sign": 1.2,
            "dog": 1.2, "backpack": 0.5, "suitcase": 0.6,
            "umbrella": 0.7, "bird": 0.8, "skateboard": 0.5, "train": 0.15,
        },
        ("tree", "barrier"),
        unit=0.46,
        reference_m=1.7,
        count=(6, 20),
        heaps=("person", "car", "bird"),
    ),
    Theme(
        "savanna",
        0.8,
        ("savanna",),
        {"elephant": 3, "giraffe": 3, "zebra": 5, "tiger": 0.7, "leopard": 1.2, "bird": 1, "cow": 0.4},
        ("rock", "cactus", "tree", "log"),
        unit=0.36,
        reference_m=1.7,
        count=(4, 14),
        heaps=("zebra", "elephant", "bird", "giraffe"),
    ),
    Theme(
        "farm",
        1.0,
        ("meadow",),
        {
            "sheep": 5, "goat": 2.5, "cow": 4, "horse": 3,
            "dog": 1.5, "duck": 2, "goose": 2, "cat": 0.8, "rabbit": 1.5,
            "person": 1.5, "truck": 0.3, "bird": 1,
        },
        ("tree", "rock", "log", "sunflower", "mushroom"),
        unit=0.34,
        reference_m=1.5,
        count=(5, 18),
        heaps=("sheep", "cow", "duck", "goose", "rabbit", "goat"),
    ),
    Theme(
        "living room",
        1.1,
        ("room",),
        {
            "couch": 1.3, "chair": 3, "tv": 1.2, "potted plant": 3,
            "cat": 1.5, "dog": 1.2, "book": 2, "clock": 1,
            "vase": 1.8, "teddy bear": 1, "laptop": 0.8, "backpack": 1, "suitcase": 0.6, "umbrella": 0.5,
            "sports ball": 0.8, "person": 0.6,
        },
        ("gift", "candle"),
        unit=0.40,
        reference_m=0.9,
        count=(4, 12),
        heaps=("book",),
    ),
    Theme(
        "nursery",
        0.7,
        ("shelf",),
        {
            "teddy bear": 3, "bear": 2, "wolf": 2, "dog": 1,
            "cat": 1, "book": 2, "sports ball": 2, "clock": 1, "vase": 1,
            "potted plant": 1.5, "rabbit": 1, "penguin": 1, "car": 0.7, "train": 1,
        },
        ("gift",),
        unit=0.30,
        reference_m=0.5,
        count=(4, 11),
    ),
    Theme(
        "workshop",
        0.9,
        ("wood", "cutting mat", "slate"),
        {
            "hammer": 4, "axe": 2, "saw": 3, "wrench": 4,
            "scissors": 2, "knife": 1.2, "cup": 1, "bottle": 0.7,
            "cell phone": 0.6, "skateboard": 0.4, "clock": 0.4,
        },
        ("bolt", "key"),
        unit=0.26,
        reference_m=0.25,
        count=(4, 15),
        heaps=("wrench",),
    ),
    Theme(
        "beach",
        0.9,
        ("beach",),
        {
            "person": 4, "umbrella": 3, "crab": 3, "sports ball": 2,
            "kite": 1.5, "bird": 2, "dog": 1, "backpack": 0.8,
            "bottle": 0.6, "goose": 0.3,
        },
        ("palm", "shell", "shell", "rock"),
        unit=0.36,
        reference_m=1.5,
        count=(4, 15),
        heaps=("crab", "bird", "person"),
    ),
    Theme(
        "snow",
        0.8,
        ("snow",),
        {
            "penguin": 3, "skis": 4, "person": 2.5, "dog": 0.8, "rabbit": 1, "backpack": 0.7,
        },
        ("evergreen", "evergreen", "snowman", "rock"),
        unit=0.36,
        reference_m=1.5,
        count=(4, 14),
        heaps=("penguin", "person", "skis"),
    ),
    Theme(
        "lake",
        0.6,
        ("lake",),
        {"duck": 6, "boat": 4, "bird": 0.4, "airplane": 0.3},
        (),
        unit=0.26,
        reference_m=1.2,
        count=(4, 12),
        heaps=("duck", "boat"),
    ),
    Theme(
        "sky",
        0.5,
        ("sky",),
        {"airplane": 4, "kite": 4},
        (),
        unit=0.42,
        reference_m=3.0,
        count=(4, 9),
        heaps=("kite",),
    ),
    Theme(
        "desk",
        0.8,
        ("wood", "slate", "studio"),
        {
            "laptop": 1.6, "book": 4, "cell phone": 2.5,
            "cup": 3, "scissors": 1.5, "clock": 1.2, "potted plant": 1.5,
            "apple": 1, "backpack": 0.5, "donut": 0.7, "cookie": 0.7, "vase": 0.4, "bottle": 0.6,
        },
        ("key", "gift", "leaf"),
        unit=0.26,
        reference_m=0.2,
        count=(4, 13),
        heaps=("book", "cookie"),
    ),
    Theme(
        "still life",
        0.9,
        ("studio", "marble", "slate", "wood"),
        {
            "apple": 4, "orange": 5, "peach": 4, "lemon": 3,
            "tomato": 2, "banana": 2, "vase": 1.5, "wine glass": 2,
            "bottle": 1.5, "watermelon": 1, "broccoli": 0.7, "bowl": 1,
        },
        ("leaf", "candle", "tulip"),
        unit=0.24,
        count=(5, 25),
        heaps=("apple", "orange", "peach", "lemon", "tomato"),
    ),
)  # fmt: skip
