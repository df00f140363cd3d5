"""A table of images, annotations or predictions in the Python API."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from assay.client.routes import segment
from assay.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray

    from assay.client.connection import Connection

Scope = Literal["image", "annotation"]
ItemScope = Literal["image", "annotation", "prediction"]
DetectionTask = Literal["bbox", "segm", "keypoints", "obb"]
AnyTask = Literal[DetectionTask, "classification"]
_IDENTITY = {
    "image": ("row", "id", "file_name"),
    "annotation": ("row", "id", "image_id", "file_name", "class", "class_id"),
    "prediction": ("row", "image_id", "file_name", "class", "outcome", "reason", "iou"),
}


class Source(Protocol):
    """Where a table's items are: a project."""

    connection: Connection
    route: str


@dataclass(frozen=True)
class Table:
    """Images, annotations or predictions of a project, queried when they are needed.

    Every method that narrows or orders returns a new table; nothing is read before values are asked for.

    Attributes:
        scope: ``image``, ``annotation`` or ``prediction``.
        query: The query text, empty for everything.
        order: A key, ``-key`` for descending, or None for the source's order.
        evaluation: The request of the evaluation that items are of; empty for none.
    """

    _project: Source
    scope: ItemScope
    query: str = ""
    order: str | None = None
    evaluation: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        total: int = self._ask(limit=0)["total"]
        return total

    def __iter__(self) -> Iterator[dict[str, Any]]:
        offset = 0
        while items := self._ask(offset=offset, limit=1_000)["items"]:
            yield from items
            offset += len(items)

    def where(self, query: str) -> Table:
        """Return the items of the table that a query finds, such as ``class:person brightness<0.2``.

        Raises:
            QueryError: the query cannot be understood; told when values are asked for.
        """
        both = " ".join(f"({text})" for text in (self.query, query) if text.strip())
        return replace(self, query=both)

    def sort(self, key: str) -> Table:
        """Return the table ordered by a key, ``-key`` for descending; NULLs come last."""
        return replace(self, order=key)

    def evaluated_by(
        self,
        predictions: str,
        *,
        iou: float = 0.5,
        confidence: float | None = None,
        task: AnyTask | None = None,
        within: str = "",
        covered_only: bool = False,
        other: str | None = None,
        compared_confidence: float | None = None,
        sigmas: list[float] | None = None,
    ) -> Table:
        """Return the table with the outcomes of an evaluation, for ``outcome:``, ``reason:``, ``iou``, ``compared:``.

        Args:
            predictions: Name of a prediction set.
            iou: The IoU threshold, .01 to 1.
            confidence: Predictions below it are dropped; None for the set's operating point.
            task: What an overlap is; where None, ``bbox``, or ``classification`` for a set of classifications.
            within: The evaluation's own filter.
            covered_only: Leave out images that the set was not run on.
            other: Name of a second set, for ``compared:fixed``, ``broken``, ``wrong`` and ``right`` of images.
            compared_confidence: Predictions of the second set below it are dropped; None for ``confidence``, or its
                operating point where that is None, too.
            sigmas: Of keypoints; None for those of the categories, else COCO's.
        """
        evaluated = {
            "predictions": predictions,
            "iou": iou,
            "confidence": confidence,
            "task": task,
            "within": within,
            "covered_only": covered_only,
            "other": other,
            "compared_confidence": compared_confidence,
            "sigmas": sigmas,
        }
        return replace(self, evaluation={key: value for key, value in evaluated.items() if value is not None})

    def judged_by(self, predictions: str, **request: Any) -> Table:
        """Return the table as :meth:`evaluated_by`, the present name of this method, does."""
        warnings.warn("judged_by is called evaluated_by now", DeprecationWarning, stacklevel=2)
        return self.evaluated_by(predictions, **request)

    def head(self, limit: int = 10, fields: list[str] | None = None) -> list[dict[str, Any]]:
        """Return the first items as records."""
        items: list[dict[str, Any]] = self._ask(limit=limit, fields=fields or [])["items"]
        return items

    def columns(self, *fields: str) -> dict[str, NDArray[Any]]:
        """Return fields as numpy arrays, one element an item.

        Args:
            fields: Keys of metrics, ``meta.NAME``, ``attr.NAME`` or an item's own fields; without any, the
                identity of the items and all metrics of their scope.

        Returns:
            Per field: float64 with NaN for NULL, int, datetime64, or objects (text or None).

        Raises:
            QueryError: a field is unknown.
        """
        from assay.api.transfer import decode_columns  # noqa: PLC0415 - numpy is loaded only when it is needed

        names = list(fields) or [*_IDENTITY[self.scope], *self._metric_keys()]
        body = {"query": self.query, "scope": self.scope, "sort": self.order, "fields": names, **self.evaluation}
        return decode_columns(self._project.connection.post_for_bytes(f"{self._project.route}/columns", body))

    def tag(self, name: str, *, color: str | None = None) -> int:
        """Mark the table's items with a tag, which is made if there is none of that name; of predictions their images.

        Returns:
            How many items did not carry it before.

        Raises:
            UsageError: the name or the colour (``#rrggbb``) cannot be used.
        """
        return self._tag(name, "add", color)

    def untag(self, name: str) -> int:
        """Take a tag from the table's items; return the number of items that carried it.

        Raises:
            NotFoundError: there is no such tag.
        """
        return self._tag(name, "remove", None)

    def _metric_keys(self) -> list[str]:
        metrics = self._project.connection.get(f"{self._project.route}/metrics", scope=self.scope, **self.evaluation)
        return [metric["key"] for metric in metrics if metric["key"] not in _IDENTITY[self.scope]]

    def _tag(self, name: str, action: str, color: str | None) -> int:
        selection = {"scope": self.scope, "query": self.query, **self.evaluation}
        body = {"selection": selection, "name": name, "action": action, "color": color}
        changed: int = self._project.connection.post(f"{self._project.route}/tags/apply", body)["changed"]
        return changed

    def summary(self) -> dict[str, Any]:
        """Return the table's numbers and outliers by metric; every count comes with its query."""
        return self._look("summary")

    def distribution(self, property: str, limit: int = 50) -> dict[str, Any]:  # noqa: A002 - the field's word
        """Return the distribution of the items over a property: class, shape, split, tag, ``meta.NAME``, ``attr.NAME``.

        Raises:
            QueryError: there is no such property.
        """
        return self._look("distribution", property=property, limit=limit)

    def density(
        self, x: str, y: str, *, bins: int = 40, x_scale: str = "linear", y_scale: str = "linear"
    ) -> dict[str, Any]:
        """Return counts in a grid over two numeric fields, and the trend line through all points.

        Raises:
            QueryError: a field is unknown or no number.
        """
        return self._look("density", x=x, y=y, bins=bins, x_scale=x_scale, y_scale=y_scale)

    def histogram(self, key: str, *, bins: int = 50, scale: str = "linear") -> dict[str, Any]:
        """Return the histogram of a numeric field, ``scale`` being ``linear`` or ``log``.

        Raises:
            QueryError: the field is unknown or no number.
        """
        return self._look(f"metrics/{segment(key)}/histogram", bins=bins, scale=scale)

    def _look(self, path: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._project.connection.get(
            f"{self._project.route}/{path}", scope=self.scope, query=self.query, **self.evaluation, **params
        )
        return answer

    def to_pandas(self, *fields: str) -> pd.DataFrame:
        """Return fields as a pandas DataFrame.

        Raises:
            UsageError: pandas is not installed.
        """
        return _import_extra("pandas").DataFrame(self.columns(*fields))

    def to_arrow(self, *fields: str) -> pa.Table:
        """Return fields as an Arrow table.

        Raises:
            UsageError: pyarrow is not installed.
        """
        return _import_extra("pyarrow").table(self.columns(*fields))

    def to_polars(self, *fields: str) -> pl.DataFrame:
        """Return fields as a polars DataFrame.

        Raises:
            UsageError: polars is not installed.
        """
        return _import_extra("polars").DataFrame(self.columns(*fields))

    def _ask(self, *, offset: int = 0, limit: int | None = None, fields: list[str] | None = None) -> Any:
        body = {
            "query": self.query,
            "scope": self.scope,
            "sort": self.order,
            "offset": offset,
            "limit": limit,
            "fields": fields or [],
            **self.evaluation,
        }
        return self._project.connection.post(f"{self._project.route}/query", body)


def _import_extra(module: str) -> Any:
    import importlib  # noqa: PLC0415

    extra = {"pyarrow": "arrow"}.get(module, module)
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(
            f"{module} is not installed.",
            item=module,
            expected=f"pip install 'assay[{extra}]'",
            actual=str(error),
        ) from error
