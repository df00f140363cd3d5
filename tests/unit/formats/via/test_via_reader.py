"""VIA's projects and exports, JSON and CSV, as a source."""

import csv
import json
from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.formats.reading import boxes, classes, keypoints, read, rings

from assay.errors import InputError
from assay.formats.registry import recognise

SHAPES = [
    {"name": "rect", "x": 1, "y": 2, "width": 10, "height": 5},
    {"name": "polygon", "all_points_x": [1, 5, 5], "all_points_y": [2, 2, 6.5]},
    {"name": "circle", "cx": 20, "cy": 10, "r": 4},
    {"name": "ellipse", "cx": 20, "cy": 10, "rx": 6, "ry": 3, "theta": pi / 2},
    {"name": "polyline", "all_points_x": [0, 10], "all_points_y": [0, 5]},
    {"name": "point", "cx": 3, "cy": 4},
]


def region(shape, **attributes):
    return {"shape_attributes": shape, "region_attributes": attributes}


def records(regions, name="a b.png"):
    return {f"{name}10": {"filename": name, "size": 10, "regions": regions, "file_attributes": {"caption": "x"}}}


def read_json(folder, content, **options):
    (folder / "via.json").write_text(json.dumps(content))
    return read("via", folder / "via.json", folder, **options)


def check(source, words):
    assert source.doctor.counts == {}
    assert source.images.file_name == ["a b.png"]
    assert source.images.extras[0]["attributes"] == {"caption": "x"}
    assert classes(source) == ["cat"] * 6
    assert boxes(source)[:5] == [[1, 2, 10, 5], [1, 2, 4, 4.5], [16, 6, 8, 8], [17, 4, 6, 12], [0, 0, 10, 5]]
    assert rings(source, words, 1) == [[1, 2, 5, 2, 5, 6.5]]
    assert source.annotation_extras[4]["shape_type"] == "polyline"
    assert keypoints(source, words, 5) == [3, 4, 2]
    assert source.annotation_extras[0]["attributes"] == {"occluded": "no"}


def test_projects_and_exports_of_both_versions_say_the_same(tmp_path):
    regions = [region(shape, occluded="no", type="cat") for shape in SHAPES]
    found = records(regions)
    check(*read_json(tmp_path, found))
    check(*read_json(tmp_path, {"_via_settings": {}, "_via_img_metadata": found, "_via_attributes": {}}))
    old = json.loads(json.dumps(found))
    old["a b.png10"]["regions"] = {str(at): each for at, each in enumerate(regions)}
    check(*read_json(tmp_path, old))
    with (tmp_path / "via.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["filename", "file_size", "file_attributes", "region_count", "region_id",
                        "region_shape_attributes", "region_attributes"])  # fmt: skip
        for at, each in enumerate(regions):
            told = [json.dumps(each[key]) for key in ("shape_attributes", "region_attributes")]
            table.writerow(["a b.png", 10, '{"caption":"x"}', 6, at, *told])
    check(*read("via", tmp_path / "via.csv", tmp_path))
    for name in ("via.json", "via.csv"):
        assert [known.key for known, _ in recognise(tmp_path / name)] == ["via"]


def test_the_class_is_the_likeliest_attribute_or_the_one_that_is_named(tmp_path):
    rect = SHAPES[0]
    regions = [region(rect, colour="red", kind={"cat": True, "dog": True, "cow": False}), region(rect, colour="blue")]
    assert classes(read_json(tmp_path, records(regions))[0]) == ["red", "blue"]
    source, _ = read_json(tmp_path, records(regions), label="kind")
    assert classes(source) == ["cat", "dog", "object"]
    assert source.doctor.counts == {"via_without_class": 1}


def test_what_cannot_be_used_is_kept_and_counted(tmp_path):
    bad = [
        {"name": "star"},
        {"name": "rect", "x": "1"},
        {"name": "polygon", "all_points_x": [1], "all_points_y": [1]},
        3,
    ]
    source, _ = read_json(tmp_path, records([region(each, type="cat") for each in bad]) | {"x": {"size": 3}})
    assert source.doctor.skipped == {"via_shape": 2, "via_points": 2, "via_image": 1}
    assert len(source.rejected) == 5
    for content in ({}, [], {"a": 1}):
        with pytest.raises(InputError):
            read_json(tmp_path, content)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=4), each, max_size=3),
    max_leaves=5,
)
shapes = anything | st.fixed_dictionaries(
    {"name": st.sampled_from(["rect", "circle", "ellipse", "polygon", "polyline", "point"])},
    optional={name: anything | st.integers(0, 9) for name in ("x", "y", "width", "height", "cx", "cy", "r", "rx", "ry")}
    | {name: st.lists(st.integers(0, 9) | anything, max_size=4) for name in ("all_points_x", "all_points_y")},
)


@given(found=st.lists(anything | st.builds(lambda s, a: {"shape_attributes": s, "region_attributes": a}, shapes, anything), max_size=5))  # fmt: skip # noqa: E501
@settings(max_examples=60, deadline=None)
def test_every_region_is_an_annotation_or_kept_with_a_reason(tmp_path_factory, found):
    source, _ = read_json(tmp_path_factory.mktemp("via"), records(found))
    assert len(source.annotation_ids) + len(source.rejected) >= len(found)
    assert np.isfinite(source.annotations["xywh"][~np.isnan(source.annotations["xywh"])]).all()
