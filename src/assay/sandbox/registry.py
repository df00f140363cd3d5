"""The sandboxes that can be made without a network."""

from __future__ import annotations

from assay.errors import NotFoundError
from assay.sandbox.spec import SandboxSpec

SANDBOXES: dict[str, SandboxSpec] = {
    spec.name: spec
    for spec in (
        SandboxSpec(
            name="quickstart",
            title="Quickstart",
            teaches="Find duplicate annotations; get to know metrics and outliers.",
            images=200,
            size_mb=30,
            seed=20,
        ),
    )
}


def get_sandbox(name: str) -> SandboxSpec:
    """Return the sandbox of that name.

    Raises:
        NotFoundError: There is none; the message lists the names.
    """
    try:
        return SANDBOXES[name]
    except KeyError:
        names = ", ".join(sorted(SANDBOXES))
        raise NotFoundError(
            f"There is no sandbox named {name!r}; the sandboxes are: {names}.", item=name, expected=names
        ) from None
