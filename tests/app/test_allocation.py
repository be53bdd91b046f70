"""Threads share a few arenas of the C library, in a process of its own as the setting can't be taken back."""

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


def arenas(manner: str, told: Path) -> int:
    command = [sys.executable, "-c", ARENAS_OF_THREADS, manner, str(told)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="arenas are the GNU C library's")
def test_twelve_threads_share_two_arenas(tmp_path: Path) -> None:
    assert arenas("calm", tmp_path / "calm.xml") <= 2 < arenas("as it is", tmp_path / "plain.xml")
