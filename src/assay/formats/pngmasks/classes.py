"""What the values of masks are called, by the lists that tools write beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from assay.errors import InputError
from assay.formats.label_text import read_label_bytes, to_text
from assay.formats.pngmasks.pictures import Colour

LISTS = ("labelmap.txt", "class_names.txt", "classes.txt", "labels.txt", "names.txt", "classes.json")
"""Files that say what values are called."""

_BACKGROUND = frozenset({"background", "_background_", "__background__", "bg"})
_IGNORED = frozenset({"__ignore__", "_ignore_", "ignore", "void", "unlabeled", "unlabelled"})


@dataclass
class Names:
    """Names of classes.

    Attributes:
        by_value: By value, or index of the palette.
        by_colour: By colour.
        none: Values and colours that stand for no object: the background, and what is not labelled.
    """

    by_value: dict[int, str] = field(default_factory=dict)
    by_colour: dict[Colour, str] = field(default_factory=dict)
    none: set[int | Colour] = field(default_factory=set)

    def add(self, key: int | Colour, name: str) -> None:
        """Add what a value or colour is called."""
        if name.lower() in _BACKGROUND | _IGNORED:
            self.none.add(key)
        elif isinstance(key, int):
            self.by_value.setdefault(key, name)
        else:
            self.by_colour.setdefault(key, name)


def read_names(folder: Path) -> Names:
    """Return the names that a list in a folder of masks, or in the one round it, gives."""
    names = Names()
    for place in (folder, folder.parent):
        if (place / "labelmap.txt").is_file():
            _read_colours(_read(place / "labelmap.txt"), names)
            return names
        found = next((place / name for name in LISTS[1:-1] if (place / name).is_file()), None)
        if found is not None:
            lines = [line.strip() for line in _read(found).splitlines()]
            first = -1 if lines and lines[0] == "__ignore__" else 0  # as LabelMe numbers its list
            for value, name in enumerate(lines, start=first):
                if name:
                    names.add(value, name)
            return names
        if (place / "classes.json").is_file():
            _read_json(_read(place / "classes.json"), names)
            return names
    return names


def _read(file: Path) -> str:
    try:
        return to_text(read_label_bytes(file))[0]
    except InputError:
        return ""


def _read_colours(text: str, names: Names) -> None:
    """Read lines ``name:red,green,blue:parts:actions``, as CVAT and Datumaro write them."""
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        parts = rest.partition(":")[0].split(",")
        if not line.startswith("#") and len(parts) == 3 and all(part.strip().isdecimal() for part in parts):
            red, green, blue = (int(part) for part in parts)
            names.add((red, green, blue), name.strip())


def _read_json(text: str, names: Names) -> None:
    try:
        told = json.loads(text)
    except ValueError:
        return
    pairs = enumerate(told) if isinstance(told, list) else told.items() if isinstance(told, dict) else ()
    for value, name in pairs:
        if str(value).isdecimal() and isinstance(name, str):
            names.add(int(value), name)
