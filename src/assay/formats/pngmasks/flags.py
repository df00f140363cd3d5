"""How the command line asks for masks in PNG files."""

from __future__ import annotations

from assay.formats.flags import Command, Flag, images_flag

COMMANDS = (
    Command(
        key="masks",
        choice="--masks",
        flags=(
            Flag("masks", ("--masks",), "A folder of masks, one PNG an image.", "path", what="masks folder"),
            Flag(
                "values",
                ("--mask-values",),
                "What values stand for: semantic, a class each, or instance, an object each.",
                default="semantic, but for folders and files that are called so",
            ),
            images_flag("with --masks images beside it, else the masks' own"),
        ),
        example="--masks masks -i images",
        predictions=Flag("path", ("--masks",), "A folder of masks, one PNG an image.", "path"),
    ),
)
