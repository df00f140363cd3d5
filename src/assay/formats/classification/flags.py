"""How the command line asks for labels by folder."""

from __future__ import annotations

from assay.formats.flags import Command, Flag

COMMANDS = (
    Command(
        key="folder",
        choice="--folder",
        flags=(
            Flag(
                "root",
                ("--folder",),
                "A folder of folders named after classes, with the images in them.",
                "path",
                what="folder",
            ),
            Flag(
                "splits",
                ("--splits",),
                "The folders in --folder that are splits, such as train,val; classes lie in them.",
                "list",
                default="what is recognised",
            ),
            Flag("splits", ("--no-splits",), "Every folder in --folder is a class, whatever its name.", "empty"),
        ),
        example="--folder flowers",
    ),
)
