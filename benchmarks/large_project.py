"""A generated project of any size whose values are drawn, not measured; its images need not exist."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

CLASSES = 80
_UNIFORM = {"fraction": "random()", "signed": "(random() + random() + random() - 1.5) * 4"}


def make_project(folder: Path, images: int, per_image: int = 10) -> Path:
    """Make a project named ``large`` in a folder; return its path.

    Every metric has a value for each item, drawn from a spread that suits its kind: log-normal for sizes, uniform for
    fractions, normal for what has a sign. Classes are as unequal as those of COCO, a fifth of the items are in val.
    """
    from assay.formats.doctor import Doctor
    from assay.jobs.catalogue import Catalogue
    from assay.jobs.engine.aggregate import update_statistics
    from assay.metrics.registry import all_metrics
    from assay.project.lock import Holder
    from assay.project.store import quote
    from assay.project.values import NEW
    from assay.project.workspace import Workspace

    workspace = Workspace(folder, Holder(os.getpid()))
    store = workspace.create("large")
    annotations = images * per_image
    with store.write() as cursor:
        cursor.execute("SELECT setseed(0.42)")
        cursor.execute(
            "INSERT INTO source BY NAME SELECT 0 AS source, 'coco' AS kind, 'drawn.json' AS path, "
            "'/nowhere' AS image_root, 'in-place' AS files, '{}' AS header, '[]' AS present, ? AS report, "
            "now()::TIMESTAMP AS imported_at",
            [Doctor().dump()],
        )
        cursor.execute(
            "INSERT INTO image SELECT range::INTEGER, 0, range, range, NULL, format('{:09d}.jpg', range), "
            "format('{:09d}.jpg', range), 640, 480, CASE WHEN range % 5 = 0 THEN 'val' ELSE 'train' END, NULL, NULL, "
            "hash(range), 0, NULL FROM range(?)",
            [images],
        )
        cursor.execute(
            "INSERT INTO image_file SELECT row, 1, 'not there', NULL, 640, 480, 1, false, false, false FROM image"
        )
        cursor.execute(
            "INSERT INTO class SELECT range, range + 1, NULL, format('class {}', range), NULL, NULL FROM range(?)",
            [CLASSES],
        )
        cursor.execute(
            "INSERT INTO class_source SELECT range, 0, range, range + 1, NULL, format('class {}', range), NULL, 0, "
            "NULL FROM range(?)",
            [CLASSES],
        )
        cursor.execute(
            "INSERT INTO annotation BY NAME SELECT range::INTEGER AS row, 0 AS source, range AS position, "
            f"range AS source_id, (range // {per_image})::INTEGER AS image, "
            f"least({CLASSES - 1}, floor(power(random(), 3) * {CLASSES}))::INTEGER AS class, 1 AS shape, "
            "random() * 500 AS x, random() * 360 AS y, 5 + random() * 100 AS w, 5 + random() * 100 AS h, "
            "false AS crowd, hash(range) AS random_key, 0 AS segmentation, 0 AS ring_count, 0 AS word_start, "
            "0 AS word_count, 0 AS keypoint_start, 0 AS keypoint_count, 0 AS present FROM range(?)",
            [annotations],
        )
        for scope in ("image", "annotation"):
            metrics = [m for m in all_metrics() if scope in m.scopes and m.needs != "embeddings"]
            columns = ", ".join(f"{_draw(m)} AS {quote(m.key)}" for m in metrics)
            cursor.execute(f"DROP TABLE {scope}_metric")
            cursor.execute(f"CREATE TABLE {scope}_metric AS SELECT row, {columns} FROM {scope} ORDER BY row")
            for metric in metrics:
                cursor.execute(
                    "INSERT INTO metric_state (key, scope, version) VALUES (?, ?, ?)", [metric.key, scope, NEW]
                )
    update_statistics(store, Catalogue(store))
    store.update_counts()
    store.save_manifest(state="ready")
    workspace.close()
    return folder / "large"


def _draw(metric: Any) -> str:
    if metric.kind == "count":
        return "floor(-ln(1 - random()) * 6)"
    if metric.kind == "positive":
        return "exp((random() + random() + random() - 1.5) * 2 + 5)"
    return _UNIFORM.get(metric.kind, "random()")
