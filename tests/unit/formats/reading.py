"""Read labels of a format of the registry without a project, and take apart what was read."""

from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask

from assay.formats.format import KnownIds, Reading
from assay.formats.registry import get_format
from assay.project.vocabulary import Segmentation


class Words:
    """The coordinates that a reader keeps."""

    def __init__(self):
        self.values = np.empty(0)

    def append(self, numbers):
        start = len(self.values)
        self.values = np.concatenate((self.values, numbers))
        return start


def read(key, labels, images=None, known=KnownIds(), **options):  # noqa: B008 - it is frozen
    """Return what a format's reader makes of labels, and the coordinates."""
    words = Words()
    root = images or (labels if Path(labels).is_dir() else Path(labels).parent)
    source = get_format(key).read(Reading(Path(labels), Path(root), options, words.append, known))
    return source, words.values


def boxes(source):
    """Return left, top, width and height of each annotation, rounded to a millionth of a pixel."""
    return [[round(value, 6) for value in box] for box in source.annotations["xywh"].tolist()]


def classes(source):
    """Return the class name of each annotation."""
    return [source.categories.name[at] for at in source.annotation_category.tolist()]


def rings(source, words, at):
    """Return the rings of an annotation's polygon."""
    columns = source.annotations
    assert columns["segmentation"][at] == Segmentation.POLYGON
    start, count = columns["word_start"][at], columns["ring_count"][at]
    found, begin = [], start + count
    for length in words[start : start + count].astype(int).tolist():
        found.append(words[begin : begin + length].tolist())
        begin += length
    return found


def keypoints(source, words, at):
    """Return the keypoints of an annotation."""
    start, count = source.annotations["keypoint_start"][at], source.annotations["keypoint_count"][at]
    return words[start : start + count].tolist()


def mask(source, words, at):
    """Return the pixels of an annotation's mask, 0 or 1."""
    columns = source.annotations
    assert columns["segmentation"][at] == Segmentation.COMPRESSED
    start, count = columns["word_start"][at], columns["word_count"][at]
    text = words[start : start + count].tobytes()[: columns["rle_bytes"][at]]
    return coco_mask.decode({"size": columns["rle_size"][at].tolist(), "counts": text})


def save_picture(path, width=40, height=20, colour=0):
    """Write a picture of one grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((height, width, 3), colour, dtype=np.uint8)).save(path)
    return path
