import numpy as np
import pytest
from tests.unit.formats.coco.coco_files import annotation

from assay.formats.coco.annotations import read_chunk
from assay.formats.segmentations import OddRecordError, pack_segmentations, plain_numbers
from assay.project.vocabulary import Segmentation

MIXED = [
    annotation(id=0),
    annotation(id=1, segmentation=[[1, 2, 3, 4, 5, 6], [7, 8]], bbox=...),
    annotation(id=2, segmentation={"size": [2, 3], "counts": [1, 5]}, iscrowd=1, area=...),
    annotation(id=3, segmentation={"size": [2, 3], "counts": "06"}, iscrowd=...),
    annotation(id=4, segmentation=[], keypoints=[1, 2, 2], num_keypoints=1),
    annotation(id=5, segmentation=..., note="kept", attributes={"rotation": 5}),
    annotation(id="six", segmentation=[[9, 9, 8, 8]], keypoints=[]),
]


def test_words_hold_ring_lengths_then_coordinates_then_compressed_text_then_keypoints():
    chunk = read_chunk(MIXED, 100)
    assert chunk.words[:9].tolist() == [8, 10, 20, 40, 20, 40, 30, 10, 30]
    assert chunk.words[9:19].tolist() == [6, 2, 1, 2, 3, 4, 5, 6, 7, 8]
    assert chunk.words[19:21].tolist() == [1, 5]
    assert chunk.words[21:26].tolist() == [4, 9, 9, 8, 8]
    assert chunk.words[26:27].tobytes() == b"06" + bytes(6)
    assert chunk.words[27:].tolist() == [1, 2, 2]
    assert chunk.word_start[[0, 1, 2, 3, 6]].tolist() == [0, 9, 19, 26, 21]
    assert chunk.word_count.tolist() == [9, 10, 2, 1, 0, 0, 5]
    assert chunk.ring_count.tolist() == [1, 2, 0, 0, 0, 0, 1]
    assert chunk.rle_size[2:4].tolist() == [[2, 3], [2, 3]]
    assert chunk.rle_bytes.tolist() == [0, 0, 0, 2, 0, 0, 0]
    assert chunk.keypoint_start[4] == 27
    assert chunk.keypoint_count.tolist() == [0, 0, 0, 0, 3, 0, 0]
    assert [Segmentation(kind).name for kind in chunk.segmentation] == [
        "POLYGON", "POLYGON", "COUNTS", "COMPRESSED", "EMPTY", "NONE", "POLYGON",
    ]  # fmt: skip


def test_columns_hold_what_the_records_say():
    chunk = read_chunk(MIXED, 100)
    assert chunk.position.tolist() == list(range(100, 107))
    assert chunk.ids == [0, 1, 2, 3, 4, 5, "six"]
    assert np.isnan(chunk.xywh[1]).all()
    assert chunk.xywh[0].tolist() == [10, 20, 30, 10]
    assert np.isnan(chunk.area).tolist() == [False, False, True, False, False, False, False]
    assert chunk.crowd.tolist() == [False, False, True, False, False, False, False]
    assert chunk.num_keypoints.tolist() == [-1, -1, -1, -1, 1, -1, -1]
    assert chunk.extras == {5: {"note": "kept", "attributes": {"rotation": 5}}}


@pytest.mark.parametrize(
    "bad",
    [
        None,
        annotation(bbox=[1], segmentation=...),
        annotation(image_id=...),
        annotation(segmentation=[[1, 2, 3]], bbox=...),
    ],
)
@pytest.mark.parametrize("records", [MIXED, MIXED[:1], [annotation(id=i) for i in range(5)], []])
def test_one_bad_record_changes_nothing_for_the_others(records, bad):
    alone = read_chunk(records, 0)
    beside = read_chunk([*records, bad], 0)
    assert [r.position for r in beside.rejections] == [len(records)]
    for name, value in vars(alone).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(beside, name), value, err_msg=name)
            assert getattr(beside, name).dtype == value.dtype
        elif name != "rejections":
            assert getattr(beside, name) == value


@pytest.mark.parametrize("value", ["1", None, [1], True, float("nan"), float("inf"), 2**53, 2**53 + 1, -(10**400)])
@pytest.mark.parametrize("others", [[], [0, 1.5, 1, 2**53 - 1]])
def test_only_numbers_that_a_double_holds_exactly_are_plain(value, others):
    assert plain_numbers(others).tolist() == others
    with pytest.raises(OddRecordError):
        plain_numbers([*others, value])


def test_no_segmentations_have_no_words():
    assert len(pack_segmentations([None, None]).words) == 0
    assert len(pack_segmentations([]).words) == 0
