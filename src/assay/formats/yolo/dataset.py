"""Where a YOLO dataset's images and labels lie: by a YAML file, Darknet's ``obj.data``, or the folders alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from assay.errors import InputError
from assay.formats.doctor import Doctor
from assay.formats.yolo.rows import Task
from assay.media.files import list_images

SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test", "minival": "minival"}
"""The keys of splits, and what the splits are called."""

_YAML = (".yaml", ".yml")
_MOST_FOLDERS = 2
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
        found = _by_mapping(file, _load_yaml(file), doctor)
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
        if (place / "data.yaml").is_file():
            content = _load_yaml(place / "data.yaml")
            task = content.get("task")
            return (
                _read_names(content.get("names"), [place]),
                task if task in get_args(Task) else None,
                _keypoints(content),
            )
        for name in _LISTS:
            if (place / name).is_file():
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
            return twin if twin.is_file() or not image.with_suffix(".txt").is_file() else image.with_suffix(".txt")
    return image.with_suffix(".txt")


def _find_description(folder: Path) -> Path | None:
    for name in ("data.yaml", "dataset.yaml", "data.yml", "obj.data"):
        if (folder / name).is_file():
            return folder / name
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in _YAML and file.is_file())
    return found[0] if len(found) == 1 else None


def _load_yaml(file: Path) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - of use here alone

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(
            "The YAML file cannot be read.", item=str(file), expected="YAML", actual=" ".join(str(error).split())[:300]
        ) from error
    if not isinstance(content, dict):
        raise InputError(
            "The YAML file describes no dataset.",
            item=str(file),
            expected="a mapping with train, val or test, and names",
            actual=type(content).__name__,
        )
    return {str(key): value for key, value in content.items()}


def _load_darknet(file: Path) -> dict[str, Any]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "The description cannot be read.", item=str(file), expected="lines of key = value", actual=str(error)
        ) from error
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def _by_mapping(file: Path, content: Mapping[str, Any], doctor: Doctor) -> Dataset:
    root = content.get("path")
    roots = [_expand_home(root), file.parent / root] if isinstance(root, str) and root else []
    places = [place for place in (*roots, file.parent) if place.is_absolute() and place.is_dir()]
    found = Dataset(
        header={key: value for key, value in content.items() if key not in SPLITS}, root=next(iter(places), file.parent)
    )
    named = _list_entries(content)
    for entry, keys in named.items():
        images = _expand(entry, places)
        if images is None:
            doctor.note("split_missing", f"{keys[0]}: {entry}")
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


def _expand(entry: str, places: list[Path]) -> list[Path] | None:
    """Return the images of a folder or list; None where it is not there."""
    parts = PurePosixPath(entry.replace("\\", "/")).parts
    is_list = parts[-1:] != () and parts[-1].lower().endswith(".txt")
    for first in range(max(1, len(parts))):
        if first and not is_list and parts[first - 1] != "..":  # some tools write ../ of a folder beside the file
            break
        tail = PurePosixPath(*parts[first:])
        for place in places:
            path = place / tail
            if path.is_dir():
                return [path / name for name in list_images(path)]
            if path.is_file():
                return _read_list(path, places)
    return None


def _read_list(file: Path, places: list[Path]) -> list[Path]:
    """Return the images of a list, each found by as much of the end of its path as there is."""
    lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    return [_find_listed(line.strip(), file.parent, places) for line in lines if line.strip()]


def _find_listed(line: str, beside: Path, places: list[Path]) -> Path:
    parts = PurePosixPath(line.replace("\\", "/")).parts
    for first in range(len(parts)):  # prefixes that do not exist here are left out
        for place in (beside, *places):
            path = place.joinpath(*parts[first:])
            if path.is_file():
                return path
    return beside.joinpath(*(part for part in parts if part not in ("/", ".", "..")))


def _read_names(names: Any, places: list[Path]) -> dict[int, str]:
    if isinstance(names, list):
        return {number: str(name) for number, name in enumerate(names)}
    if isinstance(names, dict):
        return {int(number): str(name) for number, name in names.items() if str(number).isdecimal()}
    if isinstance(names, str) and names:
        for place in places:
            for path in (place / names, place / Path(names).name):
                if path.is_file():
                    return _read_name_list(path)
    return {}


def _names_beside(folder: Path) -> dict[int, str]:
    for place in (folder, folder / "labels", folder / "images", folder.parent):
        for name in _LISTS:
            if (place / name).is_file():
                return _read_name_list(place / name)
    return {}


def _read_name_list(file: Path) -> dict[int, str]:
    lines = [line.strip() for line in file.read_text(encoding="utf-8-sig", errors="replace").splitlines()]
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
