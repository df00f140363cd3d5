"""Where Assay means to differ from pycocotools, and where it does not: ids of 0, odd values of iscrowd."""

import contextlib
import io

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tests.unit.formats.coco.coco_files import annotation, dataset, import_and_export, same

BOX = {"image_id": 1, "category_id": 2, "bbox": [10, 20, 30, 10]}


def precision_of(content):
    """Return pycocotools' AP of one prediction that is the annotation."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = content
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes([BOX | {"score": 0.9}]), "bbox")
        evaluation.params.catIds = [2]
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"][:, :, 0, 0, -1].mean()


def test_annotation_0_costs_pycocotools_a_true_positive_and_is_warned_of(tmp_path):
    content = dataset(annotation(id=0))
    source, _ = import_and_export(tmp_path, content)
    assert source.doctor.counts == {"annotation_id_zero": 1}
    assert precision_of(content) == 0
    assert precision_of(dataset(annotation(id=1))) == pytest.approx(1)


@pytest.mark.parametrize(
    ("value", "is_crowd"),
    [(2, True), (-1, True), (0.5, True), (True, True), ("1", True), ("true", True), (" True ", True),
     ("0", False), ("false", False), ("", False), (None, False), (float("nan"), False), ([1], False)],
)  # fmt: skip
def test_odd_values_of_iscrowd_are_read_as_the_doctor_says(tmp_path, value, is_crowd):
    content = dataset(annotation(iscrowd=value))
    source, written = import_and_export(tmp_path, content)
    assert source.annotations["crowd"].tolist() == [is_crowd]
    assert same(written, content)


def test_numbers_other_than_0_are_crowds_for_pycocotools_too_and_any_text_is_ignored():
    assert precision_of(dataset(annotation(iscrowd=0))) == pytest.approx(1)
    assert precision_of(dataset(annotation(iscrowd=2))) == -1  # nothing but crowds: no precision
    assert precision_of(dataset(annotation(iscrowd="0"))) == -1
