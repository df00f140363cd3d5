"""How the command line asks for formats; light, so that a command's help need not load what reads them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from assay.formats import listing

Kind = Literal["path", "text", "list", "pairs", "source", "output", "switch", "empty"]


@dataclass(frozen=True)
class Flag:
    """A flag of the command line and the option of a format that it gives.

    Attributes:
        option: The option; empty for a ``switch``, which gives none.
        names: How the flag is written: ``("-i", "--images")``; the last is the long one.
        help: What it means.
        kind: What follows it: a ``path``, a ``text``, a ``list`` with commas, a ``source``'s number or file, an
            ``output`` that need not exist, ``pairs`` of which each is ``old=new`` and the flag is repeated; nothing
            for a ``switch``, which only chooses the format, and for ``empty``, which gives an empty list.
        required: Whether the format cannot do without it.
        what: What a path is the path of, in messages.
        default: What holds where it is not given, for the help.
        folder_of: The option whose folder, or whose file's folder, the path is where it is not given.
    """

    option: str
    names: tuple[str, ...]
    help: str
    kind: Kind = "text"
    required: bool = False
    what: str = "file"
    default: str | None = None
    folder_of: str | None = None

    @property
    def parameter(self) -> str:
        """The name by which the command line hands its value on."""
        return self.names[-1].lstrip("-").replace("-", "_")

    @property
    def label(self) -> str:
        """How messages call it."""
        return "/".join(self.names)


def images_flag(default: str | None = None, *, required: bool = False, folder_of: str | None = None) -> Flag:
    """Return the flag that says where a format's images are; for ``default`` and ``folder_of`` see :class:`Flag`."""
    return Flag(
        "images",
        ("-i", "--images"),
        "The folder that file names are relative to.",
        "path",
        required=required,
        what="images folder",
        default=default,
        folder_of=folder_of,
    )


EXPORT_FLAGS = (
    Flag("query", ("--query",), "What is written; see `assay query`."),
    Flag(
        "scope",
        ("--scope",),
        "Whether the query finds images, with all their annotations, or annotations, with their images.",
        default="image",
    ),
    Flag("source", ("--source",), "A source, where there are several: its number, or its file.", "source"),
    Flag("split", ("--split",), "The split that is written."),
    Flag("predictions", ("--predictions",), "A prediction set to write instead of the annotations."),
    Flag("map", ("--map",), "A class and its new name, old=new; old= leaves it out. Repeatable.", "pairs"),
    Flag("images", ("--images",), "What becomes of pictures: copy, link or reference.", default="what suits best"),
)
"""What every ``assay export FORMAT`` has: options that all exports are asked with."""


@dataclass(frozen=True)
class ExportCommand:
    """How ``assay export FORMAT`` is asked for.

    Attributes:
        help: What it does.
        example: Its flags in the example of the help.
        output: What ``--output`` names.
        flags: Further flags.
    """

    help: str
    example: str
    output: str = "The file to write."
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Command:
    """How the command line asks for a format.

    Attributes:
        key: The format's key.
        choice: The flag that chooses it, one of `flags`.
        flags: Those that ``assay import project`` has for it; formats may share some.
        example: The flags in the example of the help.
        keeps_skipped: Whether records that cannot be used are kept, and written back by an export.
        predictions: The flag that names a file of predictions in it; None where none can be read.
        export: How a project is written in it; None where it cannot be.
    """

    key: str
    choice: str
    flags: tuple[Flag, ...]
    example: str
    keeps_skipped: bool = False
    predictions: Flag | None = None
    export: ExportCommand | None = None


def all_commands() -> list[Command]:
    """Return how the listed formats are asked for, in their order."""
    return [command for name in listing.FOLDERS for command in import_module(f"{name}.flags").COMMANDS]
