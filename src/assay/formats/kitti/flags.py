"""How the command line asks for KITTI's labels."""

from __future__ import annotations

from assay.formats.flags import Command, Flag, images_flag

COMMANDS = (
    Command(
        key="kitti",
        choice="--kitti",
        flags=(
            Flag("folder", ("--kitti",), "A dataset of KITTI, or its folder of labels.", "path", what="dataset"),
            images_flag("with --kitti image_2 beside label_2"),
        ),
        example="--kitti training",
        predictions=Flag("path", ("--kitti",), "A folder of KITTI's lines with scores.", "path"),
    ),
)
