"""Ready-made projects with known truth: generated scenes, their labels and the errors planted in them."""

from assay.sandbox.generate import SandboxFiles, generate
from assay.sandbox.registry import SANDBOXES, get_sandbox
from assay.sandbox.spec import SandboxSpec

__all__ = ["SANDBOXES", "SandboxFiles", "SandboxSpec", "generate", "get_sandbox"]
