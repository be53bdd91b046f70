"""A machine of its own, as far as the network goes: a namespace of Linux at the other end of a cable that can be pulled."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Machine:
    """``here``: our own address on the cable. ``inside``: what a command begins with that is to run over there."""

    name: str
    here: str

    @property
    def inside(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.name)

    def pull_the_cable(self) -> None:
        """From now on nothing comes through, and neither side is told."""
        _ip("-n", self.name, "link", "set", "cable", "down")


@contextmanager
def second_machine() -> Iterator[Machine]:
    """Skips the test where no namespace can be made."""
    number = os.getpid()
    name, cable, net = f"bw{number}", f"bw{number}c", f"198.18.{number % 256}"
    _make(name)
    try:
        _ip("link", "add", cable, "type", "veth", "peer", "name", "cable", "netns", name)
        _ip("address", "add", f"{net}.1/30", "dev", cable)
        _ip("-n", name, "address", "add", f"{net}.2/30", "dev", "cable")
        _ip("link", "set", cable, "up")
        _ip("-n", name, "link", "set", "cable", "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield Machine(name, f"{net}.1")
    finally:
        _ip("netns", "delete", name)


def _make(name: str) -> None:
    if shutil.which("ip") is None:
        pytest.skip("there is no program ip here, so no network of its own")
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network of its own can be made here: {made.stderr.strip()}")


def _ip(*told: str) -> None:
    subprocess.run(["ip", *told], check=True, capture_output=True)
