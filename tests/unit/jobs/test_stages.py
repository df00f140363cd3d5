"""A further stage is one file and one entry: a toy stage made by the recipe of docs/architecture.md; what is measured
in a project of the schema with a column for each stage stays measured."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from assay.errors import StorageError
from assay.jobs.engine import picture_work, pictures, stages
from assay.jobs.engine.picture_work import OpenedPicture, PictureOptions, open_picture
from assay.jobs.engine.pixel_pass import PixelPass, measure_missing
from assay.jobs.engine.stage import Stage
from assay.media.location import ImageLocation
from assay.metrics import registry
from assay.metrics.definition import Metric
from assay.metrics.family import Family
from assay.project.staging import Staging

# ------------------------------------------------------------ the file of the toy stage

GLOW = Metric(
    key="glow",
    title="Glow",
    scopes=("image", "annotation"),
    kind="fraction",
    unit="",
    suspicious="none",
    needs="pixels",
    summary="How red a picture is to a model.",
    description="The red part of what stands in for an embedding.",
)


def embed(options, tasks):
    """Stand in for a model that takes pictures of one size in batches and gives a vector for each."""
    found = [open_picture(options, task) for task in tasks]
    opened = [picture for picture in found if isinstance(picture, OpenedPicture)]
    others = [result for result in found if not isinstance(result, OpenedPicture)]
    if not opened:
        return others
    batch = np.stack([cv2.resize(picture.rgb, (1, 1), interpolation=cv2.INTER_AREA)[0, 0] for picture in opened])
    vectors = (batch / 255).astype(np.float32)
    return others + [
        picture.result(
            image_values={"glow": float(vector[0])},
            object_values={"glow": np.arange(len(picture.boxes)) / 10},
            extra=vector,
        )
        for picture, vector in zip(opened, vectors, strict=True)
    ]


class GlowPass(PixelPass):
    """The pass that keeps vectors in a file beside the database."""

    title = "Embedding pictures"

    @property
    def measure(self):
        """See PixelPass."""
        return embed

    def commit(self, results):
        """Write the vectors to their places first: what is staged has its vector."""
        with (self.store.directory / "glow.bin").open("r+b" if self.staging.staged_rows().size else "w+b") as file:
            for result in results:
                file.seek(12 * result.row)
                file.write(np.zeros(3, np.float32) if result.extra is None else result.extra)
        super().commit(results)


def measure_glow(measuring, metrics):
    """Compute what is missing."""
    options = PictureOptions(images=False, annotations=False, thumbnails=False)
    keys = {"image": ["glow"], "annotation": ["glow"]}
    measure_missing(
        measuring,
        "glow",
        {metric.key: metric.version for metric in metrics},
        lambda missing: GlowPass(measuring, "glow", missing, keys, options),
    )


STAGE = Stage(
    "glow",
    needs="pixels",
    metrics=lambda catalogue: [metric for metric in catalogue.all() if metric.key == "glow"],
    run=measure_glow,
    families=(Family((GLOW,)),),
)

# ------------------------------------------------------------ what becomes of it


@pytest.fixture
def toy(monkeypatch):
    """The entry of the toy stage, and what to take it away again."""
    for module, name in ((stages, "_stages"), (registry, "_families"), (registry, "_metrics")):
        monkeypatch.setattr(module, name, getattr(module, name).copy())
    return stages.add_stage(STAGE)


def expected(dataset):
    """The vectors of a dataset's pictures: float32 (n, 3)."""
    pictures = [cv2.imread(str(dataset.images / record["file_name"])) for record in dataset.content["images"]]
    means = [cv2.resize(p[..., ::-1].copy(), (1, 1), interpolation=cv2.INTER_AREA)[0, 0] for p in pictures]
    return (np.stack(means) / 255).astype(np.float32)


def vectors(measurer):
    return np.fromfile(measurer.store.directory / "glow.bin", np.float32).reshape(-1, 3)


def test_a_stage_of_ones_own_is_run_staged_and_merged_like_the_built_in_ones(
    measurer, dozen, whole, toy, small_batches, read_rows, monkeypatch
):
    measurer.take_in(dozen, metrics=False)
    commit, commits = GlowPass.commit, iter((True, True))

    def fail(self, results):
        if not next(commits, False):
            raise StorageError("The disk is full.")
        commit(self, results)

    with monkeypatch.context() as patch:
        patch.setattr(GlowPass, "commit", fail)
        with pytest.raises(StorageError):
            measurer.measure()
    assert measurer.query("SELECT count(*) FROM staged_glow_image") == [(6,)]
    assert measurer.query("SELECT stage, count(*) FROM image_measured GROUP BY 1 ORDER BY 1") == [
        ("geometry", 12),
        ("pixels", 12),
    ]
    read_rows.clear()
    assert measurer.measure()["measured"] == 6
    assert read_rows == []  # the built-in stage has all it needs
    assert np.array_equal(vectors(measurer), expected(dozen))
    assert measurer.values("image")["glow"].astype(np.float32).tolist() == expected(dozen)[:, 0].tolist()
    assert measurer.values("annotation")["glow"].tolist() == [0.0, 0.1, 0.2] * 12
    assert measurer.statistics()["image"]["glow"]["count"] == 12
    assert {key: bits for key, bits in measurer.bits().items() if "glow" not in key} == whole[0]
    assert measurer.query("SELECT count(*) FROM image_measured WHERE stage = 'glow'") == [(12,)]
    assert measurer.measure()["measured"] == 0
    assert measurer.measure("glow", again=True) == {
        "measured": 12, "metrics": ["glow"], "failed": {}, "skipped": []
    }  # fmt: skip
    assert read_rows == []


def test_an_image_that_two_stages_read_is_counted_once(measurer, write, toy):
    dataset = write(images=3)
    measurer.take_in(dataset)
    assert measurer.measure(again=True)["measured"] == 3
    assert len(vectors(measurer)) == 3


def test_a_stage_cannot_bring_a_metric_that_is_there(toy):
    with pytest.raises(Exception, match="exists already"):
        stages.add_stage(STAGE)


# ------------------------------------------------------------ the schema with a column for each stage

_TO_13 = """
DROP TABLE operating_point;
CREATE TABLE wide AS SELECT row, any_value(recipe) FILTER (stage = 'geometry') AS geometry,
    any_value(recipe) FILTER (stage = 'pixels') AS pixels FROM image_measured GROUP BY row;
DROP TABLE image_measured;
ALTER TABLE wide RENAME TO image_measured;
UPDATE state SET value = 13 WHERE key = 'schema';
"""


def test_what_a_project_of_schema_13_has_measured_is_not_measured_again(
    measurer, dozen, whole, small_batches, read_rows, monkeypatch
):
    measurer.take_in(dozen, metrics=False)
    commits = iter((True,) * 2)
    append = Staging.append

    def fail(staging, *parts):
        if staging.table("plan") == "staged_pixels_plan" and not next(commits, False):
            raise StorageError("The disk is full.")
        append(staging, *parts)

    monkeypatch.setattr(Staging, "append", fail)
    with pytest.raises(StorageError):
        measurer.measure()
    monkeypatch.setattr(Staging, "append", append)
    read_rows.clear()
    for measured in (6, 0):  # six are staged; then all are measured
        with measurer.store.write() as cursor:
            cursor.execute(_TO_13)
        [(before,)] = measurer.query("SELECT count(geometry) + count(pixels) FROM image_measured")
        measurer.app.workspace.release("p")
        assert measurer.query("SELECT count(*) FROM image_measured") == [(before,)]
        assert measurer.measure()["measured"] == measured
    assert read_rows == list(range(6, 12))
    assert measurer.all() == whole


# ------------------------------------------------------------ where the pictures are


def test_pictures_go_out_without_a_path_of_this_machine(measurer, write, monkeypatch):
    dataset = write(images=3)
    measurer.take_in(dataset, metrics=False)
    sent = []

    def measure(options, tasks):
        sent.extend(task.location for task in tasks)
        return picture_work.measure_pictures(options, tasks)

    monkeypatch.setattr(pictures, "measure_pictures", measure)
    names = [record["file_name"] for record in dataset.content["images"]]
    measurer.measure()
    assert sent == [ImageLocation("source-0", name) for name in names]
    found = measurer.all()
    moved = dataset.images.rename(dataset.images.with_name("of another machine"))
    monkeypatch.setenv("ASSAY_IMAGE_ROOTS", json.dumps({"source-0": str(moved)}))
    assert measurer.measure(again=True)["measured"] == 3
    assert measurer.all() == found
