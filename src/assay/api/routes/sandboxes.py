"""Ready-made projects: list them, make one."""

from __future__ import annotations

from assay.api.depends import Actor, TheApp
from assay.api.routers import api_router
from assay.api.routes.jobs import start_making
from assay.api.schemas.jobs import JobInfo
from assay.api.schemas.sandboxes import MakeSandbox, SandboxInfo
from assay.errors import NotFoundError, UsageError
from assay.project.manifest import is_project
from assay.sandbox.catalog import CLASSES
from assay.sandbox.registry import SANDBOXES
from assay.sandbox.remote import REMOTE_SANDBOXES

router = api_router("sandboxes")


@router.get("/sandboxes")
def list_sandboxes(app: TheApp) -> list[SandboxInfo]:
    """Return the ready-made projects, those that need no network first."""
    built_in = [
        SandboxInfo(
            name=spec.name,
            title=spec.title,
            teaches=spec.teaches,
            images=spec.images,
            annotations=spec.images if spec.kind == "single" else None,
            classes=len(spec.classes) or len(CLASSES),
            size_mb=spec.size_mb,
            licence=spec.licence,
            source=spec.source,
            needs_network=False,
            present=is_project(app.directory / spec.name),
        )
        for spec in SANDBOXES.values()
    ]
    remote = [
        SandboxInfo(
            name=sandbox.name,
            title=sandbox.title,
            teaches=sandbox.teaches,
            images=sandbox.images,
            annotations=sandbox.annotations,
            classes=sandbox.classes,
            size_mb=sandbox.size_mb,
            licence=sandbox.licence,
            source=sandbox.source,
            needs_network=True,
            present=is_project(app.directory / sandbox.name),
        )
        for sandbox in REMOTE_SANDBOXES.values()
    ]
    return [*built_in, *remote]


@router.post("/sandboxes/{name}", status_code=202)
def make_sandbox(name: str, request: MakeSandbox, app: TheApp, actor: Actor = "unknown") -> JobInfo:
    """Build or download a sandbox project."""
    project = request.project_name or name
    if name in SANDBOXES:
        params = {"sandbox": name, "images": request.images, "seed": request.seed}
        return start_making(app, "sandbox", f"Making {SANDBOXES[name].title}", project, params, actor)
    if name not in REMOTE_SANDBOXES:
        names = ", ".join([*SANDBOXES, *REMOTE_SANDBOXES])
        raise NotFoundError(
            f"There is no sandbox named {name[:100]!r}; the sandboxes are: {names}.", item=name[:100], expected=names
        )
    remote = REMOTE_SANDBOXES[name]
    if request.images is not None or request.seed is not None:
        raise UsageError(
            "A downloaded sandbox is as it was published.",
            item=name,
            expected="neither a number of images nor a seed",
            actual="images" if request.images is not None else "seed",
        )
    params = {"sandbox": name, "split": remote.split}
    return start_making(app, "remote-sandbox", f"Downloading {remote.title}", project, params, actor)
