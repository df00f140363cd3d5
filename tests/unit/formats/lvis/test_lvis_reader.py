"""LVIS as a source: COCO with images named by URL, splits by their folders, and its own fields kept."""

import json

from tests.unit.formats.reading import boxes, classes, read

from assay.formats.registry import recognise

CONTENT = {
    "images": [
        {"id": 1, "width": 40, "height": 20, "coco_url": "http://images.cocodataset.org/train2017/000000000001.jpg",
         "neg_category_ids": [2], "not_exhaustive_category_ids": [1]},
    ],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12,
                     "segmentation": [[1, 2, 4, 2, 4, 6]]}],
    "categories": [{"id": 1, "name": "aerosol_can", "synset": "aerosol.n.02", "frequency": "c", "image_count": 64},
                   {"id": 2, "name": "air_conditioner", "synset": "air_conditioner.n.01", "frequency": "f"}],
}  # fmt: skip


def test_lvis_keeps_what_it_says_of_images_and_classes(tmp_path):
    (tmp_path / "lvis.json").write_text(json.dumps(CONTENT))
    source, _ = read("lvis", tmp_path / "lvis.json")
    assert source.images.file_name == ["train2017/000000000001.jpg"]
    extra = source.images.extras[0]
    assert (extra["split"], extra["neg_category_ids"], extra["not_exhaustive_category_ids"]) == ("train", [2], [1])
    assert source.categories.extras[0] == {"synset": "aerosol.n.02", "frequency": "c", "image_count": 64}
    assert (classes(source), boxes(source)) == (["aerosol_can"], [[1, 2, 3, 4]])
    assert "file_name_from_url" not in source.doctor.counts
    assert [known.key for known, _ in recognise(tmp_path / "lvis.json")] == ["lvis"]
