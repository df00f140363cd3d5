"""Equal scores on different images: the order of the images' ids decides, whatever the ids are, as in pycocotools."""

import contextlib
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tests.unit.evaluator.projects import judged

kinds = {
    "whole": st.integers(-50, 50),
    "real": st.integers(-40, 40).map(lambda number: number / 4),
    "mixed": st.integers(-9, 12) | st.sampled_from([0.5, 1.5, 9.25, 10.5, -3.5]),
    "text": st.sampled_from(["a", "a b", "a!", "ab", 'a"', "é", "Z", "10", "9", "\U0001f600", "\uffff"]),
    "unsigned": st.integers(2**63, 2**63 + 9) | st.integers(2**64 - 9, 2**64 - 1) | st.integers(10**19, 10**19 + 9),
    "huge": st.integers(2**64, 2**64 + 9) | st.integers(10**20, 10**20 + 5) | st.integers(0, 9),
}
HIT, MISS = [5, 5, 20, 20], [60, 60, 10, 10]


@st.composite
def scenes(draw, ids):
    """A dataset of one box an image, in any order of ids, and results that hit some of them, most with one score."""
    chosen = draw(st.lists(ids, unique=True, min_size=2, max_size=8))
    annotations = [
        {"id": n, "image_id": image, "category_id": 1, "bbox": HIT, "area": 400, "iscrowd": 0}
        for n, image in enumerate(chosen, 1)
    ]
    results = [
        {"image_id": image, "category_id": 1, "bbox": box, "score": draw(st.sampled_from([0.5, 0.5, 0.5, 0.9]))}
        for image in draw(st.permutations(chosen))
        for box in draw(st.sampled_from([[HIT], [MISS], [MISS, HIT], []]))
    ]
    images = [{"id": image, "file_name": f"{n}.jpg", "width": 100, "height": 100} for n, image in enumerate(chosen)]
    truth = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "thing"}]}
    return truth, results or [{"image_id": chosen[0], "category_id": 1, "bbox": MISS, "score": 0.5}]


@pytest.mark.parametrize("kind", kinds)
@settings(max_examples=2)
@given(data=st.data())
def test_ties_are_broken_as_pycocotools_breaks_them(kind, data):
    truth, results = data.draw(scenes(kinds[kind]))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with judged(folder, truth, guess=results) as project:
            found = project.get(predictions="guess")
        with contextlib.redirect_stdout(io.StringIO()):
            annotations = COCO(str(folder / "truth.json"))
            evaluation = COCOeval(annotations, annotations.loadRes(str(folder / "guess.json")), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
    assert list(found["coco"].values()) == pytest.approx(evaluation.stats.tolist(), abs=1e-9)
