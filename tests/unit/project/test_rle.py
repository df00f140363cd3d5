import numpy as np
import pytest
from pycocotools import mask as coco_mask

from assay.project.rle import counts_problem, decode_counts


def encode(mask):
    return coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"]


def run_lengths(mask):
    """Count the runs of a mask's columns by looking at every pixel."""
    counts, value = [0], False
    for pixel in mask.ravel(order="F"):
        if pixel != value:
            counts.append(0)
            value = pixel
        counts[-1] += 1
    return counts


@pytest.mark.parametrize("seed", range(20))
def test_text_of_pycocotools_gives_the_run_lengths_of_the_mask(seed):
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 60, 2)
    mask = random.random((height, width)) < random.random()
    counts = decode_counts(encode(mask))
    assert counts.tolist() == run_lengths(mask)
    assert counts_problem(counts, int(height), int(width)) is None


@pytest.mark.parametrize("value", [0, 1])
def test_long_runs_are_exact(value):
    mask = np.full((3000, 4000), value)
    mask[2999, 3999] = 1 - value
    assert decode_counts(encode(mask)).tolist() == ([0, 11_999_999, 1] if value else [11_999_999, 1])


def test_counts_of_a_text_worked_out_by_hand():
    # 6 is 6 + 48 = "6"; 40 is 8 with a continuation (8 + 32 + 48 = "X"), then 1 ("1"); the fourth count is a
    # difference to the second: 40 - 3 = 37 = 5 + 32 ("5" + 32 = "U"), then 1.
    assert decode_counts(b"63X1").tolist() == [6, 3, 40]
    assert decode_counts(b"63X1U1").tolist() == [6, 3, 40, 40]
    assert decode_counts(b"63X1O").tolist() == [6, 3, 40, 2]  # "O" is 31: five bits of -1


def test_empty_text_has_no_counts():
    assert decode_counts(b"").tolist() == []


@pytest.mark.parametrize("text", [b"63X", b"6 3", b"6\xff", b"X" * 12 + b"1", "6ü".encode()])
def test_text_that_is_no_rle_gives_none(text):
    assert decode_counts(text) is None


@pytest.mark.parametrize(
    ("counts", "height", "width", "problem"),
    [
        ([2, 2], 2, 2, None),
        ([], 0, 5, "expected an RLE size of 1 to 2^32 - 1 pixels, found 0 × 5"),
        (None, 2, 2, "expected compressed RLE counts, found text that is none"),
        ([5, -1], 2, 2, "expected RLE counts ≥ 0, found a negative one"),
        ([2, 1], 2, 2, "expected RLE counts that sum to 4, found 3"),
        ([9], 2, 2, "expected RLE counts up to 4, found 9"),
        ([2**62, 2**62, 2**62, 2**62, 4], 2, 2, f"expected RLE counts up to 4, found {2**62}"),
        ([2**40], 2**20, 2**20, f"expected an RLE size of 1 to 2^32 - 1 pixels, found {2**20} × {2**20}"),
    ],
)
def test_counts_must_fill_the_mask(counts, height, width, problem):
    array = None if counts is None else np.array(counts, dtype=np.int64)
    assert counts_problem(array, height, width) == problem
