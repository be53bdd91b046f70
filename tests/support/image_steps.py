"""Runs the Dockerfile's steps in an empty directory, as no container engine is at hand: what is copied must suffice.

Reads the Dockerfile itself: COPY lines say which paths come along; the dependencies are those of ``uv sync --no-dev``.
"""

import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = """
connections:
  acme-asana: {tool: asana, workspace: "1100", auth: {type: token, token: "env:TOKEN"}, url: "http://127.0.0.1:9/api/1.0"}
"""
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
        _serve(image, python)


def _serve(image: Path, python: Path) -> None:
    """Serve with a root that can't be written to, but for the data folder and a temporary one; ask as HEALTHCHECK asks.

    Where this machine grants no mounts of one's own, that nothing of the image was written to is looked at afterwards only.
    """
    with tempfile.TemporaryDirectory(prefix="bellwether-data-") as folder:
        data, passing = Path(folder) / "data", Path(folder) / "tmp"
        for made in (data, passing):
            made.mkdir()
        (data / "bellwether.yaml").write_text(CONFIGURATION)
        before = _stamps(image)
        environment = {
            "PATH": f"{python.parent}:/usr/bin:/bin", "PYTHONPATH": str(image), "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(passing), "TMPDIR": str(passing), "TOKEN": "none", "BELLWETHER_CONFIG": str(data / "bellwether.yaml"),
        }  # fmt: skip
        sealed = _sealed(data, passing)
        port = _free_port()
        command = [*sealed, str(python), "-m", "app", "serve", "--port", str(port)]
        with subprocess.Popen(command, cwd=image, env=environment) as server:
            try:
                _await_health(python, environment, port)
            finally:
                server.terminate()
                ended = server.wait(timeout=60)
        assert ended in (0, -15), f"serve ended with {ended}"
        assert _stamps(image) == before, "the image was written to"
        print(f"ok  serve, root {'read-only' if sealed else 'looked at'}; written: {sorted(p.name for p in data.iterdir())}")


def _sealed(*writable: Path) -> list[str]:
    """What to put before a command so that it can write to these folders only; nothing where that is not allowed here."""
    ours = " && ".join(f"mount --bind {folder} {folder}" for folder in writable)
    seal = ["unshare", "--mount", "sh", "-c", f'{ours} && mount -o remount,bind,ro / && exec "$@"', "sh"]
    probe = "! touch /probe 2>/dev/null"
    try:
        allowed = subprocess.run([*seal, "sh", "-c", probe], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return []
    return seal if allowed else []


def _free_port() -> int:
    """One that nobody listens at: two checkouts may be tried on one machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _await_health(python: Path, environment: dict[str, str], port: int) -> None:
    found = re.search(r'CMD \["python", ("-c", ".+")\]$', (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit("the Dockerfile has no HEALTHCHECK by python")
    asked = [argument.replace(":8080", f":{port}") for argument in json.loads(f"[{found.group(1)}]")]
    until = time.monotonic() + 60
    while subprocess.run([python, *asked], env=environment, capture_output=True, check=False).returncode:
        if time.monotonic() > until:
            raise SystemExit("serve did not become ready")
        time.sleep(0.5)


def _stamps(image: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in image.rglob("*") if path.is_dir() or path.is_file()}


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
    main()
