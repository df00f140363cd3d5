"""Answers that stay the same while the data does."""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

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
        self._most_bytes = most_bytes
        self._bytes = 0
        self._answers: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._mutex = threading.Lock()

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
        key = (
            f"{store.directory}:{store.manifest.uuid}",
            store.data_version,
            store.tag_version if tags else None,
            question,
        )
        with self._mutex:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key][0]  # type: ignore[return-value]
        answer = make()
        size = _SPREAD * len(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
        with self._mutex:
            if key in self._answers:  # another thread was as fast
                self._bytes -= self._answers.pop(key)[1]
            self._answers[key] = (answer, size)
            self._bytes += size
            while self._bytes > self._most_bytes and len(self._answers) > 1:
                self._bytes -= self._answers.popitem(last=False)[1][1]
        return answer
