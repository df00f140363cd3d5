"""Print the words of :mod:`assay.project.vocabulary` as constants for the web app."""

from __future__ import annotations

import json
import re
import sys
from enum import StrEnum

from assay.project.vocabulary import AcquisitionKey, Change, ImageStatus, Outcome, OutcomeCountKey, Reason, Severity

_WORDS: dict[str, type[StrEnum]] = {
    "OUTCOMES": Outcome,
    "REASONS": Reason,
    "CHANGES": Change,
    "IMAGE_STATUSES": ImageStatus,
    "SEVERITIES": Severity,
    "ACQUISITION_KEYS": AcquisitionKey,
    "OUTCOME_COUNT_KEYS": OutcomeCountKey,
}
_WIDTH = 110  # of the web app's formatter


def describe() -> str:
    """Return a TypeScript module: per kind of word a constant with all of them, and their type."""
    parts = ["/** Made by `make generate` from assay.project.vocabulary; not to be edited. */\n"]
    for name, words in _WORDS.items():
        meaning = re.split(r"[:;.]", words.__doc__ or "")[0].replace(":class:", "").replace("`", "")
        quoted = [json.dumps(word.value) for word in words]
        line = f"export const {name} = [{', '.join(quoted)}] as const;\n"
        if len(line) > _WIDTH + 1:
            line = f"export const {name} = [\n" + "".join(f"  {word},\n" for word in quoted) + "] as const;\n"
        parts.append(f"\n/** {meaning}. */\n{line}export type {words.__name__} = (typeof {name})[number];\n")
    return "".join(parts)


def main() -> None:
    """Write the module to standard output."""
    sys.stdout.write(describe())


if __name__ == "__main__":
    main()
