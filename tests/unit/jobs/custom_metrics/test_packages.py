"""Metrics that installed packages bring."""

from __future__ import annotations

import importlib
import importlib.metadata

import pytest
from tests.unit.jobs.custom_metrics.samples import GREEN_EXCESS, ID_OF_IMAGE


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install packages' metrics: `install("package_x:metric_y")`; their modules are files below the test's folder."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    (tmp_path / "site").mkdir()

    def offer(*values):
        points = [importlib.metadata.EntryPoint(value, value, "assay.metrics") for value in values]
        monkeypatch.setattr(
            importlib.metadata, "entry_points", lambda group: points if group == "assay.metrics" else []
        )
        importlib.invalidate_caches()

    return offer


@pytest.fixture
def package(tmp_path):
    """Write the module of a package."""

    def write(name, *parts):
        (tmp_path / "site" / f"{name}.py").write_text("from assay import metric\n" + "\n".join(parts))

    return write


def test_metrics_of_installed_packages_are_there_by_themselves(project, install, package, column):
    package("greens_of_assay", GREEN_EXCESS, ID_OF_IMAGE)
    install("greens_of_assay:green_excess", "greens_of_assay:number")
    run = project("metric", "run", "--all", "--json")
    assert (run.code, run.json["failed"], run.json["measured"]) == (0, {}, 6)
    assert column("number") == [1, 2, 3, 4, 5, 6]
    assert project("metric", "show", "green_excess", "--json").json["count"] == 6
    assert project("metric", "run", "--all", "--json").json["measured"] == 0
    install()
    run = project("metric", "run", "--all", "--json")
    assert (run.code, run.json["failed"].keys()) == (1, {"green_excess", "number"})
    assert "greens_of_assay" in run.json["failed"]["number"]
    assert column("number") == [1, 2, 3, 4, 5, 6]


def test_packages_metrics_that_cannot_be_used_stop_nothing_else(project, install, package, define, column):
    package("plain_of_assay", "def plain(image):\n    return 1\n")
    package("broken_of_assay", "1 / 0\n")
    package("sound_of_assay", ID_OF_IMAGE)
    unusable = ("no_such_package_of_assay:f", "plain_of_assay:plain", "broken_of_assay:number")
    install(*unusable, "sound_of_assay:number")
    project("metric", "add", define(GREEN_EXCESS))
    run = project("metric", "run", "--all")
    for value in unusable:
        assert value.split(":")[0] in run.err
    assert column("number") == [1, 2, 3, 4, 5, 6]
    assert None not in column("green_excess")


def test_a_packages_metric_of_a_built_in_name_stops_nothing_else(project, install, package, define, column):
    package("clash_of_assay", '@metric(scope="image", title="Mine")\ndef brightness(image):\n    return 7\n')
    install("clash_of_assay:brightness")
    before = column("brightness")
    project("metric", "add", define(GREEN_EXCESS))
    run = project("metric", "run", "--all")
    assert "brightness" in run.err
    assert None not in column("green_excess")
    assert column("brightness") == before


def test_a_packages_metric_of_a_built_in_name_does_not_keep_the_built_in_one_from_running(project, install, package):
    package("clash_of_assay", '@metric(scope="image", title="Mine")\ndef brightness(image):\n    return 7\n')
    install("clash_of_assay:brightness")
    run = project("metric", "run", "brightness", "--again", "--json")
    assert (run.json["metrics"], run.json["measured"]) == (["brightness"], 6)
