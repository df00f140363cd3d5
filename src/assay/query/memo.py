"""Answers that stay the same while the data does."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

from assay.project.store import Store

_MOST = 500
Answer = TypeVar("Answer")


class Memo:
    """The most recent answers of this process, by project, version of the data and of the tags, and question."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, object] = OrderedDict()
        self._mutex = threading.Lock()

    def get(
        self, store: Store, question: tuple[Hashable, ...], make: Callable[[], Answer], *, tags: bool = True
    ) -> Answer:
        """Return the answer to a question, made anew where the data has changed.

        Args:
            store: The project.
            question: What is asked.
            make: Answers it.
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
                return self._answers[key]  # type: ignore[return-value]
        answer = make()
        with self._mutex:
            self._answers[key] = answer
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
        return answer
