"""How the command line asks for masks in PNG files."""

from __future__ import annotations

from assay.formats.flags import Command, Flag

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
            Flag(
                "images",
                ("-i", "--images"),
                "The folder that file names are relative to.",
                "path",
                what="images folder",
                default="with --masks images beside it, else the masks' own",
            ),
        ),
        example="--masks masks -i images",
        predictions=Flag("path", ("--masks",), "A folder of masks, one PNG an image.", "path"),
    ),
)
