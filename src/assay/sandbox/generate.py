"""Make a sandbox's files: pictures, COCO annotations, predictions and the list of planted errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assay.errors import CancelledError, JobFailedError, StorageError
from assay.sandbox.catalog import CLASSES
from assay.sandbox.classify import ClassificationWriter
from assay.sandbox.dataset import DatasetWriter, PredictionWriter
from assay.sandbox.detectors import DETECTORS
from assay.sandbox.make import MadeImage, file_name, make_images
from assay.sandbox.spec import SandboxSpec
from assay.workers import Executor, InlineExecutor

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SandboxFiles:
    """The generated data set.

    Attributes:
        images_dir: Folder of the pictures.
        annotations_file: COCO JSON.
        known_errors_file: JSON list of the planted errors.
        predictions: Files of the simulated detectors' results.
        images: Number of images.
        annotations: Number of annotations, planted ones included.
        classes: Number of classes.
    """

    images_dir: Path
    annotations_file: Path
    known_errors_file: Path
    predictions: tuple[Path, ...]
    images: int
    annotations: int
    classes: int


def generate(
    spec: SandboxSpec,
    directory: Path,
    *,
    executor: Executor | None = None,
    batch: int = 5,
    progress: Progress | None = None,
) -> SandboxFiles:
    """Make a sandbox in ``directory``; files of an earlier one there are replaced.

    Args:
        spec: What to make. Equal specs give equal bytes, whatever runs it.
        directory: Gets ``images/``, ``annotations.json``, ``known_errors.json`` and ``predictions/``.
        executor: Runs the batches of scenes; None works in this process. What its check raises ends the work.
        batch: How many scenes are made together, but for videos.
        progress: Called with images done and images in all.

    Raises:
        CancelledError: The executor's check said so; the pictures made so far are removed.
        StorageError: A file could not be written.
        JobFailedError: A worker process died.
    """
    images_dir = directory / "images"
    try:
        images_dir.mkdir(parents=True, exist_ok=True)
        return _generate(spec, directory, images_dir, executor or InlineExecutor(), batch, progress)
    except OSError as error:
        raise StorageError(
            "The sandbox could not be written.", item=str(error.filename or directory), actual=error.strerror
        ) from error
    except CancelledError:
        for index in range(spec.images):
            (images_dir / file_name(spec, index)).unlink(missing_ok=True)
        raise


def _generate(
    spec: SandboxSpec,
    directory: Path,
    images_dir: Path,
    executor: Executor,
    batch: int,
    progress: Progress | None,
) -> SandboxFiles:
    predictions = tuple(directory / "predictions" / f"{d.name}{_suffix(spec)}" for d in DETECTORS)
    done = 0
    with ExitStack() as stack:
        dataset = stack.enter_context(DatasetWriter(directory, spec))
        writers = [_open_predictions(spec, path) for path in predictions]
        for writer in writers:
            stack.enter_context(writer)
        waiting: dict[int, list[MadeImage]] = {}
        following = 0
        for outcome in executor.run(partial(make_images, spec, images_dir), _batches(spec, batch)):
            if outcome.result is None:
                raise JobFailedError("A process that makes the sandbox died.", item=file_name(spec, outcome.items[0]))
            waiting[outcome.items[0]] = outcome.result
            done += len(outcome.items)
            while following in waiting:  # batches end in any order, and are written in theirs
                images = waiting.pop(following)
                for image in images:
                    dataset.add(image.record, image.labels, image.errors)
                    for writer, results in zip(writers, image.predictions, strict=True):
                        writer.add(results)
                following += len(images)
            if progress is not None:
                progress(done, spec.images)
        dataset.finish()
    return SandboxFiles(
        images_dir,
        dataset.annotations_file,
        dataset.known_errors_file,
        predictions,
        dataset.images,
        dataset.annotations,
        len(spec.classes) or len(CLASSES),
    )


def _batches(spec: SandboxSpec, batch: int) -> Iterator[list[int]]:
    """Cut the images into batches: a sequence as a whole, everything else a few at a time."""
    size = spec.sequence_frames if spec.kind == "video" else batch
    for first in range(0, spec.images, size):
        yield list(range(first, min(first + size, spec.images)))


def _open_predictions(spec: SandboxSpec, path: Path) -> PredictionWriter | ClassificationWriter:
    return ClassificationWriter(path, spec.classes) if spec.kind == "single" else PredictionWriter(path)


def _suffix(spec: SandboxSpec) -> str:
    return ".csv" if spec.kind == "single" else ".json"
