"""A document in a process of its own: `bellwether prepare`, as a worker has it made."""

import os
import subprocess
import sys
from pathlib import Path

from app import apart
from service import preparing
from service.prepared_kinds import FileOf
from service.presence import place_name
from service.sync import sync
from store.errands import ErrandState
from tests.support.scene import Scene, no_progress

ROOT = Path(__file__).parents[2]


def test_a_document_is_made_by_a_process_of_its_own(scene: Scene) -> None:
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        claim = workspace.db.claim(place_name("w1"))
        assert claim.held()
        number = preparing.ask(workspace, workspace.tree.projects()[0].id, FileOf(format="csv"), by="ada")
        claim.release()
        waiting = preparing.one(workspace, number)
        assert waiting is not None
        assert waiting.is_open
        assert apart.make(scene.path, number)
        done = preparing.one(workspace, number)
        assert done is not None
        assert done.state is ErrandState.DONE, done.error
        assert preparing.content(workspace, done).startswith("\ufeffas_of,node".encode())
    assert not apart.make(scene.path.with_name("nothing.yaml"), number)


def test_it_takes_no_more_memory_than_it_may() -> None:
    code = "from app.apart import stand_back; stand_back(None, 2**29); len(bytearray(2**30))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stderr.strip().endswith("MemoryError")


def test_it_ends_with_whoever_waits_for_it() -> None:
    code = "import time; from app.apart import stand_back; stand_back(1, 2**30); time.sleep(60)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=30, check=False)
    assert ended.returncode == 1


def test_it_leaves_half_of_what_there_is_to_others() -> None:
    assert 0 < 2 * apart.most_bytes() <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert apart.most_bytes() <= apart.MOST_BYTES
