"""What saving the configuration costs: ``python -m bench.saving [PROJECTS]``, by default 2,000.

Writes a document of so many projects with comments, then reads and saves it as the pages do, each time with another
change. Prints one line of JSON a step: CPU seconds of this process. The bars: 1.5 s a save, 0.15 s a page that only reads.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.portfolio import NOW
from config.editing import Change, Editor
from config.loader import load_text
from config.places import copied
from store.database import Database

BAR_SAVE_S, BAR_READ_S = 1.5, 0.15
ROUNDS = 5
PER_PROGRAM, PER_PORTFOLIO = 20, 20
_HEAD = """\
# Ours.
timezone: UTC
connections:
  acme:
    tool: jira   # the old one
    url: https://acme.example
    auth: {type: personal_access_token, token: "env:T"}
portfolios:
"""
_PROJECT = """\
          - name: Project {n}   # note {n}
            id: p{n}
            start_date: 2026-02-01
            target_date: 2026-12-18
            weight: 2
            budget: {{hours: 1200}}
            sources:
              - {{connection: acme, project: P{n}}}
            publish:
              - {{connection: acme, issue: P{n}-1, comment: on_band_change}}
"""


def document_text(projects: int) -> str:
    """A document as people write it: projects under programs of twenty, those under portfolios of twenty."""
    parts = [_HEAD]
    for number in range(projects):
        program, portfolio = number // PER_PROGRAM, number // PER_PROGRAM // PER_PORTFOLIO
        if number % (PER_PROGRAM * PER_PORTFOLIO) == 0:
            parts.append(f"  - name: Portfolio {portfolio}\n    id: f{portfolio}\n    programs:\n")
        if number % PER_PROGRAM == 0:
            parts.append(f"      - name: Program {program}\n        id: g{program}\n        projects:\n")
        parts.append(_PROJECT.format(n=number))
    return "".join(parts)


def _project(document: dict[str, Any], number: int) -> dict[str, Any]:
    program = number // PER_PROGRAM
    found: dict[str, Any] = document["portfolios"][program // PER_PORTFOLIO]["programs"][program % PER_PORTFOLIO]
    return dict(found)["projects"][number % PER_PROGRAM]  # type: ignore[no-any-return]


def _timed(step: str, bar_s: float, work: Callable[[], object]) -> bool:
    """One step, printed; whether it is within its bar."""
    began = time.process_time()
    work()
    took = time.process_time() - began
    print(json.dumps({"step": step, "cpu_s": round(took, 3), "within": took <= bar_s}), flush=True)
    return took <= bar_s


def main(projects: int) -> None:
    """Read, then save again and again; exit 1 beyond a bar."""
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        path = Path(folder) / "bellwether.yaml"
        path.write_text(document_text(projects))
        db = Database(f"sqlite:///{folder}/bench.db", secret_key=None)
        db.upgrade()
        editor = Editor(path, db, lambda text: load_text(text, path, environment={"T": "not used"}))

        def save(change: Callable[[dict[str, Any]], None]) -> None:
            held = editor.begun(at=NOW)
            wanted = copied(held.document)
            change(wanted)
            kept = editor.keep(Change(held.digest, wanted, "bench", "a change"), at=NOW)
            if kept.conflicts or kept.held.document != wanted:
                raise RuntimeError("the change was not kept")

        good = [_timed("read it for the first time", BAR_SAVE_S, lambda: editor.begun(at=NOW))]
        good += [_timed("read it again, as a page does", BAR_READ_S, lambda: editor.begun(at=NOW)) for _ in range(ROUNDS)]
        for number in range(ROUNDS):
            step = projects * number // ROUNDS

            def rename(document: dict[str, Any], at: int = step) -> None:
                _project(document, at)["name"] = f"Another {at}"

            good.append(_timed("save another name", BAR_SAVE_S, lambda change=rename: save(change)))  # type: ignore[misc]

        def swap(document: dict[str, Any]) -> None:
            document["portfolios"][0]["programs"][0]["projects"].reverse()

        good.append(_timed("save another order", BAR_SAVE_S, lambda: save(swap)))
        db.close()
    if not all(good):
        raise SystemExit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", type=int, nargs="?", default=2000)
    main(parser.parse_args().projects)
