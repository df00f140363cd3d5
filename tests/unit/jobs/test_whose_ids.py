"""Two sources that number their images alike: what comes from elsewhere names its source, or is refused."""

import json

import pytest

CAT, DOG = {"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}
BOX = {"bbox": [2, 2, 10, 10], "area": 100, "iscrowd": 0}


@pytest.fixture
def project(tmp_path, cli):
    """A project of train and val, both with images 0 and 1; what is class 1 in one is class 2 in the other."""
    (tmp_path / "img").mkdir()
    for split, (first, second) in {"train": (CAT, DOG), "val": (DOG, CAT)}.items():
        images = [{"id": n, "file_name": f"{split}_{n}.jpg", "width": 60, "height": 40} for n in (0, 1)]
        content = {
            "images": images,
            "annotations": [{"id": n, "image_id": n, "category_id": 1, **BOX} for n in (0, 1)],
            "categories": [first | {"id": 1}, second | {"id": 2}],
        }
        file = tmp_path / f"{split}.json"
        file.write_text(json.dumps(content))
        more = () if split == "train" else ("--add",)
        ask = ("-i", tmp_path / "img", "-a", file, "-t", tmp_path / "work", "--name", "p", "--split", split)
        assert cli("import", "project", "--coco", *ask, *more).code == 0
    results = [{"image_id": n, "category_id": 1, "bbox": BOX["bbox"], "score": 0.9} for n in (0, 1)]
    (tmp_path / "dt.json").write_text(json.dumps(results))
    return tmp_path / "work" / "p"


def test_predictions_name_their_source_or_are_refused(project, tmp_path, cli):
    take_in = ("import", "predictions", "-t", project, "--coco", tmp_path / "dt.json", "--json", "--name")
    refused = cli(*take_in, "m")
    assert refused.code == 3
    assert "val.json (source 1, split val): 2 of 2 records" in refused.err
    choices = (("--split", "val"), ("--source", "val.json"), ("--source", "1"), ("--source", tmp_path / "val.json"))
    for n, choice in enumerate(choices):
        assert cli(*take_in, f"m{n}", *choice, "--images", "all").json["matched_by"] == {"id": 2}
        found = cli("evaluate", "-t", project, "--predictions", f"m{n}", "--query", "split:val", "--json").json
        assert (found["mAP"], found["tp"], found["coverage"]) == (1, 2, 1)
    assert cli(*take_in, "x", "--source", "none.json").code == 2
    assert cli(*take_in, "x", "--split", "test").code == 2


def test_columns_and_tags_name_their_source_or_are_refused(project, tmp_path, cli):
    (tmp_path / "m.csv").write_text("id,weather\n0,sun\n")
    refused = cli("meta", "add", tmp_path / "m.csv", "-t", project, "--key", "id")
    assert (refused.code, "1 of 1 lines" in refused.err) == (3, True)
    assert cli("meta", "add", tmp_path / "m.csv", "-t", project, "--key", "id", "--split", "val", "--json").code == 0
    [item] = cli("query", "-t", project, "meta.weather:sun", "--json").json["items"]
    assert item["file_name"] == "val_0.jpg"
    cli("tag", "add", "-t", project, "x", "--query", "split:val", "--scope", "annotation")
    cli("tag", "export", "-t", project, "-o", tmp_path / "t.csv")
    cli("tag", "remove", "-t", project, "x")
    assert cli("tag", "import", "-t", project, tmp_path / "t.csv", "--json").json["changed"] == 2
    assert cli("query", "-t", project, "tag:x split:val", "--scope", "annotation", "--json").json["total"] == 2
    (tmp_path / "u.csv").write_text("tag,scope,file_name,id\ny,annotation,,1\n")
    assert cli("tag", "import", "-t", project, tmp_path / "u.csv").code == 3
    assert cli("tag", "import", "-t", project, tmp_path / "u.csv", "--source", "0", "--json").json["changed"] == 1
