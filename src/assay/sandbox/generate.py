"""Make a sandbox's files: pictures, COCO annotations and the list of planted errors."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import orjson

from assay.errors import CancelledError, JobFailedError, StorageError
from assay.sandbox.catalog import CATEGORY_IDS, CLASSES
from assay.sandbox.render import render_scene
from assay.sandbox.spec import SandboxSpec

Progress = Callable[[int, int], None]
BATCH = 5


@dataclass(frozen=True)
class SandboxFiles:
    """What was made.

    Attributes:
        images_dir: Folder of the pictures.
        annotations_file: COCO JSON.
        known_errors_file: JSON list of the planted errors.
        images: Number of images.
        annotations: Number of annotations, planted ones included.
        classes: Number of classes.
    """

    images_dir: Path
    annotations_file: Path
    known_errors_file: Path
    images: int
    annotations: int
    classes: int


@dataclass(frozen=True)
class SceneLabels:
    """The labels of one written picture, not yet numbered."""

    image: dict[str, Any]
    annotations: list[dict[str, Any]]
    duplicates: list[tuple[dict[str, Any], int]]


def generate(
    spec: SandboxSpec,
    directory: Path,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SandboxFiles:
    """Make a sandbox in ``directory``; files of an earlier one there are replaced.

    Args:
        spec: What to make. Equal specs give equal bytes, whatever the number of workers.
        directory: Gets ``images/``, ``annotations.json`` and ``known_errors.json``.
        workers: Number of processes; 1 works in this one.
        progress: Called with images done and images in all.
        cancelled: Asked between batches whether to stop.

    Raises:
        CancelledError: ``cancelled`` said so; the pictures made so far are removed.
        StorageError: A file could not be written.
        JobFailedError: A worker process died.
    """
    images_dir = directory / "images"
    scenes: list[SceneLabels] = []
    batches = [list(range(first, min(first + BATCH, spec.images))) for first in range(0, spec.images, BATCH)]
    try:
        images_dir.mkdir(parents=True, exist_ok=True)
        for batch in _run(spec, images_dir, batches, workers):
            scenes.extend(batch)
            if progress is not None:
                progress(len(scenes), spec.images)
            _check(spec, cancelled)
        scenes.sort(key=lambda scene: scene.image["id"])
        dataset, known_errors = assemble(spec, scenes)
        annotations_file, known_errors_file = directory / "annotations.json", directory / "known_errors.json"
        _write(known_errors_file, known_errors)
        _write(annotations_file, dataset)
    except OSError as error:
        raise StorageError(
            "The sandbox could not be written.", item=str(error.filename or directory), actual=error.strerror
        ) from error
    except CancelledError:
        _remove_images(spec, images_dir)
        raise
    except BrokenProcessPool as error:
        raise JobFailedError(
            "A process that makes the sandbox died.", item=spec.name, hint="Try again with one worker."
        ) from error
    return SandboxFiles(
        images_dir,
        annotations_file,
        known_errors_file,
        len(scenes),
        len(dataset["annotations"]),
        len(CLASSES),
    )


def make_batch(spec: SandboxSpec, images_dir: Path, indices: list[int]) -> list[SceneLabels]:
    """Render some scenes and write their pictures."""
    return [_make_scene(spec, images_dir, index) for index in indices]


def assemble(spec: SandboxSpec, scenes: Iterable[SceneLabels]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Number the annotations, planted copies last; return the COCO dataset and the known errors."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    copies: list[tuple[dict[str, Any], int, int]] = []
    for scene in scenes:
        first = len(annotations) + 1
        image_id = scene.image["id"]
        images.append(scene.image)
        annotations.extend(
            {"id": number, "image_id": image_id, **annotation}
            for number, annotation in enumerate(scene.annotations, start=first)
        )
        copies.extend((copy, image_id, first + original) for copy, original in scene.duplicates)
    known_errors = []
    for copy, image_id, original_id in copies:
        number = len(annotations) + 1
        annotations.append({"id": number, "image_id": image_id, **copy})
        known_errors.append(
            {
                "type": "duplicate_annotation",
                "image_id": image_id,
                "annotation_id": number,
                "related_id": original_id,
            }
        )
    dataset = {
        "info": {
            "description": f"{spec.title}: synthetic scenes made by Assay (2-D sprites on made backgrounds); "
            "some label errors are planted and listed in known_errors.json",
            "version": "1",
            "seed": spec.seed,
        },
        "licenses": [{"id": 1, "name": spec.licence, "url": ""}],
        "images": images,
        "annotations": annotations,
        "categories": [
            {"id": CATEGORY_IDS[kind.name], "name": kind.name, "supercategory": kind.supercategory} for kind in CLASSES
        ],
    }
    return dataset, known_errors


def _run(spec: SandboxSpec, images_dir: Path, batches: list[list[int]], workers: int) -> Iterator[list[SceneLabels]]:
    """Yield the batches as they are done, in any order."""
    if workers <= 1 or len(batches) <= 1:
        for batch in batches:
            yield make_batch(spec, images_dir, batch)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(batches)), mp_context=context, initializer=_start_worker) as pool:
        pending: set[Future[list[SceneLabels]]] = set()
        waiting = iter(batches)
        try:
            while True:
                for batch in waiting:
                    pending.add(pool.submit(make_batch, spec, images_dir, batch))
                    if len(pending) >= 3 * workers:
                        break
                if not pending:
                    return
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _check(spec: SandboxSpec, cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise CancelledError("Making the sandbox was cancelled.", item=spec.name)


def _start_worker() -> None:
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, killed for instance."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make_scene(spec: SandboxSpec, images_dir: Path, index: int) -> SceneLabels:
    scene = render_scene(spec, index)
    name = _file_name(index)
    height, width = scene.picture.shape[:2]
    _, data = cv2.imencode(
        ".jpg",
        cv2.cvtColor(scene.picture, cv2.COLOR_RGB2BGR),
        [cv2.IMWRITE_JPEG_QUALITY, scene.jpeg_quality],
    )
    (images_dir / name).write_bytes(data.tobytes())
    image = {
        "id": index + 1,
        "file_name": name,
        "width": width,
        "height": height,
        "license": 1,
        **scene.metadata,
    }
    return SceneLabels(image, scene.annotations, scene.duplicates)


def _file_name(index: int) -> str:
    return f"{index + 1:06d}.jpg"


def _write(file: Path, content: object) -> None:
    """Write JSON to a temporary file and rename it, so that nobody ever sees half of it."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.write_bytes(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY))
    temporary.replace(file)


def _remove_images(spec: SandboxSpec, images_dir: Path) -> None:
    for index in range(spec.images):
        (images_dir / _file_name(index)).unlink(missing_ok=True)
