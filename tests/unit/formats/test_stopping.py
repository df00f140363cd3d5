"""A job that is cancelled ends in the middle of a file, whatever the format."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.formats.reading import read, save_picture

from assay.errors import CancelledError
from assay.formats.label_text import each_line
from assay.stopping import poll, stopped_by

COUNT = 6_000


def _write_labelme(folder):
    shape = {"label": "car", "points": [[1, 1], [5, 5]], "shape_type": "rectangle"}
    (folder / "a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": [shape] * COUNT}))
    return folder


def _write_cvat(folder):
    box = '<box label="car" xtl="1" ytl="1" xbr="5" ybr="5"/>'
    image = f'<annotations><image id="0" name="a.png" width="8" height="8">{box * COUNT}</image></annotations>'
    (folder / "a.xml").write_text(image)
    return folder / "a.xml"


def _write_labelstudio(folder):
    value = {"x": 1, "y": 1, "width": 2, "height": 2, "rectanglelabels": ["car"]}
    region = {"type": "rectanglelabels", "original_width": 8, "original_height": 8, "value": value}
    task = {"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": [region] * COUNT}]}
    (folder / "a.json").write_text(json.dumps([task]))
    return folder / "a.json"


def _write_via(folder):
    region = {"shape_attributes": {"name": "rect", "x": 1, "y": 1, "width": 2, "height": 2}, "region_attributes": {}}
    (folder / "a.json").write_text(json.dumps({"a": {"filename": "a.png", "regions": [region] * COUNT}}))
    return folder / "a.json"


def _write_coco(folder):
    boxes = [{"id": at, "image_id": 9, "category_id": 1, "bbox": [1, 1, 2, 2]} for at in range(COUNT)]
    images, categories = [{"id": 1, "file_name": "a.png"}], [{"id": 1, "name": "car"}]
    (folder / "a.json").write_text(json.dumps({"images": images, "categories": categories, "annotations": boxes}))
    return folder / "a.json"


def _write_voc(folder):
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
    (folder / "Annotations").mkdir()
    text = f"<annotation>{f'<object><name>car</name>{box}</object>' * COUNT}</annotation>"
    (folder / "Annotations/a.xml").write_text(text)
    return folder


def _write_yolo(folder):
    (folder / "a.txt").write_text("0 0.5 0.5 0.1\n" * COUNT)
    (folder / "data.yaml").write_text("path: .\ntrain: .\nnames: [car]\n")
    return folder / "data.yaml"


def _write_kitti(folder):
    (folder / "label_2").mkdir()
    (folder / "image_2").mkdir()
    save_picture(folder / "image_2/a.png")
    (folder / "label_2/a.txt").write_text("Car 0 0 0 1 1 5 5 0 0 0 0 0 0 0\n" * COUNT)
    return folder


def _write_mot(folder):
    (folder / "gt").mkdir()
    (folder / "gt/gt.txt").write_text("1,1,1,1,5,5,1,1,1\n" * COUNT)
    return folder


def _write_csv(folder):
    (folder / "a.csv").write_text("path,label,x1,y1,x2,y2\n" + "a.png,car,1,1,5,5\n" * COUNT)
    return folder / "a.csv"


def _write_openimages(folder):
    header = "ImageID,LabelName,XMin,XMax,YMin,YMax\n"
    (folder / "a.csv").write_text(header + "a,/m/1,0,1,0,1\n" * COUNT)
    return folder / "a.csv"


WRITERS = {
    "mot": _write_mot,
    "csv": _write_csv,
    "openimages": _write_openimages,
    "labelme": _write_labelme,
    "cvat": _write_cvat,
    "labelstudio": _write_labelstudio,
    "via": _write_via,
    "coco": _write_coco,
    "voc": _write_voc,
    "yolo": _write_yolo,
    "kitti": _write_kitti,
}


@pytest.mark.parametrize("key", WRITERS)
def test_reading_one_file_of_many_objects_stops_in_its_middle(tmp_path, key):
    save_picture(tmp_path / "a.png")
    labels = WRITERS[key](tmp_path)
    asked = 0

    def check(most):
        nonlocal asked
        asked += 1
        if asked > most:
            raise CancelledError("The job was cancelled.")

    with stopped_by(lambda: check(1 << 30)):
        read(key, labels, tmp_path)
    assert asked > COUNT / 500
    asked = 0
    with stopped_by(lambda: check(3)), pytest.raises(CancelledError):
        read(key, labels, tmp_path)
    poll()  # nobody asks any more
    assert asked == 4


@given(text=st.text(alphabet="ab\n\r\x0b\u2028", max_size=60), piece=st.integers(0, 5))
def test_lines_are_cut_a_piece_at_a_time_as_python_cuts_them(text, piece):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assay.formats.label_text._LINES", piece)
        assert list(each_line(text)) == text.splitlines()
