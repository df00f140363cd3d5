"""Batches of work in processes: the same results whoever does it, errors, deaths, and no process left behind."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from assay.errors import InputError
from assay.workers import InlineExecutor, LocalExecutor, count_cores
from tests.conftest import environment

DEADLY = {4, 15}


def squares(items):
    return [(item, item * item) for item in items]


def squares_and_process(items):
    time.sleep(0.02)
    return [(item, os.getpid()) for item in items]


def refuse_seven(items):
    if 7 in items:
        raise InputError("Seven is no number.", item="7", expected="another")
    return items


def die_over_some(items):
    if DEADLY & set(items):
        os.kill(os.getpid(), signal.SIGSEGV) if 4 in items else os._exit(3)
    return squares(items)


def die(items):
    os._exit(1)


def environment_of_worker(items):
    return [os.environ.get("ASSAY_TEST_SETUP"), faulthandler.is_enabled(), signal.getsignal(signal.SIGINT).name]


def share_of_other_threads(items):
    matrix = np.ones((1200, 1200))
    process_s, thread_s = time.process_time(), time.thread_time()
    assert (matrix @ matrix == 1200).all()
    return 1 - (time.thread_time() - thread_s) / (time.process_time() - process_s)


def leave_a_mark():
    os.environ["ASSAY_TEST_SETUP"] = "done"


def cut(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def by_item(outcomes):
    return {item: value for outcome in outcomes for item, value in outcome.result}


# ------------------------------------------------------------ results


def test_the_results_are_the_same_whoever_computes_them():
    batches = [[0], *cut(list(range(1, 30)), 7), *cut(list(range(30, 50)), 1)]
    expected = {item: item * item for item in range(50)}
    for executor in (InlineExecutor(), LocalExecutor(1), LocalExecutor(2)):
        outcomes = list(executor.run(squares, iter(batches)))
        assert sorted(outcome.items for outcome in outcomes) == batches
        assert all(outcome.result == squares(outcome.items) and not outcome.died for outcome in outcomes)
        assert by_item(outcomes) == expected


def test_no_batches_are_no_work():
    for executor in (InlineExecutor(), LocalExecutor(2)):
        assert list(executor.run(squares, [])) == []


def test_the_work_is_spread_over_so_many_other_processes():
    found = by_item(LocalExecutor(2).run(squares_and_process, cut(list(range(24)), 1)))
    assert len(set(found.values())) == 2
    assert os.getpid() not in found.values()
    assert set(by_item(InlineExecutor().run(squares_and_process, [[1], [2]])).values()) == {os.getpid()}


def test_batches_are_drawn_as_they_are_needed_and_an_abandoned_run_ends():
    drawn = []

    def endless():
        number = 0
        while True:
            drawn.append(number)
            yield [number]
            number += 1

    run = LocalExecutor(1).run(squares, endless())
    assert next(run).result
    run.close()
    assert 1 <= len(drawn) < 10


def test_each_process_is_set_up_once_and_leaves_ctrl_c_to_its_parent():
    assert "ASSAY_TEST_SETUP" not in os.environ
    [outcome] = LocalExecutor(1, setup=leave_a_mark).run(environment_of_worker, [[1]])
    assert outcome.result == ["done", False, "SIG_IGN"]
    assert "ASSAY_TEST_SETUP" not in os.environ


def test_the_linear_algebra_of_a_worker_runs_in_one_thread():
    [outcome] = LocalExecutor(1).run(share_of_other_threads, [[1]])
    assert outcome.result < 0.1


def test_as_many_processes_as_the_machine_has_cores(monkeypatch):
    assert LocalExecutor().workers == count_cores() >= 1
    for usable, expected in ((1, 1), (6, 6), (500, 32)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, usable=usable: range(usable), raising=False)
        assert count_cores() == expected
        assert LocalExecutor().workers == expected


# ------------------------------------------------------------ errors


@pytest.mark.parametrize("executor", [InlineExecutor(), LocalExecutor(2)])
def test_what_the_task_raises_comes_out_as_it_is(executor):
    with pytest.raises(InputError) as caught:
        list(executor.run(refuse_seven, cut(list(range(20)), 3)))
    assert (caught.value.message, caught.value.item, caught.value.expected) == ("Seven is no number.", "7", "another")


# ------------------------------------------------------------ deaths


def test_items_that_kill_a_process_are_found_and_all_others_have_their_results():
    batches = cut(list(range(16)), 2)
    outcomes = list(LocalExecutor(2).run(die_over_some, iter(batches)))
    died = [outcome for outcome in outcomes if outcome.died]
    assert sorted(outcome.items for outcome in died) == [[4], [15]]
    assert [outcome.result for outcome in died] == [None] * 2
    sound = [outcome for outcome in outcomes if not outcome.died]
    assert by_item(sound) == {item: item * item for item in range(16) if item not in DEADLY}
    everything = [item for outcome in outcomes for item in outcome.items]
    assert sorted(everything) == list(range(16))  # each of them once


def test_a_killing_item_alone_in_its_batch_and_nothing_else():
    [outcome] = LocalExecutor(1).run(die, [[5]])
    assert (outcome.items, outcome.result, outcome.died) == ([5], None, True)


# ------------------------------------------------------------ the end of the parent

PARENT = textwrap.dedent(
    """
    import os, sys, time
    from pathlib import Path

    from assay.workers import LocalExecutor


    def work(items):
        Path(sys.argv[1], f"{os.getpid()}.pid").touch()
        time.sleep(600 if items == [0] else 0.05)
        return items


    if __name__ == "__main__":
        for outcome in LocalExecutor(2).run(work, ([n] for n in range(100_000))):
            pass
    """
)


def is_alive(process: int) -> bool:
    """Tell whether a process runs; a zombie, which has ended and is yet to be asked about, does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return not status.parent.parent.joinpath("self").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be killed like this")
def test_the_processes_end_when_their_parent_is_killed(tmp_path, until):
    # one is in the middle of an item that would take ten minutes, the other gets one item after another
    (tmp_path / "parent.py").write_text(PARENT)
    pids = tmp_path / "pids"
    pids.mkdir()
    parent = subprocess.Popen([sys.executable, tmp_path / "parent.py", pids], env=environment())
    try:
        found = until(lambda: len(list(pids.iterdir())) == 2 and [int(file.stem) for file in pids.iterdir()])
        assert parent.pid not in found
        assert all(is_alive(process) for process in found)
    finally:
        parent.kill()
        parent.wait()
    until(lambda: not any(is_alive(process) for process in found), 10)
