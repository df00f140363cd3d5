import pytest
from tests.unit.formats.coco.coco_files import annotation, dataset, import_and_export

from assay.formats.doctor import MESSAGES, Doctor
from assay.formats.registry import all_formats


def finding(source, code):
    (found,) = [f for f in source.doctor.report() if f["code"] == code]
    return found


def test_counts_everything_and_keeps_the_first_five_examples():
    doctor = Doctor()
    for number in range(8):
        doctor.note("odd_area", f"annotation {number}")
    doctor.note("unknown_image", "annotation 9", skipped=True)
    assert [(f["code"], f["severity"], f["count"]) for f in doctor.report()] == [
        ("unknown_image", "skipped", 1),
        ("odd_area", "warning", 8),
    ]
    assert doctor.report()[1]["examples"] == [f"annotation {n}" for n in range(5)]
    assert doctor.skipped == {"unknown_image": 1}


def test_findings_come_back_from_what_was_stored():
    doctor = Doctor()
    doctor.note("unknown_image", "half a character: \ud800", 3, skipped=True)
    doctor.note("flat_polygon", "annotations[0]")
    assert Doctor.load(doctor.dump()) == doctor


def test_findings_of_two_sources_add_up():
    first, second = Doctor(), Doctor()
    first.note("flat_polygon", "a")
    second.note("flat_polygon", "b", 2)
    second.note("unknown_image", "c", skipped=True)
    first.merge(second)
    assert (first.counts, first.examples["flat_polygon"]) == ({"flat_polygon": 3, "unknown_image": 1}, ["a", "b"])
    first.clear("flat_polygon")
    assert first.skipped == first.counts == {"unknown_image": 1}


def test_every_message_is_a_sentence():
    assert set(all_formats()["coco"].messages) | set(all_formats()["csv"].messages) < set(MESSAGES)
    assert all(text[0].isupper() and text.endswith(".") for text in MESSAGES.values())


@pytest.mark.parametrize(("first", "used", "noted"), [(1, 0, True), (0, 2, True), (1, 7, False), (0, 9, False)])
def test_category_ids_off_by_one_are_told(tmp_path, first, used, noted):
    categories = [{"id": first, "name": "cat"}, {"id": first + 1, "name": "dog"}]
    content = dataset(annotation(category_id=used), annotation(category_id=used), categories=categories)
    source, _ = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {"unknown_category": 2}
    assert ("off_by_one_categories" in source.doctor.counts) is noted
    if noted:
        assert finding(source, "off_by_one_categories")["examples"] == [
            f"categories are {first}..{first + 1}, annotations name {used}"
        ]


def test_normalised_coordinates_are_told(tmp_path):
    boxes = [[0.1, 0.2, 0.5, 0.5], [0, 0, 1, 1], [0.5, 0.5, 0.25, 0.5]]
    source, _ = import_and_export(tmp_path, dataset(*(annotation(bbox=b) for b in boxes)))
    assert finding(source, "normalised_coordinates")["count"] == 3
    boxes[0] = [10, 10, 20, 20]
    (tmp_path / "pixels").mkdir()
    source, _ = import_and_export(tmp_path / "pixels", dataset(*(annotation(bbox=b) for b in boxes)))
    assert "normalised_coordinates" not in source.doctor.counts


def test_boxes_more_than_a_pixel_outside_are_told_with_box_and_size(tmp_path):
    boxes = [[-1, -1, 102, 52], [-1.5, 0, 5, 5], [0, 0, 101.5, 5], [0, 49, 5, 3], [50, 10, 5, 5]]
    content = dataset(*(annotation(id=i, bbox=b) for i, b in enumerate(boxes)))
    source, _ = import_and_export(tmp_path, content)
    found = finding(source, "box_outside")
    assert found["count"] == 3
    assert found["examples"][0] == "annotation 1: bbox [-1.5, 0.0, 5.0, 5.0] in 100 × 50"


def test_box_of_an_image_without_a_size_is_not_called_outside(tmp_path):
    content = dataset(annotation(bbox=[500, 500, 10, 10]))
    del content["images"][0]["width"], content["images"][0]["height"]
    assert import_and_export(tmp_path, content)[0].doctor.report() == []


def test_duplicates_are_counted_beyond_the_first(tmp_path):
    content = dataset(*(annotation(id=i) for i in (1, 1, "1", 1, 2, 2)))
    found = finding(import_and_export(tmp_path, content)[0], "duplicate_annotation_id")
    assert (found["count"], found["examples"]) == (3, ["annotation 1", "annotation 1", "annotation 2"])
