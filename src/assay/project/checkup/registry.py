"""The checks, in the order in which they are made: what the later ones need is checked first."""

from __future__ import annotations

from assay.project.checkup.cache import check_cache
from assay.project.checkup.geometry import check_geometry
from assay.project.checkup.images import check_images
from assay.project.checkup.jobs import check_jobs
from assay.project.checkup.links import check_links
from assay.project.checkup.manifest import check_manifest
from assay.project.checkup.opening import check_opening
from assay.project.checkup.remains import check_remains
from assay.project.checkup.rows import check_rows
from assay.project.checkup.schema import check_schema
from assay.project.checkup.sources import check_sources
from assay.project.checkup.subject import Check
from assay.project.checkup.trust import check_trust

CHECKS = (
    Check("links", "symbolic links", check_links),
    Check("opening", "opening", check_opening),
    Check("schema", "schema", check_schema),
    Check("manifest", "project.json", check_manifest),
    Check("geometry", "geometry file", check_geometry),
    Check("rows", "rows", check_rows),
    Check("jobs", "unfinished jobs", check_jobs),
    Check("trust", "approvals", check_trust),
    Check("remains", "temporary files", check_remains),
    Check("cache", "cache", check_cache),
    Check("images", "image files", check_images),
    Check("sources", "sources", check_sources),
)
