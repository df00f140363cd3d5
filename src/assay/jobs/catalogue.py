"""The metrics of one project: the built-in ones and those that have been added to it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from assay.errors import NotFoundError
from assay.metrics.custom import CustomMetric
from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.registry import all_metrics, unknown_metric
from assay.project.store import Connection, Store


class Catalogue:
    """A project's metrics, in order.

    Attributes:
        custom: Those that have been added, by key.
        problems: Why the last run of one stopped, by key.
    """

    def __init__(self, store: Store) -> None:
        with store.read() as cursor:
            rows = cursor.execute(
                "SELECT scope, whole_table, takes_info, name, path, module, version, declaration, problem "
                "FROM custom_metric ORDER BY key"
            ).fetchall()
        built_in = {metric.key: metric for metric in all_metrics()}
        self.custom: dict[str, CustomMetric] = {}
        self.problems: dict[str, str] = {}
        for scope, table, takes_info, name, path, module, version, text, problem in rows:
            metric = _parse(orjson.loads(text), version)
            if metric.key in built_in:
                continue  # nothing takes the place of a built-in metric
            neighbours = path is not None and not store.trust.is_own(path)
            self.custom[metric.key] = CustomMetric(metric, scope, table, takes_info, name, path, module, neighbours)
            if problem is not None:
                self.problems[metric.key] = problem
        self._metrics = built_in | {key: custom.metric for key, custom in self.custom.items()}

    def all(self) -> list[Metric]:
        """Return every metric, the built-in ones first."""
        return list(self._metrics.values())

    def get(self, key: str) -> Metric:
        """Return the metric of a key.

        Raises:
            NotFoundError: There is none; the hint names the nearest.
        """
        if key not in self._metrics:
            raise unknown_metric(key, self._metrics)
        return self._metrics[key]

    def try_get(self, key: str) -> Metric | None:
        """Return the metric of a key, or None."""
        return self._metrics.get(key)

    def find(self, name: str) -> Metric:
        """Return the metric of a key or a title, whatever its case.

        Raises:
            NotFoundError: There is none, or several of that title.
        """
        if name in self._metrics:
            return self._metrics[name]
        titled = [m for m in self._metrics.values() if m.title.casefold() == name.casefold()]
        if len(titled) > 1:
            raise NotFoundError(
                "Several metrics have this title.",
                item=name,
                expected=" or ".join(m.key for m in titled),
                actual="a title",
            )
        return titled[0] if titled else self.get(name)


def save_custom(cursor: Connection, custom: CustomMetric, problem: str | None = None) -> None:
    """Write a metric down as one of the project's, in place of an earlier one of its key."""
    cursor.execute("DELETE FROM custom_metric WHERE key = ?", [custom.key])
    declaration = asdict(custom.metric)
    cursor.execute(
        "INSERT INTO custom_metric VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            custom.key,
            custom.scope,
            custom.table,
            custom.takes_info,
            custom.name,
            custom.path,
            custom.module,
            custom.metric.version,
            orjson.dumps(declaration).decode(),
            problem,
        ],
    )


def _parse(declaration: dict[str, Any], version: int) -> Metric:
    rule = declaration.pop("rule")
    scopes = tuple(declaration.pop("scopes"))
    return Metric(
        **declaration | {"version": version}, scopes=scopes, rule=None if rule is None else OutlierRule(**rule)
    )


def record_problems(store: Store, problems: dict[str, str]) -> None:
    """Write down why metrics stopped; what they had before stays."""
    with store.write(changes_data=False) as cursor:
        for key, problem in problems.items():
            cursor.execute("UPDATE custom_metric SET problem = ? WHERE key = ?", [problem[:2_000], key])


def clear_problems(store: Store, keys: list[str]) -> None:
    """Write down that metrics ran well, or are run anew."""
    with store.write(changes_data=False) as cursor:
        cursor.execute("UPDATE custom_metric SET problem = NULL WHERE list_contains(?, key)", [keys])
