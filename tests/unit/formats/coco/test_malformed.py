"""About forty ways in which records are malformed: each is counted by its reason, the rest goes on."""

import math
from contextlib import suppress

import pytest
from tests.unit.formats.coco.coco_files import annotation, dataset, import_and_export, same

from assay.errors import InputError

NAN, INF = math.nan, math.inf
SQUARE = [1, 1, 9, 1, 9, 9, 1, 9]


def alone(**shapes):
    """An annotation that has no other shape."""
    return annotation(**{"bbox": ..., "segmentation": ...} | shapes)


SKIPPED_ANNOTATIONS = [
    ("not_an_object", None),
    ("not_an_object", 3),
    ("not_an_object", [annotation()]),
    ("missing_image_id", annotation(image_id=...)),
    ("missing_image_id", annotation(image_id=None)),
    ("missing_image_id", annotation(image_id=True)),
    ("missing_image_id", annotation(image_id=[1])),
    ("missing_category_id", annotation(category_id=...)),
    ("missing_category_id", annotation(category_id={"id": 1})),
    ("unknown_image", annotation(image_id=99)),
    ("unknown_image", annotation(image_id="1.5")),
    ("unknown_image", annotation(image_id=NAN)),
    ("unknown_category", annotation(category_id=0)),
    ("unknown_category", annotation(category_id=10**30)),
    ("bbox_malformed", alone(bbox="10 20 30 10")),
    ("bbox_malformed", alone(bbox=[10, 20, 30])),
    ("bbox_malformed", alone(bbox={"x": 10})),
    ("bbox_not_finite", alone(bbox=[10, NAN, 30, 10])),
    ("segmentation_malformed", alone(segmentation="polygon")),
    ("segmentation_malformed", alone(segmentation={})),
    ("segmentation_not_finite", alone(segmentation=[[1, 1, NAN, 1, 9, 9]])),
    ("bbox_malformed", alone(bbox=[1], segmentation=[[1, 2, 3]], keypoints=[1])),
]

FAULTY_ANNOTATIONS = [
    ("faulty_bbox", annotation(bbox="10 20 30 10")),
    ("faulty_bbox", annotation(bbox=[10, 20, 30])),
    ("faulty_bbox", annotation(bbox=[10, 20, 30, 10, 0])),
    ("faulty_bbox", annotation(bbox=[10, 20, 30, "wide"])),
    ("faulty_bbox", annotation(bbox=[10, 20, 30, None])),
    ("faulty_bbox", annotation(bbox=[[10, 20], [30, 10]])),
    ("faulty_bbox", annotation(bbox={"x": 10})),
    ("faulty_bbox", annotation(bbox=7)),
    ("faulty_bbox", annotation(bbox=[10, NAN, 30, 10])),
    ("odd_numbers", annotation(bbox=[10, 20, 30, "10"])),
    ("odd_numbers", annotation(bbox=[10, 20, 30, True])),
    ("odd_numbers", annotation(bbox=[10, 20, INF, 10])),
    ("odd_numbers", annotation(bbox=[10, 20, 10**400, 10])),
    ("odd_numbers", annotation(segmentation=[["1", "2", "9", "2", "9", "9"]])),
    ("odd_numbers", annotation(segmentation=[[1, 1, 9, 1, 9, True]])),
    ("odd_numbers", annotation(segmentation=[[1, 1, 2**60, 1, 9, 9]])),
    ("bbox_negative_size", annotation(bbox=[10, 20, -30, 10])),
    ("bbox_negative_size", annotation(bbox=[10, 20, -30, 10], segmentation=...)),
    ("faulty_segmentation", annotation(segmentation="polygon")),
    ("faulty_segmentation", annotation(segmentation=7)),
    ("faulty_segmentation", annotation(segmentation=NAN)),
    ("faulty_segmentation", annotation(segmentation=[[1, 2, 3]])),
    ("faulty_segmentation", annotation(segmentation=[["one", "2"]])),
    ("faulty_segmentation", annotation(segmentation=[None])),
    ("faulty_segmentation", annotation(segmentation=[{"x": 1, "y": 2}])),
    ("faulty_segmentation", annotation(segmentation=[[1, 1, NAN, 1, 9, 9]])),
    ("faulty_segmentation", annotation(segmentation=[[1, 1, None, 1, 9, 9]])),
    ("faulty_segmentation", annotation(segmentation={})),
    ("faulty_segmentation", annotation(segmentation={"points": SQUARE})),
    ("faulty_segmentation", annotation(segmentation={"size": [2, 2], "counts": [3]})),
    ("faulty_segmentation", annotation(segmentation={"size": [2, 2], "counts": [5, -1]})),
    ("faulty_segmentation", annotation(segmentation={"size": [2, 2], "counts": [4.0]})),
    ("faulty_segmentation", annotation(segmentation={"size": [2], "counts": [4]})),
    ("faulty_segmentation", annotation(segmentation={"size": [0, 0], "counts": []})),
    ("faulty_segmentation", annotation(segmentation={"size": [0, 5], "counts": [0, 0]})),
    ("faulty_segmentation", annotation(segmentation={"size": [2, 2], "counts": "not RLE"})),
    ("faulty_segmentation", annotation(segmentation={"size": [2, 2], "counts": "\ud800"})),
    ("faulty_segmentation", annotation(segmentation={"size": [2**20, 2**20], "counts": [2**40]})),
    ("part_of_segmentation", annotation(segmentation=[SQUARE, None])),
    ("part_of_segmentation", annotation(segmentation=[SQUARE, [1, 1, NAN, 1, 9, 9]])),
    ("part_of_segmentation", annotation(segmentation=[[*SQUARE, 1]])),
    ("nested_polygon", annotation(segmentation=[[[1, 1], [9, 1], [9, 9]]])),
    ("nested_polygon", annotation(segmentation=[[1, 1], [9, 1], [9, 9]])),
    ("flat_polygon", annotation(segmentation=SQUARE)),
    ("odd_keypoints", annotation(keypoints=[1, 2])),
    ("odd_keypoints", annotation(keypoints=[1, 2, NAN])),
    ("odd_keypoints", annotation(keypoints=[[1, 2, 2]])),
]

ODD_ANNOTATIONS = [
    ("odd_area", annotation(area=NAN)),
    ("odd_area", annotation(area="300")),
    ("odd_area", annotation(area=10**400)),
    ("odd_iscrowd", annotation(iscrowd=2)),
    ("odd_iscrowd", annotation(iscrowd="1")),
    ("odd_iscrowd", annotation(iscrowd="0")),
    ("annotation_id_zero", annotation(id=0)),
    ("non_finite_attribute", annotation(attributes={"score": [NAN]})),
    ("missing_id", annotation(id=...)),
    ("missing_id", annotation(id=None)),
    ("box_outside", annotation(bbox=[90, 20, 30, 10])),
    (None, annotation(bbox=...)),
    (None, annotation(bbox=None)),
    (None, annotation(bbox=[])),
    (None, annotation(area=None)),
    ("odd_area", annotation(area=2**60 + 1)),
    (None, annotation(iscrowd=True)),
    (None, annotation(iscrowd=None)),
    (None, annotation(iscrowd=0.0)),
    (None, annotation(segmentation=None)),
    (None, annotation(segmentation=[])),
    (None, annotation(segmentation=[[]])),
    (None, annotation(segmentation=[SQUARE, []])),
    (None, annotation(segmentation={"size": [2, 2], "counts": [4], "tool": "brush"})),
    (None, annotation(keypoints=None, num_keypoints=None)),
    (None, annotation(keypoints=[], num_keypoints=-1)),
    (None, annotation(num_keypoints=2**80)),
    ("fields_left_out", annotation(attributes={"rotation": 10**400, "": 1, "a\ud800": "\udc00", "n": 10**400})),
    (None, annotation(attributes={"at": "0001-01-01T00:00:00+14:00"}, score=10**400, track_id="\ud800")),
    (None, annotation(id={"a": [NAN, 2**70]})),
]


def warnings(source):
    return {finding["code"] for finding in source.doctor.report() if finding["severity"] == "warning"}


@pytest.mark.parametrize(("reason", "record"), SKIPPED_ANNOTATIONS)
def test_malformed_annotation_is_skipped_with_its_reason_and_written_back(tmp_path, reason, record):
    content = dataset(annotation(id=1), record, annotation(id=3))
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {reason: 1}
    assert source.annotation_ids == [1, 3]
    (rejected,) = source.rejected
    assert (rejected.section, rejected.position) == ("annotations", 1)
    assert "annotation" in rejected.detail
    assert same(written, content)


@pytest.mark.parametrize(("code", "record"), FAULTY_ANNOTATIONS)
def test_faulty_part_of_an_annotation_leaves_the_good_part_and_is_noted_and_written_back(tmp_path, code, record):
    content = dataset(annotation(id=1), record, annotation(id=3))
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {}
    assert warnings(source) - {"box_outside"} == {code}
    assert [bool(fault) for fault in source.annotations["faults"]] == [False, True, False]
    assert same(written, content)


@pytest.mark.parametrize(("code", "record"), ODD_ANNOTATIONS)
def test_odd_annotation_is_used_and_noted_and_written_back(tmp_path, code, record):
    content = dataset(annotation(id=1), record, annotation(id=3))
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {}
    assert len(source.annotation_ids) == 3
    assert warnings(source) == ({code} if code else set())
    assert same(written, content)


@pytest.mark.parametrize(
    ("reason", "record"),
    [
        ("not_an_object", "a.jpg"),
        ("not_an_object", None),
        ("image_without_file_name", {"width": 3}),
        ("image_without_file_name", {"id": [3], "file_name": ""}),
        ("image_without_file_name", {"id": None, "file_name": ["a.jpg"]}),
    ],
)
def test_malformed_image_is_skipped_and_so_are_its_annotations(tmp_path, reason, record):
    content = dataset(annotation(image_id=3), annotation(image_id=2, id=8))
    content["images"].insert(1, record)
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {reason: 1, "unknown_image": 1}
    assert source.images.file_name == ["a.jpg", "b.jpg"]
    assert same(written, content)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("odd_image_size", {"width": -5}),
        ("odd_image_size", {"height": "50"}),
        ("odd_image_size", {"width": 10.5, "height": NAN}),
        ("odd_image_size", {"width": True}),
        ("odd_image_size", {"width": 10**400}),
        ("duplicate_image_id", {"id": 1}),
        ("duplicate_image_id", {"id": 1.0}),
        ("duplicate_file_name", {"file_name": "a.jpg"}),
        ("missing_id", {"id": None}),
        (None, {"width": None, "height": None}),
        (None, {"width": 100.0}),
        ("unnamed_image", {"file_name": None}),
        ("unnamed_image", {"file_name": " "}),
        ("unnamed_image", {"file_name": ["b.jpg"]}),
        ("unnamed_image", {"file_name": True}),
        ("numeric_file_name", {"file_name": 397133}),
        ("numeric_file_name", {"file_name": NAN}),
        ("file_name_from_url", {"file_name": None, "coco_url": "http://images.cocodataset.org/val2017/1%20a.jpg?x=1"}),
        (None, {"id": True}),
        (None, {"id": [1, {"a": NAN}]}),
        (None, {"file_name": "\ud800.jpg"}),
        (None, {"file_name": "nul\0.jpg"}),
        (None, {"ROW": 1, "row": 2, "Row": "x", "": 3, "\udc00": 4, "x" * 300: 1, "a\0b": 2, 'q"': 1}),
    ],
)
def test_odd_image_is_used_and_noted_and_written_back(tmp_path, code, changes):
    content = dataset(annotation())
    content["images"][1] |= changes
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {}
    assert len(source.images.ids) == 2
    assert warnings(source) - {"fields_left_out"} == ({code} if code else set())
    assert same(written, content)


@pytest.mark.parametrize(
    ("reason", "record"),
    [
        ("not_an_object", "cat"),
        ("category_without_name", {"name": None}),
        ("category_without_name", {"id": [3], "name": ["cat"]}),
    ],
)
def test_malformed_category_is_skipped_and_so_are_its_annotations(tmp_path, reason, record):
    content = dataset(annotation(category_id=3), annotation(id=8))
    content["categories"].insert(0, record)
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {reason: 1, "unknown_category": 1}
    assert same(written, content)


@pytest.mark.parametrize(
    ("code", "categories"),
    [
        ("duplicate_category_id", [{"id": 2, "name": "cat"}, {"id": 2, "name": "dog"}]),
        (
            "duplicate_category_name",
            [{"id": 1, "name": "wheel", "supercategory": "car"}, {"id": 2, "name": "wheel", "supercategory": "bus"}],
        ),
        ("numeric_category_name", [{"id": 2, "name": 3}, {"id": 3, "name": 2.5}, {"id": 4, "name": True}]),
        ("unnamed_category", [{"id": 2}, {"id": "x", "name": None}, {"id": 4, "name": ""}, {"id": 5, "name": [1]}]),
        (None, [{"id": 2, "name": "\ud800", "supercategory": "\udc00"}]),
        (None, [{"id": 2, "name": "a", "supercategory": None, "keypoints": ["nose"], "skeleton": [[1, 2]]}]),
        (None, [{"id": 2, "name": "a", "supercategory": 5}, {"name": "no id"}, {"id": [2], "name": "list"}]),
    ],
)
def test_odd_categories_are_used_and_noted_and_written_back(tmp_path, code, categories):
    content = dataset(annotation(), categories=categories)
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {}
    assert source.categories.position == list(range(len(categories)))
    assert warnings(source) == ({code} if code else set())
    assert same(written, content)


@pytest.mark.parametrize("value", [None, {}, {"1": {"name": "cat"}}, "none", 0])
def test_section_that_is_no_array_is_kept_and_noted(tmp_path, value):
    content = dataset(annotation(), categories=value)
    source, written = import_and_export(tmp_path, content)
    assert warnings(source) == {"section_malformed", "no_annotation"}
    assert source.doctor.skipped == {"unknown_category": 1}
    assert same(written, content)


@pytest.mark.parametrize("section", ["annotations", "categories"])
def test_absent_section_stays_absent_and_empty_one_stays_empty(tmp_path, section):
    content = dataset(annotation())
    content[section] = []
    (tmp_path / "empty").mkdir()
    assert same(import_and_export(tmp_path / "empty", content)[1], content)
    del content[section]
    (tmp_path / "absent").mkdir()
    source, written = import_and_export(tmp_path / "absent", content)
    assert warnings(source) == {"missing_section"} | ({"no_annotation"} if section == "categories" else set())
    assert same(written, content)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"annotations": [], "info": 1},
        {"images": []},
        {"images": None},
        {"images": {"1": "a.jpg"}},
        {"images": [None, {"width": 1}], "annotations": [annotation()]},
    ],
)
def test_file_without_a_usable_image_is_refused(tmp_path, content):
    with pytest.raises(InputError, match="yields no image") as caught:
        import_and_export(tmp_path, content)
    assert caught.value.exit_code == 3
    assert caught.value.actual


def test_record_nested_hundreds_of_levels_is_kept_or_refused_but_never_crashes(tmp_path):
    for depth in (200, 400, 700, 1000):
        folder = tmp_path / str(depth)
        folder.mkdir()
        text = '{"images": [{"file_name": "a.jpg", "deep": DEEP}], "annotations": [DEEP]}'
        text = text.replace("DEEP", "[" * depth + "]" * depth)
        if depth <= 400:
            assert import_and_export(folder, text)[0].doctor.skipped == {"not_an_object": 1}
        else:
            with suppress(InputError):  # how deep Python's parser goes depends on its version
                import_and_export(folder, text)
