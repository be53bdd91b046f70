"""The first sync as its page shows it: how far it is, how fast, how long still; whoever leaves the page holds nothing up."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Running, build, start
from sandbox.watching import Application, unwatch, watch
from tests.support.first_run import begun
from tests.support.first_steps import Desk
from tests.support.small_world import small_world

PLACE = "/start/sync"
HISTORY = re.compile(r"/tasks/(\d+)/stories$")
TAKES_S = 0.2
HELD_FROM = 40
PATIENCE_S = 60.0
GOES_ON = re.compile(
    r"<progress max=\"(?P<total>\d+)\" value=\"(?P<done>\d+)\"[^>]*></progress> (?P=done) of (?P=total) histories, "
    r"(?P<rate>[\d.]+) a second, about (?P<left>\d+) (?P<unit>seconds|minutes) left"
)


class Slow:
    """A tool that takes its time for each history, and from the fortieth on answers none until it is let go."""

    def __init__(self) -> None:
        self.go, self.asked, self._lock = threading.Event(), Counter[str](), threading.Lock()

    def layer(self, _tool: str, application: Application) -> Application:
        def slowed(environ: dict[str, Any], begin: Any) -> Iterable[bytes]:
            told = HISTORY.search(environ["PATH_INFO"])
            if told:
                with self._lock:
                    self.asked[told[1]] += 1
                    held = self.asked.total() > HELD_FROM
                if not self.go.is_set():
                    time.sleep(TAKES_S)
                if held:
                    self.go.wait(PATIENCE_S)
            return application(environ, begin)

        return slowed


@pytest.fixture
def slow() -> Iterator[Slow]:
    tool = Slow()
    watch(tool.layer)
    yield tool
    tool.go.set()
    unwatch(tool.layer)


@pytest.fixture
def tools(slow: Slow) -> Iterator[Running]:
    running = start(build(small_world(datetime.now(UTC)), clock=lambda: datetime.now(UTC), speed=50.0))
    yield running
    running.stop()


@pytest.fixture
def desk(tools: Running, slow: Slow, tmp_path: Path, migrated_sqlite: Callable[[Path], str]) -> Iterator[Desk]:
    """The tree has just been made of the project in Asana: the first sync begins."""
    migrated_sqlite(tmp_path / "bellwether.db")
    words = tools.sandbox
    with begun(tmp_path) as deployment:
        one = Desk(tools, deployment)
        typed = {"url": f"{words.asana_url}/api/1.0", "auth.token": words.credentials.asana_token}
        assert one.post("/start/connect?tool=asana", typed).status_code == 302
        offered = re.search(r'name="pick" value="(asana [^"]+)"[^>]*> <span>Launch', one.until("/start/pick", 'name="pick"'))
        assert offered is not None
        one.post("/start/pick", {"seen": one.seen("/start/pick"), "pick": offered[1]})
        assert one.post("/start/tree", {"seen": one.seen("/start/tree"), "portfolio": "Growth"}).status_code == 302
        yield one
        slow.go.set()


def going_on(desk: Desk) -> re.Match[str]:
    """The line of the connection once it has a rate."""
    end = time.monotonic() + PATIENCE_S
    while not (found := GOES_ON.search(page := desk.get(PLACE))):
        assert time.monotonic() < end, page
        time.sleep(0.1)
    return found


def test_the_page_tells_how_far_how_fast_and_how_long_still(desk: Desk) -> None:
    line = going_on(desk)
    done, total, rate = int(line["done"]), int(line["total"]), float(line["rate"])
    assert 0 < done < total
    left_s = float(line["left"]) * (60 if line["unit"] == "minutes" else 1)
    assert left_s == pytest.approx((total - done) / rate, rel=0.3, abs=1.5)
    assert f'hx-get="{PLACE}"' in desk.get(PLACE), "it looks again by itself"
    assert '<noscript><meta http-equiv="refresh"' in desk.get(PLACE), "also without scripts"


def test_leaving_the_page_is_safe_and_who_comes_back_sees_where_it_stands(desk: Desk, slow: Slow) -> None:
    """Somebody leaves for another page; another person, on another machine, looks on; it goes on all the while."""
    assert "You can leave this page; it goes on." in desk.until(PLACE, "You can leave this page")
    first = going_on(desk)
    assert desk.client.get("/connections").status_code == 200
    other = Desk(desk.tools, desk.deployment)
    second = going_on(other)
    assert int(second["done"]) >= int(first["done"])
    assert second["total"] == first["total"]
    slow.go.set()
    page = other.until(PLACE, "Your first scores")
    page = other.until(PLACE, f'{first["total"]} items')
    assert "a second, about" not in page
    assert "Growth" in page
    assert f'{first["total"]} items' in desk.get(PLACE)
    assert set(slow.asked.values()) == {1}, "it was read once: nobody who came back began it anew"


def test_a_server_that_was_begun_anew_shows_where_it_stands(desk: Desk, tools: Running, slow: Slow) -> None:
    """The pages belong to no process: those of a second one tell the same."""
    first = going_on(desk)
    with begun(desk.deployment.path.parent, working=False) as again:
        assert int(going_on(Desk(tools, again))["done"]) >= int(first["done"])
        slow.go.set()
        assert "Growth" in Desk(tools, again).until(PLACE, "Your first scores")
