"""How kernels are compiled, cached and spread over threads."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.conftest import fill_disk
from tests.unit.evaluation.scenes import pair, random_scene

from assay.evaluation import kernels
from assay.evaluation.detection.accumulate import make_coco_table
from assay.evaluation.detection.matching import match
from assay.evaluation.sorting import order_by_descending_score
from assay.evaluation.warmup import warm_up


def test_the_command_line_starts_without_numba():
    code = "import assay, assay.cli.main, sys; print('numba' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_work_is_dealt_out_evenly_and_completely(monkeypatch):
    monkeypatch.setattr(kernels, "thread_count", lambda: 2)
    shares = kernels.split_by_work(np.array([5, 1, 9, 4, 0]), least=0)
    assert sorted(np.concatenate(shares).tolist()) == [0, 1, 2, 3, 4]
    assert [int(np.array([5, 1, 9, 4, 0])[share].sum()) for share in shares] == [10, 9]
    assert kernels.split_evenly(10, 3) == [(0, 5), (5, 10)]
    assert kernels.split_evenly(3, 4) == [(0, 3)]


def test_two_threads_give_what_one_gives(monkeypatch):
    pairing = pair(*random_scene(3, annotations=300, predictions=2000), images=12, classes=3)
    tables = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(kernels, "thread_count", lambda threads=threads: threads)
        tables.append(make_coco_table(pairing))
    assert all(np.array_equal(tables[0].precision, table.precision) for table in tables)


def test_many_requests_at_once_do_not_disturb_each_other():
    pairing = pair(*random_scene(5, annotations=300, predictions=2000), images=12, classes=3)
    thresholds = np.linspace(0.1, 0.9, 24).tolist()
    alone = [match(pairing, t).annotation_of for t in thresholds]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda t: match(pairing, t).annotation_of, thresholds))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_the_cache_folder_changes_with_the_sources():
    folder = kernels._cache_folder()
    assert folder is not None
    assert folder.parent.name == "kernels"
    assert len(folder.name) == 16


def double(value):
    return 2 * value


@pytest.fixture
def compile_double(monkeypatch):
    """Compile `double` with its cache in a folder, as a new process does, and return what it makes of 4."""

    def compile_there(folder):
        monkeypatch.setattr(kernels, "_cache_folder", lambda: folder)
        compiled = kernels.kernel(double)
        return compiled(4), sum(compiled.stats.cache_hits.values())

    return compile_there


def test_compiled_kernels_are_kept(compile_double, tmp_path):
    assert compile_double(tmp_path) == (8, 0)
    assert compile_double(tmp_path) == (8, 1)


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("left", [0, 5, 100, -1])
def test_a_damaged_cache_is_made_anew(compile_double, tmp_path, suffix, left):
    compile_double(tmp_path)
    (file,) = tmp_path.rglob(f"*{suffix}")
    file.write_bytes(b"\0" * 200 if left < 0 else file.read_bytes()[:left])
    assert compile_double(tmp_path) == (8, 0)
    assert compile_double(tmp_path) == (8, 1)


@pytest.mark.parametrize("small_disk", ["64k"], indirect=True)
def test_a_full_disk_costs_the_cache_and_nothing_else(compile_double, small_disk):
    fill_disk(small_disk)
    assert compile_double(small_disk) == (8, 0)
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["ballast"]


def test_warming_up_needs_no_data():
    warm_up()


def test_scores_sort_stably_and_descending_whatever_their_sign():
    scores = np.array([0.5, -0.0, 0.0, -1.5, np.inf, 0.5, -np.inf, 1e-310])
    order = order_by_descending_score(scores, np.arange(8, dtype=np.int32))
    assert order.tolist() == [4, 0, 5, 7, 1, 2, 3, 6]
