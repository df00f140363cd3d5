"""What a project's values are, whoever computes them: definitions, processes, statistics, duplicates, thumbnails."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from tests.unit.jobs.engine_projects import noisy_pixels, present, resize, write_picture
from tests.unit.metrics.pixel_reference import CROP_KEYS, IMAGE_KEYS, crop_values, image_values

import assay
from assay.jobs.create import import_dataset
from assay.jobs.engine import executors
from assay.jobs.engine.executors import Unit
from assay.metrics.registry import all_metrics
from assay.workers import LocalExecutor


def decoded(file):
    return cv2.cvtColor(cv2.imread(str(file), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


# ------------------------------------------------------------ values


def test_a_projects_values_are_those_of_the_definitions(measurer, dozen):
    dataset = dozen
    measurer.take_in(dataset)
    images, annotations = measurer.values("image"), measurer.values("annotation")
    assert set(IMAGE_KEYS) <= set(images)
    assert set(CROP_KEYS) <= set(annotations)
    for row, record in enumerate(dataset.content["images"]):
        rgb = decoded(dataset.images / record["file_name"])
        expected = image_values(rgb)
        for key in IMAGE_KEYS:
            assert images[key][row] == pytest.approx(expected[key], rel=1e-9, abs=1e-13), key
        # the box as it is, the triangle's and the mask's upright boxes
        own = dataset.content["annotations"][3 * row : 3 * row + 3]
        crops = crop_values(rgb, [[x, y, x + w, y + h] for x, y, w, h in (a["bbox"] for a in own)])
        for key in CROP_KEYS:
            found = annotations[key][3 * row : 3 * row + 3]
            assert found == pytest.approx(crops[key], rel=1e-9, abs=1e-13, nan_ok=True), key
            assert np.isnan(found[2])  # a mask of one column has no 4 x 4 pixels


def test_every_metric_that_needs_no_embeddings_is_computed_at_import(measurer, dozen):
    measurer.take_in(dozen)
    for scope in ("image", "annotation"):
        expected = {m.key for m in all_metrics() if scope in m.scopes and m.needs != "embeddings"}
        assert set(measurer.values(scope)) == expected
        assert set(measurer.statistics()[scope]) == expected


@pytest.fixture
def pools(monkeypatch):
    """The numbers of processes that were asked for, pool by pool."""
    asked: list[int] = []

    class Watched(LocalExecutor):
        def __init__(self, workers=None, **options):
            super().__init__(workers, **options)
            asked.append(self.workers)

    monkeypatch.setattr(executors, "LocalExecutor", Watched)
    return asked


def test_one_process_two_and_none_give_the_same_bits(measurer, dozen, processes, pools, monkeypatch):
    def measured(workers):
        measurer.take_in(dozen, metrics=False)
        assert measurer.bits() == {}
        assert measurer.measure(workers=workers)["measured"] == 12
        found = measurer.all()
        measurer.app.workspace.delete("p")
        return found

    one, two = measured(1), measured(2)
    assert pools == [1, 1, 1, 2, 2, 2]
    for unit in Unit:
        resize(monkeypatch, unit, little=1_000_000)
    none = measured(2)
    assert len(pools) == 6
    assert len(none[0]) > 40
    assert none[2]
    assert one == none
    assert two == none


def test_a_few_dozen_pictures_are_measured_without_starting_processes(measurer, write, pools, read_rows):
    measurer.take_in(write(images=32))
    assert pools == []
    assert read_rows == list(range(32))


# ------------------------------------------------------------ statistics

POSITIVE = {"width", "height", "area", "aspect_ratio", "object_width", "object_height", "object_area",
            "object_area_relative", "object_aspect_ratio"}  # fmt: skip
LOGARITHMIC = POSITIVE | {"sharpness", "crop_sharpness"}
TAILS = {
    **dict.fromkeys(POSITIVE | {"object_count", "class_count", "object_density", "size_for_class"}, "both"),
    **dict.fromkeys(("sharpness", "colorfulness", "crop_sharpness", "polygon_similarity", "confidence"), "low"),
    "shape_for_class": "high",
    **dict.fromkeys(("blur", "random", "object_random", "border_closeness", "crop_red", "crop_green", "crop_blue"),
                    "none"),
}  # fmt: skip
HIGH_RULES = {
    **dict.fromkeys(("red", "green", "blue"), (0.5, 0.75)),
    "brightness": (0.82, 0.9),
    "crop_brightness": (0.88, 0.95),
    "dark_share": (0.6, 0.85),
    "light_share": (0.6, 0.8),
    "duplicate_group_size": (2, 2),
    "annotation_duplicates": (0.6, 0.85),
    "class_overlap": (0.8, 0.9),
    "box_fit": (0.1, 0.5),
    "validity": (0.5, 1),
    "occlusion": (0.3, 0.5),
}
LOW_RULES = {
    "brightness": (0.16, 0.07),
    "contrast": (0.09, 0.03),
    "entropy": (0.55, 0.4),
    "crop_brightness": (0.07, 0.04),
    "crop_contrast": (0.035, 0.02),
    "missing_or_broken_track": (0.5, 0),
}


def severity(key, values):
    """Return how many values are moderate and severe outliers, by the text of the specification."""
    if key in LOW_RULES or key in HIGH_RULES:
        (low, lowest), (high, highest) = LOW_RULES.get(key, (-1, -1)), HIGH_RULES.get(key, (1e9, 1e9))
        severe = (values <= lowest) | (values >= highest)
        return int((((values <= low) | (values >= high)) & ~severe).sum()), int(severe.sum())
    if key == "area":
        octaves = np.abs(np.log2(values / np.median(values)))
        return int(((octaves >= 1) & (octaves < 2)).sum()), int((octaves >= 2).sum())
    if key == "inconsistent_track":
        return int(((values < 0.2) & (values >= 0.1)).sum()), int((values < 0.1).sum())
    tail = TAILS[key]
    if tail == "none" or not len(values):
        return 0, 0
    scaled = np.log(values[values > 0]) if key in LOGARITHMIC else values
    if not len(scaled):
        return 0, 0
    q1, q3 = np.quantile(scaled, [0.25, 0.75])
    if q1 == q3:
        return 0, 0
    with np.errstate(divide="ignore"):
        scaled = np.log(values) if key in LOGARITHMIC else values

    def beyond(fence, share):
        furthest = int(np.ceil(share * len(values)))
        low = (scaled < q1 - fence * (q3 - q1)) & (values <= np.sort(values)[furthest - 1])
        high = (scaled > q3 + fence * (q3 - q1)) & (values >= np.sort(values)[-furthest])
        common = np.array([(values == value).sum() for value in values]) >= max(2, 0.02 * len(values))
        return int(({"low": low, "high": high, "both": low | high}[tail] & ~common).sum())

    severe = beyond(2.5, 0.01)
    return beyond(1.5, 0.03) - severe, severe


@pytest.fixture
def uneven(write, measurer):
    """Forty pictures, some of them far out: black, white, green, tiny, very wide, flat, twice the same."""
    dataset = write(images=40, film=True)
    strange = {
        3: np.zeros((40, 40, 3), dtype=np.uint8),
        7: np.full((50, 50, 3), 255, dtype=np.uint8),
        9: np.full((50, 50, 3), (0, 250, 0), dtype=np.uint8),
        11: noisy_pixels(11)[:5, :6],
        15: np.tile(noisy_pixels(15), (1, 12, 1)),
        19: np.full((30, 30, 3), 128, dtype=np.uint8),
    }
    annotations = dataset.content["annotations"]
    for row, rgb in strange.items():
        record = dataset.content["images"][row]
        (dataset.images / record["file_name"]).unlink()
        record["file_name"] = f"strange{row}.png"
        record |= {"height": rgb.shape[0], "width": rgb.shape[1]}
        write_picture(dataset.images / record["file_name"], rgb)
    for row, bbox in ((60, [0, 0, 45, 1]), (63, [-9, 4, 20, 20]), (66, [2, 2, 0, 5]), (72, [4.0, 5.0, 10.2, 12.1])):
        annotations[row]["bbox"] = bbox
    annotations.append(annotations[90] | {"id": 9_000})
    dataset.content["images"][23] |= {"file_name": "strange3.png", "width": 40, "height": 40}
    dataset.annotations.write_text(json.dumps(dataset.content))
    measurer.take_in(dataset)
    return measurer


def test_statistics_are_numpys_over_the_values_that_a_query_gives(uneven):
    path = uneven.store.directory
    uneven.app.close()
    found = 0
    with assay.open(path) as project:
        for table in (project.images, project.annotations):
            columns = table.columns()
            told = {m["key"]: m for m in project.metrics if m["scope"] == table.scope}
            assert set(columns) - set(told) <= {"row", "id", "file_name", "image_id", "class", "class_id"}
            for key, metric in told.items():
                values = present(columns[key].astype(np.float64))
                assert (metric["count"], metric["nulls"]) == (len(values), len(table) - len(values)), key
                names = ("min", "q1", "median", "q3", "max", "mean")
                numbers = [metric[name] for name in names]
                if len(values):
                    quartiles = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
                    assert numbers == pytest.approx([*quartiles, values.mean()], rel=1e-12, abs=1e-15), key
                else:
                    assert numbers == [None] * 6, key
                assert (metric["moderate"], metric["severe"]) == severity(key, values), key
                found += bool(metric["moderate"] or metric["severe"])
    assert found > 15  # or the counts above were compared with nothing but 0


# ------------------------------------------------------------ duplicates


@pytest.fixture
def duplicates(write, measurer):
    """Six pictures; the third is also there as BMP and TIFF, the fifth as a copy; two others are almost alike."""
    dataset = write(images=6, kinds=(".png",))
    records = dataset.content["images"]
    for number, (source, name) in enumerate(((3, "third.bmp"), (3, "third.tiff"), (5, "fifth.png")), start=50):
        rgb = noisy_pixels(source)
        write_picture(dataset.images / name, rgb)
        records.append({"id": number, "file_name": name, "width": rgb.shape[1], "height": rgb.shape[0]})
    almost = noisy_pixels(6)
    almost[0, 0, 0] ^= 1
    write_picture(dataset.images / "almost.png", almost)
    records.append(records[5] | {"id": 60, "file_name": "almost.png"})
    # the same values in the same order, in another size
    flat = noisy_pixels(1)
    write_picture(dataset.images / "flat.png", flat.reshape(1, -1, 3))
    records.append({"id": 61, "file_name": "flat.png", "width": flat.size // 3, "height": 1})
    dataset.annotations.write_text(json.dumps(dataset.content))
    measurer.take_in(dataset)
    return measurer


def test_exact_duplicates_are_found_whatever_their_file_format(duplicates):
    sizes = duplicates.values("image")["duplicate_group_size"].tolist()
    #       0  1  2  3  4  5 bmp tiff png almost flat
    assert sizes == [1, 1, 3, 1, 2, 1, 3, 3, 2, 1, 1]
    evidence = [record[1:4] for record in duplicates.evidence() if record[0] == "duplicate_group_size"]
    assert evidence == [(2, 6, 3), (4, 8, 2), (6, 2, 3), (7, 2, 3), (8, 4, 2)]
    hashes = duplicates.query("SELECT content_hash, pixel_hash FROM image_content ORDER BY row")
    assert len({content for content, _ in hashes}) == 10
    assert hashes[4] == hashes[8]  # the very same file
    assert hashes[2][1] == hashes[6][1] == hashes[7][1]
    statistics = duplicates.statistics()["image"]["duplicate_group_size"]
    assert (statistics["count"], statistics["severe"], statistics["moderate"]) == (11, 5, 0)


def test_the_evidence_names_the_other_images(duplicates):
    path = duplicates.store.directory
    duplicates.app.close()
    with assay.open(path) as project:
        detail = project.connection.get(f"{project.route}/images/6")
        [told] = [e for e in detail["evidence"] if e["metric"] == "duplicate_group_size"]
        unique = project.connection.get(f"{project.route}/images/9")
    assert (told["severity"], told["value"]) == ("severe", 3)
    assert told["message"] == "Has exactly the pixels of 0003.png, third.tiff."
    assert "duplicate_group_size" not in {e["metric"] for e in unique["evidence"]}


def test_duplicates_can_be_asked_for_alone(measurer, write):
    dataset = write(images=4)
    import_dataset(
        measurer.context(format="images", root=str(dataset.images), patterns=[], files="in-place", metrics=False)
    )
    assert measurer.measure("duplicate_group_size")["measured"] == 4
    assert measurer.values("image")["duplicate_group_size"].tolist() == [1] * 4


# ------------------------------------------------------------ thumbnails


def already_there(*_):
    raise AssertionError("it is there already")


def test_thumbnails_are_written_once(measurer, dozen, monkeypatch):
    measurer.take_in(dozen)
    thumbnails = measurer.store.thumbnails
    stored, size = len(thumbnails), thumbnails.total_bytes
    assert stored == 12
    assert size > 0
    monkeypatch.setattr(thumbnails, "put", already_there)
    measurer.measure(again=True)
    measurer.measure("brightness", again=True)
    assert (len(thumbnails), thumbnails.total_bytes) == (stored, size)


def test_a_thumbnail_is_there_before_anybody_looks_and_shows_the_picture(measurer, write, monkeypatch):
    dataset = write(images=3)
    measurer.take_in(dataset)
    path = measurer.store.directory
    measurer.app.close()
    monkeypatch.setattr("assay.media.packs.PackStore.put", already_there)
    with assay.open(path) as project:
        for row, record in enumerate(dataset.content["images"]):
            data = project.connection.request("GET", f"{project.route}/images/{row}/thumbnail").content
            shown = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
            original = decoded(dataset.images / record["file_name"])
            assert shown.shape == original.shape
            assert shown.mean(axis=(0, 1)) == pytest.approx(original.mean(axis=(0, 1)), abs=3)
