"""Tables and datasets in memory as projects; what stands for other libraries has the parts of theirs that are used."""

import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tests.unit.formats.reading import save_picture

import assay
from assay.client.tables import read_columns
from assay.errors import ExistsError, InputError, UsageError

ROWS = {
    "file_name": ["a.png", "a.png", "b.png"],
    "label": ["=cat", "dog", ""],
    "x1": [np.float32(1.5), 0, float("nan")], "y1": [2, 0, None], "x2": [11.5, 40, None], "y2": [7, 20, float("nan")],
    "image_id": [7.0, 7.0, 9.0],
    "note": [{"a": [1]}, None, None],
}  # fmt: skip


def annotations_of(project, tmp_path):
    out = tmp_path / f"{project.name}.out.json"
    project.export("coco", out, overwrite=True)
    found = json.loads(out.read_text())
    names = {each["id"]: each["name"] for each in found["categories"]}
    return found["images"], [(names[a["category_id"]], a.get("bbox"), a) for a in found["annotations"]]


class Frame:
    """As pandas has it."""

    def __init__(self, columns):
        self._columns, self.columns = columns, list(columns)

    def __getitem__(self, name):
        return np.array(self._columns[name], dtype=object)

    def to_dict(self):
        raise AssertionError


def test_tables_of_all_makers_are_columns():
    columns = {"a": [1, 2], "b": ["x", "y"]}
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    polars = SimpleNamespace(to_dicts=None, to_dict=lambda as_series: columns)
    for table in (columns, rows, Frame(columns), SimpleNamespace(to_pydict=lambda: columns), polars):
        assert read_columns(table) == columns
    for wrong in ([], {}, 3, [1, 2], {"a": [1], "b": []}):
        with pytest.raises(UsageError):
            read_columns(wrong)


def test_a_table_in_memory_is_a_project_and_is_refreshed_from_its_file(tmp_path):
    for name in ("a.png", "b.png"):
        save_picture(tmp_path / "i" / name)
    with assay.import_table(Frame(ROWS), tmp_path / "i", tmp_path / "w", name="p") as project:
        images, found = annotations_of(project, tmp_path)
        assert [each["id"] for each in images] == [7, 9]
        assert [each[:2] for each in found] == [("=cat", [1.5, 2, 10, 5]), ("dog", [0, 0, 40, 20])]
        assert found[0][2]["note"] == {"a": [1]}
        assert project.refresh()["annotations"]["changed"] == 0
    assert (tmp_path / "w" / "p.labels.csv").is_file()
    with pytest.raises(ExistsError):
        assay.import_table(ROWS, tmp_path / "i", tmp_path / "w", name="p")
    with pytest.raises(InputError):
        assay.import_table({"a": [1]}, tmp_path / "i", tmp_path / "w", name="q")
    assert not list((tmp_path / "w").glob("q*"))


def encoded(kind, size=(40, 20)):
    stream = io.BytesIO()
    Image.new("RGB", size, (10, 20, 30)).save(stream, kind)
    return stream.getvalue()


class ClassLabel:
    """As Hugging Face has it."""

    names = ["cat", "dog"]  # noqa: RUF012

    def int2str(self, at):
        return self.names[at]


class Dataset:
    """As Hugging Face has it: pictures come as they are stored where the column is cast so."""

    class Image:
        def __init__(self, *, decode=True):
            self.decode = decode

    def __init__(self, rows, features):
        self.rows, self.features = rows, features

    def cast_column(self, name, feature):
        return Dataset(self.rows, {**self.features, name: feature})

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, at):
        assert not self.features["image"].decode
        return self.rows[at]


def test_datasets_of_hugging_face(tmp_path):
    jpeg = encoded("JPEG")
    rows = [
        {"image": {"bytes": jpeg, "path": "x.jpg"},
         "objects": {"bbox": [[1, 2, 3, 4], [5, 5, 5, 5]], "category": [1, 0],
         "area": [12, 25], "id": [3, 4]}, "weather": "sun", "id": 77},
        {"image": {"bytes": encoded("PNG"), "path": None}, "objects": {"bbox": [], "category": []}, "weather": None},
    ]  # fmt: skip
    feature = SimpleNamespace(feature=ClassLabel())
    data = Dataset(rows, {"image": Dataset.Image(), "objects": {"bbox": None, "category": feature}})
    with assay.import_samples({"train": data}, "p", tmp_path / "w") as project:
        images, found = annotations_of(project, tmp_path)
    assert [(each["file_name"], each["split"]) for each in images] == [
        ("train/000000.jpg", "train"), ("train/000001.png", "train"),
    ]  # fmt: skip
    assert (images[0]["weather"], images[0]["id_field"]) == ("sun", 77)
    assert [each[:2] for each in found] == [("dog", [1, 2, 3, 4]), ("cat", [5, 5, 5, 5])]
    assert (tmp_path / "w/p.images/train/000000.jpg").read_bytes() == jpeg
    labels = Dataset(
        [{"image": {"bytes": jpeg, "path": None}, "label": 1}], {"image": Dataset.Image(), "label": ClassLabel()}
    )
    with assay.import_samples(labels, "q", tmp_path / "w") as project:
        assert [each[0] for each in annotations_of(project, tmp_path)[1]] == ["dog"]
        assert {each["name"] for each in project.classes} == {"cat", "dog"}


class Torch(list):
    """A dataset of torch's kind."""


def test_datasets_of_torch(tmp_path):
    picture = np.zeros((3, 20, 40), dtype=np.float32)
    picture[0] = 1
    mask = np.zeros((1, 20, 40), dtype=np.uint8)
    mask[0, 2:4, 3:8] = 1
    boxes = np.array([[1, 2, 4, 6]], dtype=np.float32)
    target = {"boxes": boxes, "labels": np.array([1]), "masks": mask, "image_id": 5, "iscrowd": np.array([1])}
    coco = [{"id": 9, "image_id": 5, "category_id": 3, "bbox": [1, 2, 3, 4], "iscrowd": 0, "area": 12,
             "segmentation": [[1, 2, 4, 2, 4, 6]]}]  # fmt: skip
    voc = {"annotation": {"object": [{"name": "cow", "pose": "Left",
                                      "bndbox": {"xmin": "1", "ymin": "1", "xmax": "10", "ymax": "5"}}]}}  # fmt: skip
    data = Torch([(picture, target), (Image.new("RGB", (40, 20)), coco), (picture, voc), (picture, 1), (picture, {
        "boxes": SimpleNamespace(format=SimpleNamespace(value="CXCYWH"), tolist=lambda: [[10, 10, 4, 2]]), "labels": [0]})])  # fmt: skip # noqa: E501
    data.classes = ["cat", "dog"]
    with assay.import_samples(data, "p", tmp_path / "w") as project:
        _, found = annotations_of(project, tmp_path)
    assert [each[:2] for each in found] == [
        ("dog", [1, 2, 3, 4]), ("class_3", [1, 2, 3, 4]), ("cow", [0, 0, 10, 5]), ("dog", None), ("cat", [8, 9, 4, 2]),
    ]  # fmt: skip
    assert (found[0][2]["iscrowd"], found[0][2]["segmentation"]["size"]) == (1, [20, 40])
    assert found[1][2]["segmentation"] == [[1, 2, 4, 2, 4, 6]]
    with Image.open(tmp_path / "w/p.images/000000.png") as red:
        assert red.getpixel((0, 0)) == (255, 0, 0)
    data.coco = SimpleNamespace(cats={3: {"id": 3, "name": "bus"}})
    with assay.import_samples(data[1:2] and Torch(data[1:2]), "q", tmp_path / "w", classes={3: "bus"}) as project:
        assert annotations_of(project, tmp_path)[1][0][0] == "bus"
    for wrong in ([(picture * 7, 1)], [(picture,)], ["x"], [(np.zeros(3), 1)]):
        with pytest.raises(InputError, match="sample cannot be read"):
            assay.import_samples(wrong, "r", tmp_path / "w")
    assert not list((tmp_path / "w").glob("r*"))
