"""What the import doctor says of KITTI's labels."""

from __future__ import annotations

MESSAGES = {
    "kitti_short_line": "Lines of fewer than fifteen values.",
    "kitti_long_line": "Lines of more than sixteen values.",
    "kitti_not_a_number": "Lines with a value that is no finite number.",
    "kitti_box_turned": "Lines whose right or lower side lies before the other.",
}
