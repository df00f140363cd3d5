"""Where a YOLO dataset's images and labels lie: by a YAML file, Darknet's ``obj.data``, or the folders alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from assay.errors import InputError
from assay.formats.doctor import Doctor
from assay.formats.label_text import is_label_file, read_label_text
from assay.formats.yolo.description import read_description
from assay.formats.yolo.rows import MOST_CLASS, Task
from assay.media.files import IMAGE_EXTENSIONS, list_images
from assay.project.trust import is_wide

SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test", "minival": "minival"}
"""The keys of splits, and what the splits are called."""

_YAML = (".yaml", ".yml")
_MOST_FOLDERS = 2
_MOST_PARTS = 100  # of a path in a list
_LIST_ENDS = (".txt", ".list", ".lst")
_LISTS = ("classes.txt", "obj.names", "_darknet.labels", "names.txt")


@dataclass
class Dataset:
    """The images of a dataset, ``n`` of them, in its order.

    Attributes:
        images: Their files, from the root on; they need not exist.
        splits: The split of each, or None.
        names: Class names by number.
        keypoints: How many keypoints an object has and of how many values each, or None.
        header: What else the description says.
        root: The folder that it says they lie in, or its own.
        is_described: Whether a file says which images they are.
    """

    images: list[Path] = field(default_factory=list)
    splits: list[str | None] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    keypoints: tuple[int, int] | None = None
    header: dict[str, Any] = field(default_factory=dict)
    root: Path = Path()
    is_described: bool = False

    def add(self, images: Iterable[Path], split: str | None) -> None:
        """Add images; one that is there already stays in its first split."""
        known = set(self.images)
        new = [image for image in dict.fromkeys(images) if image not in known]
        self.images += new
        self.splits += [split] * len(new)


def find_dataset(path: Path, doctor: Doctor) -> Dataset:
    """Return the images that a YAML file, an ``obj.data`` or a folder is about.

    Raises:
        InputError: it cannot be read, or there is no image.
    """
    file = _find_description(path) if path.is_dir() else path
    if file is None:
        found = _by_folder(path)
    elif file.suffix.lower() in _YAML:
        found = _by_mapping(file, read_description(file), doctor)
    else:
        found = _by_mapping(file, _load_darknet(file), doctor)
    if not found.images:
        missing = doctor.examples.get("split_missing", [])
        raise InputError(
            "The dataset lists no image.",
            item=str(path),
            expected="images below the folders, or in the lists, that train, val and test name",
            actual=f"not there: {', '.join(missing)}" if missing else "none",
        )
    found.is_described = file is not None
    if not found.names:
        found.names = _names_beside(file.parent if file else path)
    return found


def find_class_names(path: Path) -> tuple[dict[int, str], Task | None, tuple[int, int] | None]:
    """Return what is said near predictions of their classes: names by number, the task, and keypoints.

    In the folder, those round it, or beside the file: data.yaml or a list of names; nothing where there is neither.
    """
    folder = path if path.is_dir() else path.parent
    for place in (folder, *list(folder.parents)[:_MOST_FOLDERS]):
        if is_label_file(place / "data.yaml"):
            content = read_description(place / "data.yaml")
            task = content.get("task")
            return (
                _read_names(content.get("names"), [place]),
                task if task in get_args(Task) else None,
                _keypoints(content),
            )
        for name in _LISTS:
            if is_label_file(place / name):
                return _read_name_list(place / name), None, None
    return {}, None, None


def _keypoints(content: Mapping[str, Any]) -> tuple[int, int] | None:
    shape = content.get("kpt_shape")
    if isinstance(shape, list) and len(shape) == 2 and all(type(each) is int and each > 0 for each in shape):
        return shape[0], shape[1]
    return None


def common_root(dataset: Dataset) -> Path:
    """Return the folder that the names of a dataset's images are best relative to: all of them lie below it."""
    folders = {os.path.normpath(folder) for folder in (dataset.root, *(image.parent for image in dataset.images))}
    return Path(os.path.commonpath(folders))


def label_of(image: Path) -> Path:
    """Return where an image's labels lie: in the twin ``labels`` of the last folder ``images``, else beside it."""
    parts = list(image.parts)
    for at in range(len(parts) - 2, -1, -1):
        if parts[at] == "images":
            parts[at] = "labels"
            twin = Path(*parts).with_suffix(".txt")
            beside = image.with_suffix(".txt")
            return twin if is_label_file(twin) or not is_label_file(beside) else beside
    return image.with_suffix(".txt")


def _find_description(folder: Path) -> Path | None:
    for name in ("data.yaml", "dataset.yaml", "data.yml", "obj.data"):
        if is_label_file(folder / name):
            return folder / name
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in _YAML and file.is_file())
    return found[0] if len(found) == 1 else None


def _load_darknet(file: Path) -> dict[str, Any]:
    lines = read_label_text(file).splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def _by_mapping(file: Path, content: Mapping[str, Any], doctor: Doctor) -> Dataset:
    root = content.get("path")
    roots = [_expand_home(root), file.parent / root] if isinstance(root, str) and root else []
    places = [place for place in (*roots, file.parent) if place.is_absolute() and _is_folder(place)]
    found = Dataset(
        header={key: value for key, value in content.items() if key not in SPLITS}, root=next(iter(places), file.parent)
    )
    named = _list_entries(content)
    for entry, keys in named.items():
        images = _expand(entry, places, doctor)
        if images is None:
            doctor.note("split_missing", f"{keys[0]}: {entry}"[:300])
        else:
            found.add(images, _split_of(entry, keys))
    found.names = _read_names(content.get("names"), places)
    found.keypoints = _keypoints(content)
    return found


def _list_entries(content: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the folders and lists that are named, each with the keys that name it; splits of other names last."""
    named: dict[str, list[str]] = {}
    others = [key for key, value in content.items() if key not in SPLITS and value == f"images/{key}"]
    for key in (*SPLITS, *others):
        entries = content.get(key)
        for entry in [entries] if isinstance(entries, str) else entries if isinstance(entries, list) else []:
            named.setdefault(str(entry), []).append(key)
    return named


def _split_of(entry: str, keys: list[str]) -> str | None:
    """Return the split of a folder or list; of one that is called both train and val what its own name says, if so."""
    if len({SPLITS.get(key, key) for key in keys}) == 1:
        return SPLITS.get(keys[0], keys[0])
    name = PurePosixPath(entry.replace("\\", "/")).stem.lower()
    exact = SPLITS.get(name) or (name if name in keys else None)
    return exact or next((split for start, split in SPLITS.items() if name.startswith(start)), None)


def _expand_home(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # of a user whom nobody knows
        return Path(path)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a path that no system can have
        return False


def _expand(entry: str, places: list[Path], doctor: Doctor) -> list[Path] | None:
    """Return the images of a folder or list; None where it is not there.

    A file that is called otherwise is no list, and a folder with all of a disk or of a person's files no dataset's.
    """
    parts = PurePosixPath(entry.replace("\\", "/")).parts[-_MOST_PARTS:]
    is_list = parts[-1:] != () and parts[-1].lower().endswith(_LIST_ENDS)
    for first in range(max(1, len(parts))):
        if first and not is_list and parts[first - 1] != "..":  # some tools write ../ of a folder beside the file
            break
        tail = PurePosixPath(*parts[first:])
        for place in places:
            path = place / tail
            if _is_folder(path):
                if is_wide(os.path.realpath(path)):
                    return None
                return [path / name for name in list_images(path)]
            if is_list and is_label_file(path):
                return _read_list(path, places, doctor)
    return None


def _read_list(file: Path, places: list[Path], doctor: Doctor) -> list[Path]:
    """Return the images of a list, each found by as much of the end of its path as there is.

    Lines that are called like no image are counted: a list may be named that is none, and is another's file.
    """
    found: list[Path] = []
    for number, line in enumerate(read_label_text(file).splitlines(), start=1):
        name = line.strip()
        if name.lower().endswith(IMAGE_EXTENSIONS) and "\0" not in name:
            found.append(_find_listed(name, file.parent, places))
        elif name:
            doctor.note("not_an_image_in_list", f"{file.name}:{number}", skipped=True)
    return found


def _find_listed(line: str, beside: Path, places: list[Path]) -> Path:
    parts = PurePosixPath(line.replace("\\", "/")).parts[-_MOST_PARTS:]
    for first in range(len(parts)):  # prefixes that do not exist here are left out
        for place in (beside, *places):
            path = place.joinpath(*parts[first:])
            if is_label_file(path):
                return path
    return beside.joinpath(*(part for part in parts if part not in ("/", ".", "..")))


def _read_names(names: Any, places: list[Path]) -> dict[int, str]:
    if isinstance(names, list):
        return {number: str(name) for number, name in enumerate(names)}
    if isinstance(names, dict):
        numbers = {str(number): name for number, name in names.items()}
        is_class = {number: number.isdecimal() and len(number) < 12 and int(number) <= MOST_CLASS for number in numbers}
        return {int(number): str(name) for number, name in numbers.items() if is_class[number]}
    if isinstance(names, str) and names:
        for place in places:
            for path in (place / names, place / Path(names).name):
                if path.name.lower().endswith((".txt", ".names", ".labels", ".list")) and is_label_file(path):
                    return _read_name_list(path)
    return {}


def _names_beside(folder: Path) -> dict[int, str]:
    for place in (folder, folder / "labels", folder / "images", folder.parent):
        for name in _LISTS:
            if is_label_file(place / name):
                return _read_name_list(place / name)
    return {}


def _read_name_list(file: Path) -> dict[int, str]:
    lines = [line.strip() for line in read_label_text(file).splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return dict(enumerate(lines))


def _by_folder(folder: Path) -> Dataset:
    found = Dataset(root=folder)
    for name in list_images(folder):
        folders = (part.lower() for part in PurePosixPath(name).parts[:-1])
        found.images.append(folder / name)
        found.splits.append(next((SPLITS[part] for part in folders if part in SPLITS), None))
    return found
