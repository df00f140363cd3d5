"""What goes in and comes out of the door. Stored shapes are others; these are promises to clients.

Items are named by ``row`` (internal, dense, stable) and carry ``id``, the source file's own id with its type.
Coordinates are pixels of the image's declared size.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Scope = Literal["image", "annotation"]
SourceId = int | float | str | None
ShapeKind = Literal["label", "box", "rotated_box", "polygon", "mask", "keypoints", "polyline", "point"]


class Schema(BaseModel):
    """Base of all schemas: unknown fields are refused, so that a typing error is never silent."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """An error, after RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    item: str | None = None
    expected: str | None = None
    actual: str | None = None
    hint: str | None = None


class Health(Schema):
    """The server is up."""

    status: Literal["ok"] = "ok"
    version: str
    pid: int


class SystemInfo(Schema):
    """What a bug report needs."""

    version: str
    python: str
    platform: str
    processors: int
    memory_bytes: int | None
    packages: dict[str, str]
    project_schema: int


# ---------------------------------------------------------------- projects


class CoverObject(Schema):
    """An object drawn on a project's cover; coordinates are shares 0..1 of the cover's size."""

    class_name: str
    color: str
    box: list[float]
    rings: list[list[float]] = []


class ProjectCard(Schema):
    """What a list of projects shows; read without opening the project."""

    name: str
    path: str
    state: Literal["ready", "importing", "damaged"]
    images: int
    annotations: int
    classes: int
    prediction_sets: int
    created: str | None
    last_opened: str | None
    cover_width: int | None
    cover_height: int | None
    cover_objects: list[CoverObject]
    has_cover: bool
    message: str | None = None


class ProjectList(Schema):
    """The projects of a workspace."""

    workspace: str
    projects: list[ProjectCard]


class DoctorFinding(Schema):
    """One kind of trouble that the import doctor found in a source."""

    code: str
    severity: Literal["warning", "skipped"]
    count: int
    message: str
    examples: list[str]


class ProjectInfo(Schema):
    """One project, opened."""

    name: str
    path: str
    images: int
    annotations: int
    classes: int
    prediction_sets: int
    splits: dict[str, int]
    shapes: dict[str, int]
    image_status: dict[str, int]
    meta_columns: dict[str, str]
    attr_columns: dict[str, str]
    sources: list[dict[str, Any]]
    doctor: list[DoctorFinding]
    data_version: int
    size_bytes: int
    created: str


class HistoryEntry(Schema):
    """One recorded change of a project."""

    sequence: int
    at: str
    actor: str
    action: str
    detail: dict[str, Any]


class ClassInfo(Schema):
    """A class, in order of how often it occurs."""

    row: int
    id: SourceId
    name: str
    supercategory: str | None
    annotations: int
    color: str
    keypoints: list[str]
    skeleton: list[list[int]]


# ---------------------------------------------------------------- jobs

JobStatus = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]


class JobInfo(Schema):
    """Long work and how far it is."""

    id: str
    kind: str
    title: str
    project: str | None
    status: JobStatus
    stage: str
    done: int
    total: int | None
    rate: float | None = Field(description="units a second in the present stage")
    seconds_left: float | None
    started_by: str
    created: str
    finished: str | None
    resumable: bool
    result: dict[str, Any] | None
    error: Problem | None


class JobList(Schema):
    """All jobs that the door knows, newest first."""

    jobs: list[JobInfo]


class ImportCoco(Schema):
    """Ask for the import of a COCO file. Paths are paths of the machine that serves the project."""

    images: str
    annotations: str
    name: str | None = None
    split: str | None = None
    add: bool = False
    files: Literal["in-place", "copy", "symlinks"] = "in-place"


class InitProject(Schema):
    """Ask for a project of a folder of images."""

    root: str
    name: str | None = None
    patterns: list[str] = []
    files: Literal["in-place", "copy", "symlinks"] = "in-place"
    metrics: bool = True


class ExportCoco(Schema):
    """Ask for a COCO file of one of the project's sources."""

    path: str
    source: Annotated[int, Field(ge=0, le=32_767)] = 0


class SandboxInfo(Schema):
    """A ready-made project."""

    name: str
    title: str
    teaches: str
    images: int
    size_mb: float
    licence: str
    source: str
    present: bool


class MakeSandbox(Schema):
    """Ask for a sandbox project."""

    project_name: str | None = None
    images: Annotated[int | None, Field(ge=1, le=100_000)] = None
    seed: Annotated[int | None, Field(ge=0, le=2**32 - 1)] = None


class FolderEntry(Schema):
    """A file or folder that the server-side path browser shows."""

    name: str
    path: str
    kind: Literal["folder", "file"]
    size_bytes: int | None
    images: int | None = Field(description="images directly inside a folder, counted up to 1,000")


class FolderListing(Schema):
    """One folder of the machine that serves."""

    path: str
    parent: str | None
    roots: list[str]
    entries: list[FolderEntry]


# ---------------------------------------------------------------- metrics


class OutlierLimits(Schema):
    """Values at which an item counts as an outlier; null where that side has no limit."""

    moderate_low: float | None
    severe_low: float | None
    moderate_high: float | None
    severe_high: float | None
    inclusive: bool


class MetricInfo(Schema):
    """What a metric measures."""

    key: str
    title: str
    scope: Scope
    kind: Literal["fraction", "count", "positive", "signed", "rank"]
    unit: str
    suspicious: Literal["low", "high", "both", "none"]
    needs: str
    summary: str
    description: str


class MetricSummary(MetricInfo):
    """A metric with the statistics of its values in this project."""

    count: int
    nulls: int
    min: float | None
    q1: float | None
    median: float | None
    q3: float | None
    max: float | None
    mean: float | None
    moderate: int
    severe: int
    limits: OutlierLimits


class HistogramBin(Schema):
    """Half-open [low, high); the last one is closed."""

    low: float
    high: float
    count: int


class Histogram(Schema):
    """How the values of a metric are spread."""

    key: str
    scope: Scope
    scale: Literal["linear", "log"]
    bins: list[HistogramBin]
    nulls: int
    below: int = Field(description="values ≤ 0 that a logarithmic scale has no place for")


# ---------------------------------------------------------------- items


class QueryRequest(Schema):
    """Which items, in which order, with which fields."""

    query: str = ""
    scope: Scope = "image"
    fields: list[str] = []
    sort: str | None = Field(default=None, description="a key, or -key for descending")
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int | None, Field(ge=0)] = None


class QueryResult(Schema):
    """Items as plain records: row, id, image_id, file_name, class, class_id and the fields asked for."""

    total: int
    items: list[dict[str, Any]]


class ShapeOut(Schema):
    """An annotation as it is drawn."""

    row: int
    class_row: int | None
    kind: ShapeKind
    crowd: bool
    box: list[float] | None = Field(description="upright box of the shape: left, top, width, height")
    rotation: float | None
    rings: list[list[float]] = Field(description="x, y, x, y … of every ring")
    mask_size: list[int] | None = Field(description="height, width")
    mask_counts: list[int] | None = Field(description="uncompressed column-major RLE")
    keypoints: list[float]


class Card(Schema):
    """An item as the grid shows it."""

    row: int
    id: SourceId
    image_row: int
    file_name: str
    width: int | None
    height: int | None
    status: Literal["ok", "missing", "unreadable", "unknown"]
    class_row: int | None
    value: float | None
    severity: Literal["none", "moderate", "severe"]
    partner_row: int | None
    tags: list[str]
    objects: int
    shapes: list[ShapeOut] = Field(description="at most 200 of the image's annotations; the item itself always")


class CardPage(Schema):
    """A stretch of a result."""

    total: int
    offset: int
    cards: list[Card]


class Position(Schema):
    """Where an item stands in a result, with its neighbours."""

    total: int
    position: int | None
    previous: int | None
    next: int | None


class MetricValue(Schema):
    """One metric of one item, and where it stands among all."""

    key: str
    title: str
    scope: Scope
    unit: str
    kind: str
    value: float | None
    percentile: float | None = Field(
        description="0..100: the share of items with a lower value, equal ones counted half"
    )
    severity: Literal["none", "moderate", "severe"]


class EvidenceOut(Schema):
    """Why an item is suspicious."""

    metric: str
    title: str
    severity: Literal["none", "moderate", "severe"]
    value: float | None
    partner_row: int | None
    partner_id: SourceId
    message: str


class ImageDetail(Schema):
    """Everything known of one image."""

    row: int
    id: SourceId
    file_name: str
    path: str
    split: str | None
    sequence: str | None
    frame: int | None
    width: int | None
    height: int | None
    file_width: int | None
    file_height: int | None
    status: Literal["ok", "missing", "unreadable", "unknown"]
    status_detail: str | None
    meta: dict[str, Any]
    tags: list[str]
    metrics: list[MetricValue]
    shapes: list[ShapeOut]
    evidence: list[EvidenceOut]


class AnnotationDetail(Schema):
    """Everything known of one annotation, with its image."""

    row: int
    id: SourceId
    class_row: int | None
    class_name: str | None
    kind: str
    crowd: bool
    file_box: list[float] | None
    file_area: float | None
    attributes: dict[str, Any]
    tags: list[str]
    metrics: list[MetricValue]
    evidence: list[EvidenceOut]
    image: ImageDetail
