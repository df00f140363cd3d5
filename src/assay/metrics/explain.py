"""Says in a sentence why an item has its value: as the metric's family does, else by where the value stands."""

from __future__ import annotations

from assay.metrics.family import Cause
from assay.metrics.registry import all_families


def explain(key: str, title: str, percentile: float | None, cause: Cause | None) -> str:
    """Return the sentence.

    Args:
        key: The metric's.
        title: The metric's.
        percentile: Share of items with a lesser value, in percent.
        cause: What is known of the value beside that.
    """
    if cause is not None:
        family = next((f for f in all_families() if any(metric.key == key for metric in f.metrics)), None)
        if family is not None and family.explain is not None:
            return family.explain(key, cause)
        if cause.detail:
            return f"{cause.detail[0].upper()}{cause.detail[1:]}."
    share = percentile or 0.0
    side = f"above {_percent(share)}" if share >= 50 else f"below {_percent(100 - share)}"
    return f"{title} is {side} of all items."


def _percent(share: float) -> str:
    return f"{min(share, 99.9):.1f} %"
