"""Metrics that a user writes: the decorator, and how a file's or a package's metrics are found and called."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal, TypeVar

from assay.errors import InputError, NotFoundError, UsageError
from assay.metrics.definition import Kind, Metric, OutlierRule, Tail

Function = TypeVar("Function", bound=Callable[..., Any])
CustomScope = Literal["image", "annotation"]

ENTRY_POINTS = "assay.metrics"
"""The group of entry points by which an installed package offers metrics: each names a decorated function."""

_MARK = "__assay_metric__"
_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class ImageInfo:
    """The record of an image that a custom metric gets.

    Attributes:
        id: The source's id.
        file_name: As the source has it.
        width, height: Declared size in pixels, None where unknown.
        split: Its split, None where it has none.
        meta: Its further fields.
    """

    id: Any
    file_name: str
    width: int | None
    height: int | None
    split: str | None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AnnotationInfo:
    """The record of an annotation that a custom metric gets.

    Attributes:
        id: The source's id.
        class_name: Its class.
        shape: ``box``, ``polygon``, ``mask`` and so on.
        bbox: Left, top, width, height of its upright box in pixels of the declared size.
        crowd: Whether it is a crowd region.
        attr: Its further fields.
    """

    id: Any
    class_name: str
    shape: str
    bbox: tuple[float, float, float, float]
    crowd: bool
    attr: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CustomMetric:
    """A metric of a user's function.

    Attributes:
        metric: Its declaration; the version is a hash of the source.
        scope: What it has one value for.
        table: Whether the function gets whole columns.
        takes_info: Whether an image's function takes an :class:`ImageInfo` too.
        name: The function's name.
        path: The file that it lies in, None for one of a package.
        module: The package's module, None for one of a file.
        neighbours: Whether its file may import others of its folder: not where the project brought it along.
    """

    metric: Metric
    scope: CustomScope
    table: bool
    takes_info: bool
    name: str
    path: str | None = None
    module: str | None = None
    neighbours: bool = field(default=False, compare=False)

    @property
    def key(self) -> str:
        """The metric's key."""
        return self.metric.key

    @property
    def has_function(self) -> bool:
        """Whether there is a function to compute it with; values that were uploaded have none."""
        return self.path is not None or self.module is not None


@dataclass(frozen=True)
class _Declaration:
    scope: CustomScope
    title: str
    table: bool
    key: str
    kind: Kind
    unit: str
    suspicious: Tail
    rule: OutlierRule | None
    log_fences: bool


def metric(
    *,
    scope: CustomScope,
    title: str,
    suspicious: Tail = "none",
    key: str | None = None,
    kind: Kind = "signed",
    unit: str = "",
    moderate: float | None = None,
    severe: float | None = None,
    table: bool = False,
) -> Callable[[Function], Function]:
    """Make a function a metric, which is sorted, filtered, plotted and searched for outliers like any other.

    What the function gets:

    - ``scope="image"``: the picture, H x W x 3 uint8 RGB; with a second parameter an :class:`ImageInfo` too.
    - ``scope="annotation"``: ``(crop, annotation, image)``: the pixels inside the upright box, an
      :class:`AnnotationInfo` and an :class:`ImageInfo`. Boxes below 4 x 4 pixels are NULL and not asked for.
    - ``table=True``: the columns of its scope, a mapping of name to array of length n; it returns n values.

    It returns a number; None or NaN mean that there is no value.

    Args:
        scope: ``"image"`` or ``"annotation"``.
        title: Name for people.
        suspicious: The tail in which outliers are looked for: ``"low"``, ``"high"``, ``"both"``, ``"none"``.
        key: Name in queries and files; the function's name where left out.
        kind: ``"fraction"`` 0..1, ``"count"``, ``"positive"`` (fences on the logarithm), ``"signed"``, ``"rank"``.
        unit: Of the values.
        moderate: Absolute bound of moderate outliers on the suspicious tail, instead of fences.
        severe: The same of severe ones; needed where ``moderate`` is given.
        table: Whether the function gets whole columns instead of one item.

    Raises:
        UsageError: The declaration contradicts itself, or the key is no name.

    Example:
        >>> @metric(scope="image", title="Green excess", suspicious="high")
        ... def green_excess(image):
        ...     "Mean green minus mean of red and blue."
        ...     return float(image[..., 1].mean() - image[..., [0, 2]].mean())
    """

    def mark(function: Function) -> Function:
        name = key or function.__name__
        if not _KEY.fullmatch(name):
            raise UsageError(
                "A metric's key must be a plain name.",
                item=name,
                expected="lower-case letters, digits and _, beginning with a letter, at most 63",
            )
        declaration = _Declaration(
            scope,
            title,
            table,
            name,
            kind,
            unit,
            suspicious,
            _rule(name, suspicious, moderate, severe),
            kind == "positive",
        )
        setattr(function, _MARK, declaration)
        return function

    if scope not in ("image", "annotation"):
        raise UsageError("A metric's scope is unknown.", item=title, expected="'image' or 'annotation'", actual=scope)
    return mark


def describe_function(function: Callable[..., Any], source: bytes, **where: str | None) -> CustomMetric:
    """Return the metric that a decorated function is.

    Args:
        source: What the version is a hash of.
        where: ``path`` or ``module``.

    Raises:
        UsageError: The function is not decorated.
    """
    declared: _Declaration | None = getattr(function, _MARK, None)
    if declared is None:
        raise UsageError(
            "The function is no metric.", item=function.__name__, expected="a function decorated with @assay.metric"
        )
    text = inspect.getdoc(function) or "A metric of your own; its function has no docstring."
    described = Metric(
        key=declared.key,
        title=declared.title,
        scopes=(declared.scope,),
        kind=declared.kind,
        unit=declared.unit,
        suspicious=declared.suspicious,
        needs="metadata" if declared.table else "pixels",
        summary=text.split("\n", 1)[0],
        description=text,
        version=_version(source),
        rule=declared.rule,
        log_fences=declared.log_fences,
    )
    takes_info = declared.scope == "image" and not declared.table and _count_parameters(function) >= 2
    return CustomMetric(
        described, declared.scope, declared.table, takes_info, function.__name__, where.get("path"), where.get("module")
    )


def describe_upload(key: str, declaration: Mapping[str, Any]) -> CustomMetric:
    """Return the metric of values that come without a function.

    Args:
        declaration: The arguments of :func:`metric`, and ``description``.

    Raises:
        UsageError: The declaration is incomplete or contradicts itself, or the key is no name.
    """
    arguments = {name: value for name, value in declaration.items() if name not in ("key", "description", "table")}

    def uploaded() -> None: ...

    uploaded.__doc__ = str(declaration.get("description") or "Values that were computed elsewhere.")
    try:
        metric(key=key, table=True, **arguments)(uploaded)
    except TypeError as error:
        raise UsageError("The metric's declaration is incomplete.", item=key, actual=str(error)) from error
    return describe_function(uploaded, key.encode())


def read_source(path: Path) -> bytes:
    """Return the bytes of a Python file with metrics, without running it.

    Raises:
        InputError: It cannot be read, or is no regular file.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(
                "The file with a metric cannot be read.", item=str(path), actual="a folder, device or pipe"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "The file with a metric cannot be read.", item=str(path), actual=error.strerror or str(error)
        ) from error


def load_file(path: Path, source: bytes, *, neighbours: bool = True) -> list[CustomMetric]:
    """Run the code of a Python file and return the metrics that it defines.

    Args:
        path: The file.
        source: Its bytes; these are run, whatever the file and caches beside it hold by now.
        neighbours: Whether the code may import other files of its folder.

    Raises:
        InputError: It cannot be run, or defines no metric.
    """
    module = _run_file(path, source, neighbours=neighbours)
    functions = [value for value in vars(module).values() if callable(value) and hasattr(value, _MARK)]
    own = [f for f in functions if getattr(f, "__module__", None) == module.__name__]
    if not own:
        raise InputError(
            "The file defines no metric.",
            item=str(path),
            expected="a function decorated with @assay.metric",
            actual="none",
        )
    return [
        replace(describe_function(f, source + f.__name__.encode(), path=str(path)), neighbours=neighbours) for f in own
    ]


@dataclass(frozen=True)
class Offer:
    """A metric that an installed package offers: its place, ``module:function``, and the package's version."""

    place: str
    version: str


def list_offers() -> list[Offer]:
    """Return the metrics that installed packages offer by entry points; nothing is imported."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and rarely needed

    points = entry_points(group=ENTRY_POINTS)
    return [Offer(point.value, point.dist.version if point.dist else "") for point in points]


def load_packages(offers: Iterable[Offer]) -> tuple[list[CustomMetric], dict[str, str]]:
    """Return the metrics that installed packages offer, and why others cannot be used, by place."""
    from importlib.metadata import EntryPoint  # noqa: PLC0415 - slow, and rarely needed

    metrics: list[CustomMetric] = []
    problems: dict[str, str] = {}
    for offer in offers:
        point = EntryPoint(offer.place, offer.place, ENTRY_POINTS)
        try:
            source = f"{offer.place} {offer.version}".encode()
            metrics.append(describe_function(point.load(), source, module=point.module))
        except Exception as error:  # noqa: BLE001 - a package may raise anything
            problems[offer.place] = f"it cannot be used: {type(error).__name__}: {error}"
    return metrics, problems


_functions: dict[tuple[str | None, str | None, str, int], Callable[..., object]] = {}


def load_function(custom: CustomMetric) -> Callable[..., object]:
    """Return a metric's function, loaded once per process and source.

    Raises:
        InputError: Its file or package cannot be loaded.
        NotFoundError: The function is gone from it.
    """
    place = (custom.path, custom.module, custom.name, custom.metric.version)
    if place not in _functions:
        if custom.path is not None:
            source = read_source(Path(custom.path))
            if _version(source + custom.name.encode()) != custom.metric.version:
                raise InputError(
                    "The file with a metric has changed since the run began.", item=custom.path, hint="Run it again."
                )
            module = _run_file(Path(custom.path), source, neighbours=custom.neighbours)
        else:
            module = importlib.import_module(str(custom.module))
        function = getattr(module, custom.name, None)
        if function is None:
            raise NotFoundError(
                "The metric's function is gone.", item=custom.name, expected=custom.path or custom.module
            )
        _functions[place] = function
    return _functions[place]


def _version(source: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(source, digest_size=6).digest(), "big")


class _GivenSource(SourceFileLoader):
    """Loads a module from bytes that are at hand: neither the file nor a compiled one beside it is read again."""

    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType | None:  # noqa: ARG002 - the signature of loaders
        return self.source_to_code(self._source, self.path)


def _run_file(path: Path, source: bytes, *, neighbours: bool) -> ModuleType:
    """Import a file under a name of its own, with its folder to import neighbours from."""
    name = f"assay_custom_{hashlib.blake2b(str(path).encode() + source, digest_size=16).hexdigest()}"
    if name in sys.modules:
        return sys.modules[name]
    if path.suffix != ".py":
        raise InputError("The file is no Python file.", item=str(path), expected="a name that ends in .py")
    spec = importlib.util.spec_from_file_location(name, path, loader=_GivenSource(name, str(path), source))
    if spec is None or spec.loader is None:
        raise InputError("The file is no Python file.", item=str(path), expected="a name that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.parent)
    if neighbours:
        sys.path.append(folder)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise InputError(
            "The file with a metric cannot be run.", item=str(path), actual=f"{type(error).__name__}: {error}"
        ) from error
    finally:
        if neighbours:
            sys.path.remove(folder)
    return module


def _rule(name: str, suspicious: Tail, moderate: float | None, severe: float | None) -> OutlierRule | None:
    if severe is None and moderate is None:
        return None
    if severe is None or suspicious not in ("low", "high"):
        raise UsageError(
            "The outlier rule is incomplete.",
            item=name,
            expected="suspicious='low' or 'high', and a bound `severe`",
            actual=f"suspicious={suspicious!r}, severe={severe!r}",
        )
    return OutlierRule("at_least" if suspicious == "high" else "at_most", moderate, severe)


def _count_parameters(function: Callable[..., Any]) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in kinds for p in inspect.signature(function).parameters.values())
