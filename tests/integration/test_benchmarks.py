"""Every benchmark runs: at a size that says nothing, so that it is there when a figure is wanted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
HELPERS = {"coco_data", "decoder", "evaluation_data", "large_project", "results", "run"}
SMALL = {
    "classification_intervals": ("--sizes", "30", "--subsets", "2", "--resamples", "20"),
    "evaluate_boxes": ("--images", "20"),
    "evaluate_project": (),
    "import_coco": ("--images", "30", "--repeat", "1"),
    "interval_coverage": ("--images", "24", "--sizes", "12", "--subsets", "2", "--resamples", "20"),
    "kill_jobs": ("--kills", "1", "--images", "4", "--kind", "tag-import"),
    "load_clients": ("--images", "10", "--clients", "2", "--seconds", "1"),
    "make_sandbox": ("--images", "3"),
    "measure_geometry": ("--images", "30"),
    "measure_pixels": ("--images", "20", "--rounds", "1", "--skip-cleanvision"),
    "memory": ("--positions", "12", "--scale", "0.02", "--side", "300"),
    "query_large": ("--images", "60", "--rounds", "2"),
    "slice_coverage": ("--images", "40", "--projects", "1"),
    "startup": (),
}
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in HELPERS)


def test_every_benchmark_has_a_small_size():
    assert sorted(SMALL) == SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_benchmark_runs_at_a_small_size(name, tmp_path):
    kept = (FOLDER / "results.json").read_bytes()
    run = subprocess.run(
        [sys.executable, FOLDER / f"{name}.py", *SMALL[name]],
        env=os.environ | {"ASSAY_BENCHMARKS": "toy", "ASSAY_CONFIG": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    assert "Traceback" not in run.stderr, run.stderr
    assert run.returncode in (0, 1), run.stderr  # 1: a limit is not kept, which at this size says nothing
    figures = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert figures or "ASSAY_TEST_DATA" in run.stderr
    assert all("name" in figure and "value" in figure for figure in figures)
    assert (FOLDER / "results.json").read_bytes() == kept
