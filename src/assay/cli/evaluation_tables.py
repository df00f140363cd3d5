"""An evaluation as tables on the terminal."""

from __future__ import annotations

from typing import Any

from assay.cli.output import print_table, say


def _three(value: float | None) -> str:
    return "–" if value is None or value < 0 else f"{value:.3f}"


def ends(interval: list[float] | None) -> str:
    """Return an interval as its two ends, "0.423–0.483"; "–" where there is none."""
    return "–" if interval is None else f"{interval[0]:.3f}–{interval[1]:.3f}"


def describe_confidence(fast: dict[str, Any]) -> str:
    """Return which confidence was used, and whether it is the set's operating point."""
    own = fast["operating_point"]
    if fast["confidence"] == own["confidence"]:
        return f"confidence ≥ {fast['confidence']:g} (operating point{', set by hand' if own['by_hand'] else ''})"
    return f"confidence ≥ {fast['confidence']:g} (operating point: {own['confidence']:g})"


def print_evaluation(fast: dict[str, Any], result: dict[str, Any]) -> None:
    """Print the numbers of an evaluation as tables, with those of its parts that were asked for."""
    at = f"IoU {fast['iou']:g}, {describe_confidence(fast)}"
    say(f"{fast['predictions']} · {fast['task']} · {at} · {fast['images']:,} images", "")
    if fast["images"] == 0:
        say("No image is left to evaluate: --query or --covered leaves out all of them.")
        return
    print_table(
        ["mAP", "95 %", "mAR", "TP", "FP", "FN", "precision", "recall", "F1", "annotations"],
        [
            [
                _three(fast["mAP"]), ends(result["interval"]), _three(fast["mAR"]), f"{fast['tp']:,}",
                f"{fast['fp']:,}", f"{fast['fn']:,}", _three(fast["precision"]), _three(fast["recall"]),
                _three(fast["f1"]), f"{fast['annotations']:,}",
            ]
        ],
        right=frozenset(range(10)),
    )  # fmt: skip
    if fast["coverage"] < 1:
        say(f"The set covers {fast['coverage']:.1%} of these images; --covered leaves the others out.", err=True)
    say("")
    print_table(list(fast["coco"]), [[_three(v) for v in fast["coco"].values()]], right=frozenset(range(12)))
    say("")
    errors = [[r, f"{e['count']:,}", _three(e["dap"])] for r, e in result["errors"].items()]
    print_table(["error", "count", "cost in AP"], errors, right=frozenset({1, 2}))
    say("")
    rows = [
        [c["class"], _three(c["ap"]), _three(c["ar"]), f"{c['tp']:,}", f"{c['fp']:,}", f"{c['fn']:,}"]
        for c in result["per_class"]
    ]
    print_table(["class", "AP", "AR", "TP", "FP", "FN"], rows, right=frozenset(range(1, 6)))
    if "importance" in result:
        say("")
        told = sorted(result["importance"], key=lambda each: -(each["importance"] or 0))
        print_table(
            ["metric", "of", "tells about", "importance", "correlation", ""],
            [
                [
                    each["metric"], each["scope"], each["side"] + "s", _three(each["importance"]),
                    "–" if each["correlation"] is None else f"{each['correlation']:+.3f}",
                    "significant" if each["significant"] else "",
                ]
                for each in told
            ],
            right=frozenset({3, 4}),
        )  # fmt: skip
    if "by_metric" in result:
        say("")
        print_table(
            ["from", "to", "predictions", "precision", "annotations", "FN rate"],
            [
                [
                    f"{each['low']:.4g}", f"{each['high']:.4g}", _count(each["predictions"]), _three(each["precision"]),
                    _count(each["annotations"]), _three(each["fnr"]),
                ]
                for each in result["by_metric"]
            ],
            right=frozenset(range(6)),
        )  # fmt: skip

    if "acquisition" in result:
        say("")
        names = ("min", "q1", "median", "q3", "max", "mean")
        shown = [[each["metric"], *(_three(each[name]) for name in names)] for each in result["acquisition"]]
        print_table(["acquisition", *names], shown, right=frozenset(range(1, 7)))
    if "slices" in result:
        say("")
        print_slices(result["slices"])
    if "compare" in result:
        say("")
        print_comparison(result["compare"])


def print_slices(slices: list[dict[str, Any]]) -> None:
    """Print where errors are more frequent than elsewhere, and the query that finds them."""
    rows = [
        [
            each["side"], f"{each['size']:,}", _three(each["rate"]), _three(each["rest_rate"]),
            _difference(each["effect"]), _interval(each["interval"]), each["query"],
        ]
        for each in slices
    ]  # fmt: skip
    if not rows:
        say("No weak slices: nowhere are errors more frequent than chance would have it.")
        return
    print_table(
        ["weak slice of", "size", "errors", "elsewhere", "effect", "95 %", "query"], rows, right=frozenset(range(1, 6))
    )


def print_comparison(compare: dict[str, Any]) -> None:
    """Print two sets side by side, of detections or of classifications."""
    first, second = compare["first"], compare["second"]
    rows = [_compared(name, each, whole=name in _COUNTS) for name, each in compare["numbers"].items()]
    header = ["", first, second, "difference", "95 %", ""]
    counted = (f"{name} from {own:g}" for name, own in zip((first, second), compare["confidences"], strict=True))
    say(f"confidence: {', '.join(counted)}")
    print_table(header, rows, right=frozenset(range(1, 5)))
    for name, share in zip((first, second), compare["coverage"], strict=True):
        if share < 1:
            say(f"{name} covers {share:.1%} of these images; --covered leaves the others out.", err=True)
    if "coco" in compare:
        say("")
        rows = [_compared(name, each, whole=False)[:4] for name, each in compare["coco"].items()]
        print_table(header[:4], rows, right=frozenset(range(1, 4)))
    key, title = ("ap", "AP of") if "coco" in compare else ("f1", "F1 of")
    say("")
    rows = [_compared(each["class"], each[key], whole=False) for each in compare["per_class"]]
    print_table([title, *header[1:]], rows, right=frozenset(range(1, 5)))
    say("")
    changed = [[_CHANGED[word], f"{each['count']:,}", each["query"]] for word, each in compare["changed"].items()]
    print_table(["images", "count", "query"], changed, right=frozenset({1}))


_COUNTS = frozenset(("tp", "fp", "fn", "correct", "misclassified"))
_CHANGED = {"fixed": "fixed", "broken": "broken", "wrong": "wrong in both", "right": "right in both"}


def _compared(name: str, number: dict[str, Any], *, whole: bool) -> list[str]:
    show = _whole if whole else _three
    difference = number["difference"]
    return [
        name,
        show(number["first"]),
        show(number["second"]),
        "–" if difference is None else f"{difference:+,.0f}" if whole else _difference(difference),
        _interval(number["interval"], whole=whole),
        "differs" if number["excludes_zero"] else "",
    ]


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _difference(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"


def _interval(interval: list[float] | None, *, whole: bool = False) -> str:
    if interval is None:
        return "–"
    return " … ".join(f"{value:+,.0f}" if whole else _difference(value) for value in interval)


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
