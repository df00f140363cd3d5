"""What the frames of a CVAT video are called: files are found by the number in their names, or by their order."""

from __future__ import annotations

import re
from pathlib import Path

from assay.formats.cvat.meta import Task
from assay.media.files import list_images

_NUMBER = re.compile(r"(\d+)\D*$")


def name_frames(task: Task, images: Path, *, alone: bool) -> dict[int, str]:
    """Return what the frames of a task are called, by number.

    Args:
        task: The task.
        images: The images folder.
        alone: Whether the folder is that of this task only; else frames lie in a folder of the task's name.
    """
    folder = "" if alone else f"{task.name or task.id}/"
    found = list_images(images) if alone and images.is_dir() else []
    numbered: dict[int, list[str]] = {}
    for name in found:
        told = _NUMBER.search(name.rpartition("/")[2].rpartition(".")[0])
        if told:
            numbered.setdefault(int(told.group(1)), []).append(name)
    fits = bool(numbered) and all(len(names) == 1 for names in numbered.values()) and set(numbered) & set(task.frames)
    if not fits and len(found) == len(task.frames):
        return dict(zip(task.frames, found, strict=True))
    return {
        frame: numbered[frame][0] if fits and frame in numbered else f"{folder}frame_{frame:06d}.PNG"
        for frame in task.frames
    }
