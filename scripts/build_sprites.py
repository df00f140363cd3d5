"""Fill src/assay/sandbox/sprites from an unpacked copy of the npm package @lobehub/fluent-emoji-3d.

    npm install --prefix DIR @lobehub/fluent-emoji-3d
    python scripts/build_sprites.py DIR/node_modules/@lobehub/fluent-emoji-3d

Files are copied byte for byte and renamed after the class; the licence text is written beside them.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from assay.sandbox.catalog import SPRITES  # noqa: E402

TARGET = ROOT / "src" / "assay" / "sandbox" / "sprites"

LICENCE = """\
The pictures in this folder are Fluent Emoji (3D), renamed, taken from the npm package
@lobehub/fluent-emoji-3d 1.1.0 (https://github.com/lobehub/fluent-emoji), itself made from
https://github.com/microsoft/fluentui-emoji.

MIT License

Copyright (c) Microsoft Corporation.
Copyright (c) 2023 LobeHub

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def main() -> int:
    """Copy the sprites; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, help="the unpacked npm package")
    package: Path = parser.parse_args().package
    assets = package / "assets"
    if not assets.is_dir():
        print(
            f"{assets} is not there: give the folder of the unpacked @lobehub/fluent-emoji-3d",
            file=sys.stderr,
        )
        return 1
    copies = {
        sprite.file_name(look): assets / f"{code_point}.webp"
        for sprite in SPRITES.values()
        for look, code_point in enumerate(sprite.looks)
    }
    missing = sorted(source.name for source in copies.values() if not source.is_file())
    if missing:
        print(f"{assets} lacks {', '.join(missing)}", file=sys.stderr)
        return 1
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for name, source in copies.items():
        shutil.copyfile(source, TARGET / name)
    (TARGET / "LICENSE.fluent-emoji.txt").write_text(LICENCE, encoding="utf-8")
    total = sum(file.stat().st_size for file in TARGET.iterdir())
    print(f"{len(copies)} sprites of {len(SPRITES)} kinds, {total / 1e6:.2f} MB, in {TARGET}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
