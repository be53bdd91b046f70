"""Runs the Dockerfile's steps in an empty directory, as no container engine is at hand: what is copied must suffice.

Reads the Dockerfile itself: COPY lines say which paths come along; the dependencies are those of ``uv sync --no-dev``.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (["-m", "app", "--version"], ["-m", "app", "--help"], ["-m", "app", "config", "schema", "--json"])


def main() -> None:
    uv = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    with tempfile.TemporaryDirectory(prefix="bellwether-image-") as folder:
        image = Path(folder)
        _copy(image)
        subprocess.run(
            [uv, *_sync_options(), "--quiet"],
            cwd=image,
            check=True,
        )
        python = image / ".venv" / "bin" / "python"
        for arguments in COMMANDS:
            done = subprocess.run([python, *arguments], cwd=image, check=True, capture_output=True, text=True)
            print(f"ok  {' '.join(arguments)}  ({len(done.stdout)} characters)")
        json.loads(done.stdout)


def _sync_options() -> list[str]:
    """What the Dockerfile tells uv."""
    found = re.search(r"^RUN uv (sync .+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit("the Dockerfile has no step `RUN uv sync …`")
    return found.group(1).split()


def _copy(image: Path) -> None:
    """What the Dockerfile copies from the checkout, to where it copies it."""
    text = (ROOT / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            there = image / target / source if target.endswith("/") else image / target
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, there, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / source, there)


if __name__ == "__main__":
    sys.exit(main())
