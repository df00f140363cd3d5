"""Several handles on a project: in one process, in threads, and in processes that are forked from it."""

from __future__ import annotations

import os
import shutil
import threading

import pytest

import assay
from assay.errors import BusyError, NotFoundError, UsageError
from assay.project.lock import PROJECT_LOCK, read_holder

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def project(workspace):
    return workspace / "colors"


def is_held(project) -> bool:
    return read_holder(project / PROJECT_LOCK) is not None


def test_a_cell_that_is_run_again_opens_the_project_again(project):
    handle = assay.open(project)
    assert len(handle.images) == 6
    handle = assay.open(project)
    assert len(handle.images) == 6
    handle.close()
    assert not is_held(project)


def test_closing_one_handle_leaves_the_other_and_the_last_one_frees_the_lock(project):
    first, second = assay.open(project), assay.open(project)
    first.close()
    first.close()
    assert is_held(project)
    assert len(second.images) == 6
    with pytest.raises(UsageError, match="has been closed"):
        len(first.images)
    second.close()
    assert not is_held(project)


def test_what_one_handle_changes_the_other_sees(project):
    with assay.open(project) as first, assay.open(project) as second:
        first.images.tag("seen")
        assert [(tag["name"], tag["images"]["count"]) for tag in second.tags] == [("seen", 6)]


def test_a_project_is_let_go_of_with_its_last_handle_though_another_project_stays_open(workspace):
    shutil.copytree(workspace / "colors", workspace / "other")
    with assay.open(workspace / "colors") as stays:
        with assay.open(workspace / "other"):
            assert is_held(workspace / "other")
        assert not is_held(workspace / "other")
        assert len(stays.images) == 6
    assert not is_held(workspace / "colors")


def test_imports_beside_an_open_project_share_it(project, workspace, make_dataset):
    more = make_dataset(images=4, first_id=500)
    with assay.open(project) as handle:
        added = assay.import_coco(more.annotations, more.images, workspace, name="colors", add=True)
        new = assay.import_coco(more.annotations, more.images, workspace, name="new")
        assert (len(handle.images), len(added.images), len(new.images)) == (10, 10, 4)
        new.close()
        assert not is_held(workspace / "new")
        added.close()
        assert len(handle.images) == 10
    assert not is_held(project)


def test_links_to_a_project_and_its_workspace_are_the_same_project(project, workspace, tmp_path):
    (tmp_path / "ws").symlink_to(workspace)
    (tmp_path / "link").symlink_to(project)
    with assay.open(project), assay.open(tmp_path / "ws" / "colors") as second, assay.open(tmp_path / "link") as third:
        assert (len(second.images), len(third.images)) == (6, 6)


def test_threads_open_use_and_close_the_project_at_once(project):
    problems: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(3):
                with assay.open(project) as handle:
                    assert len(handle.images) == 6
        except BaseException as problem:  # noqa: BLE001 - whatever it is, the test must see it
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert problems == []
    assert not is_held(project)


def test_a_handle_that_is_dropped_lets_go(project):
    handle = assay.open(project)
    assert is_held(project)
    del handle
    assert not is_held(project)


def test_a_handle_of_a_deleted_project_says_so(project):
    with assay.open(project) as handle:
        handle.connection.delete(handle.route)
        with pytest.raises(NotFoundError, match="deleted, moved or replaced"):
            len(handle.images)


def test_a_handle_of_a_project_that_was_removed_or_replaced_behind_its_back_says_so(project, workspace, make_dataset):
    new = make_dataset(images=2)
    with assay.open(project) as handle:
        shutil.rmtree(project)
        with pytest.raises(NotFoundError, match="deleted, moved or replaced"):
            handle.refresh()
        with assay.import_coco(new.annotations, new.images, workspace, name="colors") as other:
            for ask in (
                handle.info,
                lambda: len(handle.images),
                lambda: handle.tags,
                handle.refresh,
                handle.run_metrics,
            ):
                with pytest.raises(NotFoundError, match="another project of the same name"):
                    ask()
            assert len(other.images) == 2


def test_a_folder_that_was_put_in_the_place_of_an_open_project_is_not_mistaken_for_it(project, workspace, make_dataset):
    new = make_dataset(images=2)
    assay.import_coco(new.annotations, new.images, workspace, name="other").close()
    with assay.open(project) as handle:
        project.rename(workspace / "away")
        (workspace / "other").rename(project)
        with pytest.raises(NotFoundError, match="another project of the same name"):
            len(handle.images)
        with assay.open(project) as anew:
            assert len(anew.images) == 2


# ------------------------------------------------------------ forks

FORKING = """
import os, sys, signal
import assay
project = assay.open(sys.argv[1])
assert len(project.images) == 6
what = sys.argv[2]
child = os.fork()
if child == 0:
    signal.alarm(60)
    try:
        if what == "handle":
            len(project.images)
        elif what == "open":
            assay.open(sys.argv[1])
        elif what == "close":
            project.close()
    except assay.errors.AssayError as error:
        print(type(error).__name__, "forked from" in str(error), flush=True)
    if what == "drop":
        del project
    sys.exit(0)
print("child", os.waitpid(child, 0)[1], flush=True)
print("parent", len(project.images), flush=True)
sys.stdin.read()
"""


@forks
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("handle", ["BusyError True"]),
        ("open", ["BusyError True"]),
        ("close", []),
        ("drop", []),
        ("nothing", []),
    ],
)
def test_a_fork_neither_hangs_nor_crashes_nor_takes_the_lock_with_it(assay, project, until, what, said):
    code = FORKING.replace("import assay\n", "import assay, assay.errors\n")
    process = assay.begin_python(code, project, what)
    until(lambda: is_held(project), 60)
    run = assay.end(process, 120)
    assert run.out.splitlines() == [*said, "child 0", "parent 6"], run.err
    assert run.code == 0
    assert not is_held(project)


OUTLIVED = """
import os, sys, time
import assay
project = assay.open(sys.argv[1])
child = os.fork()
if child == 0:
    time.sleep(0.5)
    sys.stdin.read()
    os._exit(0)
print("held", flush=True)
project.close()
again = assay.open(sys.argv[1])
print(len(again.images), flush=True)
again.close()
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    with assay.open(sys.argv[1]) as opened:
        print("child", len(opened.images), flush=True)
    sys.exit(0)
print(os.waitpid(child, 0)[1], flush=True)
"""


@forks
def test_a_child_opens_what_the_parent_has_closed_and_keeps_nothing_locked(assay, project):
    run = assay.end(assay.begin_python(OUTLIVED, project), 120)
    assert run.out.splitlines() == ["held", "6", "child 6", "0"], run.err


POOL = """
import multiprocessing, sys
import assay, assay.errors
project = assay.open(sys.argv[1])

def ask(_):
    try:
        return len(project.images)
    except assay.errors.AssayError as error:
        return type(error).__name__

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(ask, range(4)), flush=True)
    print(len(project.images))
"""


@forks
def test_a_pool_of_forked_workers_is_told_why_and_the_parent_goes_on(assay, project):
    run = assay.end(assay.begin_python(POOL, project), 120)
    assert run.out.splitlines() == ["['BusyError', 'BusyError', 'BusyError', 'BusyError']", "6"], run.err
    assert run.code == 0


@forks
def test_forked_workers_ask_a_running_app_over_connections_of_their_own(assay, project, workspace):
    assay.start(workspace)
    run = assay.end(assay.begin_python(POOL, project), 120)
    assert run.out.splitlines() == ["[6, 6, 6, 6]", "6"], run.err


def test_others_are_told_who_holds_it_and_never_to_delete_it(assay, project):
    with globals()["assay"].open(project):
        run = assay("query", "-t", project, "--json")
    assert run.code == BusyError.exit_code
    assert f"held by process {os.getpid()}" in run.err
    assert "delete" not in run.err
