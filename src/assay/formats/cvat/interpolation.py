"""Shapes between two keyframes of a track, as CVAT's server computes them.

Boxes and other shapes of a fixed number of points move on straight lines, their angle on the shorter arc. Of outlines
the points of both keyframes are paired by their share of the length of the line, each with the nearest of the other;
what comes of points that lie close together is thinned out.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from math import hypot

Point = tuple[float, float]


def mix_numbers(left: list[float], right: list[float], share: float) -> list[float]:
    """Return numbers that lie at a share 0..1 of the way from one list to another of the same length."""
    return [a + (b - a) * share for a, b in zip(left, right, strict=True)]


def mix_angles(left: float, right: float, share: float) -> float:
    """Return the angle in 0..360 degrees at a share of the shorter arc from one to another."""
    return (left + ((right - left + 180) % 360 - 180) * share) % 360


def mix_outlines(left: list[float], right: list[float], share: float, *, closed: bool) -> list[float]:
    """Return an outline ``[x, y, …]`` at a share 0..1 of the way from one to another, of perhaps another length."""
    first, last = _points(left, closed), _points(right, closed)
    pairs = _pair(_shares(first), _shares(last))
    mixed = [
        (a[0] + (last[j][0] - a[0]) * share, a[1] + (last[j][1] - a[1]) * share)
        for i, a in enumerate(first)
        for j in pairs[i]
    ]
    thinned = _Thinning(first, last, pairs, mixed).points()
    if closed and len(thinned) > 1:
        thinned.pop()
    return [value for point in thinned for value in point]


def _points(numbers: list[float], closed: bool) -> list[Point]:
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    return [*points, points[0]] if closed else points


def _length(points: list[Point]) -> float:
    return sum(_distance(a, b) for a, b in pairwise(points))


def _distance(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])


def _shares(points: list[Point]) -> list[float]:
    """Return at which share of the line's length each of its points lies."""
    whole, done, found = _length(points) or 1.0, 0.0, [0.0]
    for a, b in pairwise(points):
        done += _distance(a, b)
        found.append(done / whole)
    return found


def _nearest(value: float, others: list[float]) -> int:
    """Return the place of the nearest of ascending numbers, of equally near ones the first."""
    at = bisect_left(others, value)
    if at == len(others) or (at and value - others[at - 1] <= others[at] - value):
        at = bisect_left(others, others[at - 1])
    return at


def _pair(left: list[float], right: list[float]) -> list[list[int]]:
    """Return for each point on the left those on the right that go with it; each on either side has one at least."""
    pairs = [[_nearest(value, right)] for value in left]
    paired = {each for some in pairs for each in some}
    for at, value in enumerate(right):
        if at not in paired:
            pairs[_nearest(value, left)].append(at)
    return [sorted(some) for some in pairs]


class _Thinning:
    """Leaves points out that lie closer together than half of the mean distance that they had in their keyframe."""

    def __init__(self, left: list[Point], right: list[Point], pairs: list[list[int]], mixed: list[Point]) -> None:
        self._left, self._right, self._pairs, self._mixed = left, right, pairs, mixed
        self._start: list[int] = []
        at = 0
        for some in pairs:
            self._start.append(at)
            at += len(some)

    def points(self) -> list[Point]:
        """Return what is left."""
        found: list[Point] = []
        opened: int | None = None
        for at, some in enumerate(self._pairs):
            if len(some) == 1:
                if opened is None:
                    opened = at
                elif some[0] != self._pairs[opened][0]:
                    found += self._of_left(opened, at - 1)
                    opened = at
                continue
            if opened is not None:
                found += self._of_left(opened, at - 1)
                opened = None
            found += self._of_right(at)
        if opened is not None:
            found += self._of_left(opened, len(self._left) - 1)
        return found

    def _of_left(self, first: int, last: int) -> list[Point]:
        start, stop = self._start[first], self._start[last]
        if start == stop:
            return [self._mixed[start]]
        return self._thin(_length(self._left[first : last + 1]), last - first + 1, start, stop)

    def _of_right(self, at: int) -> list[Point]:
        some, start = self._pairs[at], self._start[at]
        base = _length(self._right[some[0] : some[-1] + 1])
        return self._thin(base, some[-1] - some[0] + 1, start, start + len(some) - 1)

    def _thin(self, base: float, count: int, start: int, stop: int) -> list[Point]:
        least, mixed = base / (2 * count), self._mixed
        found, latest = [mixed[start]], start
        for at in range(start + 1, stop):
            if _distance(mixed[latest], mixed[at]) >= least:
                found.append(mixed[at])
                latest = at
        found.append(mixed[stop])
        if len(found) == 2 and _distance(*found) < least:
            (a, b), (c, d) = found
            return [((a + c) / 2, (b + d) / 2)]
        return found
