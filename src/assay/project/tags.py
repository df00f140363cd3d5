"""Tags: names that mark images and annotations, and what has been marked when, so that it can be undone."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assay.errors import ExistsError, NotFoundError, UsageError
from assay.project.store import Connection, Store

Scope = Literal["image", "annotation"]
Rows = NDArray[np.int32]

MOST_CHARACTERS = 100
_KEPT_CHANGES = 100
_FORGOTTEN_AT_ONCE = 20
COLORS = ("#c2410c", "#3b6fd8", "#2a9d74", "#b4459e", "#c29b1c", "#7a5bd0", "#0f8fa8", "#a14a5b", "#6d8f1f", "#8a6d4b")
TABLES: dict[Scope, str] = {"image": "image_tag", "annotation": "annotation_tag"}


@dataclass(frozen=True)
class Tag:
    """A tag and how many items carry it."""

    name: str
    color: str
    images: int
    annotations: int


@dataclass(frozen=True)
class TagChange:
    """What tagging has changed: how many items, and the number by which it can be undone."""

    tag: str
    changed: int
    change: int


def check_name(name: str) -> str:
    """Return a tag's or view's name without spaces around it.

    Raises:
        UsageError: it is empty, too long, or holds what cannot be written on a line.
    """
    plain = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).strip()
    odd = next((c for c in plain if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")), None)
    if not plain or len(plain) > MOST_CHARACTERS or odd is not None:
        raise UsageError(
            "The name cannot be used.",
            item=plain[:60] or "the empty name",
            expected=f"1 to {MOST_CHARACTERS} characters on one line",
            actual=f"{len(plain):,} characters" if odd is None else f"the control character {odd!r}",
        )
    return plain


def check_color(color: str) -> str:
    """Return a colour as ``#rrggbb``.

    Raises:
        UsageError: it is written otherwise.
    """
    digits = color.lower().removeprefix("#")
    if len(digits) != 6 or set(digits) - set("0123456789abcdef"):
        raise UsageError("The colour cannot be read.", item=color[:40], expected="#rrggbb", actual=color[:40])
    return f"#{digits}"


def list_tags(store: Store) -> list[Tag]:
    """Return all tags with their counts, by name."""
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT name, color, (SELECT count(*) FROM image_tag x WHERE x.tag = t.tag), "
            "(SELECT count(*) FROM annotation_tag x WHERE x.tag = t.tag) FROM tag t ORDER BY lower(name), name"
        ).fetchall()
    return [Tag(*row) for row in rows]


def get_tag(store: Store, name: str) -> Tag:
    """Return a tag.

    Raises:
        NotFoundError: there is none of that name.
    """
    with store.read() as cursor:
        find_tag(cursor, name)
    return next(tag for tag in list_tags(store) if tag.name == name)


def find_tag(cursor: Connection, name: str) -> int:
    """Return the number of a tag.

    Raises:
        NotFoundError: there is none of that name.
    """
    tag = cursor.execute("SELECT tag FROM tag WHERE name = ?", [name]).fetchone()
    if tag is None:
        names = [row[0] for row in cursor.execute("SELECT name FROM tag ORDER BY 1 LIMIT 20").fetchall()]
        raise NotFoundError(
            "There is no such tag.",
            item=name[:100],
            expected=", ".join(names) or "a project with tags",
            actual="an unknown name",
        )
    return int(tag[0])


def add_tag(store: Store, scope: Scope, name: str, rows: Rows, actor: str, color: str | None = None) -> TagChange:
    """Mark items with a tag, which is made if there is none of that name; those that carry it stay as they are.

    Raises:
        UsageError: the name or the colour cannot be used.
        StorageError: the project cannot be written.
    """
    plain = check_name(name)
    table = TABLES[scope]
    with store.write(changes_data=False, changes_tags=True) as cursor:
        row = cursor.execute("SELECT tag, color FROM tag WHERE name = ?", [plain]).fetchone()
        if row is None:
            [(tag, count)] = cursor.execute("SELECT coalesce(max(tag), 0) + 1, count(*) FROM tag").fetchall()
            shade = check_color(color) if color else COLORS[count % len(COLORS)]
            cursor.execute("INSERT INTO tag VALUES (?, ?, ?)", [tag, plain, shade])
        else:
            tag, shade = row
            if color:
                shade = check_color(color)
                cursor.execute("UPDATE tag SET color = ? WHERE tag = ?", [shade, tag])
        fresh = f"row NOT IN (SELECT row FROM {table} WHERE tag = $tag)"
        changed = _note_change(cursor, (tag, plain, shade), scope, rows, fresh, actor, added=True)
        cursor.execute(
            f"INSERT INTO {table} SELECT $tag, row FROM tag_change_row WHERE change = $change",
            {"tag": tag, "change": changed.change},
        )
        Store.record(cursor, actor, "tag", {"tag": plain, "scope": scope, "items": changed.changed})
    return changed


def remove_tag(store: Store, scope: Scope, name: str, rows: Rows, actor: str) -> TagChange:
    """Take a tag from items; it stays in the project's list.

    Raises:
        NotFoundError: there is no such tag.
        StorageError: the project cannot be written.
    """
    table = TABLES[scope]
    with store.write(changes_data=False, changes_tags=True) as cursor:
        tag = find_tag(cursor, name)
        [(color,)] = cursor.execute("SELECT color FROM tag WHERE tag = ?", [tag]).fetchall()
        carried = f"row IN (SELECT row FROM {table} WHERE tag = $tag)"
        changed = _note_change(cursor, (tag, name, color), scope, rows, carried, actor, added=False)
        cursor.execute(
            f"DELETE FROM {table} WHERE tag = $tag AND row IN (SELECT row FROM tag_change_row WHERE change = $change)",
            {"tag": tag, "change": changed.change},
        )
        Store.record(cursor, actor, "untag", {"tag": name, "scope": scope, "items": changed.changed})
    return changed


def _note_change(
    cursor: Connection,
    numbered: tuple[int, str, str],
    scope: Scope,
    rows: Rows,
    condition: str,
    actor: str,
    *,
    added: bool,
) -> TagChange:
    """Write down which of the rows a tagging changes; the tag is given by number, name and colour."""
    tag, name, color = numbered
    [(change,)] = cursor.execute("SELECT coalesce(max(change), 0) + 1 FROM tag_change").fetchall()
    cursor.register("assay_chosen", {"row": rows})
    [(count,)] = cursor.execute(
        f"INSERT INTO tag_change_row SELECT DISTINCT $change, row FROM assay_chosen "
        f"WHERE row IN (SELECT row FROM {scope}) AND {condition}",
        {"change": change, "tag": tag},
    ).fetchall()
    cursor.unregister("assay_chosen")
    cursor.execute(
        "INSERT INTO tag_change VALUES (?, now()::TIMESTAMP, ?, ?, ?, ?, ?, ?, false)",
        [change, actor, tag, name, color, scope, added],
    )
    if change % _FORGOTTEN_AT_ONCE == 0:
        cursor.execute("DELETE FROM tag_change_row WHERE change <= ?", [change - _KEPT_CHANGES])
        cursor.execute("DELETE FROM tag_change WHERE change <= ?", [change - _KEPT_CHANGES])
    return TagChange(name, count, change)


def undo_change(store: Store, change: int, actor: str) -> TagChange:
    """Put back what a tagging has changed, and nothing that came later.

    Raises:
        NotFoundError: it is not known any more, or has been undone.
    """
    with store.write(changes_data=False, changes_tags=True) as cursor:
        entry = cursor.execute(
            "SELECT tag, name, color, scope, added FROM tag_change WHERE change = ? AND NOT undone", [change]
        ).fetchone()
        if entry is None:
            raise NotFoundError(
                "There is nothing to undo.",
                item=f"change {change}",
                expected=f"one of the last {_KEPT_CHANGES} taggings, not yet undone",
                actual="none of that number",
            )
        tag, name, color, scope, added = entry
        table = TABLES[scope]
        numbers = {"tag": tag, "change": change}
        rows = "SELECT row FROM tag_change_row WHERE change = $change"
        if added:
            affected = f"FROM {table} WHERE tag = $tag AND row IN ({rows})"
            [(count,)] = cursor.execute(f"SELECT count(*) {affected}", numbers).fetchall()
            cursor.execute(f"DELETE {affected}", numbers)
        else:
            if cursor.execute("SELECT 1 FROM tag WHERE tag = ?", [tag]).fetchone() is None:  # deleted since
                cursor.execute("INSERT INTO tag VALUES (?, ?, ?)", [tag, name, color])
            missing = (
                f"FROM tag_change_row WHERE change = $change AND row IN (SELECT row FROM {scope}) "
                f"AND row NOT IN (SELECT row FROM {table} WHERE tag = $tag)"
            )
            [(count,)] = cursor.execute(f"SELECT count(*) {missing}", numbers).fetchall()
            cursor.execute(f"INSERT INTO {table} SELECT $tag, row {missing}", numbers)
        cursor.execute("UPDATE tag_change SET undone = true WHERE change = ?", [change])
        Store.record(cursor, actor, "undo tagging", {"tag": name, "scope": scope, "items": count})
    return TagChange(name, count, change)


def rename_tag(store: Store, name: str, new_name: str, actor: str, *, merge: bool = False) -> None:
    """Give a tag another name; with ``merge`` another tag may have the name, and both become one.

    Raises:
        NotFoundError: there is no such tag.
        ExistsError: another tag has the name, and they are not to be merged.
        UsageError: the name cannot be used.
    """
    plain = check_name(new_name)
    with store.write(changes_data=False, changes_tags=True) as cursor:
        tag = find_tag(cursor, name)
        other = cursor.execute("SELECT tag FROM tag WHERE name = ? AND tag <> ?", [plain, tag]).fetchone()
        if other is None:
            cursor.execute("UPDATE tag SET name = ? WHERE tag = ?", [plain, tag])
        elif not merge:
            raise ExistsError(
                "There is a tag of that name already.",
                item=plain,
                expected="a new name",
                actual="the name of another tag",
                hint="Merge the two to make one tag of them.",
            )
        else:
            for table in TABLES.values():
                cursor.execute(
                    f"INSERT INTO {table} SELECT $other, row FROM {table} WHERE tag = $tag "
                    f"AND row NOT IN (SELECT row FROM {table} WHERE tag = $other)",
                    {"other": other[0], "tag": tag},
                )
            _delete(cursor, tag)
        Store.record(cursor, actor, "rename tag", {"from": name, "to": plain, "merged": other is not None})


def color_tag(store: Store, name: str, color: str) -> None:
    """Give a tag a colour, ``#rrggbb``.

    Raises:
        NotFoundError: there is no such tag.
        UsageError: the colour cannot be read.
    """
    shade = check_color(color)
    with store.write(changes_data=False, changes_tags=True) as cursor:
        cursor.execute("UPDATE tag SET color = ? WHERE tag = ?", [shade, find_tag(cursor, name)])


def delete_tag(store: Store, name: str, actor: str) -> Tag:
    """Take a tag out of the project and return its record.

    Raises:
        NotFoundError: there is no such tag.
    """
    was = get_tag(store, name)
    with store.write(changes_data=False, changes_tags=True) as cursor:
        tag = find_tag(cursor, name)
        _delete(cursor, tag)
        Store.record(cursor, actor, "delete tag", {"tag": name})
    return was


def _delete(cursor: Connection, tag: int) -> None:
    for table in ("tag", *TABLES.values()):
        cursor.execute(f"DELETE FROM {table} WHERE tag = ?", [tag])


def count_tagged(store: Store, scope: Scope, rows: Rows) -> list[tuple[str, str, int]]:
    """Return each tag with how many of the rows carry it: name, colour, count."""
    with store.read() as cursor:
        cursor.register("assay_chosen", {"row": rows})
        counts: list[Any] = cursor.execute(
            f"SELECT t.name, t.color, count(c.row) FROM tag t LEFT JOIN {TABLES[scope]} x ON x.tag = t.tag "
            "LEFT JOIN assay_chosen c ON c.row = x.row GROUP BY t.name, t.color ORDER BY lower(t.name), t.name"
        ).fetchall()
        cursor.unregister("assay_chosen")
    return counts


def find_tags(store: Store, scope: Scope, rows: Rows) -> dict[int, list[str]]:
    """Return the names of the tags of images or annotations, sorted, by row; of one without tags an empty list."""
    tags: dict[int, list[str]] = {row: [] for row in rows.tolist()}
    with store.read() as cursor:
        names = cursor.execute(
            f"SELECT x.row, t.name FROM {TABLES[scope]} x JOIN tag t USING (tag) WHERE x.row = ANY(?) ORDER BY t.name",
            [rows.tolist()],
        ).fetchall()
    for row, name in names:
        tags[row].append(name)
    return tags
