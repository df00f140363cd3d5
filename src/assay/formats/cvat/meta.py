"""What a CVAT file says of its labels and tasks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

_FIELD = re.compile(r'data-(node-id|label-name|node-from|node-to)="([^"]*)"')


@dataclass
class Task:
    """A task of video or of a sequence of images.

    Attributes:
        id: Its number as text.
        name, subset: What it and its subset are called.
        frames: The numbers of its frames.
        width, height: Of the video's frames, where told.
    """

    id: str
    name: str = ""
    subset: str | None = None
    frames: range = field(default_factory=lambda: range(0))
    width: int | None = None
    height: int | None = None


@dataclass
class Meta:
    """What stands before the annotations.

    Attributes:
        labels: Names of classes in their order, and further fields of each.
        points: By class that is a skeleton, the names of its points in their order.
        kinds: By class and attribute the attribute's input type.
        tasks: The tasks by id.
        rest: The element's text fields, for the header.
    """

    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    points: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[tuple[str, str], str] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)

    def value(self, label: str, name: str, text: str) -> Any:
        """Return an attribute's value: as its input type says, else the text."""
        kind = self.kinds.get((label, name))
        if kind == "checkbox" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if kind == "number":
            try:
                return int(text) if text.lstrip("-").isdecimal() else float(text)
            except ValueError:
                return text
        return text


def read_meta(element: Element) -> Meta:
    """Return what the element ``meta`` says."""
    meta = Meta(rest=_plain(element))
    tasks = [each for each in element.iter() if each.tag in ("task", "job")]
    for each in tasks or [element]:
        task = _read_task(each)
        meta.tasks.setdefault(task.id, task)
    _read_labels(meta, [each for each in element.iter("label") if each.find("name") is not None])
    return meta


def _read_task(element: Element) -> Task:
    size, start = _number(element, "size"), _number(element, "start_frame") or 0
    step = re.search(r"step\s*=\s*(\d+)", element.findtext("frame_filter") or "")
    stride = max(1, int(step.group(1))) if step else 1
    stop = _number(element, "stop_frame")
    if size is None:
        size = 0 if stop is None else (stop - start) // stride + 1
    original = element.find("original_size")
    return Task(
        (element.findtext("id") or "").strip(),
        (element.findtext("name") or "").strip(),
        (element.findtext("subset") or "").strip() or None,
        range(start, start + min(size, 1 << 24) * stride, stride),
        None if original is None else _number(original, "width"),
        None if original is None else _number(original, "height"),
    )


def _read_labels(meta: Meta, labels: Iterable[Element]) -> None:
    parts: dict[str, list[str]] = {}
    drawings: dict[str, str] = {}
    for label in labels:
        name = (label.findtext("name") or "").strip()
        parent = (label.findtext("parent") or "").strip()
        for each in label.iter("attribute"):
            kind = (each.findtext("input_type") or "").strip()
            meta.kinds[parent or name, (each.findtext("name") or "").strip()] = kind
        if parent:
            parts.setdefault(parent, []).append(name)
        elif name:
            meta.labels.setdefault(name, _describe(label))
            drawings[name] = label.findtext("svg") or ""
    for name, points in parts.items():
        if name in meta.labels:
            meta.points[name] = points
            meta.labels[name] |= {"keypoints": points, "skeleton": _read_edges(drawings[name], points)}


def _describe(label: Element) -> dict[str, Any]:
    """Return further fields of a class: colour, type, and its attributes as they were defined."""
    told = {each.tag: (each.text or "").strip() for each in label if each.tag in ("color", "type") and each.text}
    attributes = [_plain(each) for each in label.iter("attribute")]
    return told | ({"attributes": attributes} if attributes else {})


def _read_edges(drawing: str, points: list[str]) -> list[list[int]]:
    """Return which points a skeleton's drawing joins, as pairs of their places from 1 on."""
    numbers = {name: at for at, name in reversed(list(enumerate(points, start=1)))}
    tags = [dict(_FIELD.findall(tag.partition(">")[0])) for tag in drawing.split("<")]
    places = {told.get("node-id", ""): numbers[name] for told in tags if (name := told.get("label-name")) in numbers}
    edges = [(told.get("node-from"), told.get("node-to")) for told in tags]
    return [[places[a], places[b]] for a, b in edges if a in places and b in places]


def _plain(element: Element) -> dict[str, Any]:
    """Return an element's children as a value of JSON: texts, and lists of those that occur more than once."""
    found: dict[str, Any] = {}
    for child in element:
        value = _plain(child) if len(child) else (child.text or "").strip()
        if child.tag in found:
            before = found[child.tag]
            found[child.tag] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[child.tag] = value
    return found


def _number(element: Element, name: str) -> int | None:
    text = (element.findtext(name) or "").strip()
    return int(text) if text.isdecimal() and len(text) < 10 else None
