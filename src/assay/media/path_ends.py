r"""Finding image files by the end of their names, where the folders that names give are not those of this machine.

A name may come from another computer (`C:\data\val\1.png`), from a server (`/data/upload/1.png`), or be relative to
another folder (`..\val\1.png`). Of the files below a root, the one that shares the longest path end with it is meant,
the root's own folders included. A file is given to one name only: `train/1.png` and `val/1.png` never share a picture.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from assay.media.files import IMAGE_EXTENSIONS, FileMatch, list_images

Parts = tuple[str, ...]
Spelling = Literal["plain", "decoded", "case", "stem"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://")
_DRIVE = re.compile(r"[A-Za-z]:")
_LOCAL_FILE = re.compile(r"/local-files/\?d=([^&#]+)")  # Label Studio: /data/local-files/?d=folder/1.png


@dataclass(frozen=True, slots=True)
class EndMatch:
    """The result of looking for a name that is not in its own folders.

    Attributes:
        path: The file's absolute path, None where no file or no single one is meant.
        spelling: How the name equals the file's: as it stands, with percent signs decoded, but for capitals, or
            without an extension.
        is_whole: All that the name says is true of the file, or all of the file's path below the root and its root
            are what the name says.
        rivals: Why there is no file: files that fit as well, or a name that fits the file better or as well.
    """

    path: str | None = None
    spelling: Spelling = "plain"
    is_whole: bool = True
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    relative: str
    spelling: Spelling
    length: int
    is_whole: bool
    is_here: bool  # in the very folder that the name says, not below it


def match_path_ends(root: Path | str, matches: Sequence[FileMatch]) -> dict[int, EndMatch]:
    """Find the files of names that :func:`resolve_image_files` did not find.

    A folder in which it found any name is the one that is meant: what it lacks, in any spelling, is missing. A file in
    another folder than the name says is taken only where the name's own folder does not exist.

    Args:
        root: The folder that was searched.
        matches: What became of all names of a dataset, since a file that one name is found by is no other's.

    Returns:
        By the place of the name, matches and ambiguities; names that fit no file are left out.
    """
    if all(match.path for match in matches):
        return {}
    base = os.path.abspath(root)  # noqa: PTH100 - as resolve_image_files has it
    split = [() if match.state == "invalid" else split_name(match.name) for match in matches]
    known_folders = {parts[:-1] for parts, match in zip(split, matches, strict=True) if match.path}
    unmatched = {
        parts: None  # in the order of the names
        for parts, match in zip(split, matches, strict=True)
        if match.path is None and parts
    }
    if not unmatched or not Path(base).is_dir():
        return {}
    names = {os.path.relpath(match.path, base): match.name for match in matches if match.path}
    candidates_of = _choose(base, unmatched)
    owners: dict[str, list[tuple[int, Parts]]] = defaultdict(list)
    for parts, candidates in candidates_of.items():
        if len(candidates) == 1:
            owners[candidates[0].relative].append((candidates[0].length, parts))
    ends: dict[Parts, EndMatch] = {}
    for parts, candidates in candidates_of.items():
        first = candidates[0]
        if parts[:-1] in known_folders and not first.is_here:
            continue
        if not first.is_whole and parts[:-1] and os.path.isdir(os.path.join(base, *parts[:-1])):  # noqa: PTH112, PTH118
            continue
        rivals: tuple[str, ...]
        if len(candidates) > 1:
            rivals = tuple(each.relative for each in candidates[:3])
        elif os.path.normpath(first.relative) in names:
            rivals = (names[os.path.normpath(first.relative)],)
        else:
            claims = owners[first.relative]
            rivals = tuple("/".join(other) for length, other in claims if other != parts and length >= first.length)
        if rivals:
            ends[parts] = EndMatch(rivals=rivals)
        else:
            ends[parts] = EndMatch(os.path.join(base, first.relative), first.spelling, first.is_whole)  # noqa: PTH118
    return {
        at: ends[parts]
        for at, (parts, match) in enumerate(zip(split, matches, strict=True))
        if match.path is None and parts in ends
    }


def split_name(name: str) -> Parts:
    """Return the folders and the base of a name from any system or an URL, without drive, root and dots."""
    local = _LOCAL_FILE.search(name)
    if local:
        name = unquote(local[1])
    elif _URL.match(name):
        try:
            name = urlsplit(name).path
        except ValueError:
            return ()
    parts: list[str] = []
    for part in _DRIVE.sub("", name.replace("\\", "/"), count=1).split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return tuple(parts)


def _choose(base: str, unmatched: Iterable[Parts]) -> dict[Parts, list[_Candidate]]:
    """Return the files that share the longest end with each name, several where they tie."""
    files = list_images(base, ["*"])
    outer = split_name(base)
    candidates_of: dict[Parts, list[_Candidate]] = {}
    remaining = list(unmatched)
    spellings: tuple[tuple[Spelling, Callable[[str], str]], ...] = (
        ("plain", _compose),
        ("decoded", _decode),
        ("case", _fold),
    )
    for spelling, spell in spellings:
        spelled_names = {parts: _spell_all(parts, spell) for parts in remaining}
        by_base = _index(files, {spelled[-1] for spelled in spelled_names.values()}, spell)
        for parts, spelled in spelled_names.items():
            _rank(candidates_of, parts, spelled, by_base.get(spelled[-1], []), outer, spelling, spell)
        remaining = [parts for parts in remaining if len(candidates_of.get(parts, ())) != 1]
    lacking = [parts for parts in remaining if parts not in candidates_of]
    bare = {parts: _spell_all(parts, _decode) for parts in lacking if not parts[-1].lower().endswith(IMAGE_EXTENSIONS)}
    pictures = [file for file in files if file.lower().endswith(IMAGE_EXTENSIONS)] if bare else []
    by_stem = _index(
        pictures, {spelled[-1] for spelled in bare.values()}, lambda name: _decode(name.rpartition(".")[0])
    )
    for parts, spelled in bare.items():
        _rank(candidates_of, parts, spelled, by_stem.get(spelled[-1], []), outer, "stem", _decode)
    return candidates_of


def _spell_all(parts: Parts, spell: Callable[[str], str]) -> Parts:
    """Return a name's parts in a spelling; slashes that it brings to light part them again."""
    spelled = "/".join(map(spell, parts))
    return split_name(spelled) if spelled.count("/") >= len(parts) or "\\" in spelled else tuple(spelled.split("/"))


def _index(files: list[str], names: set[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    files_of: dict[str, list[str]] = defaultdict(list)
    for file in files:
        name = key(file.rpartition("/")[2])
        if name in names:
            files_of[name].append(file)
    return files_of


def _rank(
    candidates_of: dict[Parts, list[_Candidate]],
    parts: Parts,
    spelled: Parts,
    files: list[str],
    outer: Parts,
    spelling: Spelling,
    spell: Callable[[str], str],
) -> None:
    """Keep the files with a name's base that share the longest end with the name, if it is the longest yet.

    Args:
        candidates_of: The files kept for each name.
        parts: The name.
        spelled: The name in the spelling, which may part it more often.
        files: What is called so.
        outer: The folders of the root.
        spelling: What the spelling is called.
        spell: Writes a file's parts in it.
    """
    candidates = []
    folders = spelled[-2::-1]
    for file in files:
        own = file.split("/")
        theirs = map(spell, reversed((*outer, *own[:-1])))
        length = 1
        for folder, other in zip(folders, theirs, strict=False):
            if folder != other:
                break
            length += 1
        is_whole = length == len(spelled)
        candidates.append(
            _Candidate(file, spelling, length, is_whole or length > len(own), is_whole and length >= len(own))
        )
    if not candidates:
        return
    best = max((each.length, each.is_here) for each in candidates)
    if parts not in candidates_of or best[0] > candidates_of[parts][0].length:
        candidates_of[parts] = [each for each in candidates if (each.length, each.is_here) == best]


@lru_cache(maxsize=65_536)
def _compose(name: str) -> str:
    return unicodedata.normalize("NFC", name)


@lru_cache(maxsize=65_536)
def _decode(name: str) -> str:
    return unicodedata.normalize("NFC", unquote(name))


@lru_cache(maxsize=65_536)
def _fold(name: str) -> str:
    return _decode(name).casefold()
