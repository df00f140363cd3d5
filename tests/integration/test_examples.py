"""The example of custom metrics does what its page says."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import assay

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom_metrics" / "my_metrics.py"
KEYS = ("green_excess", "edge_share", "share_of_largest")


def test_the_examples_metrics_run_on_a_project_and_have_sensible_values(make_dataset, tmp_path):
    dataset = make_dataset(images=4)
    with assay.import_coco(dataset.annotations, dataset.images, tmp_path / "workspace", name="colors") as project:
        assert [metric["key"] for metric in project.add_metrics(EXAMPLE)] == list(KEYS)
        assert project.run_metrics(*KEYS)["failed"] == {}
        excess = project.images.columns("green_excess")["green_excess"]
        assert np.isfinite(excess).all()
        annotations = project.annotations.columns("image_id", "object_area", *KEYS[1:])
        assert ((annotations["edge_share"] >= 0) & (annotations["edge_share"] <= 1)).all()
        for image in np.unique(annotations["image_id"]):
            own = annotations["image_id"] == image
            area = annotations["object_area"][own]
            np.testing.assert_allclose(annotations["share_of_largest"][own], area / area.max())
        project.remove_metric("green_excess")
        assert "green_excess" not in project.metric_keys("image")
