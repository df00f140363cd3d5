"""Labels that came with somebody else's project: what leads out of it is read after an approval only."""

import json
import shutil

import pytest
from tests.strangers import forge
from tests.unit.formats.reading import save_picture

import assay
from assay.errors import UntrustedError


def test_labels_in_a_project_that_lead_out_of_it_are_read_after_approval_only(tmp_path):
    save_picture(tmp_path / "elsewhere/secret.png")
    save_picture(tmp_path / "data/images/a.png")
    (tmp_path / "projects").mkdir()
    (tmp_path / "data/data.yaml").write_text("path: .\ntrain: images\n")
    with assay.import_path(tmp_path / "data/data.yaml", tmp_path / "projects", name="p") as project:
        assert project.refresh()["images"]["new"] == 0
        path = project.path
    own = path / "own"
    shutil.copytree(tmp_path / "data", own)
    forge(path, "UPDATE source SET path = 'own/data.yaml', image_root = 'own'")
    forge(path, "UPDATE image SET path = 'own/images/a.png'")
    (own / "data.yaml").write_text(f"path: .\ntrain: images\nval: {tmp_path}/elsewhere\n")
    with assay.open(path) as project:
        with pytest.raises(UntrustedError):
            project.refresh()
        [asked] = [each for each in project.trust() if not each["approved"]]
        assert (asked["kind"], asked["subject"]) == ("file", str(own / "data.yaml"))
        assert asked["text"] == f"read the labels in {own / 'data.yaml'} and the files that they name"
        project.trust(approve=True)
        assert project.refresh()["images"]["new"] == 1


@pytest.mark.parametrize("kind", ["labelme", "coco"])
def test_labels_beside_their_images_in_a_colleagues_project_can_be_approved(tmp_path, monkeypatch, kind):
    data = tmp_path / "data"
    save_picture(data / "a.png")
    shape = {"label": "car", "points": [[1, 1], [5, 5]], "shape_type": "rectangle"}
    if kind == "labelme":
        labels = data
        (data / "a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": [shape]}))
    else:
        labels = data / "labels.json"
        box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4]}
        categories, images = [{"id": 1, "name": "car"}], [{"id": 1, "file_name": "a.png"}]
        labels.write_text(json.dumps({"images": images, "categories": categories, "annotations": [box]}))
    (tmp_path / "projects").mkdir()
    with monkeypatch.context() as colleague:
        colleague.setenv("XDG_CONFIG_HOME", str(tmp_path / "colleague"))
        with assay.import_path(labels, tmp_path / "projects", name="p") as project:
            path = project.path
    with assay.open(path) as project:
        with pytest.raises(UntrustedError):
            project.refresh()
        asked = [(each["kind"], each["subject"]) for each in project.trust() if not each["approved"]]
        assert asked == [("images", str(data)), ("file", str(labels))]
        project.trust(approve=True)
        assert project.refresh()["annotations"] == {"new": 0, "changed": 0, "removed": 0}
        assert all(each["approved"] for each in project.trust())
