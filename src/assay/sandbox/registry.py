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
            size_mb=25,
            seed=20,
        ),
        SandboxSpec(
            name="tabletop",
            title="Tabletop",
            teaches="Find every kind of label error; learn what makes two detectors fail.",
            images=2_000,
            size_mb=190,
            seed=7,
        ),
        SandboxSpec(
            name="tabletop-classification",
            title="Tabletop Classification",
            teaches="Find wrong image labels: 8 % of them are.",
            images=1_000,
            size_mb=36,
            seed=11,
            kind="single",
            exact_copy_share=0.01,
            classes=(
                "orange", "peach", "apple", "tomato", "dog", "wolf", "sheep", "goat", "tiger", "leopard", "duck",
                "goose", "donut", "bagel", "hamburger", "sandwich", "hammer", "axe", "car", "taxi",
            ),
        ),
        SandboxSpec(
            name="tabletop-video",
            title="Tabletop Video",
            teaches="Find broken tracks, flipped classes and gaps in sequences.",
            images=600,
            size_mb=50,
            seed=5,
            kind="video",
            duplicate_share=0.01,
            wrong_class_share=0.0,
            missing_share=0.0,
            badly_located_share=0.01,
            spurious_share=0.005,
            invalid_share=0.0,
            exact_copy_share=0.0,
            near_copy_share=0.0,
            themes=("street", "farm", "savanna", "beach", "lake", "sky"),
        ),
    )
}  # fmt: skip


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
