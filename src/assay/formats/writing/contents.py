"""A selection's images and objects, as writers of formats other than COCO take them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import UntrustedError
from assay.formats.json_text import load
from assay.formats.writing.names import make_names
from assay.formats.writing.options import Placement
from assay.formats.writing.output import FolderOutput
from assay.formats.writing.selection import DROPPED, Selection
from assay.project.geometry import Objects
from assay.project.items import load_objects
from assay.project.source_ids import read_id
from assay.project.store import Store

_IMAGES = 500  # whose objects are in memory at a time


@dataclass(frozen=True)
class Image:
    """An image that is written.

    Attributes:
        row: Its row.
        id: What its source calls it.
        file_name: What the project calls its file.
        name: What the export calls it: below its folder, with forward slashes.
        path: Where the project has recorded its file, or None.
        width, height: In pixels; None where unknown.
        split: Or None.
        sequence, frame: Or None.
        extra: Its further fields.
    """

    row: int
    id: Any
    file_name: str
    name: str
    path: str | None
    width: int | None
    height: int | None
    split: str | None
    sequence: str | None
    frame: int | None
    extra: dict[str, Any]


@dataclass(frozen=True)
class Details:
    """What is known of objects beside their geometry, ``n`` of them; of predictions their scores alone.

    Attributes:
        ids: What sources call them.
        extra: Their further fields.
        area: Declared areas, or NaN.
        score: Confidences, or NaN.
    """

    ids: list[Any]
    extra: list[dict[str, Any]]
    area: NDArray[np.float64]
    score: NDArray[np.float64]


@dataclass(frozen=True)
class Batch:
    """Some images and their objects.

    Attributes:
        first: The place of the first image.
        images: The images.
        bounds: int64 ``(len(images) + 1,)``, image ``i`` has the objects ``bounds[i]`` to ``bounds[i + 1]``.
        objects: The objects, those of an image together; ``class_`` is the place of a class's name.
        details: What else is known of them.
    """

    first: int
    images: list[Image]
    bounds: NDArray[np.int64]
    objects: Objects
    details: Details

    def per_image(self) -> Iterator[tuple[int, Image, range]]:
        """Yield each image with its place in the export and the places of its objects in the batch."""
        for at, image in enumerate(self.images):
            yield self.first + at, image, range(int(self.bounds[at]), int(self.bounds[at + 1]))


@dataclass
class Contents:
    """All that a writer is to write.

    Attributes:
        store: The project.
        selection: What of it.
        images: Its images.
        lost: How often something was found that the format cannot say, by what it is.
        annotations: How many objects have been written.
    """

    store: Store
    selection: Selection
    images: list[Image]
    lost: Counter[str] = field(default_factory=Counter)
    annotations: int = 0

    @classmethod
    def of(
        cls,
        store: Store,
        selection: Selection,
        *,
        by_stem: bool = False,
        folder_of: Callable[[str | None], str] = lambda _split: "",
    ) -> Contents:
        """Return the contents of a selection.

        Args:
            store: The project.
            selection: What of it.
            by_stem: Whether names must differ in more than their endings.
            folder_of: Returns the folder of a split's images: in different ones images may have one name.
        """
        lost: Counter[str] = Counter()
        with store.read() as cursor:
            cursor.register("chosen_images", {"row": selection.images, "place": np.arange(len(selection.images))})
            rows = cursor.execute(
                "SELECT i.row, source_id, source_key, file_name, path, width, height, split, sequence, frame, extra "
                "FROM image i JOIN chosen_images USING (row) ORDER BY place"
            ).fetchall()
            cursor.unregister("chosen_images")
        groups: dict[str, list[int]] = {}
        for at, row in enumerate(rows):
            groups.setdefault(folder_of(row[7]).casefold(), []).append(at)
        names = [""] * len(rows)
        for group in groups.values():
            made, changed = make_names((rows[at][3] for at in group), by_stem=by_stem)
            lost["file_names_changed"] += changed
            for at, name in zip(group, made, strict=True):
                names[at] = name
        images = [
            Image(
                row, read_id(number, key), file_name, name, path, width, height, split, sequence, frame,
                {} if extra is None else load(extra),
            )
            for (row, number, key, file_name, path, width, height, split, sequence, frame, extra), name in zip(
                rows, names, strict=True
            )
        ]  # fmt: skip
        return cls(store, selection, images, lost)

    @property
    def class_names(self) -> list[str]:
        """What classes are called, by number."""
        return self.selection.classes.names

    def batches(self) -> Iterator[Batch]:
        """Yield the images in their order, with the objects of those classes that are written."""
        for first in range(0, len(self.images), _IMAGES):
            images = self.images[first : first + _IMAGES]
            rows = np.array([image.row for image in images], dtype=np.int32)
            table = load_objects(self.store, np.sort(rows), self.selection.prediction_set)
            objects = table.objects()
            number = self.selection.classes.number
            class_ = np.where(
                objects.class_ < len(number), number[np.minimum(objects.class_, len(number) - 1)], DROPPED
            )
            chosen = np.flatnonzero((class_ != DROPPED) & self.selection.chooses(objects.row))
            place = np.argsort(rows)[np.searchsorted(np.sort(rows), objects.image[chosen])]
            order = chosen[np.argsort(place, kind="stable")]
            objects.class_[:] = class_
            bounds = np.searchsorted(np.sort(place), np.arange(len(images) + 1))
            taken = objects.take(order)
            yield Batch(first, images, bounds, taken, self._details(taken, table.confidence[order]))

    def _details(self, objects: Objects, score: NDArray[np.float64]) -> Details:
        count = len(objects)
        if self.selection.prediction_set is not None:
            return Details([None] * count, [{} for _ in range(count)], np.full(count, np.nan), score)
        with self.store.read() as cursor:
            cursor.register("chosen_objects", {"row": objects.row, "place": np.arange(count)})
            found = cursor.execute(
                "SELECT source_id, source_key, extra, area FROM annotation JOIN chosen_objects USING (row) "
                "ORDER BY place"
            ).fetchall()
            cursor.unregister("chosen_objects")
        return Details(
            [read_id(number, key) for number, key, _, _ in found],
            [{} if extra is None else load(extra) for _, _, extra, _ in found],
            np.array([np.nan if area is None else area for *_, area in found], dtype=np.float64),
            score,
        )

    def place_picture(self, output: FolderOutput, image: Image, name: str, how: Placement) -> None:
        """Copy or link an image's picture below a folder; count one that is not there.

        Raises:
            UnavailableError: a disk or share does not answer.
            OSError: it cannot be read or written.
        """
        try:
            found = image.path is not None and output.place(name, self.store.trust.locate(image.path), how)
        except UntrustedError:
            self.lost["pictures_not_approved"] += 1
            return
        if not found:
            self.lost["pictures_missing"] += 1

    def count_supercategories(self) -> None:
        """Count what no format but COCO keeps of classes: classes above them."""
        with self.store.read() as cursor:
            [(above,)] = cursor.execute(
                "SELECT count(*) FROM class WHERE supercategory IS NOT NULL AND list_contains(?, row)",
                [self.selection.classes.first],
            ).fetchall()
        self.lost["supercategories"] += above

    def result(self) -> dict[str, Any]:
        """Return what the job tells beside the path."""
        lost = {reason: int(count) for reason, count in sorted(self.lost.items()) if count}
        return {"images": len(self.images), "annotations": self.annotations, "lost": lost}
