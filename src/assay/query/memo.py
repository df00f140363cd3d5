"""Answers that stay the same while the data does."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from assay.cache import Cache
from assay.project.store import Store

_MOST_BYTES = 32_000_000
_SPREAD = 5  # so many times what it takes in a row does an answer of small objects take in memory
Answer = TypeVar("Answer")


class Memo:
    """The most recent answers of this process, by project, version of the data and of the tags, and question.

    Args:
        most_bytes: What they may take together, in bytes, by estimate; the last one is kept whatever it takes.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._answers: Cache[Any] = Cache(most_bytes, _size_of)

    def get(
        self, store: Store, question: tuple[Hashable, ...], make: Callable[[], Answer], *, tags: bool = True
    ) -> Answer:
        """Return the answer to a question, made anew where the data has changed.

        Args:
            store: The project.
            question: What is asked.
            make: Answers it, with plain data.
            tags: Whether tags can change the answer.
        """
        answer: Answer = self._answers.get((*store.version(tags=tags), question), make)
        return answer


def _size_of(answer: Any) -> int:
    return _SPREAD * len(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
