"""References and names as other tools write them: what they stand for, what is said, and that all of it comes back."""

import json

import pytest
from tests.unit.formats.coco.coco_files import (
    annotation,
    dataset,
    export,
    import_and_export,
    import_file,
    open_project,
    same,
)


def codes(source):
    return {f["code"]: (f["severity"], f["count"]) for f in source.doctor.report()}


def images(*ids):
    return [{"id": i, "file_name": f"{n}.jpg", "width": 100, "height": 50} for n, i in enumerate(ids)]


@pytest.mark.parametrize(
    ("ids", "references", "rows"),
    [
        ([1, 2], ["1", "2"], [0, 1]),  # VGG Image Annotator
        (["1", "2"], [1, 2.0], [0, 1]),
        ([10.0, 2], ["10", 2], [0, 1]),
        ([1, 2], [" 2", "1 "], [1, 0]),
        ([0, "0"], ["0", 0], [1, 0]),  # equal ones come first
    ],
)
def test_references_are_matched_as_text_where_no_id_equals_them(tmp_path, ids, references, rows):
    content = dataset(*(annotation(id=n, image_id=r) for n, r in enumerate(references, start=1)), images=images(*ids))
    source, written = import_and_export(tmp_path, content)
    assert source.annotation_image.tolist() == rows
    matched = sum(reference not in ids for reference in references)
    assert codes(source) == ({"ids_matched_as_text": ("warning", matched)} if matched else {})
    assert same(written, content)


@pytest.mark.parametrize("reference", ["01", "1.5", "one", "", "-1", "1e0"])
def test_what_is_written_otherwise_is_another_id(tmp_path, reference):
    content = dataset(annotation(image_id=reference), annotation(category_id=reference))
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {"unknown_image": 1, "unknown_category": 1}
    assert same(written, content)


def test_an_id_that_is_written_like_two_images_stands_for_neither(tmp_path):
    content = dataset(annotation(image_id=7.0), images=images("7", " 7"))
    source, written = import_and_export(tmp_path, content)
    assert source.doctor.skipped == {"unknown_image": 1}
    assert same(written, content)


def test_category_ids_as_text_beside_odd_records_keep_both(tmp_path):
    content = dataset(
        annotation(id=1, category_id="1"),
        annotation(id=2, category_id="5"),
        annotation(id=3, category_id="2", image_id="2", area=None, attributes={"a": 1}),
    )
    source, written = import_and_export(tmp_path, content)
    assert source.annotation_category.tolist() == [0, 1]
    assert source.annotation_image.tolist() == [0, 1]
    assert codes(source) == {"unknown_category": ("skipped", 1), "ids_matched_as_text": ("warning", 3)}
    assert source.doctor.examples["ids_matched_as_text"][0] == 'image_id "2" is image 2'
    assert same(written, content)


def test_categories_repeated_for_every_image_are_one_class_each(tmp_path):
    once = [{"id": 1, "name": "cat", "supercategory": "x"}, {"id": 2, "name": "dog", "supercategory": "x"}]
    content = dataset(annotation(id=1, category_id="1"), annotation(id=2, category_id=2), categories=once * 3)
    source, written = import_and_export(tmp_path, content)
    assert source.categories.name == ["cat", "dog"]
    assert source.annotation_category.tolist() == [0, 1]
    assert codes(source) == {"repeated_category": ("warning", 4), "ids_matched_as_text": ("warning", 1)}
    assert same(written, content)


def test_categories_repeated_under_new_ids_are_one_class_and_annotations_keep_their_ids(tmp_path):
    names = ["cat", "dog", "cat", "dog", "cat"]
    categories = [{"id": n, "name": name} for n, name in enumerate(names)]
    records = [annotation(id=10 + n, category_id=c) for n, c in enumerate([0, 1, 2, 3, "4", 4])]
    content = dataset(*records, categories=categories)
    source, written = import_and_export(tmp_path, content)
    assert source.categories.name == ["cat", "dog"]
    assert source.annotation_category.tolist() == [0, 1, 0, 1, 0, 0]
    assert same(written, content)


def test_two_names_under_one_id_stay_a_conflict_that_the_first_wins(tmp_path):
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "cat"}, {"id": 2, "name": "dog"}]
    content = dataset(annotation(category_id=2), categories=categories)
    source, written = import_and_export(tmp_path, content)
    assert source.categories.name == ["cat", "dog"]
    assert source.annotation_category.tolist() == [0]
    assert codes(source) == {"repeated_category": ("warning", 1), "duplicate_category_id": ("warning", 1)}
    assert same(written, content)


def test_classes_named_by_numbers_or_not_at_all_keep_their_annotations(tmp_path):
    categories = [{"id": 1, "name": 3}, {"id": 2, "name": 7.5}, {"id": 3}, {"id": 4, "name": None}, {"id": "e"}]
    content = dataset(
        *(annotation(id=1 + n, category_id=c["id"]) for n, c in enumerate(categories)), categories=categories
    )
    source, written = import_and_export(tmp_path, content)
    assert source.categories.name == ["3", "7.5", "category 3", "category 4", "category e"]
    assert source.annotation_category.tolist() == [0, 1, 2, 3, 4]
    assert codes(source) == {"numeric_category_name": ("warning", 2), "unnamed_category": ("warning", 3)}
    assert same(written, content)


def test_images_are_called_by_their_url_their_number_or_their_id(tmp_path):
    records = [
        {"id": 1, "coco_url": "http://images.cocodataset.org/val2017/000000397133.jpg"},  # LVIS v1
        {"id": 2, "file_name": None, "flickr_url": "https://farm.example/9/8_z.jpg", "coco_url": ""},
        {"id": 3, "file_name": 397133},
        {"id": 4, "file_name": None},
        {"id": "x"},
        {"id": 6, "coco_url": "http://[half"},
        {"id": 7, "file_name": "given.jpg", "coco_url": "http://images.example/other.jpg"},
    ]
    content = dataset(*(annotation(id=n, image_id=r["id"]) for n, r in enumerate(records)), images=records)
    source, written = import_and_export(tmp_path, content)
    assert source.images.file_name == [
        "val2017/000000397133.jpg", "9/8_z.jpg", "397133", "unnamed image 4", "unnamed image x", "unnamed image 6",
        "given.jpg",
    ]  # fmt: skip
    assert len(source.annotation_ids) == 7
    assert same(written, content)


def test_two_sources_with_repeated_categories_share_classes(tmp_path):
    categories = [{"id": 5, "name": "dog"}, {"id": 6, "name": "dog"}, {"id": 7, "name": "cat"}]
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    contents = [dataset(annotation(category_id=6), categories=c) for c in (categories, categories[::-1])]
    for path, content in zip((first, second), contents, strict=True):
        path.write_text(json.dumps(content))
    with open_project(tmp_path) as store:
        for path, content in zip((first, second), contents, strict=True):
            number, _ = import_file(store, path)
            assert same(export(store, number), content)
        with store.read() as cursor:
            assert cursor.execute("SELECT name FROM class ORDER BY row").fetchall() == [("dog",), ("cat",)]
            assert cursor.execute("SELECT class, source, source_id FROM category_alias ORDER BY 2").fetchall() == [
                (0, 0, 6), (0, 1, 5),
            ]  # fmt: skip
