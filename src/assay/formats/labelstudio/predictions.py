"""Read predictions in Label Studio's JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assay.formats.format import Append, KnownIds
from assay.formats.gathering import Gathering
from assay.formats.known import Known
from assay.formats.labelstudio.names import bare_name
from assay.formats.labelstudio.reader import TaskReader, each_task
from assay.formats.predictions import Results
from assay.formats.scored import match_source


def read_predictions(path: Path, known: Known, append: Append, report: Callable[[float], None]) -> Results:
    """Read the predictions of a file's tasks; where no task has any, their annotations.

    A region's score is its own, else that of the prediction that it belongs to.

    Raises:
        InputError: it cannot be read, or it cannot be decided which images are meant.
    """
    has_predictions = any(isinstance(task, dict) and task.get("predictions") for _, task in each_task(path))
    reader = TaskReader(Gathering(append, KnownIds()), path.parent)
    for position, task in each_task(path, lambda done, total: report(done / total)):
        reader.take(position, task, of_predictions=has_predictions)
    source = reader.finish(path)
    names = source.images.file_name
    for at, name in enumerate(names):
        bare = bare_name(name)
        if not known.images.with_name(name) and known.images.with_name(bare):
            names[at] = bare
    return match_source(path, known, source)
