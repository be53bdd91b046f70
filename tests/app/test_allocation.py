"""Memory of the C library: in processes of their own, as what is set can't be taken back."""

import subprocess
import sys
from pathlib import Path

import pytest

ARENAS_OF_THREADS = """
import ctypes, re, sys, threading
from pathlib import Path
from app.allocation import calm_memory

if sys.argv[1] == "calm":
    calm_memory()
together = threading.Barrier(12)

def hold():
    together.wait()
    mine = [bytearray(2000) for _ in range(500)]
    together.wait()

threads = [threading.Thread(target=hold) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
told = Path(sys.argv[2])
stream = ctypes.c_void_p(library.fopen(str(told).encode(), b"w"))
library.malloc_info(0, stream)
library.fclose(stream)
print(len(re.findall("<heap nr=", told.read_text())))
"""

GIVEN_BACK = """
import os, threading
from pathlib import Path
from app.allocation import give_back

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

parts = [bytearray(2000) for _ in range(20_000)]
kept = parts[::100]
del parts
before, stop = resident_mb(), threading.Event()
thread = threading.Thread(target=give_back, args=(stop, 0.01))
thread.start()
while resident_mb() > before - 20 and thread.is_alive():
    pass
stop.set()
"""
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only the GNU C library can be told")


def arenas(manner: str, told: Path) -> int:
    command = [sys.executable, "-c", ARENAS_OF_THREADS, manner, str(told)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_twelve_threads_share_one_arena(tmp_path: Path) -> None:
    assert arenas("calm", tmp_path / "calm.xml") == 1 < arenas("as it is", tmp_path / "plain.xml")


def test_pages_between_what_is_used_are_given_back() -> None:
    subprocess.run([sys.executable, "-c", GIVEN_BACK], check=True, timeout=60)
