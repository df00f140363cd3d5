"""Every error that Assay raises on purpose.

An error names the item concerned, what was expected, what was found and, where there is something to do,
what to do. It maps once to an exit code of the command line and once to an HTTP status (problem+json).
"""

from __future__ import annotations

from typing import Any, ClassVar


class AssayError(Exception):
    """Base of all errors that are shown to a person as a message, never as a traceback.

    Args:
        message: One sentence that says what is wrong.
        item: What the error is about: a file, a record, an option.
        expected: What would have been right.
        actual: What was found instead.
        hint: What to do about it.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        item: str | None = None,
        expected: str | None = None,
        actual: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.item = item
        self.expected = expected
        self.actual = actual
        self.hint = hint

    def __str__(self) -> str:
        """Return the message with item, expected, actual and hint, as a traceback or notebook shows it."""
        labelled = (("Item", self.item), ("Expected", self.expected), ("Found", self.actual))
        lines = [self.message, *(f"  {label}: {value}" for label, value in labelled if value)]
        return "\n".join([*lines, f"  {self.hint}"] if self.hint else lines)

    def to_problem(self) -> dict[str, Any]:
        """Return the error as an RFC 9457 problem document."""
        problem: dict[str, Any] = {
            "type": f"urn:assay:{self.code}",
            "title": self.message,
            "status": self.status,
            "code": self.code,
        }
        for key in ("item", "expected", "actual", "hint"):
            value = getattr(self, key)
            if value is not None:
                problem[key] = value
        return problem

    @classmethod
    def from_problem(cls, problem: dict[str, Any]) -> AssayError:
        """Rebuild the error that a problem document describes."""
        kind = _BY_CODE.get(problem.get("code", ""), cls)
        names: tuple[str, ...] = ("item", "expected", "actual", "hint")
        if kind is QueryError:
            names = (*names, "position", "length", "near")
        return kind(str(problem.get("title", "The request failed.")), **{name: problem.get(name) for name in names})


class UsageError(AssayError):
    """The call itself is wrong: an unknown name, an impossible combination of options."""

    code = "usage"
    status = 422
    exit_code = 2


class QueryError(UsageError):
    """A query, sort key or field that cannot be understood.

    Args:
        position: Where in the query's text the word begins that is wrong, counted from 0; None where it is not known.
        length: Characters of that word.
        near: The known name that was probably meant.
    """

    code = "query"

    def __init__(
        self,
        message: str,
        *,
        item: str | None = None,
        expected: str | None = None,
        actual: str | None = None,
        hint: str | None = None,
        position: int | None = None,
        length: int | None = None,
        near: str | None = None,
    ) -> None:
        super().__init__(message, item=item, expected=expected, actual=actual, hint=hint)
        self.position = position
        self.length = length
        self.near = near
        self.query: str | None = None  # for who shows the error: the text that the position counts in

    def to_problem(self) -> dict[str, Any]:
        """Return the problem document, with the place in the query."""
        place = {"position": self.position, "length": self.length, "near": self.near}
        return super().to_problem() | {key: value for key, value in place.items() if value is not None}


class NotFoundError(UsageError):
    """A project, item, metric, class or job that does not exist."""

    code = "not-found"
    status = 404


class ExistsError(UsageError):
    """Something of that name is there already."""

    code = "exists"
    status = 409


class InputError(AssayError):
    """A file that cannot be read or holds nothing usable."""

    code = "input"
    status = 422
    exit_code = 3


class BusyError(AssayError):
    """Another process holds the project."""

    code = "busy"
    status = 423


class StorageError(AssayError):
    """The disk is full, read-only, or the project's files are damaged."""

    code = "storage"
    status = 507


class DownloadError(AssayError):
    """A server cannot be reached, refuses, or sends something else than expected."""

    code = "download"
    status = 502


class TooLargeError(UsageError):
    """A request with a body beyond the limit."""

    code = "too-large"
    status = 413


class ForbiddenError(AssayError):
    """A request from a foreign origin or for a foreign host, or what another user may have made up."""

    code = "forbidden"
    status = 403


class UnauthorizedError(AssayError):
    """A request of who may be somebody else than the user whose app it is, without the token."""

    code = "unauthorized"
    status = 401


class UnavailableError(AssayError):
    """What is needed does not answer, such as a network share; it may do so later."""

    code = "unavailable"
    status = 503


class UntrustedError(AssayError):
    """Something that came with a project and that this user has not approved: a job, code, a path to read."""

    code = "untrusted"
    status = 403
    exit_code = 3


class JobFailedError(AssayError):
    """A job ended with an error of its own."""

    code = "job-failed"
    status = 500


class CancelledError(AssayError):
    """A job was cancelled by a person."""

    code = "cancelled"
    status = 409


_BY_CODE: dict[str, type[AssayError]] = {
    kind.code: kind
    for kind in (
        AssayError,
        UsageError,
        QueryError,
        NotFoundError,
        ExistsError,
        InputError,
        BusyError,
        StorageError,
        DownloadError,
        TooLargeError,
        ForbiddenError,
        UnauthorizedError,
        UnavailableError,
        UntrustedError,
        JobFailedError,
        CancelledError,
    )
}
