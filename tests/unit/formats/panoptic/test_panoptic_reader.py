"""COCO panoptic as a source: a segment is an annotation with the mask of its colour."""

import json

import numpy as np
import pytest
from PIL import Image
from tests.unit.formats.reading import boxes, classes, mask, read

from assay.errors import InputError

NUMBERS = np.zeros((20, 40), dtype=np.int64)
NUMBERS[2:6, 3:9] = 3_226_956
NUMBERS[10:12, 20:30] = 7
NUMBERS[15:, :] = 99


def write(folder, **others):
    pixels = np.stack([NUMBERS & 255, NUMBERS >> 8 & 255, NUMBERS >> 16], axis=2).astype(np.uint8)
    (folder / "panoptic_val").mkdir()
    Image.fromarray(pixels).save(folder / "panoptic_val" / "a.png")
    segments = [
        {"id": 3_226_956, "category_id": 1, "area": 24, "bbox": [3, 2, 6, 4], "iscrowd": 0},
        {"id": 7, "category_id": 200, "area": 20, "bbox": [20, 10, 10, 2], "iscrowd": 1},
        {"id": 8, "category_id": 1},
        {"id": 7, "category_id": 5},
        {"category_id": 1},
    ]
    content = {
        "info": {"year": 2026},
        "images": [
            {"id": 5, "file_name": "a.jpg", "width": 40, "height": 20, "license": 1},
            {"id": 6, "file_name": "b.jpg"},
        ],
        "annotations": [
            {"image_id": 5, "file_name": "a.png", "segments_info": segments},
            {"image_id": 6, "file_name": "gone.png", "segments_info": segments[:1]},
            {"image_id": 77, "file_name": "a.png", "segments_info": []},
        ],
        "categories": [
            {"id": 1, "name": "person", "supercategory": "person", "isthing": 1, "color": [220, 20, 60]},
            {"id": 200, "name": "rug", "supercategory": "floor", "isthing": 0},
        ],
    } | others
    (folder / "panoptic_val.json").write_text(json.dumps(content))
    return folder / "panoptic_val.json"


def test_segments_are_annotations_with_their_pixels(tmp_path):
    source, words = read("panoptic", write(tmp_path))
    assert (source.images.ids, source.images.file_name) == ([5, 6], ["a.jpg", "b.jpg"])
    assert (classes(source), boxes(source)) == (["person", "rug"], [[3, 2, 6, 4], [20, 10, 10, 2]])
    assert (mask(source, words, 0) == (NUMBERS == 3_226_956)).all()
    assert source.annotations["area"].tolist() == [24, 20]
    assert source.annotations["crowd"].tolist() == [False, True]
    assert source.categories.ids == [1, 200]
    assert source.categories.supercategory == ["person", "floor"]
    assert source.categories.extras[0] == {"isthing": 1, "color": [220, 20, 60]}
    assert [extra["segment_id"] for extra in source.annotation_extras.values()] == [3_226_956, 7]
    assert source.doctor.counts == {
        "panoptic_without_pixels": 1,
        "panoptic_unknown_class": 1,
        "panoptic_record": 1,
        "panoptic_without_picture": 1,
        "panoptic_unknown_image": 1,
        "panoptic_not_listed": 1,
    }
    assert source.header == {"info": {"year": 2026}}


def test_a_file_without_images_is_refused(tmp_path):
    with pytest.raises(InputError, match="tells of no image"):
        read("panoptic", write(tmp_path, images=[]))
