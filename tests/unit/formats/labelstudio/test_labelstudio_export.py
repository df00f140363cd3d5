"""What came from Label Studio's tasks goes out in other words."""

import json

from tests.unit.formats.reading import save_picture


def test_an_image_whose_size_only_its_file_tells_has_it_in_a_coco_file(cli, tmp_path):
    save_picture(tmp_path / "images" / "a.png")
    task = {"id": 7, "data": {"image": "/data/upload/1/abcdef12-a.png"}, "annotations": [{"id": 1, "result": []}]}
    (tmp_path / "tasks.json").write_text(json.dumps([task]))
    labels = ("--labelstudio", tmp_path / "tasks.json", "-i", tmp_path / "images")
    made = cli("import", "project", *labels, "-t", tmp_path, "--name", "tasks", "--json")
    assert (made.code, made.err) == (0, "")
    written = cli("export", "coco", "-t", tmp_path / "tasks", "-o", tmp_path / "out.json", "--json")
    assert (written.code, written.err) == (0, "")
    [image] = json.loads((tmp_path / "out.json").read_text())["images"]
    assert (image["id"], image["width"], image["height"]) == (7, 40, 20)
