"""Read a folder of masks as a source."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from assay.errors import InputError
from assay.formats.format import Reading
from assay.formats.gathering import Gathering, Thing
from assay.formats.masks import mask_box
from assay.formats.pngmasks.classes import read_names
from assay.formats.pngmasks.pictures import Colour, Mask, read_mask
from assay.formats.source import Source
from assay.formats.values import Values, find_values
from assay.media.files import list_images
from assay.media.reading import read_image

_SUFFIX = re.compile(
    r"[_-](?:masks?|labels?|seg|segmentation|gt|annotations?|colou?r_mask|gtFine_(?:labelIds|labelTrainIds|instanceIds))$",
    re.IGNORECASE,
)
_LEFT_IMAGE = "_leftImg8bit"  # as Cityscapes calls its pictures
_INSTANCE = re.compile(r"(?:instance|SegmentationObject)", re.IGNORECASE)
_VOID = 255
_BINARY = frozenset({0, _VOID})
_PER_CLASS = 1_000  # Cityscapes: a class times this, and the number of the object
_OBJECT_FOLDER, _CLASS_FOLDER = "SegmentationObject", "SegmentationClass"
_SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def read_masks(reading: Reading) -> Source:
    """Read a folder of masks: with values for classes a mask is as many annotations as it has classes, else objects.

    Raises:
        InputError: there is no PNG.
    """
    reading.stage("Looking for masks", None)
    files = reading.label_files(".png")
    reading.kept["values"] = reading.options.get("values")
    objects = {_twin(file) for file in files if _OBJECT_FOLDER in file.parts}
    files = [file for file in files if file not in objects]
    reader = _Reader(reading)
    reading.stage("Reading masks", len(files))
    for done, file in enumerate(files):
        reader.take(file)
        reading.progress(done, len(files))
    return reader.finish()


def _twin(file: Path) -> Path:
    return Path(*(_CLASS_FOLDER if part == _OBJECT_FOLDER else part for part in file.parts))


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._root = reading.labels if reading.labels.is_dir() else reading.labels.parent
        self._found = Gathering(reading.append, reading.known)
        self._names = read_names(self._root)
        for name in (*self._names.by_value.values(), *self._names.by_colour.values()):
            self._found.class_place(name)
        self._values = reading.options.get("values")
        self._pictures = _index(list_images(reading.images) if reading.images.is_dir() else [], reading)

    def take(self, file: Path) -> None:
        """Read a mask."""
        where = file.relative_to(self._root).as_posix()
        try:
            mask = read_mask(bytes(read_image(file)[0]))
            values = find_values([(mask.samples, mask.convert)])
        except (InputError, OSError) as error:
            self._found.reject("labels", "mask_unreadable", f"{where}: {error}"[:300], {"file": where})
            return
        name = self._find(where)
        if name is None:
            self._found.doctor.note("mask_without_image", where)
            name = str(PurePosixPath(where).with_name(f"{stem_of(where)}.jpg"))
        if self._found.place_of(name) is not None:
            self._found.reject("labels", "mask_of_same_image", f"{where}: {name}", {"file": where})
            return
        split = next((_SPLITS[part] for part in PurePosixPath(where).parts[:-1] if part in _SPLITS), None)
        extra = {"mask_file": where} | ({"split": split} if split else {})
        image = self._found.add_image(name, width=values.width, height=values.height, extra=extra)
        is_instance = self._values == "instance" or (self._values is None and bool(_INSTANCE.search(where)))
        drawn = self._instances(mask, values, file) if is_instance else self._classes(mask, values.present)
        for class_, own in drawn:
            rle = values.mask(own)
            assert rle is not None  # noqa: S101 - it is among those present
            at = self._found.class_place(class_)
            self._found.add(Thing(image, at, self._found.number(image), mask_box(rle), rle, extra={"mask_value": own}))

    def _find(self, where: str) -> str | None:
        """Return the image that a mask is of: that of the longest common end of the paths without their endings."""
        folders = tuple(PurePosixPath(where).parts[:-1])
        found = self._pictures.get(stem_of(where), [])
        best = max((_common(folders, PurePosixPath(name).parts[:-1]) for name in found), default=0)
        fitting = [name for name in found if _common(folders, PurePosixPath(name).parts[:-1]) == best]
        return fitting[0] if len(fitting) == 1 else None

    def _classes(self, mask: Mask, present: list[int]) -> Iterator[tuple[str, int]]:
        """Yield the classes of a mask's values, with them."""
        palette = mask.palette
        is_binary = palette is None and not mask.is_colour and set(present) <= _BINARY and not self._names.by_value
        for value in present:
            colour = _split(value) if mask.is_colour else None
            if palette is not None and value < len(palette) and palette[value] in self._names.by_colour:
                colour = palette[value]
            is_unnamed_zero = value == 0 and 0 not in self._names.by_value
            if is_unnamed_zero or value in self._names.none or colour in self._names.none:
                continue
            if colour is not None:
                name = self._names.by_colour.get(colour, "#{:02x}{:02x}{:02x}".format(*colour))
            elif is_binary:
                name = "foreground"
            elif value == _VOID and value not in self._names.by_value:
                self._found.doctor.note("mask_void", f"value {_VOID}")
                continue
            else:
                name = self._names.by_value.get(value, f"class_{value}")
            yield name, value

    def _instances(self, mask: Mask, values: Values, file: Path) -> Iterator[tuple[str, int]]:
        """Yield the objects of a mask: a class by the mask of classes beside it, or by thousands, else one for all."""
        kinds, twin = None, _twin(file)
        most: dict[int, int] = {}
        if twin != file and twin.is_file():
            try:
                kinds = read_mask(bytes(read_image(twin)[0]))
                if kinds.samples.shape[:2] == mask.samples.shape[:2]:
                    most = _most_frequent(mask, kinds)
            except (InputError, OSError):
                kinds = None
        for value in values.present:
            if value == 0 or value in self._names.none or (value == _VOID and kinds is not None):
                continue
            if kinds is not None and value in most:
                told = next(self._classes(kinds, [most[value]]), None)
                if told is not None:
                    yield told[0], value
                    continue
            number = value // _PER_CLASS
            named = self._names.by_value.get(number, f"class_{number}") if number else None
            yield (
                named or (next(iter(self._names.by_value.values())) if len(self._names.by_value) == 1 else "object"),
                value,
            )

    def finish(self) -> Source:
        """Return the dataset.

        Raises:
            InputError: there is no mask.
        """
        if not self._found.images.ids:
            raise InputError(
                "The folder holds no masks.",
                item=str(self._reading.labels),
                expected="PNG files, one an image",
                actual=self._found.rejected.describe() or "none",
            )
        return self._found.finish({}, ("labels",))


def _index(names: list[str], reading: Reading) -> dict[str, list[str]]:
    """Return pictures by the stems of their names; files that are masks themselves do not count."""
    own = os.path.abspath(reading.labels)  # noqa: PTH100 - links stay
    root = os.path.abspath(reading.images)  # noqa: PTH100
    inside = own.startswith(root + os.sep)
    found: dict[str, list[str]] = {}
    for name in names:
        path = f"{root}/{name}"
        if name.lower().endswith(".png") and (own == root or (inside and path.startswith(own + os.sep))):
            continue
        found.setdefault(PurePosixPath(name).stem.removesuffix(_LEFT_IMAGE), []).append(name)
    return found


def stem_of(where: str) -> str:
    """Return a mask's name without its ending and without what tells it from its picture's."""
    stem = PurePosixPath(where).stem
    return _SUFFIX.sub("", stem) or stem


def _common(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """Return how many folders two paths have in common at their ends."""
    pairs = zip(reversed(first), reversed(second), strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(first), len(second)))


def _most_frequent(mask: Mask, kinds: Mask) -> dict[int, int]:
    """Return of each value of a mask the value that most of its pixels have in another one, the least of several."""
    pairs = find_values([(mask.samples, mask.convert), (kinds.samples, kinds.convert)])
    most: dict[int, tuple[int, int]] = {}
    for pair, count in zip(pairs.present, pairs.counts, strict=True):
        value, kind = pair >> 32, pair & 0xFFFFFFFF
        if count > most.get(value, (0, 0))[0]:
            most[value] = count, kind
    return {value: kind for value, (_, kind) in most.items()}


def _split(value: int) -> Colour:
    return value >> 16, value >> 8 & 255, value & 255
