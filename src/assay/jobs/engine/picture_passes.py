"""Pictures spread over processes so that what they are decoded in stays within a budget, however many processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from assay.jobs.engine.executors import Engine, Unit
from assay.jobs.engine.picture_work import PictureOptions, PictureResult, PictureTask, crashed
from assay.settings import setting_number
from assay.workers import Outcome

Measure = Callable[[PictureOptions, list[PictureTask]], list[PictureResult]]
Batch = Outcome[PictureTask, list[PictureResult]]


def measure_within_budget(
    engine: Engine,
    measure: Measure,
    options: PictureOptions,
    batches: Iterable[list[PictureTask]],
    size: int,
    *,
    apart: bool = False,
) -> Iterator[list[PictureResult]]:
    """Yield the results of batches, in any order.

    Each process decodes pictures that take no more than its share of the setting ``pixel_budget``. Larger ones, by the
    header of the file, are put off to passes of half as many processes, a quarter, and so on; those that take more
    than half of the budget are measured one after another. No value depends on that. Where one process decodes, one
    picture is decoded at a time, so nothing is put off.

    Args:
        engine: Chooses what runs the batches.
        measure: Measures a batch.
        options: What of.
        batches: Drawn as they are needed.
        size: How many pictures there are.
        apart: Whether even few are measured in processes of their own.
    """
    budget = setting_number("pixel_budget")
    executor = engine.executor(size, Unit.PICTURES, apart=apart)
    workers = executor.workers
    put_off: dict[int, list[PictureTask]] = {}
    limited = options if workers == 1 else replace(options, most_bytes=budget // workers)
    for outcome in executor.run(partial(measure, limited), batches):
        results = _results(outcome)
        tasks = {task.row: task for task in outcome.items}
        for result in results:
            if result.put_off_bytes:
                at_once = count_at_once(result.put_off_bytes, budget, workers)
                put_off.setdefault(at_once, []).append(tasks[result.row])
        yield [result for result in results if not result.put_off_bytes]
    for at_once in sorted(put_off, reverse=True):
        fewer = engine.executor(size, Unit.PICTURES, apart=apart, at_most=at_once)
        for outcome in fewer.run(partial(measure, options), ([task] for task in put_off.pop(at_once))):
            yield _results(outcome)


def count_at_once(bytes_each: int, budget: int, workers: int) -> int:
    """Return the number of processes in which pictures may be decoded: all, half of them, a quarter ..., at least one.

    Args:
        bytes_each: Memory that each takes at most, in bytes.
        budget: Memory that all may take together, in bytes.
        workers: How many processes there could be.
    """
    while workers > 1 and bytes_each * workers > budget:
        workers //= 2
    return workers


def _results(outcome: Batch) -> list[PictureResult]:
    return [crashed(task) for task in outcome.items] if outcome.result is None else outcome.result
