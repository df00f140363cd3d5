"""Writes a sandbox's files piece by piece, in the order of the images: pictures come from many processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import orjson

from assay.sandbox.catalog import CATEGORY_IDS, CLASSES
from assay.sandbox.spec import SandboxSpec

_REFERENCES = ("label", "related", "related_image", "related_track")


class DatasetWriter:
    """Numbers the annotations of each image and writes images, annotations and known errors as they come.

    Each list grows in a file of its own beside the place where it goes; :meth:`finish` joins them. So memory does
    not grow with the number of images.

    Args:
        directory: Gets ``annotations.json`` and ``known_errors.json``.
        spec: What is written.
    """

    def __init__(self, directory: Path, spec: SandboxSpec) -> None:
        self.annotations_file = directory / "annotations.json"
        self.known_errors_file = directory / "known_errors.json"
        self.images = self.annotations = 0
        self._spec = spec
        self._last_of_track: dict[str, int] = {}
        self._stack = ExitStack()
        self._parts = {name: directory / f".{name}.part" for name in ("images", "annotations", "known_errors")}
        self._files: dict[str, IO[bytes]] = {}

    def __enter__(self) -> DatasetWriter:
        for name, path in self._parts.items():
            self._files[name] = self._stack.enter_context(path.open("wb"))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for path in self._parts.values():
            path.unlink(missing_ok=True)

    def add(self, image: dict[str, Any], labels: list[dict[str, Any]], errors: list[dict[str, Any]]) -> None:
        """Write one image.

        Args:
            image: Its record.
            labels: Its annotations without ids; an annotation's position is what errors refer to.
            errors: Known errors: ``type``, ``label`` (the position of one), what it refers to as ``related`` (the
                position of a label), ``related_image`` (an id) or ``related_track`` (the last label of a track
                before this image), and further keys.
        """
        first = self.annotations + 1
        self._write("images", image)
        for number, label in enumerate(labels, start=first):
            self._write("annotations", {"id": number, "image_id": image["id"], **label})
        for error in errors:
            self._write("known_errors", self._numbered(error, image["id"], first))
        self._last_of_track |= {
            label["track_id"]: number for number, label in enumerate(labels, start=first) if "track_id" in label
        }
        self.images += 1
        self.annotations += len(labels)

    def finish(self) -> None:
        """Join the parts into the files."""
        for file in self._files.values():
            file.flush()
        head = {
            "info": {
                "description": f"{self._spec.title}: synthetic pictures made by Assay (2-D sprites on made "
                "backgrounds); some label errors are planted and listed in known_errors.json",
                "version": "1",
                "seed": self._spec.seed,
            },
            "licenses": [{"id": 1, "name": self._spec.licence, "url": ""}],
            "categories": [
                {"id": CATEGORY_IDS[kind.name], "name": kind.name, "supercategory": kind.supercategory}
                for kind in CLASSES
                if not self._spec.classes or kind.name in self._spec.classes
            ],
        }
        with replacing(self.annotations_file) as file:
            file.write(orjson.dumps(head)[:-1])
            for name in ("images", "annotations"):
                file.write(f',"{name}":'.encode())
                self._copy(name, file)
            file.write(b"}")
        with replacing(self.known_errors_file) as file:
            self._copy("known_errors", file)

    def _numbered(self, error: dict[str, Any], image_id: int, first: int) -> dict[str, Any]:
        """Return a known error with ids in the place of positions."""
        further = {k: v for k, v in error.items() if k != "type" and k not in _REFERENCES}
        label, related = error.get("label"), error.get("related")
        related_id = error.get("related_image") if related is None else first + related
        if "related_track" in error:
            related_id = self._last_of_track.get(error["related_track"])
        return {
            "type": error["type"],
            "image_id": image_id,
            "annotation_id": None if label is None else first + label,
            "related_id": related_id,
            **further,
        }

    def _write(self, name: str, record: dict[str, Any]) -> None:
        file = self._files[name]
        if file.tell():
            file.write(b",\n")
        file.write(orjson.dumps(record, option=orjson.OPT_SERIALIZE_NUMPY))

    def _copy(self, name: str, target: IO[bytes]) -> None:
        target.write(b"[")
        with self._parts[name].open("rb") as part:
            while block := part.read(1 << 20):
                target.write(block)
        target.write(b"]")


class PredictionWriter:
    """Writes the results of a detector as they come, as one JSON list."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._empty = True

    def __enter__(self) -> PredictionWriter:
        self._path.parent.mkdir(exist_ok=True)
        self._file = self._stack.enter_context(replacing(self._path))
        self._file.write(b"[")
        return self

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            self._file.write(b"]")
        self._stack.__exit__(*error)

    def add(self, results: bytes) -> None:
        """Write results: a JSON list."""
        if results == b"[]":
            return
        self._file.write(results[1:-1] if self._empty else b",\n" + results[1:-1])
        self._empty = False


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Write to a temporary file and rename it at the end, so that nobody ever sees half of it."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
