"""What records of images, classes and annotations hold, in COCO's words, and how the database stores it.

A record is kept whole: known fields go into typed columns, ``present`` says which of them the record has, and
whatever a column could not give back exactly goes, verbatim, into ``extra``. COCO's writer puts the three together;
a format whose records are others leaves ``present`` to be worked out (see :mod:`assay.formats.source`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.json_text import verbatim
from assay.stopping import stoppable

IMAGE_FIELDS = ("id", "file_name", "width", "height")
ANNOTATION_FIELDS = (
    "id",
    "image_id",
    "category_id",
    "bbox",
    "area",
    "iscrowd",
    "segmentation",
    "keypoints",
    "num_keypoints",
)
CATEGORY_FIELDS = ("id", "name", "supercategory")

MAX_INT = 2**63 - 1
MAX_EXACT = 2**53 - 1  # from 2^53 on a double does not hold every integer


@lru_cache(maxsize=4096)
def describe_fields(names: tuple[str, ...], known: tuple[str, ...]) -> tuple[int, bool]:
    """Return a bit per known field, whether a record has it, and whether the record has others, too."""
    mask = sum(1 << bit for bit, name in enumerate(known) if name in names)
    return mask, not set(names) <= set(known)


def present_fields(mask: int, known: tuple[str, ...]) -> list[str]:
    """Return the names that a mask stands for."""
    return [name for bit, name in enumerate(known) if mask >> bit & 1]


def is_finite_number(value: Any) -> bool:
    """Tell whether a parsed value is a number that a double holds exactly enough: finite, integers below 2^53."""
    if type(value) is int:
        return -MAX_EXACT <= value <= MAX_EXACT
    return type(value) is float and -MAX_EXACT <= value <= MAX_EXACT


def is_id(value: Any) -> bool:
    """Tell whether records can refer to each other by this id: text or a number, not null, true or nested."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def id_columns(ids: list[Any]) -> tuple[Any, list[str | None] | None]:
    """Split ids into integers (masked where they are none) and JSON texts of all others.

    Returns:
        The int64 column, masked or plain, and the texts, or None when every id is an integer.
    """
    if set(map(type, ids)) <= {int}:
        try:
            return np.fromiter(ids, dtype=np.int64, count=len(ids)), None
        except OverflowError:
            pass
    plain = [type(i) is int and -MAX_INT <= i <= MAX_INT for i in ids]
    numbers = np.ma.masked_array(
        np.array([i if ok else 0 for i, ok in zip(ids, plain, strict=True)], dtype=np.int64),
        mask=~np.array(plain, dtype=bool),
    )
    texts = [None if ok or i is None else verbatim(i) for i, ok in stoppable(zip(ids, plain, strict=True))]
    return numbers, texts


_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def random_keys(numbers: Any, texts: list[str | None] | None) -> NDArray[np.uint64]:
    """Hash source ids to 64 bits: equal ids give equal keys in every project.

    Integers go through the finaliser of splitmix64 (Steele, Lea and Flood 2014), all else through BLAKE2b.
    """
    with np.errstate(over="ignore"):
        z = np.ma.getdata(numbers).astype(np.int64).view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * _MIX_1
        z = (z ^ (z >> np.uint64(27))) * _MIX_2
        z ^= z >> np.uint64(31)
    if texts is not None:
        from hashlib import blake2b  # noqa: PLC0415

        for index in stoppable(np.flatnonzero(np.ma.getmaskarray(numbers))):
            digest = blake2b((texts[index] or "null").encode(), digest_size=8).digest()
            z[index] = int.from_bytes(digest, "little")
    result: NDArray[np.uint64] = z
    return result
