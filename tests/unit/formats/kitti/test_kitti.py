"""KITTI's labels: where they lie, what a line says, and lines that cannot be used."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import assay
from assay.formats.gathering import RecordFault
from assay.formats.kitti.lines import parse_line
from assay.formats.registry import recognise

CAR = "Car 0.50 2 -1.57 10.5 5.25 30 15 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59"
IGNORED = "DontCare -1 -1 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10"


def test_a_dataset_comes_in_with_predictions(tmp_path):
    for name in ("000001", "000002"):
        path = tmp_path / "training" / "image_2" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", np.zeros((20, 40, 3), dtype=np.uint8))[1].tobytes())
    labels = tmp_path / "training" / "label_2"
    labels.mkdir()
    bad = "Car 1 2\nCar x 2 -1.57 1 2 3 4 1 1 1 0 0 0 0\nCar 0 0 0 9 2 3 4 1 1 1 0 0 0 0\n"
    (labels / "000001.txt").write_bytes(f"\ufeff{CAR}\r\n{IGNORED}\r\n\r\n{bad}".encode())
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "000001.txt").write_text(f"{CAR} 0.75\n{CAR}\n")
    assert [known.key for known, _ in recognise(tmp_path)] == ["kitti"]
    with assay.import_path(tmp_path / "training", tmp_path / "w", name="p") as project:
        assert len(project.images) == 2
        assert len(project.annotations.where("class:Car attr.alpha:-1.57 attr.occluded:2 attr.rotation_y<-1.5")) == 1
        assert len(project.annotations.where("class:DontCare")) == 1
        lost = {each["code"]: each["count"] for each in project.info()["doctor"]}
        assert lost == {"kitti_short_line": 1, "kitti_not_a_number": 1, "kitti_box_turned": 1}
        told = project.import_predictions(tmp_path / "found", "m", format="kitti", skip_invalid=True)
        assert (told["predictions"], told["skipped"]) == (1, {"score_not_a_number": 1})


def test_a_line_is_a_box_of_edges_and_what_else_it_says():
    line = parse_line(f"{CAR} 0.25")
    assert (line.class_, line.box, line.score) == ("Car", [10.5, 5.25, 19.5, 9.75], 0.25)
    assert line.extra == {
        "truncated": 0.5, "occluded": 2, "alpha": -1.57, "dimensions": [1.65, 1.67, 3.64],
        "location": [-0.65, 1.71, 46.7], "rotation_y": -1.59,
    }  # fmt: skip


@given(st.text(max_size=200))
def test_no_line_is_a_surprise(text):
    with pytest.raises(RecordFault):
        parse_line(text)
