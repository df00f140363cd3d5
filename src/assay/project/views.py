"""Views: named queries."""

from __future__ import annotations

from dataclasses import dataclass

from assay.errors import ExistsError, NotFoundError
from assay.project.store import Connection, Store
from assay.project.tags import Scope, check_name


@dataclass(frozen=True)
class View:
    """A named query with the order in which its items are shown."""

    name: str
    scope: Scope
    query: str
    sort: str | None


def list_views(store: Store) -> list[View]:
    """Return all views in the order in which they were first saved."""
    with store.read() as cursor:
        rows = cursor.execute("SELECT name, scope, query, sort FROM view ORDER BY saved_at, name").fetchall()
    return [View(*row) for row in rows]


def save_view(store: Store, view: View, actor: str) -> View:
    """Save a view in the place of one of its name.

    Raises:
        UsageError: the name cannot be used.
    """
    saved = View(check_name(view.name), view.scope, view.query, view.sort)
    with store.write(changes_data=False) as cursor:
        earlier = cursor.execute("SELECT saved_at FROM view WHERE name = ?", [saved.name]).fetchone()
        cursor.execute("DELETE FROM view WHERE name = ?", [saved.name])
        cursor.execute(
            "INSERT INTO view VALUES (?, ?, ?, ?, coalesce(?, now()::TIMESTAMP))",
            [saved.name, saved.scope, saved.query, saved.sort, earlier[0] if earlier else None],
        )
        Store.record(cursor, actor, "save view", {"view": saved.name, "query": saved.query})
    return saved


def rename_view(store: Store, name: str, new_name: str, actor: str) -> None:
    """Give a view another name.

    Raises:
        NotFoundError: there is no such view.
        ExistsError: another view has the name.
        UsageError: the name cannot be used.
    """
    plain = check_name(new_name)
    with store.write(changes_data=False) as cursor:
        _check_there(cursor, name)
        if plain != name and cursor.execute("SELECT 1 FROM view WHERE name = ?", [plain]).fetchone():
            raise ExistsError(
                "There is a view of that name already.", item=plain, expected="a new name", actual="another view's"
            )
        cursor.execute("UPDATE view SET name = ? WHERE name = ?", [plain, name])
        Store.record(cursor, actor, "rename view", {"from": name, "to": plain})


def change_query(store: Store, name: str, query: str, actor: str) -> None:
    """Give a view another query in the place of its own."""
    with store.write(changes_data=False) as cursor:
        _check_there(cursor, name)
        cursor.execute("UPDATE view SET query = ? WHERE name = ?", [query, name])
        Store.record(cursor, actor, "change view", {"view": name, "query": query})


def delete_view(store: Store, name: str, actor: str) -> None:
    """Take a view out of the project; its items are not touched.

    Raises:
        NotFoundError: there is no such view.
    """
    with store.write(changes_data=False) as cursor:
        _check_there(cursor, name)
        cursor.execute("DELETE FROM view WHERE name = ?", [name])
        Store.record(cursor, actor, "remove view", {"view": name})


def _check_there(cursor: Connection, name: str) -> None:
    if cursor.execute("SELECT 1 FROM view WHERE name = ?", [name]).fetchone() is None:
        names = [row[0] for row in cursor.execute("SELECT name FROM view ORDER BY 1 LIMIT 20").fetchall()]
        raise NotFoundError(
            "There is no such view.",
            item=name[:100],
            expected=", ".join(names) or "a project with views",
            actual="an unknown name",
        )
