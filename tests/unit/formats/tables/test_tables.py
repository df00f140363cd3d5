"""Tables with a row an object: how they are written elsewhere, and our own as it comes back."""

import csv
import json

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.formats.reading import boxes, classes, read, save_picture

import assay
from assay.errors import InputError
from assay.formats.dialect import Dialect, read_decimal, sniff
from assay.formats.registry import recognise

BOX = [10, 5, 20, 10]  # of a picture of 40 x 20: left, top, width, height


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("tables")
    for name in ("a.png", "b.png"):
        save_picture(root / name)
    return root


def load(folder, text, encoding="utf-8", **options):
    file = folder / "t.csv"
    file.write_bytes(text.encode(encoding))
    return read("csv", file, folder, **{"table": str(file), **options})


@pytest.mark.parametrize(
    "text",
    [
        "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,40,20,cat,10,5,30,15\n",  # TensorFlow's
        "a.png,10,5,30,15,cat\nb.png,,,,,\n",  # RetinaNet's
        "TRAIN,gs://bucket/a.png,cat,0.25,0.25,,,0.75,0.75,,\n",  # AutoML's
        "training,gs://bucket/a.png,cat,0.25,0.25,0.75,0.25,0.75,0.75,0.25,0.75\n",  # Vertex AI's
        "gs://bucket/a.png,cat,0.25,0.25,,,0.75,0.75,,\n",
        "\ufeffImage Path;Class Name;x_center;y_center;width;height\na.png;cat;0,5;0,5;0,5;0,5\n",  # of a spreadsheet
        "image_path\tlabel\tbbox_x\tbbox_y\tbbox_w\tbbox_h\na.png\tcat\t10\t5\t20\t10\n",
        'image_id,width,height,bbox,source,label\na,40,20,"[10.0, 5.0, 20.0, 10.0]",x,cat\n',  # Kaggle's
        'path,label,left,top,right,bottom\na.png,cat,"10,0","5,0","30,0","15,0"\n',
        "path,x0,y0,x1,y1,category\na.png,10,5,30,15,cat\n",
        "img,name,xtl,ytl,xbr,ybr\r\na.png,cat,10,5,30,15\r\n",
    ],
)
def test_boxes_are_found_however_columns_are_called(folder, text):
    source, _ = load(folder, text)
    assert boxes(source) == [BOX]
    assert classes(source) == ["cat"]
    assert source.rejected.total == 0


def test_what_is_guessed_can_be_said_otherwise(folder):
    text = "where,what,a,b,c,d,xmin,ymin,xmax,ymax,label\na.png,cat,20,10,20,10,1,2,3,4,dog\n"
    chosen = {"path_column": "where", "label_column": "what", "box_columns": ["a", "b", "c", "d"]}
    source, _ = load(folder, text, **chosen, box_format="cxcywh")
    assert (boxes(source), classes(source)) == ([BOX], ["cat"])
    assert source.annotation_extras[0] == {"xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4, "label": "dog"}
    source, _ = load(folder, text, path_column="where", label_column="what", box_columns=["none"])
    assert np.isnan(source.annotations["xywh"]).all()
    named = ["label", "path", "x1", "x2", "y1", "y2"]
    assert boxes(load(folder, "cat,a.png,10,30,5,15\n", columns=named)[0]) == [BOX]
    assert boxes(load(folder, "path,label,x1,y1,x2,y2\na.png,c,0,0,1,1\n")[0]) == [[0, 0, 40, 20]]
    assert boxes(load(folder, "path,label,x1,y1,x2,y2\na.png,c,0,0,1,1\n", box_units="pixels")[0]) == [[0, 0, 1, 1]]
    with pytest.raises(InputError, match="names a class"):
        load(folder, "path,x1,y1,x2,y2\na.png,0,0,1,1\n")
    with pytest.raises(InputError, match="no such column for boxes"):
        load(folder, text, **chosen | {"box_columns": ["a", "b", "c", "e"]})


def test_rows_that_cannot_be_used_are_kept_with_the_reason(folder):
    text = (
        "path,label,x1,y1,x2,y2,weather\na.png,cat,1,2,3,4,sun\na.png,cat,1,2,x,4\na.png,cat,9,2,3,4\n,cat,1,2,3,4\n"
        "a.png,cat,1,2,3,4,5,6\nb.png,dog\nb.png,,1,2,3,4\nb.png,cat,1,,3,4\na.png,cat,1,2,3,1e400\n"
    )
    source, _ = load(folder, text)
    assert classes(source) == ["cat", "dog", "object"]
    assert source.doctor.counts == {
        "csv_not_a_number": 3, "csv_box_turned": 1, "row_without_path": 1, "row_too_long": 1, "csv_without_class": 1,
    }  # fmt: skip
    assert json.loads(next(iter(source.rejected)).record)["x2"] == "x"
    assert source.annotation_extras == {0: {"weather": "sun"}}
    assert source.images.file_name == ["a.png", "b.png"]
    gone, _ = load(folder, "path,label,x1,y1,x2,y2\nno.png,cat,.1,.1,.2,.2\n")
    assert gone.doctor.skipped == {"csv_size_unknown": 1}


def test_encodings_and_delimiters_are_told_from_the_file(folder):
    text = "path;label;x1;y1;x2;y2\na.png;Straße;10,0;5;30;15\n"
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        source, _ = load(folder, text, encoding)
        assert (classes(source), boxes(source)) == (["Straße"], [BOX])
        assert source.doctor.counts == ({"label_file_encoding": 1} if encoding[-2:] in ("52", "16") else {})
    assert sniff(folder / "t.csv") == Dialect(";", "utf-16")
    assert [read_decimal(each) for each in ("1,5", "-.5", "1e3", "1,000.5", "1_0", "nan", "", "٣", "9" * 30)] == [
        1.5, -0.5, 1000, None, None, None, None, None, None,
    ]  # fmt: skip


COCO = {
    "images": [
        {"id": 7, "file_name": "a.png", "width": 40, "height": 20, "split": "val", "weather": "=sun()"},
        {"id": 9, "file_name": "b.png", "width": 40, "height": 20},
        {"id": 11, "file_name": "c.png", "width": 40, "height": 20, "weather": "rain"},
    ],
    "categories": [{"id": 1, "name": "=cat"}, {"id": 2, "name": "-1 dog"}, {"id": 3, "name": "'+x"}],
    "annotations": [
        {"id": 5, "image_id": 7, "category_id": 1, "bbox": [1.25, 2, 10, 5], "area": 12.5, "iscrowd": 0,
         "segmentation": [[1.25, 2, 11.25, 2, 11.25, 7], [1, 1, 2, 1, 2, 2]], "note": "@home", "list": [1, {"a": 2}]},
        {"id": 6, "image_id": 7, "category_id": 2, "bbox": [0, 0, 40, 20], "area": 800, "iscrowd": 1,
         "segmentation": {"size": [20, 40], "counts": "0PI"}, "sure": True},
        {"id": 8, "image_id": 11, "category_id": 3, "bbox": [3, 3, 4, 4], "area": 16, "iscrowd": 0,
         "keypoints": [3, 3, 2, 5, 5, 1], "num_keypoints": 2},
    ],
}  # fmt: skip


def test_our_own_table_comes_back_equal(folder, tmp_path):
    COCO["annotations"][1]["segmentation"]["counts"] = [0, 800]
    (tmp_path / "c.json").write_text(json.dumps(COCO))
    save_picture(folder / "c.png")
    with assay.import_coco(tmp_path / "c.json", folder, tmp_path / "w", name="one") as project:
        project.export("csv", tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["label"] == "'=cat"
    with assay.import_csv(tmp_path / "t.csv", folder, tmp_path / "w", name="two") as project:
        assert project.info()["doctor"] == []
        project.export("csv", tmp_path / "again.csv")
        project.export("coco", tmp_path / "again.json")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "t.csv").read_bytes()
    again = json.loads((tmp_path / "again.json").read_text())
    names = {each["id"]: each["name"] for each in again["categories"]}
    assert [names[each["category_id"]] for each in again["annotations"]] == ["=cat", "-1 dog", "'+x"]
    for one, other in zip(COCO["annotations"], again["annotations"], strict=True):
        rest = {key: value for key, value in one.items() if key not in ("category_id", "segmentation", "iscrowd")}
        assert {key: other[key] for key in rest} == rest
        assert other.get("iscrowd", 0) == one["iscrowd"]
    assert again["images"] == COCO["images"]


def test_a_parquet_file_has_the_tables_rows_with_types_and_comes_back(folder, tmp_path, cli):
    (tmp_path / "c.json").write_text(json.dumps(COCO))
    save_picture(folder / "c.png")
    with assay.import_coco(tmp_path / "c.json", folder, tmp_path / "w", name="one") as project:
        project.export("csv", tmp_path / "t.csv")
        told = project.export("parquet", tmp_path / "t.parquet", dry_run=True)
        assert not (tmp_path / "t.parquet").exists()
        assert told["lost"] == project.export("parquet", tmp_path / "t.parquet")["lost"]
    rows = duckdb.execute("SELECT * FROM read_parquet(?)", [str(tmp_path / "t.parquet")])
    types = {name: str(kind) for name, kind, *_ in rows.description}
    assert types["image_id"] == types["image_width"] == "BIGINT"
    assert (types["x"], types["attr.sure"], types["attr.note"], types["tags"]) == (
        "DOUBLE", "BOOLEAN", "VARCHAR", "VARCHAR[]",
    )  # fmt: skip
    first = dict(zip(types, rows.fetchone(), strict=True))
    assert (first["label"], first["x"], first["attr.list"]) == ("=cat", 1.25, '[1,{"a":2}]')
    run = cli(
        "import", "project", "--parquet", tmp_path / "t.parquet", "-i", folder, "-t", tmp_path / "w", "--name", "two"
    )
    assert (run.code, "Read as objects" in run.out) == (0, True)
    with assay.open(tmp_path / "w" / "two") as project:
        project.export("csv", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "t.csv").read_bytes()
    (tmp_path / "bad.parquet").write_bytes(b"PAR1" + b"x" * 50)
    with pytest.raises(InputError):
        read("parquet", tmp_path / "bad.parquet", folder, table="t")
    assert [known.key for known, _ in recognise(tmp_path / "t.parquet")] == ["parquet"]


def test_predictions_are_read_from_tables_of_boxes(folder, tmp_path):
    (tmp_path / "c.json").write_text(json.dumps(COCO))
    (tmp_path / "p.csv").write_text(
        'image_id,label,confidence,xmin,ymin,xmax,ymax\n7,=cat,0.5,0.25,0.25,0.75,0.75\n9,-1 dog,"0,75",0,0,1,1\n'
    )
    (tmp_path / "q.csv").write_text("a.png,10,5,30,15,=cat,0.5\nb.png,10,5,30,15,=cat,1.5\n")
    (tmp_path / "l.csv").write_text("file_name;label;confidence\na.png;'=cat;0.5\n")
    with assay.import_coco(tmp_path / "c.json", folder, tmp_path / "w", name="one") as project:
        told = project.import_predictions(tmp_path / "p.csv", "p", format="csv")
        assert (told["predictions"], told["matched_by"]) == (2, {"id": 2})
        assert "xyxy, shares" in told["warnings"][-1]
        told = project.import_predictions(tmp_path / "q.csv", "q", format="csv", skip_invalid=True)
        assert (told["predictions"], told["skipped"]) == (1, {"score_out_of_range": 1})
        project.export("coco", tmp_path / "p.json", predictions="p")
        project.export("coco", tmp_path / "q.json", predictions="q")
        assert [each["bbox"] for each in json.loads((tmp_path / "p.json").read_text())] == [BOX, [0, 0, 40, 20]]
        assert json.loads((tmp_path / "q.json").read_text())[0]["bbox"] == BOX
        assert project.import_predictions(tmp_path / "l.csv", "l", format="csv")["predictions"] == 1


def test_what_a_table_was_read_as_is_said(cli, folder, tmp_path):
    (folder / "t.csv").write_text("filename,class,xmin,ymin,xmax,ymax\na.png,cat,10,5,30,15\n")
    assert [known.key for known, _ in recognise(folder / "t.csv")] == ["csv"]
    run = cli("import", "project", "--csv", folder / "t.csv", "-t", tmp_path / "w", "--name", "p")
    assert "Read as objects: path = filename; label = class; box = xmin, ymin, xmax, ymax (xyxy, pixels)." in run.out
    run = cli("import", "project", "--csv", folder / "t.csv", "-t", tmp_path / "w", "--name", "q", "--box-columns",
              "none", "--json")  # fmt: skip
    assert json.loads(run.out)["read_as"]["as"] == "labels"
    (folder / "t.csv").write_text(
        "filename,class,xmin,ymin,xmax,ymax,x1\na.png,cat,10,5,30,15,8\nb.png,cat,1,1,2,2,9\n"
    )
    assert cli("refresh", "-t", tmp_path / "w" / "p", "--json").code == 0
    assert json.loads(cli("query", "-t", tmp_path / "w" / "p", "width:20", "--scope", "annotation", "--json").out)


words = st.text(max_size=6) | st.sampled_from(["a.png", "cat", "1", "0,5", "-3", "1e309", "[1,2,3,4]", "'=x", '"', ";"])


@given(rows=st.lists(st.lists(words, min_size=1, max_size=9), min_size=1, max_size=6), header=st.booleans())
@settings(max_examples=80, deadline=None)
def test_every_row_is_an_object_or_label_or_kept_with_a_reason(folder, rows, header):
    with (folder / "t.csv").open("w", newline="", encoding="utf-8", errors="replace") as file:
        table = csv.writer(file)
        table.writerows([["path", "label", "x1", "y1", "x2", "y2", "segmentation", "keypoints"]] * header + rows)
    try:
        source, _ = read("csv", folder / "t.csv", folder, table="t")
    except InputError:
        return
    box = source.annotations["xywh"]
    assert np.isfinite(box[~np.isnan(box)]).all()
    assert len(source.annotation_ids) == len(box)
