"""Read Label Studio's exports as a source: tasks as JSON, long or short."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.coco.reader import read_coco
from assay.formats.coco.stream import JsonStream
from assay.formats.fields import IMAGE_FIELDS
from assay.formats.format import Reading
from assay.formats.gathering import Gathering, RecordFault, Thing, free_fields, read_shown_size
from assay.formats.json_text import shorten
from assay.formats.label_text import read_label_start
from assay.formats.labelstudio.names import count_files, is_image, name_images, path_of
from assay.formats.labelstudio.regions import Region, draw, gather
from assay.formats.source import Source

_TASK = frozenset({"id", "data", "annotations", "completions", "predictions", "drafts", "file_upload"})
_SHORT = frozenset({"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"})
_KEYS = ("image", "img", "picture", "photo", "url")


def read_labelstudio(reading: Reading) -> Source:
    """Read a Label Studio file: JSON, JSON-min, or the COCO that it exports.

    Raises:
        InputError: it cannot be read, or tells of no image.
    """
    file = reading.labels
    reading.stage("Reading tasks", file.stat().st_size if file.is_file() else None)
    if read_label_start(file).startswith(b"{"):
        return read_coco(file, reading.append, reading.progress)
    reader = TaskReader(Gathering(reading.append, reading.known), reading.images)
    for position, task in each_task(file, reading.progress):
        reader.take(position, task, of_predictions=False)
    return reader.finish(file)


def each_task(file: Path, report: Callable[[int, int], None] = lambda _done, _all: None) -> Iterator[tuple[int, Any]]:
    """Yield a file's tasks with their places.

    Raises:
        InputError: it is no JSON array.
    """
    stream = JsonStream(file, set())
    try:
        for chunk in stream.elements():
            for at, task in enumerate(chunk.elements):
                yield chunk.first + at, task
            report(stream.bytes_done, stream.size)
    finally:
        stream.close()


@dataclass(frozen=True)
class _Result:
    """The results of one annotation or prediction, and what is said of all of them."""

    results: list[Any]
    extra: dict[str, Any]
    score: Any = None


class TaskReader:
    """Takes tasks in.

    Args:
        found: Takes what they hold.
        images: The images folder.
    """

    def __init__(self, found: Gathering, images: Path) -> None:
        self.found = found
        self._images = images
        self._paths: list[str] = []
        self._embedded: dict[int, Any] = {}
        self._seen: set[Any] = set()
        self._greatest = 0
        self._files: Counter[str] | None = None
        self._ids: set[Any] = set()

    def take(self, position: int, task: Any, *, of_predictions: bool) -> None:
        """Read a task.

        Args:
            position: Its place in the file.
            task: The parsed element.
            of_predictions: Whether its predictions are meant, or its annotations.
        """
        where = f"task {shorten(task['id'])}" if isinstance(task, dict) and "id" in task else f"tasks[{position}]"
        if not isinstance(task, dict):
            self.found.reject("tasks", "labelstudio_not_a_task", f"{where}: {shorten(task)}", task)
            return
        is_short = "data" not in task
        data = task if is_short else task["data"]
        pages = _pages(data) if isinstance(data, dict) else {}
        if not pages:
            self.found.reject("tasks", "labelstudio_without_image", f"{where}: {shorten(data)}", task)
            return
        places = self._add_images(task, data, pages, is_short=is_short)
        parts = list(_short_results(data) if is_short else self._results(task, where, of_predictions=of_predictions))
        if len(parts) > 1 and not of_predictions:
            self.found.doctor.note("labelstudio_several_annotations", f"{where}: {len(parts)} annotations")
        for part in parts:
            self._take_results(part, where, places)

    # ------------------------------------------------------------ images

    def _add_images(
        self, task: dict[str, Any], data: dict[str, Any], pages: dict[tuple[str, int], str], *, is_short: bool
    ) -> dict[tuple[str, int], int]:
        places: dict[tuple[str, int], int] = {}
        extra = free_fields(task, _TASK | (frozenset(data) if is_short else frozenset()), IMAGE_FIELDS)
        keys = {key for key, _ in pages}
        others = {
            name: value
            for name, value in data.items()
            if name not in keys and not (is_short and (name == "id" or _is_results(value)))
        }
        extra |= free_fields(others, (), IMAGE_FIELDS)
        for page, url in pages.items():
            path = f"task {task.get('id')}.png" if url.startswith("data:") else path_of(url)
            told = extra if url.startswith("data:") else {**extra, "url": url}
            at = self.found.add_image(path, id_=self._own_id(task.get("id")), extra=told)
            self._paths.append(path)
            if url.startswith("data:"):
                self._embedded[at] = partial(_decode, url)
            places[page] = at
        return places

    def _own_id(self, value: Any) -> Any:
        if not isinstance(value, int | str) or isinstance(value, bool) or value in self._seen:
            if value is not None:
                self.found.doctor.note("duplicate_image_id", f"task {shorten(value)}")
            value = self._greatest + 1
        self._seen.add(value)
        if isinstance(value, int):
            self._greatest = max(self._greatest, value)
        return value

    # ------------------------------------------------------------ results

    def _results(self, task: dict[str, Any], where: str, *, of_predictions: bool) -> Iterator[_Result]:
        annotations = task.get("annotations", task.get("completions"))
        predictions = task.get("predictions")
        if of_predictions:
            given, what = predictions, "prediction"
        else:
            given, what = annotations, "annotation"
            if isinstance(predictions, list) and any(_has_results(each) for each in predictions):
                self.found.doctor.note("labelstudio_predictions", f"{where}: {len(predictions)}", len(predictions))
        for each in given if isinstance(given, list) else []:
            if not isinstance(each, dict) or not isinstance(each.get("result"), list):
                if isinstance(each, dict | list):  # of predictions a bare number is the id of one that is not written
                    detail = f"{where}: {what} {shorten(each)}"
                    self.found.reject("labels", "labelstudio_no_result", detail, {"task": task.get("id"), what: each})
                continue
            if each.get("was_cancelled"):
                detail = f"{where}: {what} {shorten(each.get('id'))}"
                self.found.reject("labels", "labelstudio_cancelled", detail, {"task": task.get("id"), what: each})
                continue
            extra = {f"{what}_id": each["id"]} if each.get("id") is not None else {}
            for name in ("completed_by", "ground_truth", "model_version"):
                told = each.get(name)
                if isinstance(told, dict):
                    told = told.get("email", told.get("id"))
                if told not in (None, "", False):
                    extra[name] = told
            yield _Result(each["result"], extra, each.get("score"))

    def _take_results(self, part: _Result, where: str, places: dict[tuple[str, int], int]) -> None:
        regions, lost = gather(part.results)
        for record, reason, detail in lost:
            self.found.reject("labels", reason, f"{where}: {detail}"[:300], {"task": where, "result": record})
        for region in regions:
            place = _find_page(region, places)
            try:
                self._take_region(region, place, part)
            except RecordFault as fault:
                detail = f"{where}, region {shorten(region.id)}: {fault}"[:300]
                for record in region.records:
                    self.found.reject("labels", fault.reason, detail, {"task": where, "result": record})

    def _take_region(self, region: Region, image: int, part: _Result) -> None:
        found = self.found
        labels, extra = region.labels, part.extra | region.extra
        score = extra.get("score", part.score)
        if score is not None:
            extra["score"] = score
        if region.kind is None:
            self._take_facts(region, image, extra)
            return
        if not labels:
            raise RecordFault("labelstudio_without_label", "expected labels")
        width, height = self._size(region, image)
        drawn = draw(region, width, height)
        if len(labels) > 1:
            found.doctor.note("labelstudio_several_labels", f"{', '.join(labels)[:100]}")
        for label in labels:
            own = self._region_id(region.id, label if len(labels) > 1 else None, image)
            found.add(
                Thing(
                    image, found.class_place(label), own, drawn.box, drawn.segmentation, drawn.keypoints,
                    extra | drawn.extra,
                )
            )  # fmt: skip

    def _take_facts(self, region: Region, image: int, extra: dict[str, Any]) -> None:
        """Take what is said of a whole image: choices are its labels, all else are its fields."""
        facts = dict(extra.pop("attributes", {}))
        chosen: list[str] = list(region.labels)
        for result in region.records:
            told = result["value"].get("choices")
            if told is not None:
                facts.pop(str(result.get("from_name") or "choices"), None)
                chosen += [str(each) for each in (told if isinstance(told, list) else [told])]
                extra.setdefault("from_name", result.get("from_name"))
        if facts:
            self.found.images.extras.setdefault(image, {}).setdefault("attributes", {}).update(facts)
        if extra.get("from_name") is None:
            extra.pop("from_name", None)
        for label in chosen:
            own = self._region_id(region.id, label if len(chosen) > 1 else None, image)
            self.found.add(Thing(image, self.found.class_place(label), own, extra=dict(extra)))

    def _region_id(self, value: Any, label: str | None, image: int) -> Any:
        """Return a region's own id where no other has it, else a number."""
        number = self.found.number(image) if isinstance(self.found.images.ids[image], int) else None
        own = f"{value}/{label}" if label is not None and value is not None else value
        if not isinstance(own, int | str) or isinstance(own, bool) or own in self._ids:
            own = number if number is not None else f"{self.found.images.ids[image]}/{len(self._ids)}"
        self._ids.add(own)
        return own

    def _size(self, region: Region, image: int) -> tuple[int, int]:
        images = self.found.images
        if region.size is not None and images.width[image] is None:
            images.width[image], images.height[image] = region.size
        width, height = images.width[image], images.height[image]
        if width is None or height is None:
            if self._files is None:
                self._files = count_files(self._images)
            [name] = name_images([self._paths[image]], self._files)
            size = read_shown_size(self._images / name)
            if size is None:
                raise RecordFault("labelstudio_size_unknown", "expected original_width and original_height")
            width, height = images.width[image], images.height[image] = size
        return region.size or (width, height)

    def finish(self, file: Path) -> Source:
        """Return the dataset.

        Raises:
            InputError: it tells of no image.
        """
        found = self.found
        if not found.images.ids:
            raise InputError(
                "The file tells of no image.",
                item=str(file),
                expected="tasks with the URL of an image",
                actual=found.rejected.describe() or "no tasks",
            )
        found.images.file_name[:] = name_images(self._paths, self._files or count_files(self._images))
        source = found.finish({}, ("labels",))
        source.embedded = self._embedded
        return source


def _pages(data: dict[str, Any]) -> dict[tuple[str, int], str]:
    """Return the URLs of a task's images by field and number."""
    known = [key for key in _KEYS if isinstance(data.get(key), str) and data[key]]
    keys = known[:1] or [key for key, value in data.items() if is_image(value)]
    more = [key for key, value in data.items() if isinstance(value, list) and value and all(map(is_image, value))]
    if not keys and more:
        return {(key, at): url for key in more for at, url in enumerate(data[key])}
    others = [key for key, value in data.items() if key not in keys and key.startswith("image") and is_image(value)]
    return {(key, 0): data[key] for key in (*keys, *others)}


def _find_page(region: Region, places: dict[tuple[str, int], int]) -> int:
    """Return which of a task's images a region is about: by its number, or the field that it names, else the first."""
    name, index = region.page
    if (name, index) in places:
        return places[name, index]
    return next((place for (_, at), place in places.items() if at == index), next(iter(places.values())))


def _is_results(value: Any) -> bool:
    """Tell whether a field of the short export holds regions."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _short_results(task: dict[str, Any]) -> Iterator[_Result]:
    """Return what the short export says of a task, in the words of the long one."""
    results: list[Any] = []
    for name, value in task.items():
        if _is_results(value):
            results += [_short_result(name, each) for each in value]
        elif name == "choice" or (isinstance(value, dict) and "choices" in value):
            chosen = value["choices"] if isinstance(value, dict) else [value]
            results.append({"type": "choices", "from_name": name, "value": {"choices": chosen}})
    extra = {name: task[name] for name in ("annotation_id",) if task.get(name) is not None}
    if isinstance(task.get("annotator"), int | str):
        extra["completed_by"] = task["annotator"]
    yield _Result(results, extra)


def _short_result(name: str, value: dict[str, Any]) -> dict[str, Any]:
    sizes: dict[str, Any] = {key: value[key] for key in ("original_width", "original_height") if key in value}
    return {"from_name": name, "value": {key: each for key, each in value.items() if key not in sizes}, **sizes}


def _has_results(prediction: Any) -> bool:
    return isinstance(prediction, dict) and bool(prediction.get("result"))


def _decode(url: str) -> bytes | None:
    try:
        return base64.b64decode(url.partition(",")[2])
    except (binascii.Error, ValueError):
        return None
