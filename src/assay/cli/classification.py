"""``assay evaluate`` for sets of classifications."""

from __future__ import annotations

from typing import Any

from assay.cli.evaluation_tables import ends, print_comparison, print_slices
from assay.cli.output import print_json, print_table, say

_MOST_CONFUSIONS = 10
_SHOWN = ("accuracy", "macro", "weighted", "top_k", "correct", "misclassified", "unpredicted", "ignored", "images")
_PARTS = {"confusion": ("classes", "matrix"), "calibration": ("edges", "count", "score", "precision", "error")}
_OF_CLASS = ("class_id", "class", "precision", "recall", "f1", "support")


def show_classification(result: dict[str, Any], *, as_json: bool) -> None:
    """Print how well a set predicts the labels of images.

    Args:
        result: As :func:`shape_classification` returns it, with a comparison where there is one.
        as_json: For machines.
    """
    if as_json:
        print_json(result)
        return
    _print(result)
    for warning in result["warnings"]:
        say(f"Warning: {warning}", err=True)
    if "compare" in result:
        say("")
        print_comparison(result["compare"])


def shape_classification(
    fast: dict[str, Any], slow: dict[str, Any], spread: dict[str, Any] | None, *, importance: bool, slices: bool
) -> dict[str, Any]:
    """Return what the command tells of the API's answers.

    Args:
        fast: The numbers.
        slow: Intervals, importance and weak slices.
        spread: Accuracy by a metric.
        importance: Whether to tell what drives the errors.
        slices: Whether to tell where they gather.
    """
    result = {key: fast[key] for key in ("task", "confidence", *_SHOWN, "coverage")} | {"intervals": slow["intervals"]}
    result["ece"] = fast["calibration"]["error"]
    result["per_class"] = [{key: each[key] for key in _OF_CLASS} for each in fast["per_class"]]
    for part, keys in _PARTS.items():
        result[part] = {key: fast[part][key] for key in keys}
    result |= {"warnings": slow["warnings"], "operating_point": fast["operating_point"]}
    if importance:
        told = ("metric", "scope", "importance", "significant", "correlation")
        result["importance"] = [{key: each[key] for key in told} for each in slow["importance"]]
    if slices:
        result["slices"] = slow["slices"]
    if spread is not None:
        keys = ("low", "high", "images", "accuracy")
        result["by_metric"] = [{key: each[key] for key in keys} for each in spread["bins"]]
    return result


def _print(result: dict[str, Any]) -> None:
    accuracy, macro_f1 = (ends(result["intervals"][name]) for name in ("accuracy", "macro_f1"))
    print_table(
        ["accuracy", "95 %", "macro F1", "95 %", "ECE", "correct", "misclassified", "unpredicted", "ignored"],
        [
            [
                _three(result["accuracy"]), accuracy, _three(result["macro"]["f1"]),
                macro_f1, _three(result["ece"]), f"{result['correct']:,}",
                f"{result['misclassified']:,}", f"{result['unpredicted']:,}", f"{result['ignored']:,}",
            ]
        ],
        right=frozenset(range(9)),
    )  # fmt: skip
    if result["ignored"]:
        say(f"{result['ignored']:,} images have no label or several; they are not evaluated.", err=True)
    if result["coverage"] < 1:
        say(f"The set covers {result['coverage']:.1%} of these images.", err=True)
    if result["top_k"] is not None:
        say("")
        print_table(
            [f"top {k}" for k in result["top_k"]],
            [[_three(share) for share in result["top_k"].values()]],
            right=frozenset(range(5)),
        )
    say("")
    keys = ("precision", "recall", "f1")
    rows = [[c["class"], *(_three(c[key]) for key in keys), f"{c['support']:,}"] for c in result["per_class"]]
    rows += [[name, *(_three(result[name][key]) for key in keys), ""] for name in ("macro", "weighted")]
    print_table(["class", "precision", "recall", "F1", "images"], rows, right=frozenset(range(1, 5)))
    confusions = _confusions(result["confusion"])
    if confusions:
        say("")
        print_table(["label", "predicted", "images"], confusions, right=frozenset({2}))
    if "importance" in result:
        say("")
        _print_importance(result["importance"])
    if "slices" in result:
        say("")
        print_slices(result["slices"])
    if "by_metric" in result:
        say("")
        print_table(
            ["from", "to", "images", "accuracy"],
            [
                [f"{each['low']:.4g}", f"{each['high']:.4g}", f"{each['images']:,}", _three(each["accuracy"])]
                for each in result["by_metric"]
            ],
            right=frozenset(range(4)),
        )


def _confusions(confusion: dict[str, Any]) -> list[list[str]]:
    """Return the most frequent mistakes."""
    names = confusion["classes"]
    cells = [
        (count, names[label], names[predicted])
        for label, row in enumerate(confusion["matrix"])
        for predicted, count in enumerate(row)
        if count and label != predicted
    ]
    cells.sort(key=lambda cell: -cell[0])
    return [[label, predicted, f"{count:,}"] for count, label, predicted in cells[:_MOST_CONFUSIONS]]


def _print_importance(importance: list[dict[str, Any]]) -> None:
    told = sorted(importance, key=lambda each: -(each["importance"] or 0))
    print_table(
        ["metric", "of", "importance", "correlation", ""],
        [
            [
                each["metric"], each["scope"], _three(each["importance"]),
                "–" if each["correlation"] is None else f"{each['correlation']:+.3f}",
                "significant" if each["significant"] else "",
            ]
            for each in told
        ],
        right=frozenset({2, 3}),
    )  # fmt: skip


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
