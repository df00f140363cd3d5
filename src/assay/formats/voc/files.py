"""Where a Pascal VOC dataset's annotations, pictures, splits and masks lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

from assay.errors import InputError
from assay.formats.label_text import read_label_bytes, to_text
from assay.formats.xml_stream import read_elements
from assay.media.files import IMAGE_EXTENSIONS, list_images

_PICTURES = ("JPEGImages", "images", "Images", "imgs", "Data")
_SETS = ("Main", "Segmentation", "Layout", "Action", "")
_SPLITS = ("train", "val", "test")
_SAMPLE = 20
_MOST_CHILDREN = 500_000


@dataclass(frozen=True)
class Layout:
    """Where things are.

    Attributes:
        root: The dataset's folder.
        annotations: The folder of the XML files.
        images: The folder of the pictures.
    """

    root: Path
    annotations: Path
    images: Path


def find_layout(path: Path) -> Layout:
    """Return where a dataset's things are, given its folder or that of its annotations."""
    root = path.parent if path.name == "Annotations" else path
    inner = sorted(each for each in (path / "VOCdevkit", path) if each.is_dir())
    if not (root / "Annotations").is_dir():
        years = [year for place in inner for year in place.glob("VOC*") if (year / "Annotations").is_dir()]
        root = years[0] if len(years) == 1 else root
    annotations = root / "Annotations" if (root / "Annotations").is_dir() else path
    near = [folder / name for folder in (root, annotations.parent) for name in _PICTURES]
    pictures = next((folder for folder in near if folder.is_dir()), None)
    if annotations == root and (pictures is None or next(annotations.glob("*.xml"), None) is not None):
        pictures = annotations if list_images(annotations) else pictures
    return Layout(root, annotations, pictures or annotations)


def read_root(file: Path) -> Element:
    """Return the whole document of a small XML file.

    Raises:
        InputError: it cannot be read, or declares entities.
    """
    elements = read_elements(file)
    root = next(elements, Element("nothing"))
    for at, element in enumerate(elements):
        if at > _MOST_CHILDREN:
            raise InputError(
                "The XML file is too large.", item=str(file), expected=f"{_MOST_CHILDREN:,} elements", actual="more"
            )
        root.append(element)
    return root


def is_voc(root: Element) -> bool:
    """Tell whether a document is an annotation of Pascal VOC."""
    return root.tag == "annotation" and (root.find("filename") is not None or root.find("object") is not None)


def sample(path: Path) -> list[Path]:
    """Return those of a folder's first XML files that are annotations of Pascal VOC."""
    found: list[Path] = []
    for name in list_images(path, ["*.xml"])[:_SAMPLE]:
        try:
            if is_voc(read_root(path / name)):
                found.append(path / name)
        except InputError:
            continue
    return found


def read_splits(root: Path) -> dict[str, str]:
    """Return the splits of images by what ``ImageSets`` calls them; the first list that has an image counts."""
    found: dict[str, str] = {}
    for folder in _SETS:
        for split in _SPLITS:
            file = root / "ImageSets" / folder / f"{split}.txt"
            if file.is_file():
                text, _ = to_text(read_label_bytes(file))
                for line in text.splitlines():
                    if line.strip():
                        found.setdefault(line.split()[0].replace("\\", "/"), split)
        if found:
            break
    return found


class Pictures:
    """The pictures below a folder, by what annotations say of them."""

    def __init__(self, folder: Path) -> None:
        self._names = list_images(folder) if folder.is_dir() else []
        self._known = set(self._names)
        self._by_stem: dict[str, list[str]] = {}
        self._by_base: dict[str, list[str]] = {}
        for name in self._names:
            path = PurePosixPath(name)
            self._by_stem.setdefault(str(path.with_suffix("")), []).append(name)
            self._by_base.setdefault(path.name, []).append(name)

    def find(self, label: str, told: str) -> tuple[str, bool]:
        """Return the picture of an annotation, and whether what it says itself is another.

        Args:
            label: The XML file's path below the folder of annotations.
            told: Its ``filename``.
        """
        stem = str(PurePosixPath(label).with_suffix(""))
        folder, base = PurePosixPath(stem).parent, PurePosixPath(told.replace("\\", "/")).name
        said = [name for name in (str(folder / base), told.replace("\\", "/"), base) if base and name in self._known]
        own = self._by_stem.get(stem, [])
        if len(own) == 1:
            return own[0], bool(said) and said[0] != own[0]
        if said:
            return said[0], False
        elsewhere = self._by_base.get(base, []) if base else []
        if len(elsewhere) == 1:
            return elsewhere[0], False
        ending = "" if base.lower().endswith(IMAGE_EXTENSIONS) else ".jpg"  # ImageNet's has none
        return (str(folder / base) + ending if base else f"{stem}.jpg"), False


def relative_name(file: Path, folder: Path) -> str:
    """Return a file's path below a folder, with forward slashes."""
    return os.path.relpath(file, folder).replace(os.sep, "/")
