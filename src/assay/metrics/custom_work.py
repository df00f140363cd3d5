"""Work on a user's code in a process of its own: the code is imported, and called with whole columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import AssayError, InputError
from assay.metrics.custom import CustomMetric, Offer, load_file, load_function, load_packages


@dataclass(frozen=True)
class SourceFile:
    """A Python file whose code may run.

    Attributes:
        path: Where it lies.
        source: Its bytes as they were approved; these are run, whatever the file holds by now.
        neighbours: Whether the code may import other files of its folder.
    """

    path: str
    source: bytes
    neighbours: bool


@dataclass(frozen=True)
class Sources:
    """The metrics that the user's code defines.

    Attributes:
        files: The metrics of each file.
        broken: Why a file cannot be used, by path, as a problem document.
        packages: The metrics of installed packages.
        unusable: Why an installed package's metric cannot be used, by its place.
    """

    files: dict[str, list[CustomMetric]]
    broken: dict[str, dict[str, Any]]
    packages: list[CustomMetric]
    unusable: dict[str, str]


def load_sources(_ask: Callable[[str], Any], sources: Sequence[SourceFile], offers: Sequence[Offer]) -> Sources:
    """Run files and import packages, and return the metrics that they define."""
    files: dict[str, list[CustomMetric]] = {}
    broken: dict[str, dict[str, Any]] = {}
    for file in sources:
        try:
            files[file.path] = load_file(Path(file.path), file.source, neighbours=file.neighbours)
        except AssayError as error:
            broken[file.path] = error.to_problem()
    return Sources(files, broken, *load_packages(offers))


class AskedColumns(Mapping[str, NDArray[Any]]):
    """Columns by name, each asked for when it is needed: the input of a table metric."""

    def __init__(self, ask: Callable[[str], Any], names: Sequence[str]) -> None:
        self._ask = ask
        self._names = names

    def __getitem__(self, name: str) -> NDArray[Any]:
        column: NDArray[Any] = self._ask(name)
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def call_on_table(
    ask: Callable[[str], Any], custom: CustomMetric, names: Sequence[str], count: int
) -> NDArray[np.float64]:
    """Return float64 ``(count,)``: the column that a table metric's function returns, NaN for NULL.

    Args:
        ask: Answers a name with its column.
        names: Of all columns.

    Raises:
        InputError: It returns something else than a number for each item.
    """
    return check_column(load_function(custom)(AskedColumns(ask, names)), count, custom.key)


def check_column(returned: object, count: int, key: str) -> NDArray[np.float64]:
    """Return a column of ``count`` numbers, NaN for NULL.

    Raises:
        InputError: The function returns no such column.
    """
    try:
        values = np.asarray(returned, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            "The metric's values are no numbers.", item=key, expected=f"{count} numbers", actual=str(error)
        ) from error
    if values.shape != (count,):
        raise InputError(
            "The metric returned another number of values.",
            item=key,
            expected=f"shape ({count},)",
            actual=f"shape {values.shape}",
        )
    if np.isinf(values).any():
        raise InputError(
            "The metric returned an infinite value.", item=key, expected="finite numbers or NaN", actual="infinity"
        )
    return values
