"""What came with a project and needs an approval: list it, approve it."""

from __future__ import annotations

from assay.api.depends import TheApp, TheStore
from assay.api.patiently import patiently
from assay.api.routers import api_router
from assay.api.schemas.trust import ApproveRequests, TrustReport, TrustRequest
from assay.errors import NotFoundError
from assay.project.requests import find_requests
from assay.project.store import Store

router = api_router("trust")


@router.get("/projects/{project}/trust")
async def get_trust(store: TheStore, app: TheApp) -> TrustReport:
    """List the jobs, code, folders and files that a project asks for; nothing of it is run or read."""
    running = app.jobs.running_ids(store.directory.name)
    place = str(store.directory)  # links on the way to a folder are followed, and a share among them may hang
    return await patiently(app.folder_threads, place, lambda: _report(store, running), item=store.directory.name)


@router.post("/projects/{project}/trust")
def approve_requests(request: ApproveRequests, store: TheStore, app: TheApp) -> TrustReport:
    """Approve some of what a project asks for; where an app runs, jobs among it go on at once."""
    name = store.directory.name
    running = app.jobs.running_ids(name)
    known = {found.id: found for found in find_requests(store) if found.subject not in running}
    unknown = [one for one in request.ids if one not in known]
    if unknown:
        raise NotFoundError(
            "The project does not ask for this, or not any more.",
            item=unknown[0][:100],
            expected="the id of a request as it is listed now",
            actual="unknown",
            hint="List the requests again.",
        )
    store.trust.approve(thing for one in request.ids for thing in known[one].things)
    if app.is_served and any(known[one].kind == "job" for one in request.ids):
        app.jobs.take_up(name)
    return _report(store, running)


def _report(store: Store, running: set[str]) -> TrustReport:
    """Show the requests; jobs that this process works on are nobody's request."""
    found = [request for request in find_requests(store) if request.subject not in running]
    return TrustReport(
        project=store.directory.name,
        requests=[
            TrustRequest(
                id=r.id, kind=r.kind, text=r.text, subject=r.subject, detail=r.detail, images=r.images,
                approved=r.approved,
            )
            for r in found
        ],
        unapproved=sum(not request.approved for request in found),
        problem=store.trust.problem,
    )  # fmt: skip
