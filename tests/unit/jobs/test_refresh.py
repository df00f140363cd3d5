"""A project that is refreshed is what a new import of the same files would be, under the rows and tags of before."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.conftest import Dataset
from tests.unit.jobs.conftest import open_workspace
from tests.unit.jobs.engine_projects import Measurer, noisy_pixels, write_noisy, write_picture

from assay.errors import InputError
from assay.formats.coco.writer import write_coco
from assay.formats.format import Writing
from assay.formats.writing.options import ExportOptions
from assay.formats.writing.selection import select
from assay.jobs.create import import_dataset
from assay.jobs.refresh import refresh

NOTHING = {"new": 0, "changed": 0, "removed": 0}
Write = Callable[..., Dataset]


def rewrite(dataset: Dataset, content: dict[str, Any]) -> None:
    dataset.annotations.write_text(json.dumps(content))


def tag(measurer: Measurer, scope: str, name: str, *rows: int) -> None:
    with measurer.store.write() as cursor:
        [(number,)] = cursor.execute("SELECT count(*) FROM tag").fetchall()
        cursor.execute("INSERT INTO tag VALUES (?, ?, '#fff')", [number, name])
        for row in rows:
            cursor.execute(f"INSERT INTO {scope}_tag VALUES (?, ?)", [number, row])


def items(measurer: Measurer) -> dict[str, Any]:
    """All that a project says of its items by their ids: fields, free columns, file facts, metrics, evidence."""
    image = (
        "SELECT i.source_id, i.* EXCLUDE (row, source, source_id, path), f.* EXCLUDE (row), "
        "c.pixel_hash, c.content_hash, meta.* EXCLUDE (row), m.* EXCLUDE (row) FROM image i "
        "LEFT JOIN image_file f USING (row) LEFT JOIN image_content c USING (row) "
        "LEFT JOIN image_meta meta USING (row) LEFT JOIN image_metric m USING (row) ORDER BY i.source_id"
    )
    annotation = (
        "SELECT a.source_id, i.source_id AS image_id, k.name, "
        "a.* EXCLUDE (row, source, source_id, image, class, word_start, keypoint_start), attr.* EXCLUDE (row), "
        "m.* EXCLUDE (row) FROM annotation a JOIN image i ON i.row = a.image JOIN class k ON k.row = a.class "
        "LEFT JOIN annotation_attr attr ON attr.row = a.row LEFT JOIN annotation_metric m ON m.row = a.row "
        "ORDER BY a.source_id"
    )
    evidence = (
        "SELECT e.metric, list_sort([a.source_id, b.source_id]), round(e.value, 9), e.detail FROM evidence e "
        "JOIN annotation a ON a.row = e.row LEFT JOIN annotation b ON b.row = e.partner "
        "WHERE e.metric <> 'duplicate_group_size' ORDER BY ALL"
    )
    found: dict[str, Any] = {}
    for name, sql in (("image", image), ("annotation", annotation)):
        with measurer.store.read() as cursor:
            result = cursor.execute(sql)
            columns = [column[0] for column in result.description or []]
            rows = result.fetchall()
        for at, column in enumerate(columns):
            values = [row[at] for row in rows]
            if any(value is not None for value in values):  # a column that nothing has a value of is none
                found[f"{name} {column}"] = values
    found["evidence"] = measurer.query(evidence)
    found["classes"] = measurer.query("SELECT name, source_id, supercategory FROM class ORDER BY name")
    for scope, statistics in measurer.statistics().items():
        for key, found_of in statistics.items():
            for name, value in found_of.items():
                found[f"{name} {scope} {key}"] = [value]
    return found


def same(left: dict[str, Any], right: dict[str, Any]) -> None:
    """Numbers agree to the last bits: sums over rows in another order may differ there."""
    assert left.keys() == right.keys()
    for name, mine in left.items():
        theirs = right[name]
        if all(value is None or isinstance(value, float) for value in theirs):
            assert [v is None for v in mine] == [v is None for v in theirs], name
            assert numbers(mine) == pytest.approx(numbers(theirs), rel=1e-12, abs=1e-12), name
        elif name.startswith("limits "):
            one, other = ([each for limits in side for each in flat(limits.values())] for side in (mine, theirs))
            assert [v is None for v in one] == [v is None for v in other], name
            assert numbers(one) == pytest.approx(numbers(other), rel=1e-12, abs=1e-12), name
        else:
            assert mine == theirs, name


def flat(values: Iterable[Any]) -> list[Any]:
    """The values of a metric's limits: thresholds, and a list of common values."""
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


def numbers(values: list[Any]) -> list[float]:
    return [value for value in values if value is not None]


def is_a_new_import(measurer: Measurer, dataset: Dataset, place: Path) -> None:
    with open_workspace(place) as other:
        other.take_in(dataset)
        same(items(measurer), items(other))


def test_nothing_has_changed(measurer: Measurer, write: Write, read_rows: list[int]) -> None:
    dataset = write()
    measurer.take_in(dataset)
    before, version = items(measurer), measurer.all()
    read_rows.clear()
    told = refresh(measurer.context())
    assert told["images"] == {**NOTHING, "missing": 0}
    assert told["annotations"] == NOTHING
    assert told["measured"] == 0
    assert told["conflicts"] == []
    assert read_rows == []
    same(items(measurer), before)
    assert measurer.all() == version


def test_a_changed_annotation_file(measurer: Measurer, write: Write, read_rows: list[int], tmp_path: Path) -> None:
    dataset = write(images=12, film=True)
    measurer.take_in(dataset)
    content = copy.deepcopy(dataset.content)
    annotations = content["annotations"]
    annotations[0]["bbox"] = [3, 3, 9, 9]  # a box of image 1 is moved
    annotations[4]["segmentation"][0][0] = 2.5  # one coordinate of a polygon of image 2
    annotations[8]["segmentation"]["counts"][0] -= 1  # a mask of image 3
    annotations[8]["segmentation"]["counts"][2] += 1
    annotations[9]["category_id"] = 2  # a class of image 4
    annotations[12]["note"] = "new field"  # of image 5
    del annotations[15]  # of image 6
    annotations.insert(0, {"id": 5000, "image_id": 7, "category_id": 1, "bbox": [1, 1, 6, 6], "area": 36.0})
    rewrite(dataset, content)
    read_rows.clear()
    told = refresh(measurer.context())
    assert told["images"] == {**NOTHING, "missing": 0}
    assert told["annotations"] == {"new": 1, "changed": 5, "removed": 1}
    assert sorted(read_rows) == list(range(7))
    is_a_new_import(measurer, dataset, tmp_path / "other")


def test_images_come_and_go(measurer: Measurer, write: Write, read_rows: list[int], tmp_path: Path) -> None:
    dataset = write(images=9)
    more = write("more", images=2, first=50)
    measurer.take_in(dataset)
    content = copy.deepcopy(dataset.content)
    removed = content["images"].pop(3)["id"]
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] != removed]
    content["images"] = more.content["images"] + content["images"]
    content["annotations"] += more.content["annotations"]
    for file in more.images.iterdir():
        shutil.copy2(file, dataset.images)
    rewrite(dataset, content)
    read_rows.clear()
    told = refresh(measurer.context())
    assert told["images"] == {"new": 2, "changed": 0, "removed": 1, "missing": 0}
    assert told["annotations"] == {"new": 6, "changed": 0, "removed": 3}
    assert len(read_rows) == 2
    is_a_new_import(measurer, dataset, tmp_path / "other")


def test_files_change_go_and_come_back(measurer: Measurer, write: Write, read_rows: list[int], tmp_path: Path) -> None:
    dataset = write(images=6)
    measurer.take_in(dataset)
    first, second, third = sorted(dataset.images.iterdir())[:3]
    write_picture(first, 255 - noisy_pixels(1))  # other pixels of the same size
    second.rename(tmp_path / "away")
    os.utime(third, ns=(1, 1))  # the same bytes of another date
    read_rows.clear()
    told = refresh(measurer.context())
    assert told["images"] == {"new": 0, "changed": 2, "removed": 0, "missing": 1}
    assert read_rows == [0]
    is_a_new_import(measurer, dataset, tmp_path / "gone")

    (tmp_path / "away").rename(second)
    told = refresh(measurer.context())
    assert told["images"] == {"new": 0, "changed": 1, "removed": 0, "missing": 0}
    is_a_new_import(measurer, dataset, tmp_path / "back")
    assert refresh(measurer.context())["images"]["changed"] == 0


def test_a_file_that_was_never_there_arrives(measurer: Measurer, write: Write, tmp_path: Path) -> None:
    dataset = write(images=4)
    late = dataset.images / dataset.content["images"][2]["file_name"]
    late.rename(tmp_path / "late")
    measurer.take_in(dataset)
    (tmp_path / "late").rename(late)
    told = refresh(measurer.context())
    assert told["images"] == {"new": 0, "changed": 1, "removed": 0, "missing": 0}
    assert told["measured"] == 1
    is_a_new_import(measurer, dataset, tmp_path / "other")


def test_tags_stay_with_their_items_and_conflicts_are_listed(measurer: Measurer, write: Write) -> None:
    dataset = write(images=5)
    measurer.take_in(dataset)
    tag(measurer, "image", "good", 0, 3)
    tag(measurer, "annotation", "check", 0, 4, 5, 9)
    content = copy.deepcopy(dataset.content)
    content["images"].pop(3)  # id 4, tagged, with annotations 40 to 42, of which 40 (row 9) is tagged
    annotations = [a for a in content["annotations"] if a["image_id"] != 4]
    annotations[4]["category_id"] = 1  # id 21, row 4
    annotations[5]["image_id"] = 5  # id 22, row 5
    annotations[6]["image_id"] = 5  # not tagged
    content["annotations"] = annotations[::-1]
    rewrite(dataset, content)
    told = refresh(measurer.context())
    assert told["conflicts"] == [
        {"kind": "removed", "scope": "image", "id": 4, "tags": ["good"]},
        {"kind": "other_class", "scope": "annotation", "id": 21, "tags": ["check"]},
        {"kind": "other_image", "scope": "annotation", "id": 22, "tags": ["check"]},
        {"kind": "removed", "scope": "annotation", "id": 40, "tags": ["check"]},
    ]
    assert told["conflict_count"] == 4
    tagged = measurer.query(
        "SELECT name, source_id FROM annotation_tag JOIN tag USING (tag) JOIN annotation USING (row) ORDER BY 2"
    )
    assert tagged == [("check", 10), ("check", 21), ("check", 22)]
    assert measurer.query("SELECT name, source_id FROM image_tag JOIN tag USING (tag) JOIN image USING (row)") == [
        ("good", 1)
    ]
    [(recorded,)] = measurer.query("SELECT detail FROM history WHERE action = 'refresh'")
    assert json.loads(recorded)["conflicts"] == told["conflicts"]


def test_rows_of_what_stays_do_not_change(measurer: Measurer, write: Write) -> None:
    dataset = write(images=6)
    measurer.take_in(dataset)
    sql = "SELECT source_id, row FROM {} ORDER BY 1"
    before = {scope: dict(measurer.query(sql.format(scope))) for scope in ("image", "annotation")}
    content = copy.deepcopy(dataset.content)
    content["images"] = content["images"][:2] + content["images"][3:]
    content["annotations"] = [a for a in reversed(content["annotations"]) if a["image_id"] != 3]
    rewrite(dataset, content)
    refresh(measurer.context())
    for scope, rows in before.items():
        after = dict(measurer.query(sql.format(scope)))
        assert after == {number: row for number, row in rows.items() if number in after}


def test_an_export_is_the_new_file(measurer: Measurer, write: Write, tmp_path: Path) -> None:
    dataset = write(images=5)
    measurer.take_in(dataset)
    content = copy.deepcopy(dataset.content)
    content["images"].reverse()
    content["annotations"][3]["bbox"][0] += 1
    del content["annotations"][7]
    content["info"] = {"version": 2}
    content["categories"].append({"id": 3, "name": "cow"})
    rewrite(dataset, content)
    refresh(measurer.context())
    out = tmp_path / "out.json"
    write_coco(Writing(measurer.store, out, {}, select(measurer.store, ExportOptions())))
    assert json.loads(out.read_text()) == content


def test_classes_that_are_gone_are_gone(measurer: Measurer, write: Write, tmp_path: Path) -> None:
    dataset = write(images=12)
    measurer.take_in(dataset)
    content = copy.deepcopy(dataset.content)
    content["categories"] = [{"id": 1, "name": "cat", "supercategory": "pet"}, {"id": 2, "name": "wolf"}]
    rewrite(dataset, content)
    told = refresh(measurer.context())
    assert told["annotations"]["changed"] == 12  # what was a dog is a wolf
    is_a_new_import(measurer, dataset, tmp_path / "other")


def test_annotations_without_ids_are_told_by_their_place(measurer: Measurer, write: Write, tmp_path: Path) -> None:
    dataset = write(images=4)
    for annotation in dataset.content["annotations"]:
        del annotation["id"]
    rewrite(dataset, dataset.content)
    measurer.take_in(dataset)
    content = copy.deepcopy(dataset.content)
    del content["annotations"][11]
    content["annotations"][0]["bbox"][2] += 1
    rewrite(dataset, content)
    told = refresh(measurer.context())
    assert told["annotations"] == {"new": 0, "changed": 1, "removed": 1}


def test_two_sources_keep_apart(measurer: Measurer, write: Write, tmp_path: Path) -> None:
    one, two = write("one", images=4), write("two", images=3)  # of the same ids
    measurer.take_in(one, split="train")
    measurer.take_in(two, split="val", add=True)
    content = copy.deepcopy(two.content)
    del content["annotations"][0]
    rewrite(two, content)
    told = refresh(measurer.context())
    assert told["annotations"] == {"new": 0, "changed": 0, "removed": 1}
    assert measurer.query("SELECT split, count(*) FROM image GROUP BY 1 ORDER BY 1") == [("train", 4), ("val", 3)]
    with open_workspace(tmp_path / "other") as other:
        other.take_in(one, split="train")
        other.take_in(two, split="val", add=True)
        assert measurer.statistics() == other.statistics()


def test_copied_images_are_copied_again(measurer: Measurer, write: Write) -> None:
    dataset = write(images=3)
    import_dataset(
        measurer.context(format="coco", annotations=str(dataset.annotations), images=str(dataset.images), files="copy")
    )
    first = min(dataset.images.iterdir())
    write_picture(first, 255 - noisy_pixels(1))
    os.utime(first, (2**31, 2**31))
    told = refresh(measurer.context())
    assert told["images"]["changed"] == 1
    assert (measurer.store.directory / "images" / first.name).read_bytes() == first.read_bytes()
    assert refresh(measurer.context())["images"]["changed"] == 0


@pytest.mark.parametrize("gone", ["file", "folder"])
def test_what_is_gone_as_a_whole_changes_nothing(measurer: Measurer, write: Write, gone: str, tmp_path: Path) -> None:
    dataset = write(images=3)
    measurer.take_in(dataset)
    before = items(measurer)
    lost = dataset.annotations if gone == "file" else dataset.images
    lost.rename(tmp_path / "elsewhere")
    with pytest.raises(InputError) as caught:
        refresh(measurer.context())
    assert caught.value.item == str(lost)
    same(items(measurer), before)


def test_a_file_that_cannot_be_read_any_more_changes_nothing(measurer: Measurer, write: Write) -> None:
    dataset = write(images=3)
    measurer.take_in(dataset)
    before = items(measurer)
    dataset.annotations.write_text(dataset.annotations.read_text()[:-20])
    with pytest.raises(InputError):
        refresh(measurer.context())
    same(items(measurer), before)


def test_a_folder(measurer: Measurer, tmp_path: Path, read_rows: list[int]) -> None:
    folder = write_noisy(tmp_path / "data", images=8).images
    params = {"root": str(folder), "patterns": [], "files": "in-place"}
    import_dataset(measurer.context(format="images", **params))
    names = sorted(file.name for file in folder.iterdir())
    tag(measurer, "image", "mine", 2, 5)
    (folder / names[1]).unlink()
    (folder / "sub").mkdir()
    (folder / names[2]).rename(folder / "sub" / "renamed.png")  # its tag goes with it
    write_picture(folder / "0000.png", noisy_pixels(77))
    read_rows.clear()
    told = refresh(measurer.context())
    assert told["images"] == {"new": 1, "changed": 1, "removed": 1, "missing": 0}
    assert measurer.query("SELECT file_name FROM image_tag JOIN image USING (row) ORDER BY 1") == [
        (names[5],),
        ("sub/renamed.png",),
    ]
    with open_workspace(tmp_path / "other") as other:
        import_dataset(other.context(format="images", **params))
        sql = "SELECT file_name, m.* EXCLUDE (row, random) FROM image JOIN image_metric m USING (row) ORDER BY 1"
        assert measurer.query(sql) == other.query(sql)
    assert refresh(measurer.context())["images"] == {**NOTHING, "missing": 0}


def test_a_folder_keeps_to_its_patterns(measurer: Measurer, tmp_path: Path) -> None:
    folder = write_noisy(tmp_path / "data", images=6).images
    import_dataset(measurer.context(format="images", root=str(folder), patterns=["*.png"], files="in-place"))
    write_picture(folder / "more.bmp", noisy_pixels(5))
    assert refresh(measurer.context())["images"] == {**NOTHING, "missing": 0}


def test_a_project_without_metrics_stays_without(measurer: Measurer, write: Write) -> None:
    dataset = write(images=3)
    measurer.take_in(dataset, metrics=False)
    write_picture(min(dataset.images.iterdir()), np.zeros((9, 9, 3), np.uint8))
    told = refresh(measurer.context())
    assert told["measured"] == 0
    assert measurer.statistics() == {"image": {}, "annotation": {}}
    assert measurer.query("SELECT width FROM image_file ORDER BY row LIMIT 1") == [(9,)]


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    kinds = ("drop image", "drop", "move", "reclass", "reshape", "rename", "duplicate", "shuffle", "field", "rehome")
    return draw(
        st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=8)
    )


def edit(content: dict[str, Any], kind: str, one: int, two: int) -> None:
    images, annotations = content["images"], content["annotations"]
    image = images[one % len(images)]
    annotation = annotations[one % len(annotations)] if annotations else {}
    if kind == "drop image" and len(images) > 1:
        images.remove(image)
        content["annotations"] = [a for a in annotations if a["image_id"] != image["id"]]
    elif kind == "drop" and annotations:
        annotations.remove(annotation)
    elif kind == "move" and annotations:
        annotation["bbox"] = [two / 7, two / 9, 3 + two / 10, 4 + two / 11]
    elif kind == "reclass" and annotations:
        annotation["category_id"] = 1 + two % 2
    elif kind == "reshape" and annotations:
        annotation["segmentation"] = [[1, 1, 5 + two / 10, 2, 4, 6 + two / 9]]
    elif kind == "rename":
        image["file_name"] = images[two % len(images)]["file_name"]
    elif kind == "duplicate" and annotations:
        annotations.append({**annotation, "id": max(a["id"] for a in annotations) + 1 + two})
    elif kind == "shuffle":
        images.reverse()
        annotations.sort(key=lambda a: (a["id"] * (two + 7)) % 101)
    elif kind == "field":
        image["gain"] = two
    elif kind == "rehome" and annotations:
        annotation["image_id"] = images[two % len(images)]["id"]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(  # equal overlaps, in another order than before: the evidence must name the same partner
    [
        ("drop", 34, 84),
        ("duplicate", 85, 44),
        ("shuffle", 48, 1),
        ("duplicate", 61, 35),
        ("reclass", 58, 88),
        ("rehome", 76, 29),
    ]
)
@example([("move", 3, 15), ("rehome", 0, 1), ("drop", 59, 0), ("shuffle", 0, 0)])
@given(edits())
def test_any_edit_gives_what_a_new_import_gives(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, int, int]]
) -> None:
    place = tmp_path_factory.mktemp("edits")
    dataset = write_noisy(place / "data", images=6)
    with open_workspace(place / "workspace") as measurer:
        measurer.take_in(dataset)
        content = copy.deepcopy(dataset.content)
        for kind, one, two in made:
            edit(content, kind, one, two)
        rewrite(dataset, content)
        refresh(measurer.context())
        is_a_new_import(measurer, dataset, place / "other")
