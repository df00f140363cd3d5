"""Labels in a format that nobody else has, read by a Python file of the user's.

The file defines ``transform(image_path, label_paths)``, which returns the image's annotations. It runs in the process
of whoever names it, at that moment only: what it returns is written down, and read from there ever after.
"""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from glob import glob
from pathlib import Path, PurePosixPath
from types import CodeType
from typing import Any

from assay.client.annotations import AnnotatedImage, Annotation
from assay.errors import InputError
from assay.media.files import list_images

_NAME = "transform"


@dataclass(frozen=True)
class Transformed:
    """What a transformer has returned.

    Attributes:
        images: The images with their annotations.
        label_files: How many label files were found.
        unused: Those that belong to no image.
    """

    images: list[AnnotatedImage]
    label_files: int
    unused: list[str]

    @property
    def classes(self) -> dict[str, int]:
        """How many annotations there are of each class."""
        return dict(Counter(each.label for image in self.images for each in image.annotations))


def run_transformer(
    file: Path, root: Path, label_glob: str | None = None, patterns: Sequence[str] | None = None
) -> Transformed:
    """Run a transformer on the images of a folder.

    What the file prints goes to the standard error.

    Args:
        file: The Python file.
        root: The folder of images.
        label_glob: Which files are labels, relative to `root`; none where None.
        patterns: Which files are images; all where None.

    Raises:
        InputError: there is no image; or the file cannot be run, has no ``transform``, fails, or returns anything but
            annotations, told with its line.
    """
    names = list_images(root, patterns or None)
    if not names:
        raise InputError("The folder holds no images.", item=str(root), expected="image files", actual="none")
    labels = [] if label_glob is None else _list_labels(root, label_glob)
    of_image = match_labels(names, labels)
    with redirect_stdout(sys.stderr):
        transform = _load(file)
        images = [
            AnnotatedImage(name, _call(transform, file, root / name, [root / label for label in of_image[name]]))
            for name in names
        ]
    used = {label for found in of_image.values() for label in found}
    return Transformed(images, len(labels), [label for label in labels if label not in used])


def _list_labels(root: Path, pattern: str) -> list[str]:
    """Return the files that fit a pattern, relative to a folder; the pattern may lead out of it."""
    found = glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207 - a Path's takes no absolute pattern
    return sorted(name for name in found if (root / name).is_file())


def match_labels(images: Sequence[str], labels: Sequence[str]) -> dict[str, list[str]]:
    """Return the label files of each image: those called like it, but for the ending.

    Of several those in the folders that have most in common with the image's. Where no label file is called like an
    image, every image gets all of them.
    """
    by_stem: dict[str, list[str]] = {}
    for label in labels:
        by_stem.setdefault(PurePosixPath(label).stem, []).append(label)
    found: dict[str, list[str]] = {}
    for image in images:
        path = PurePosixPath(image)
        candidates = [*by_stem.get(path.stem, ()), *(by_stem.get(path.name, ()) if path.suffix else ())]
        own = set(path.parts[:-1])
        common = [len(own & set(PurePosixPath(label).parts[:-1])) for label in candidates]
        found[image] = [each for each, n in zip(candidates, common, strict=True) if n == max(common)]
    if labels and not any(found.values()):
        return {image: list(labels) for image in images}
    return found


def _load(file: Path) -> Callable[[Path, list[Path]], Any]:
    try:
        source = file.read_bytes()
    except OSError as error:
        raise InputError(
            "The transformer cannot be read.", item=str(file), expected="a Python file", actual=str(error)
        ) from error
    space: dict[str, Any] = {"__name__": "assay_transformer", "__file__": str(file)}
    sys.path.append(str(file.parent))
    try:
        with _told(file, "The transformer cannot be run."):
            code: CodeType = compile(source, str(file), "exec")
            exec(code, space)  # noqa: S102 - the user named the file to be run
    finally:
        sys.path.remove(str(file.parent))
    transform = space.get(_NAME)
    if not callable(transform):
        raise InputError(
            "The transformer has no function of that name.",
            item=str(file),
            expected=f"def {_NAME}(image_path, label_paths)",
            actual=", ".join(name for name, value in space.items() if callable(value))[:200] or "no function",
        )
    return transform  # type: ignore[no-any-return]


def _call(
    transform: Callable[[Path, list[Path]], Any], file: Path, image: Path, labels: list[Path]
) -> list[Annotation]:
    with _told(file, "The transformer failed.", image):
        found = list(transform(image, labels) or ())
    odd = next((each for each in found if not isinstance(each, Annotation)), None)
    if odd is not None:
        line = getattr(getattr(transform, "__code__", None), "co_firstlineno", 1)
        raise InputError(
            f"The transformer returned something else than annotations of {image}.",
            item=f"{file}:{line}",
            expected="a list of assay.Annotation",
            actual=f"{type(odd).__name__}: {odd!r}"[:200],
        )
    return found


@contextmanager
def _told(file: Path, message: str, image: Path | None = None) -> Iterator[None]:
    """Tell an error of the user's code with its file and line."""
    try:
        yield
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(file)]
        line = error.lineno if isinstance(error, SyntaxError) and error.filename == str(file) else None
        at = line or (lines[-1] if lines else None)
        raise InputError(
            message,
            item=f"{file}:{at}" if at else str(file),
            expected=None if image is None else f"annotations of {image}",
            actual=f"{type(error).__name__}: {error}"[:300],
        ) from error
