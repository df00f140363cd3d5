"""The methods of a project that are about its prediction sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from assay.client.connection import Connection
from assay.client.paths import name_source
from assay.client.table import AnyTask, DetectionTask, Table
from assay.project.paths import absolute


class PredictionMethods:
    """Import, evaluation and comparison of prediction sets; a part of :class:`assay.client.project.Project`."""

    connection: Connection
    route: str

    @property
    def prediction_sets(self) -> list[dict[str, Any]]:
        """The prediction sets with their numbers of predictions and covered images."""
        sets: list[dict[str, Any]] = self.connection.get(f"{self.route}/predictions")
        return sets

    def import_predictions(
        self,
        path: str | Path,
        name: str,
        *,
        format: str = "coco",  # noqa: A002 - what it is called everywhere
        images: Literal["with", "all"] | list[str | int] = "with",
        skip_invalid: bool = False,
        split: str | None = None,
        source: int | str | Path | None = None,
    ) -> dict[str, Any]:
        """Import a file of predictions as a named set.

        Args:
            path: A JSON array of detections, or a CSV file of classifications.
            name: What the set is called.
            format: ``coco`` results, or ``csv``: columns ``image_id`` or ``file_name``, and ``label``, ``confidence``,
                ``p:CLASS`` or some of them.
            images: Which images the model was run on: those with predictions, all, or file names or ids.
            skip_invalid: Leave out records that cannot be used instead of refusing the file.
            split: The split whose images are meant, where several sources have the same ids or file names.
            source: The source whose images are meant: its number, or its file.

        Returns:
            ``prediction_set``, ``predictions``, ``skipped`` by reason and ``examples`` of what was skipped;
            ``matched_by``: records by what told their image, ``source`` where one was found to be meant, ``warnings``.

        Raises:
            InputError: the file cannot be read, belongs to other images, has records that cannot be used, or may belong
                to several sources.
            ExistsError: the name is taken.
            NotFoundError: there is no such source or split.
        """
        body = {
            "path": str(absolute(path)),
            "name": name,
            "format": format,
            "coverage": images,
            "skip_invalid": skip_invalid,
            "split": split,
            "source": name_source(source),
        }
        result: dict[str, Any] = self.connection.run_job(f"{self.route}/predictions/import", body)
        return result

    def predictions(
        self,
        name: str,
        *,
        iou: float = 0.5,
        confidence: float | None = None,
        task: AnyTask | None = None,
        within: str = "",
        covered_only: bool = False,
        sigmas: list[float] | None = None,
    ) -> Table:
        """Return the predictions of a set with their ``outcome``, ``reason`` and ``iou`` by an evaluation.

        ``project.predictions("v2").where("outcome:fp brightness<0.3")``; what the set misses is
        ``project.annotations.evaluated_by("v2").where("outcome:fn")``.

        Args:
            name: The set's name.
            iou: The IoU threshold, .01 to 1.
            confidence: Predictions below it are dropped; None for the set's operating point.
            task: What an overlap is; where None, ``bbox``, or ``classification`` for a set of classifications.
            within: The evaluation's own filter.
            covered_only: Leave out images that the set was not run on.
            sigmas: Of keypoints; None for those of the categories, else COCO's.
        """
        return Table(self, "prediction").evaluated_by(
            name, iou=iou, confidence=confidence, task=task, within=within, covered_only=covered_only, sigmas=sigmas
        )

    def evaluate(
        self,
        predictions: str,
        *,
        iou: float = 0.5,
        confidence: float | None = None,
        task: AnyTask | None = None,
        query: str = "",
        covered_only: bool = False,
        sigmas: list[float] | None = None,
        compare: str | None = None,
        compared_confidence: float | None = None,
    ) -> dict[str, Any]:
        """Evaluate a prediction set against the annotations; AP and AR are pycocotools' to the last digit.

        Args:
            predictions: The set's name.
            iou: The IoU threshold, .01 to 1.
            confidence: Count only predictions of at least this score; None for the set's operating point, that of the
                greatest F1 at IoU .5 unless :meth:`set_operating_point` has set another.
            task: What an overlap is; where None, ``bbox``, or ``classification`` for a set of classifications.
            query: Evaluate only this part of the data: conditions on images, classes and objects.
            covered_only: Leave out images that the set was not run on.
            sigmas: Of keypoints; None for those of the categories, else COCO's.
            compare: Another set to compare it with.
            compared_confidence: Of that set count only predictions of at least this score; None for ``confidence``, or
                its operating point where that is None, too.

        Returns:
            The numbers that the app shows: mAP, mAR, tp, fp, fn, precision, recall, f1, the COCO table, ``per_class``
            with curves, ``errors`` by reason, ``confusion``, ``calibration``; with ``compare`` also what
            :meth:`compare_predictions` returns, under that name. Of classifications: accuracy, macro and weighted
            averages, ``top_k``, correct, misclassified, unpredicted, ``per_class``, ``confusion``, ``calibration``,
            equal to scikit-learn's.

        Raises:
            NotFoundError: there is no such set.
            QueryError: the query cannot be used as a filter of an evaluation.
        """
        request: dict[str, Any] = {
            "iou": iou,
            "confidence": confidence,
            "task": task,
            "query": query,
            "covered_only": covered_only,
            "sigmas": sigmas,
        }
        evaluation: dict[str, Any] = self.connection.get(f"{self.route}/evaluation", predictions=predictions, **request)
        if compare is not None:
            evaluation["compare"] = self.compare_predictions(
                predictions, compare, compared_confidence=compared_confidence, **request
            )
        return evaluation

    def explain(self, predictions: str, **request: Any) -> dict[str, Any]:
        """Return the slow part of :meth:`evaluate`: confidence intervals of the numbers, and the drivers of the errors.

        Args:
            predictions: The set's name.
            request: ``iou``, ``confidence``, ``task``, ``query``, ``covered_only`` and ``sigmas``, as of
                :meth:`evaluate`; of classifications without those of overlaps.

        Returns:
            ``intervals`` by number, ``importance`` of every metric, weak ``slices`` with the queries that find them; of
            detections also ``costs`` of the reasons in mAP, and ``acquisition`` functions.

        Raises:
            NotFoundError: there is no such set.
        """
        return self._ask_evaluation("slow", predictions, request)

    def performance(
        self,
        predictions: str,
        metric: str,
        *,
        bins: int = 20,
        binning: Literal["width", "count"] = "width",
        by_class: bool = False,
        **request: Any,
    ) -> dict[str, Any]:
        """Return precision and false-negative rate, or the accuracy of classifications, in bins of a metric.

        Args:
            predictions: The set's name.
            metric: Of predictions, annotations or images; ``confidence`` for the scores.
            bins: How many.
            binning: Bins of equal width, or of equal count.
            by_class: Of each class as well; of detections only.
            request: As of :meth:`explain`.

        Raises:
            NotFoundError: there is no such set.
            UsageError: nothing has the metric.
        """
        more = {"by_class": True} if by_class else {}
        return self._ask_evaluation(
            "performance", predictions, request | {"metric": metric, "bins": bins, "binning": binning} | more
        )

    def _ask_evaluation(self, part: str, predictions: str, request: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.connection.get(
            f"{self.route}/evaluation/{part}", predictions=predictions, **request
        )
        return answer

    def set_operating_point(
        self, predictions: str, confidence: float | Literal["best"], *, task: DetectionTask | None = None
    ) -> dict[str, Any]:
        """Keep from which confidence on a set's predictions count where nothing else is asked.

        Args:
            predictions: The set's name.
            confidence: 0..1; ``best`` for the one of the greatest F1 at IoU .5, found anew where annotations change.
            task: For which task; None for all that the set can be evaluated for.

        Returns:
            The set as in :attr:`prediction_sets`, with ``operating_points`` by task.

        Raises:
            NotFoundError: there is no such set.
            UsageError: it holds classifications, or cannot be evaluated for the task.
        """
        body = {"name": predictions, "confidence": confidence, "task": task}
        operating_point: dict[str, Any] = self.connection.post(f"{self.route}/predictions/operating-point", body)
        return operating_point

    def operating_points(self, predictions: str, **request: Any) -> list[dict[str, Any]]:
        """Return counts, precision, recall and F1 of a set of detections at every distinct score of each class.

        Raises:
            NotFoundError: there is no such set.
        """
        points: list[dict[str, Any]] = self.connection.get(
            f"{self.route}/evaluation/operating-points", predictions=predictions, **request
        )
        return points

    def thresholds(
        self, predictions: str, *, precision: float | None = None, recall: float | None = None, **request: Any
    ) -> dict[str, Any]:
        """Return a confidence threshold for each class of a set of detections, and the numbers at it.

        Args:
            predictions: The set's name.
            precision: The least one; of the confidences that have it the lowest.
            recall: The least one; of the confidences that have it the highest. Without either: the greatest F1.
            request: As of :meth:`explain`; the confidence does not matter.

        Returns:
            ``per_class`` with ``confidence``, null where no score does what is asked for, ``tp``, ``fp``, ``fn``,
            ``precision``, ``recall``, ``f1``; ``together`` of all classes, each cut at its own.

        Raises:
            NotFoundError: there is no such set.
            UsageError: it holds classifications, or both are asked for.
        """
        rule = {"precision": precision, "recall": recall}
        return self._ask_evaluation(
            "thresholds", predictions, request | {key: value for key, value in rule.items() if value is not None}
        )

    def compare_predictions(self, first: str, second: str, **request: Any) -> dict[str, Any]:
        """Compare two prediction sets over the same images.

        Args:
            first: A set's name.
            second: Another's.
            request: ``iou``, ``confidence``, ``task``, ``query``, ``covered_only`` and ``sigmas``, as of
                :meth:`evaluate`, of classifications without those of overlaps; covered are images that both sets were
                run on. ``compared_confidence`` is the second set's, where it is not to be ``confidence``.

        Returns:
            ``numbers`` and ``per_class`` of both with ``difference`` (second minus first) and its paired 95 %
            ``interval``; ``coco`` and ``errors`` with differences; ``changed``: how many images are ``fixed``,
            ``broken``, ``wrong`` in both and ``right`` in both.

        Raises:
            NotFoundError: there is no set of a name.
            UsageError: the two are one.
        """
        return self._ask_evaluation("compare", first, request | {"other": second})
