"""Open Images' tables: boxes in shares, flags, classes' names, labels of images."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.formats.reading import boxes, classes, read, save_picture

from assay.errors import InputError
from assay.formats.registry import recognise

HEADER = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"
)
ROWS = (
    "000a,xclick,/m/01g317,1,0.25,0.75,0.1,0.6,0,1,0,0,0\n"
    '000b,xclick,/m/0k4j,1,"0,5","1,0","0,5","1,0",-1,0,1,0,0\n'
    "000a,activemil,/m/zzz,1,0,1,0,1,0,0,0,0,0\n"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("open")
    save_picture(folder / "validation" / "000a.jpg")
    save_picture(folder / "validation" / "000b.png", 20, 10)
    (folder / "class-descriptions-boxable.csv").write_text('/m/01g317,Person\n/m/0k4j,"Car, small"\n')
    return folder


def load(root, text, name="validation-annotations-bbox.csv", **options):
    (root / name).write_text(text)
    return read("openimages", root / name, root, **options)[0]


def test_boxes_flags_and_names(root):
    source = load(root, HEADER + ROWS)
    assert boxes(source) == [[10, 2, 20, 10], [10, 5, 10, 5], [0, 0, 40, 20]]
    assert classes(source) == ["Person", "Car, small", "/m/zzz"]
    assert source.images.file_name == ["validation/000a.jpg", "validation/000b.png"]
    assert source.images.extras[0] == {"ImageID": "000a", "split": "validation"}
    assert source.annotations["crowd"].tolist() == [False, True, False]
    flags = {"IsOccluded": 0, "IsTruncated": 1, "IsGroupOf": 0, "IsDepiction": 0, "IsInside": 0}
    assert source.annotation_extras[0] == {"Source": "xclick", "Confidence": 1, **flags}
    assert source.annotation_extras[1]["IsOccluded"] == -1
    assert source.doctor.counts == {"openimages_class_without_name": 1}
    assert [known.key for known, _ in recognise(root / "validation-annotations-bbox.csv")] == ["openimages"]


def test_decimal_commas_and_semicolons(root):
    text = (HEADER + "000a;xclick;/m/01g317;1;0,25;0,75;0,1;0,6;0;1;0;0;0\n").replace(",", ";", 12)
    assert boxes(load(root, text)) == [[10, 2, 20, 10]]
    (root / "names.csv").write_text("LabelName,DisplayName\n/m/01g317,Human\n")
    assert classes(load(root, HEADER + ROWS, classes=str(root / "names.csv")))[0] == "Human"


def test_labels_of_images_and_what_people_say_is_not_there(root):
    text = "ImageID,Source,LabelName,Confidence\n000a,verification,/m/0k4j,1\n000a,verification,/m/01g317,0\n"
    source = load(root, f"{text}000b,machine,/m/0k4j,0.7\n", "train-labels.csv")
    assert np.isnan(source.annotations["xywh"]).all()
    assert classes(source) == ["Car, small"] * 2
    assert source.annotation_extras[1]["Confidence"] == 0.7
    assert source.images.extras[0]["absent_labels"] == ["Person"]


def test_what_cannot_be_used_is_kept_and_counted(root):
    bad = (
        "000a,x,/m/0k4j,1,a,1,0,1,0,0,0,0,0\n000a,x,/m/0k4j,1,.9,.1,0,1,0,0,0,0,0\n,x,/m/0k4j,1,0,1,0,1,0,0,0,0,0\n"
        "gone,x,/m/0k4j,1,0,1,0,1,0,0,0,0,0\n000a,x,,1,0,1,0,1,0,0,0,0,0\n000a,x,/m/0k4j,1,0,5,0,1,0,0,0,0,0,0,0,9\n"
    )
    source = load(root, HEADER + bad)
    assert source.doctor.skipped == {
        "openimages_not_a_number": 1, "openimages_box_turned": 1, "openimages_incomplete": 2,
        "openimages_size_unknown": 1, "row_too_long": 1,
    }  # fmt: skip
    assert source.images.file_name[1] == "gone.jpg"
    for text in ("", "a,b\n1,2\n", HEADER, "ImageID,LabelName1,LabelName2\n000a,/m/0k4j,/m/0k4j\n"):
        with pytest.raises(InputError):
            load(root, text)


cells = st.sampled_from(["000a", "000b", "x", "", "0", "1", "0,5", "-1", "nan", "1e400", "/m/0k4j", '"', "\u0663"])


@given(rows=st.lists(st.lists(cells, min_size=1, max_size=14), max_size=6))
@settings(max_examples=60, deadline=None)
def test_every_row_is_an_object_or_kept_with_a_reason(root, rows):
    with (root / "test-x.csv").open("w", newline="") as file:
        file.write(HEADER)
        csv.writer(file).writerows(rows)
    try:
        source, _ = read("openimages", root / "test-x.csv", root)
    except InputError:
        return
    assert len(source.annotation_ids) + sum(source.doctor.skipped.values()) == len(rows)
    assert np.isfinite(source.annotations["xywh"]).all()
