"""Pictures spread over processes so that what they are decoded in stays within a budget, however many processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from assay.jobs.engine.picture_work import PictureOptions, PictureResult, PictureTask, crashed, prepare_process
from assay.settings import setting_number
from assay.workers import Executor, InlineExecutor, LocalExecutor, Outcome

Measure = Callable[[PictureOptions, list[PictureTask]], list[PictureResult]]
Batch = Outcome[PictureTask, list[PictureResult]]


def measure_here(
    measure: Measure, options: PictureOptions, batches: Iterable[list[PictureTask]], check: Callable[[], None]
) -> Iterator[list[PictureResult]]:
    """Yield the results of batches that are measured in this process, so one picture at a time."""
    for outcome in InlineExecutor(check).run(partial(measure, options), batches):
        yield _results(outcome)


def measure_within_budget(
    measure: Measure,
    options: PictureOptions,
    batches: Iterable[list[PictureTask]],
    check: Callable[[], None],
    workers: int | None,
) -> Iterator[list[PictureResult]]:
    """Yield the results of batches that are measured in several processes, in any order.

    Each process decodes pictures that take no more than its share of the setting ``pixel_budget``. Larger ones, by the
    header of the file, are put off to passes of half as many processes, a quarter, and so on; those that take more
    than half of the budget are measured one after another. No value depends on that.

    Args:
        measure: Measures a batch.
        options: What of.
        batches: Drawn as they are needed.
        check: Called often; what it raises ends the run.
        workers: Number of processes; None for one a core.
    """
    budget = setting_number("pixel_budget")
    executor = LocalExecutor(workers, setup=prepare_process, check=check)
    put_off: dict[int, list[PictureTask]] = {}
    limited = replace(options, most_bytes=budget // executor.workers)
    for outcome in executor.run(partial(measure, limited), batches):
        results = _results(outcome)
        tasks = {task.row: task for task in outcome.items}
        for result in results:
            if result.put_off_bytes:
                at_once = count_at_once(result.put_off_bytes, budget, executor.workers)
                put_off.setdefault(at_once, []).append(tasks[result.row])
        yield [result for result in results if not result.put_off_bytes]
    for at_once in sorted(put_off, reverse=True):
        fewer: Executor = LocalExecutor(at_once, setup=prepare_process, check=check)
        for outcome in fewer.run(partial(measure, options), ([task] for task in put_off.pop(at_once))):
            yield _results(outcome)


def count_at_once(needed: int, budget: int, workers: int) -> int:
    """Return in how many processes pictures may be decoded: all, half of them, a quarter ..., at least one.

    Args:
        needed: What each takes at most, in bytes.
        budget: What all may take together, in bytes.
        workers: How many processes there could be.
    """
    while workers > 1 and needed * workers > budget:
        workers //= 2
    return workers


def _results(outcome: Batch) -> list[PictureResult]:
    return [crashed(task) for task in outcome.items] if outcome.result is None else outcome.result
