"""A project in the Python API."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from assay.client.connection import Connection, connect
from assay.client.evaluating import PredictionMethods
from assay.client.paths import name_source
from assay.client.routes import project_route, segment
from assay.client.table import Scope, Table
from assay.errors import NotFoundError, UsageError
from assay.project.manifest import is_project
from assay.project.paths import absolute


class Project(PredictionMethods):
    """An open project; use it as a context manager, or :meth:`close` it.

    Works beside a running app, which then answers; without one, this process opens the project and holds it
    until it is closed.
    """

    def __init__(self, path: Path, connection: Connection) -> None:
        self.path = path
        self.name = path.name
        self.connection = connection
        self.route = project_route(path.name)
        connection.works_with(path.name, self.info()["uuid"])

    def __reduce__(self) -> tuple[Any, ...]:
        """Be opened anew where it is sent to: another process cannot use what this one has open."""
        return open_project, (self.path,)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Project({str(self.path)!r})"

    def close(self) -> None:
        """Let go of the project."""
        self.connection.close()

    def info(self) -> dict[str, Any]:
        """Return counts, columns, sources and the import doctor's report."""
        info: dict[str, Any] = self.connection.get(self.route)
        return info

    def doctor(self, *, heal: bool = False) -> dict[str, Any]:
        """Check the project, as :func:`assay.doctor` does for one that cannot be opened.

        Args:
            heal: Whether to mend what can be mended without any risk; else nothing is written.

        Returns:
            ``sound``, the numbers of ``errors``, ``warnings`` and ``healed``, and ``checks`` with their findings.
        """
        return _examine(self.connection, self.route, heal=heal)

    def trust(self, *, approve: bool = False) -> list[dict[str, Any]]:
        """Return the project's requests that need your approval: jobs, Python files, folders and files outside it.

        Args:
            approve: Approve all of it. Do so only for a project whose maker you trust: it may run code.

        Returns:
            ``kind``, ``text``, ``subject``, ``approved``, ``detail`` and ``id`` of each.
        """
        route = f"{self.route}/trust"
        answer: dict[str, Any] = self.connection.get(route)
        if approve:
            answer = self.connection.post(route, {"ids": [request["id"] for request in answer["requests"]]})
        requests: list[dict[str, Any]] = answer["requests"]
        return requests

    def relocate(
        self,
        *,
        images: str | Path | None = None,
        annotations: str | Path | None = None,
        source: int | None = None,
    ) -> list[dict[str, Any]]:
        """Say where the project's data lie now; without any path they are looked for.

        Args:
            images: The images folder.
            annotations: The annotation file.
            source: The number of the source that they are of; needed where there are several.

        Returns:
            For each source its places, and how many (``found``) of its images (``total``) are there.

        Raises:
            InputError: what is named is not there or not the source's, or what is looked for cannot be found.
            NotFoundError: there is no such source.
            UsageError: there are several sources and none is named, or the source has no annotation file.
        """
        body = {
            "images": None if images is None else str(absolute(images)),
            "annotations": None if annotations is None else str(absolute(annotations)),
            "source": source,
        }
        relocated: list[dict[str, Any]] = self.connection.post(f"{self.route}/relocate", body)["sources"]
        return relocated

    def refresh(self) -> dict[str, Any]:
        """Take in what changed in the annotation file and on disk; compute no more than that touches.

        Returns:
            ``images`` and ``annotations`` with the numbers of new, changed and removed ones, ``measured``, and
            ``conflicts``: tagged items that are gone or have become something else; ``skipped``: sources and images
            that you have not approved, which are left as they are.

        Raises:
            InputError: the annotation file or the images folder is gone; nothing has changed.
        """
        result: dict[str, Any] = self.connection.run_job(f"{self.route}/refresh", {})
        return result

    def export(
        self,
        format: str,  # noqa: A002 - what it is called everywhere
        path: str | Path,
        *,
        query: str = "",
        scope: Literal["image", "annotation"] = "image",
        source: int | str | Path | None = None,
        split: str | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002 - as the flag and the field are called
        images: Literal["copy", "link", "reference"] | None = None,
        predictions: str | None = None,
        overwrite: bool = False,
        dry_run: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        """Write the project, or a part of it, in a format.

        Args:
            format: The format's key: ``coco``, ``yolo``, ...
            path: The file or folder to write.
            query: What is written; all where it is empty.
            scope: Whether the query finds images, or annotations, which go with their images.
            source: A source's number, or its file; all where None.
            split: The split that is written; all where None.
            map: New names of classes by their old ones; the empty name leaves a class out.
            images: What becomes of pictures; what suits the format best where None.
            predictions: A prediction set that is written instead of the annotations.
            overwrite: Replace what is at the path.
            dry_run: Write nothing, and tell what would be.
            options: What the format is asked with beside that.

        Returns:
            ``path``, the numbers of ``images`` and ``annotations``, and in ``lost`` by reason how often something was
            left out that the format cannot say.

        Raises:
            ExistsError: something is at the path.
            NotFoundError: there is no such source, split or prediction set.
            QueryError: the query cannot be understood.
            UsageError: an option has no meaning, or a class to be renamed is not there.
        """
        body = {
            "path": str(absolute(path)),
            "query": query,
            "scope": scope,
            "source": name_source(source),
            "split": split,
            "map": dict(map or {}),
            "images": images,
            "predictions": predictions,
            "overwrite": overwrite,
            "dry_run": dry_run,
        }
        report: dict[str, Any] = self.connection.run_job(f"{self.route}/export/{format}", body | options)
        return report

    def run_metrics(
        self, *metrics: str, again: bool = False, workers: int | None = None, predictions: str | None = None
    ) -> dict[str, Any]:
        """Compute metrics wherever they are missing or out of date.

        Args:
            metrics: Keys or titles; without any, all that need no embeddings.
            again: Compute anew what is up to date, too.
            workers: Number of processes; one a core where None.
            predictions: A prediction set, of whose predictions from confidence .05 on the crop metrics are computed
                instead.

        Returns:
            ``measured``: images whose pixels were read; ``metrics``: keys; ``failed``: why custom metrics stopped;
            ``skipped``: what was left out as you have not approved it, see :meth:`trust`.
        """
        body = {"metrics": list(metrics) or None, "again": again, "workers": workers, "predictions": predictions}
        result: dict[str, Any] = self.connection.run_job(f"{self.route}/metrics/run", body)
        return result

    def add_metrics(self, path: str | Path) -> list[dict[str, Any]]:
        """Add the metrics that a Python file defines with :func:`assay.metric`; :meth:`run_metrics` computes them.

        Raises:
            InputError: the file cannot be read or run, or defines no metric.
            ExistsError: a key is taken.
        """
        body = {"path": str(absolute(path))}
        metrics: list[dict[str, Any]] = self.connection.post(f"{self.route}/metrics/custom", body)
        return metrics

    def remove_metric(self, metric: str) -> None:
        """Take a metric that was added out of the project, with its values.

        Raises:
            NotFoundError: there is none of that key or title.
            ExistsError: it is built in.
        """
        self.connection.delete(f"{self.route}/metrics/custom/{segment(metric)}")

    @property
    def images(self) -> Table:
        """All images."""
        return Table(self, "image")

    @property
    def annotations(self) -> Table:
        """All annotations."""
        return Table(self, "annotation")

    @property
    def classes(self) -> list[dict[str, Any]]:
        """The classes, the most frequent first."""
        classes: list[dict[str, Any]] = self.connection.get(f"{self.route}/classes")
        return classes

    @property
    def tags(self) -> list[dict[str, Any]]:
        """The tags with the numbers of images and annotations that carry them."""
        tags: list[dict[str, Any]] = self.connection.get(f"{self.route}/tags")
        return tags

    @property
    def views(self) -> list[dict[str, Any]]:
        """The saved views with their live counts."""
        views: list[dict[str, Any]] = self.connection.get(f"{self.route}/views")
        return views

    def save_view(self, name: str, table: Table) -> dict[str, Any]:
        """Save a table's query and order under a name, in the place of a view of that name.

        Raises:
            QueryError: the query cannot be understood.
            UsageError: the name cannot be used, or the table is of an evaluation.
        """
        if table.evaluation:
            raise UsageError(
                "A view keeps no evaluation.",
                item=name,
                expected="a table of images or annotations by themselves",
                actual=f"one of the evaluation of {table.evaluation['predictions']}",
            )
        body = {"name": name, "scope": table.scope, "query": table.query, "sort": table.order}
        saved: dict[str, Any] = self.connection.request("PUT", f"{self.route}/views", json=body).json()
        return saved

    def view(self, name: str) -> Table:
        """Return the table that a view shows.

        Raises:
            NotFoundError: there is no such view.
        """
        for view in self.views:
            if view["name"] == name:
                return Table(self, view["scope"], view["query"], view["sort"])
        raise NotFoundError(
            "There is no such view.",
            item=name,
            expected=", ".join(v["name"] for v in self.views) or "a project with views",
            actual="an unknown name",
        )

    def add_meta(
        self,
        path: str | Path,
        *,
        key: str = "file_name",
        scope: Scope = "image",
        split: str | None = None,
        source: int | str | Path | None = None,
    ) -> dict[str, Any]:
        """Add the columns of a CSV file as fields ``meta.NAME`` of images or ``attr.NAME`` of annotations.

        Args:
            path: A CSV file with a header.
            key: The column that tells the item: ``file_name`` or ``id``.
            scope: What the lines are about.
            split: The split whose items are meant, where several sources have the same ids or file names.
            source: The source whose items are meant: its number, or its file.

        Raises:
            InputError: the file cannot be read, no line has an item, or the lines may belong to several sources.
            ExistsError: a column has the name of a field of the source.
            NotFoundError: there is no such source or split.
        """
        whose = {"split": split, "source": name_source(source)}
        body = {"path": str(absolute(path)), "key": key, "scope": scope, **whose}
        report: dict[str, Any] = self.connection.post(f"{self.route}/meta", body)
        return report

    def labels(self, query: str = "") -> dict[str, Any]:
        """Return label statistics: classes, co-occurrence, annotators, splits, image sizes."""
        labels: dict[str, Any] = self.connection.get(f"{self.route}/labels", query=query)
        return labels

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The measured metrics with their statistics and outlier counts."""
        metrics: list[dict[str, Any]] = self.connection.get(f"{self.route}/metrics")
        return metrics

    def metric(self, key: str) -> dict[str, Any]:
        """Return one metric with its statistics.

        Raises:
            NotFoundError: there is no such metric.
        """
        metric: dict[str, Any] = self.connection.get(f"{self.route}/metrics/{segment(key)}")
        return metric

    def metric_keys(self, scope: Scope) -> list[str]:
        """Return the keys of a scope's measured metrics."""
        return [m["key"] for m in self.connection.get(f"{self.route}/metrics", scope=scope)]


def check_project(path: str | Path, *, heal: bool = False) -> dict[str, Any]:
    """Check a project, whether it can be opened or not.

    Args:
        path: The project's directory.
        heal: Whether to mend what can be mended without any risk; else nothing is written.

    Returns:
        ``sound``, the numbers of ``errors``, ``warnings`` and ``healed``, and ``checks`` with their findings.

    Raises:
        NotFoundError: there is no project at the path.
        BusyError: another process holds it and cannot be asked.
    """
    directory = absolute(path)
    with connect(directory.parent, project=directory.name) as connection:
        return _examine(connection, project_route(directory.name), heal=heal)


def _examine(connection: Connection, route: str, *, heal: bool) -> dict[str, Any]:
    checkup: dict[str, Any] = (
        connection.post(f"{route}/doctor", {"heal": True}) if heal else connection.get(f"{route}/doctor")
    )
    return checkup


def open_project(path: str | Path) -> Project:
    """Open a project.

    Args:
        path: The project's directory.

    Raises:
        NotFoundError: there is no project at the path.
        BusyError: another process holds it and cannot be asked.
    """
    directory = absolute(path)
    if not is_project(directory):
        raise NotFoundError(
            "There is no project here.",
            item=str(directory),
            expected="a folder with a project.json",
            actual="nothing there" if not directory.exists() else "a folder without one",
        )
    connection = Connection(directory.parent, project=directory.name)
    if connection.url is None and directory.is_symlink():  # all handles share it by its real name
        connection.close()
        directory = Path(os.path.realpath(directory))
        connection = Connection(directory.parent, project=directory.name)
    try:
        return Project(directory, connection)
    except BaseException:
        connection.close()
        raise
