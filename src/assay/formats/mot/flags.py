"""How the command line asks for MOTChallenge's sequences."""

from __future__ import annotations

from assay.formats.flags import Command, Flag, images_flag

COMMANDS = (
    Command(
        key="mot",
        choice="--mot",
        flags=(
            Flag("folder", ("--mot",), "A sequence of MOTChallenge, or a folder of them.", "path", what="folder"),
            Flag(
                "origin",
                ("--mot-origin",),
                "The coordinate of the left and upper edge with --mot: 1, or 0 as CVAT writes it.",
                default="1",
            ),
            images_flag("with --mot the folder itself", folder_of="folder"),
        ),
        example="--mot MOT17/train",
        predictions=Flag(
            "path", ("--mot",), "Sequences of MOTChallenge, whose det/det.txt is read, or files of results.", "path"
        ),
    ),
)
