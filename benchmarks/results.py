"""Prints figures beside those of the last run, and keeps them in ``results.json``."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")
TOY = os.environ.get("ASSAY_BENCHMARKS") == "toy"
"""Whether it is only tried that the scripts run: at sizes that say nothing, and so nothing is kept."""


def sized(full: int, toy: int) -> int:
    """Return a size: the one that the figure is of, or one that takes no time."""
    return toy if TOY else full


def save(key: str, figures: list[dict[str, Any]], path: Path = RESULTS) -> None:
    """Print one JSON line a figure, with the previous value, and put them in the results file.

    Args:
        key: What the figures are of; another size is another key.
    """
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    previous = {figure["name"]: figure["value"] for figure in results.get(key, {}).get("figures", [])}
    for figure in figures:
        print(json.dumps(figure | {"previous": previous.get(figure["name"])}))
    if TOY:
        return
    results[key] = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "figures": figures}
    path.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")
