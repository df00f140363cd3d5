"""Records that cannot be used: counted all, kept as far as a budget reaches."""

import json

import pytest
from tests.unit.formats.reading import save_picture

import assay
from assay.formats import rejected
from assay.formats.rejected import Rejected, RejectedRecords


@pytest.mark.parametrize(("records", "characters"), [(1_000, 1 << 20), (5, 1 << 20), (1_000, 5 * 9)])
def test_records_are_kept_in_their_order_up_to_a_budget_and_all_are_counted(monkeypatch, records, characters):
    monkeypatch.setattr(rejected, "_BLOCK_RECORDS", 3)
    monkeypatch.setattr(rejected, "MOST_RECORDS", records)
    monkeypatch.setattr(rejected, "MOST_CHARACTERS", characters)
    found = RejectedRecords()
    given = [Rejected("labels" if at % 2 else "images", at, f"odd_{at % 3}", f"line {at}", "[1]") for at in range(8)]
    for each in given:
        found.add(each)
    kept = 8 if records > 8 and characters > 100 else 5
    assert list(found) == given[:kept]
    assert (len(found), found.not_kept, found.total) == (kept, 8 - kept, 8)
    assert found.told.reasons == {"odd_0": 3, "odd_1": 3, "odd_2": 2}
    assert found.describe_lost(("labels",)) == (4, "odd_1: line 1")


def test_an_import_tells_of_records_that_are_not_kept_and_so_does_an_export(tmp_path, monkeypatch):
    monkeypatch.setattr(rejected, "MOST_RECORDS", 2)
    box = {"category_id": 1, "bbox": [0, 0, 1, 1]}
    content = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [box | {"id": at, "image_id": at} for at in range(1, 8)],
    }
    save_picture(tmp_path / "a.png")
    (tmp_path / "labels.json").write_text(json.dumps(content))
    (tmp_path / "projects").mkdir()
    with assay.import_path(tmp_path / "labels.json", tmp_path / "projects", name="p") as project:
        found = project.connection.get("/api/projects/p")["doctor"]
        told = {each["code"]: (each["count"], each["severity"]) for each in found}
        assert told["unknown_image"] == (6, "skipped")
        assert told["records_not_kept"] == (4, "warning")
        exported = project.export("coco", tmp_path / "out.json")
        assert exported["lost"] == {"records_not_kept": 4}
    assert [each["id"] for each in json.loads((tmp_path / "out.json").read_text())["annotations"]] == [1, 2, 3]
