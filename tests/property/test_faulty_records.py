"""Laws of faulty records: no good box or polygon is lost, and nothing ends an import, an evaluation or a drawing."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.evaluator.projects import ROUTE, judged
from tests.unit.formats.coco.coco_files import export, same

SIDES = (100, 80)
odd = st.sampled_from([math.nan, math.inf, -math.inf, None, "7", "x", True, 1e8, 1e15, 1e300, -1e12, 2**60, [], {}])
good = st.integers(0, 60) | st.floats(0, 60).map(lambda value: round(value, 2))
number = good | st.integers(-200, 200) | odd
box = st.tuples(good, good, st.integers(1, 40), st.integers(1, 40)).map(list)
faulty_box = st.lists(number, max_size=6) | odd | st.just({"x": 1})
ring = st.lists(good, min_size=3, max_size=6).flatmap(
    lambda xs: st.lists(good, min_size=len(xs), max_size=len(xs)).map(
        lambda ys: [value for point in zip(xs, ys, strict=True) for value in point]
    )
)
polygon = st.lists(ring, min_size=1, max_size=2)
size = st.sampled_from([0, 1, 80, 100, 40_000, 2**31 - 1, 2**31, 2**40, -1, 2.5, "80", None])
faulty_rle = st.fixed_dictionaries(
    {},
    optional={
        "size": st.lists(size, max_size=3),
        "counts": st.lists(st.integers(-3, 9000), max_size=4) | st.text(max_size=6) | odd,
    },
)
faulty_polygon = st.lists(st.lists(number, max_size=9) | odd, max_size=4) | odd | st.lists(ring.map(lambda r: [r]))
segmentation = polygon | faulty_polygon | faulty_rle
shape = st.fixed_dictionaries(
    {},
    optional={
        "bbox": box | faulty_box,
        "segmentation": segmentation,
        "keypoints": st.lists(number, max_size=7),
        "area": good | odd,
    },
)
image_side = st.sampled_from([*SIDES, None, 0, -4, 2**31 - 1, 60_000, 2**40, "80", math.nan])


def is_good_box(value: Any) -> bool:
    plain = isinstance(value, list) and len(value) == 4 and {type(v) for v in value} <= {int, float}
    return plain and all(abs(v) < 2**53 for v in value) and min(value[2:]) >= 0


def is_good_polygon(value: Any) -> bool:
    rings = value if isinstance(value, list) else []
    return bool(rings) and all(
        isinstance(r, list) and len(r) >= 6 and len(r) % 2 == 0 and all(type(v) in (int, float) for v in r)
        and all(abs(v) < 2**53 for v in r)
        for r in rings
    )  # fmt: skip


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.lists(shape, min_size=1, max_size=25),
    st.lists(shape, min_size=1, max_size=25),
    st.lists(image_side, min_size=4, max_size=4),
)
def test_no_good_box_or_polygon_is_lost_and_nothing_ends_import_evaluation_or_drawing(shapes, found, sides):
    images = [
        {"id": 1, "file_name": "1.jpg", "width": SIDES[0], "height": SIDES[1]},
        {"id": 2, "file_name": "2.jpg", "width": sides[0], "height": sides[1]},
        {"id": 3, "file_name": "3.jpg", "width": sides[2], "height": sides[3]},
    ]
    sound = {"image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 20], "segmentation": [[5, 5, 25, 5, 25, 25, 5, 25]]}
    records = [sound, *({"image_id": at % 3 + 1, "category_id": 1, **each} for at, each in enumerate(shapes))]
    records = [{"id": number, "area": 400, "iscrowd": 0, **each} for number, each in enumerate(records, 1)]
    truth = {"images": images, "annotations": records, "categories": [{"id": 1, "name": "cat"}]}
    guesses = [{"image_id": at % 3 + 1, "category_id": 1, **each} for at, each in enumerate(found)]
    detections = [{"score": 0.5, **each} for each in [sound, *guesses]]
    with tempfile.TemporaryDirectory() as folder, judged(Path(folder), truth) as project:
        project.take_in("detector", detections, skip_invalid=True, coverage="all")
        with project.store.read() as cursor:
            kept = dict(
                cursor.execute("SELECT position, CASE WHEN x IS NULL THEN NULL ELSE [x, y, w, h] END FROM annotation")
                .fetchall()
            )  # fmt: skip
            drawn = {at for (at,) in cursor.execute("SELECT position FROM annotation WHERE shape = 3").fetchall()}
            guessed = {at for (at,) in cursor.execute("SELECT position FROM prediction").fetchall()}
        for at, record in enumerate(records):
            if is_good_box(record.get("bbox")):
                assert kept[at] == record["bbox"]
            if is_good_polygon(record.get("segmentation")):
                assert at in drawn
        for at, record in enumerate(detections):
            assert at in guessed or not (is_good_box(record.get("bbox")) or is_good_polygon(record.get("segmentation")))
        for task in ("bbox", "segm"):
            told = project.get(predictions="detector", task=task)
            assert told["tp"] >= 1
        assert same(export(project.store, 0), json.loads(json.dumps(truth)))
        for row in range(3):
            answer = project.client.get(f"{ROUTE}/images/{row}")
            assert answer.status_code == 200, answer.text
