"""What an import stores, as queries see it."""

import json

import numpy as np
import pytest
from tests.unit.formats.coco.coco_files import annotation, dataset, import_file, open_project

from assay.formats.fields import id_columns, random_keys
from assay.formats.json_text import has_non_finite, load, verbatim
from assay.project.geometry import Shape
from assay.project.source_ids import read_id


def query(tmp_path, content, sql):
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps(content))
    with open_project(tmp_path) as store:
        import_file(store, path)
        with store.read() as cursor:
            return cursor.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        ({}, Shape.POLYGON),
        ({"segmentation": []}, Shape.BOX),
        ({"segmentation": ...}, Shape.BOX),
        ({"segmentation": ..., "attributes": {"rotation": 30}}, Shape.ROTATED_BOX),
        ({"segmentation": ..., "attributes": {"rotation": 0.0}}, Shape.BOX),
        ({"segmentation": {"size": [2, 2], "counts": [4]}}, Shape.MASK),
        ({"segmentation": {"size": [2, 2], "counts": "4"}}, Shape.MASK),
        ({"segmentation": ..., "bbox": ..., "keypoints": [1, 2, 2]}, Shape.KEYPOINTS),
        ({"segmentation": ..., "bbox": ...}, Shape.LABEL),
    ],
)
def test_shape_is_segmentation_else_rotated_box_else_box_else_keypoints_else_label(tmp_path, changes, shape):
    assert query(tmp_path, dataset(annotation(**changes)), "SELECT shape FROM annotation") == [(shape,)]


def test_numbers_and_flags_are_columns_and_absent_ones_are_null(tmp_path):
    content = dataset(
        annotation(score=0.5, track_id=12, attributes={"rotation": -45}),
        annotation(id="b", bbox=..., area=..., iscrowd=1, segmentation=...),
    )
    rows = query(
        tmp_path,
        content,
        "SELECT source_id, source_key, x, w, area, crowd, num_keypoints, rotation, confidence, track "
        "FROM annotation ORDER BY row",
    )
    assert rows == [
        (7, None, 10.0, 30.0, 300.0, False, None, -45.0, 0.5, "12"),
        (None, '"b"', None, None, None, True, None, None, None, None),
    ]


def test_free_fields_become_typed_columns_and_known_ones_do_not(tmp_path):
    content = dataset(annotation(attributes={"truncated": True}, area="odd"))
    content["images"][0] |= {"width": 100.0, "height": None, "area": 3, "video_id": 4, "frame_id": 9}
    rows = query(
        tmp_path,
        content,
        "SELECT scope, name, type FROM typed_column ORDER BY scope, name",
    )
    assert rows == [
        ("annotation", "truncated", "BOOLEAN"),
        ("image", "area", "DOUBLE"),
        ("image", "frame_id", "DOUBLE"),
        ("image", "video_id", "DOUBLE"),
    ]


def test_images_have_their_size_sequence_and_frame(tmp_path):
    content = dataset()
    content["images"][0] |= {"width": 100.0, "height": None, "video_id": 4, "frame_id": 9}
    rows = query(tmp_path, content, "SELECT source_id, width, height, sequence, frame FROM image ORDER BY row")
    assert rows == [(1, 100, None, "4", 9), (2, 100, 50, None, None)]


@pytest.mark.parametrize("ids", [[1, 2], [1, "1", None, 2.5, -(2**63), 2**63, [1], True, "\ud800"], []])
def test_ids_come_back_from_their_two_columns(ids):
    numbers, texts = id_columns(ids)
    masked = np.ma.getmaskarray(numbers)
    got = [read_id(None if masked[i] else int(numbers[i]), texts and texts[i]) for i in range(len(ids))]
    assert [(type(a), a) for a in got] == [(type(b), b) for b in ids]


def test_equal_ids_have_equal_random_keys_and_others_do_not():
    numbers, texts = id_columns([7, "7", 8, "7"])
    keys = random_keys(numbers, texts).tolist()
    assert keys[1] == keys[3]
    assert len(set(keys)) == 3
    assert keys[0] == random_keys(id_columns([7])[0], None)[0]


@pytest.mark.parametrize(
    "value",
    [{"a": [1, 2.5, None, True, "ü"]}, 2**64 + 1, -(2**63) - 1, "\ud800", float("inf"), 1e-7, 0.1 + 0.2, [[[{}]]]],
)
def test_text_of_a_value_gives_the_value_back(value):
    assert load(verbatim(value)) == value


def test_nan_is_found_however_deep():
    deep = float("nan")
    for _ in range(5000):
        deep = [{"a": deep}]
    assert has_non_finite(deep)
    assert not has_non_finite({"a": [1, 2.5, "nan", None]})
