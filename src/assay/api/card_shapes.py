"""Annotations and predictions as cards show them: JSON that is made once for an image and kept while the data does."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.api.evaluated_items import read_outcomes
from assay.api.schemas.items import Side
from assay.api.shapes import evaluated_rows, shape_fields
from assay.project.drawn import read_drawn
from assay.project.store import Store
from assay.query.outcomes import EvaluatedItems
from assay.query.row_cache import RowCache

_MOST_SHAPES = 200
_SIDES: tuple[Side, Side] = ("annotation", "prediction")
_MOST_DIGITS = 6
_STEPS = math.log10(400)  # an outline is drawn on that many steps at least


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The objects of one image on one side.

    Attributes:
        rows: int32 ``(n,)``, rising.
        starts: Of each the JSON of what no evaluation changes, up to where the outcome follows.
        plain: The JSON of all of them without an evaluation, without the brackets of the list.
    """

    rows: NDArray[np.int32]
    starts: list[bytes]
    plain: bytes

    def size(self) -> int:
        """Return about how many bytes it takes."""
        return 300 + self.rows.nbytes + len(self.plain) + sum(len(text) + 40 for text in self.starts)


_NO_OUTCOME = b'null,"reason":null}'


class CardShapes:
    """What is drawn on the cards of a page.

    Args:
        store: The project.
        cache: Keeps what has been drawn.
        images: int32 ``(n,)``, rows of the images.
        evaluated: The evaluation, whose predictions are drawn with their outcomes, or None.
    """

    def __init__(
        self, store: Store, cache: RowCache, images: NDArray[np.int32], evaluated: EvaluatedItems | None
    ) -> None:
        self._evaluated = evaluated
        self._drawn: dict[Side, dict[int, _Drawn]] = {
            of: cache.get(store, f"{of} shapes", images, partial(_draw_images, store, of), _Drawn.size)
            for of in (_SIDES if evaluated is not None else _SIDES[:1])
        }
        self._shapes: dict[int, list[tuple[Side, int, bytes]]] = {}
        for of, drawn in self._drawn.items():
            self._add(of, {image: one for image, one in drawn.items() if not self._is_plain(one)})

    def _is_plain(self, one: _Drawn) -> bool:
        """Return whether an image is shown with all that it holds, whatever is looked at."""
        return self._evaluated is None and len(one.rows) <= _MOST_SHAPES

    def count(self, image: int) -> int:
        """Return how many objects an image has."""
        if image in self._shapes or self._evaluated is not None:
            return len(self._shapes.get(image, ()))
        return len(self._drawn["annotation"][image].rows)

    def json(self, image: int, always: Iterable[tuple[str | None, int | None]]) -> orjson.Fragment:
        """Return an image's shapes as JSON: the first 200, and those of the sides and rows in ``always``."""
        if image not in self._shapes:
            return orjson.Fragment(
                b"[%b]" % (self._drawn["annotation"][image].plain if self._evaluated is None else b"")
            )
        shapes = self._shapes[image]
        if len(shapes) > _MOST_SHAPES:
            wanted = set(always)
            kept = [shape for shape in shapes if shape[:2] in wanted]
            shapes = kept + [shape for shape in shapes if shape[:2] not in wanted][: _MOST_SHAPES - len(kept)]
        return orjson.Fragment(b"[%b]" % b",".join(text for _, _, text in shapes))

    def _add(self, of: Side, drawn: dict[int, _Drawn]) -> None:
        if not drawn:
            return
        images = [image for image, one in drawn.items() for _ in one.starts]
        starts = [text for one in drawn.values() for text in one.starts]
        rows, kept = evaluated_rows(self._evaluated, of, np.concatenate([one.rows for one in drawn.values()]))
        told = read_outcomes(self._evaluated, of, rows, ["outcome", "reason"])
        outcomes, reasons = (told.get(key, [None] * len(rows)) for key in ("outcome", "reason"))
        for at, row, outcome, reason in zip(kept.tolist(), rows.tolist(), outcomes, reasons, strict=True):
            text = b'%b%b,"reason":%b}' % (starts[at], _text(outcome), _text(reason))
            self._shapes.setdefault(images[at], []).append((of, row, text))


def _text(name: str | None) -> bytes:
    """Return the name of an outcome or a reason, or None, as JSON."""
    return b"null" if name is None else b'"%b"' % name.encode()


def _draw_images(store: Store, of: Side, images: NDArray[np.int32]) -> dict[int, _Drawn]:
    rows: dict[int, list[int]] = {image: [] for image in images.tolist()}
    starts: dict[int, list[bytes]] = {image: [] for image in rows}
    for one in read_drawn(store, images, of, _count_digits):
        fields = shape_fields(one, of)
        if one.box is not None:
            decimals = _count_digits(max(one.box[2:])) + 1
            fields["box"] = [round(value, decimals) for value in one.box]
        rows[one.image].append(one.row)
        starts[one.image].append(orjson.dumps(fields)[:-1] + b',"outcome":')
    return {
        image: _Drawn(
            np.array(rows[image], dtype=np.int32),
            starts[image],
            b",".join(text + _NO_OUTCOME for text in starts[image][:_MOST_SHAPES]),
        )
        for image in rows
    }


def _count_digits(side: float) -> int:
    """Return how many decimals an outline needs whose shape is enlarged until its longer side, in px, fills a card."""
    if not 0 < side < math.inf:
        return 0
    return min(_MOST_DIGITS, max(0, math.ceil(_STEPS - math.log10(side))))
