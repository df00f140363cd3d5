import json
import os
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from tests.unit.formats.coco.coco_files import (
    annotation,
    dataset,
    export,
    import_and_export,
    import_file,
    open_project,
    same,
)

from assay.errors import InputError

ROOT = Path(__file__).resolve().parents[4]
DATA = Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data")) / "coco-train-343"


def compressed(mask):
    rle = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": rle["size"], "counts": rle["counts"].decode()}


def test_every_kind_of_geometry_comes_back_as_it_was(tmp_path):
    mask = np.zeros((50, 100), dtype=bool)
    mask[3:20, 5:60] = True
    content = dataset(
        annotation(segmentation=[[1.25, 2.5, 3.75, 4, 5, 6.125]]),
        annotation(segmentation=[[1, 2, 3, 4, 5, 6], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], [9, 9]]),
        annotation(segmentation={"counts": [4000, 1000], "size": [50, 100]}, iscrowd=1),
        annotation(segmentation=compressed(mask), iscrowd=1),
        annotation(segmentation=[]),
        annotation(segmentation=...),
        annotation(bbox=..., segmentation=..., area=..., iscrowd=...),
        annotation(keypoints=[1, 2, 2, 0, 0, 0, 3.5, 4, 1], num_keypoints=2),
        annotation(attributes={"rotation": 30.5, "occluded": False}),
        annotation(segmentation=compressed(np.zeros((50, 100), dtype=bool))),
        annotation(segmentation=[[7, 8, 9, 10, 11, 12]]),
    )
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.report() == [
        {
            "code": "duplicate_annotation_id",
            "severity": "warning",
            "count": 10,
            "message": "Annotation ids that occur more than once; all are kept.",
            "examples": ["annotation 7"] * 5,
        }
    ]
    assert same(written, content)


def test_ids_of_any_type_and_order_come_back(tmp_path):
    ids = [5, -3, "5", "", 2.5, 2**63, -(2**70), None, "ü", 0]
    content = {
        "annotations": [annotation(id=i, image_id=i, category_id=i) for i in reversed(ids) if i is not None],
        "images": [{"file_name": f"{n}.jpg", "id": i} for n, i in enumerate(ids)],
        "categories": [{"name": str(n), "id": i} for n, i in enumerate(ids)],
    }
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {}
    assert same(written, content)


def test_skipped_records_stay_at_their_place(tmp_path):
    bad = annotation(image_id=77, bbox=[float("nan"), 1, 2, 3])
    content = dataset("first", annotation(id=1), bad, annotation(image_id=9), annotation(id=2), None)
    content["images"] = [None, *content["images"], 5]
    content["categories"] = ["x", *content["categories"], {}]
    source, written = import_and_export(tmp_path, content)
    assert same(written, content)
    assert sum(source.doctor.skipped.values()) == 4 + 2 + 2


def test_other_keys_and_unknown_fields_come_back(tmp_path):
    content = dataset(
        annotation(caption='two\nlines "quoted" ü \0', extra={"a": [1, {"b": None}]}),
        info={"year": 2017, "nan": float("nan")},
        licenses=[{"id": 1}],
        **{"": 1, "ünï": [2**70], "\ud800": "\udc00"},
    )
    content["images"][0] |= {"license": 3, "date_captured": "2013-11-14 11:18:45", "flags": [True, None]}
    assert same(import_and_export(tmp_path, content)[1], content)


def test_message_names_item_expectation_and_finding(tmp_path):
    content = dataset(annotation(id="x-1", bbox=[1, 2, 3], segmentation=...), annotation(id=2, image_id=5))
    source, _ = import_and_export(tmp_path, content)
    assert [r.detail for r in source.rejected] == [
        'annotation "x-1": expected bbox as 4 numbers [x, y, width, height], found [1,2,3]',
        "annotation 2: image_id 5 is none of the file's 2",
    ]


def test_added_file_shares_classes_by_name_and_each_source_comes_back(tmp_path):
    first = dataset(annotation(category_id=1), annotation(category_id=2, segmentation=[[1, 1, 2, 2, 3, 1]]))
    second = dataset(
        annotation(category_id=40, image_id=2, attributes={"Colour": "red"}),
        annotation(category_id="x", keypoints=[1, 2, 2]),
        annotation(category_id=3),
        categories=[{"id": 40, "name": "dog"}, {"id": "x", "name": "bird"}, {"id": 1, "name": "cat", "note": "other"}],
        info="second",
    )
    second["images"][1] |= {"width": None, "colour": 3}
    with open_project(tmp_path) as store:
        for content in (first, second, first):
            path = tmp_path / "file.json"
            path.write_text(json.dumps(content))
            import_file(store, path)
        with store.read() as cursor:
            classes = cursor.execute("SELECT row, name FROM class ORDER BY row").fetchall()
            used = cursor.execute("SELECT source, class FROM annotation ORDER BY row").fetchall()
            images = cursor.execute("SELECT source, image FROM annotation ORDER BY row").fetchall()
        assert classes == [(0, "cat"), (1, "dog"), (2, "bird")]
        assert used == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 0), (2, 1)]
        assert images == [(0, 0), (0, 0), (1, 3), (1, 2), (2, 4), (2, 4)]
        for number, content in enumerate((first, second, first)):
            assert same(export(store, number), content)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason=f"the shared real data is absent: {DATA}")
@pytest.mark.parametrize("name", ["instances", "person_keypoints"])
def test_real_coco_files_come_back(tmp_path, name):
    file = DATA / f"{name}_train2017.json"
    with open_project(tmp_path) as store:
        number, source = import_file(store, file)
        assert source.doctor.skipped == {}
        assert same(export(store, number), json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason=f"the shared real data is absent: {DATA}")
def test_a_real_file_of_captions_is_refused_with_the_file_to_use(tmp_path):
    with open_project(tmp_path) as store, pytest.raises(InputError, match="COCO captions") as refused:
        import_file(store, DATA / "captions_train2017.json")
    assert "instances_" in (refused.value.hint or "")
