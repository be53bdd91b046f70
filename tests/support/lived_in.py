"""The small company after a while of use: each kind of thing that a page can show is there once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from model import jobs
from model.access import Scope
from model.health import Band
from model.lesson import Cause
from sandbox.world import Link
from service import baselines, choosing, errands, first_run, kept_forms, overrides, pmo, scoring, setup
from service.backtest import backtest
from service.choosing import Said, Wish
from service.pmo import Told
from service.sync import sync
from service.undo import Extent
from service.workspace import local_day
from tests.support.candidates import Json, give_candidates
from tests.support.lodge import Lodge, lodge
from tests.support.scene import no_progress, play
from tests.support.small_world import small_world

WHO = "admin"
LENS = "team"


@dataclass(frozen=True)
class LivedIn:
    """The pages, and the ids of what was made, by the route that shows it."""

    lodge: Lodge
    ids: Mapping[str, str]


@contextmanager
def lived_in(folder: Path, migrated: Callable[[Path], str]) -> Iterator[LivedIn]:
    """Read, scored, its forecasts checked; planned, written, decided, learned, overridden, and one login out in mid-form."""
    migrated(folder / "bellwether.db")
    world = small_world(datetime.now(UTC))
    world.links.append(Link("WEB-101", "LAUNCH-101", "blocks", at=world.now - timedelta(weeks=5)))
    for scene in play(world, folder):
        _add_to(scene.document)
        with lodge(scene) as opened:
            sync(opened.space, (), full=False, progress=no_progress)
            setup.setup(opened.space, apply=True)
            scoring.score(opened.space, as_of=None)
            scoring.fill_trend(opened.space, weeks=3)
            backtest(opened.space)
            yield LivedIn(opened, _used(opened))


def _add_to(document: Json) -> None:
    """Candidates, a lens, and people who are named."""
    give_candidates(document)
    document["lenses"] = {LENS: {"tag": "team"}}
    for number, project in enumerate(document["portfolios"][0]["programs"][0]["projects"][:2]):
        project["tags"] = {"team": f"Team {number}"}
    document["policies"] = {"default": {"extends": "default", "people": "named"}}


def _used(opened: Lodge) -> dict[str, str]:
    """What an admin did there."""
    space, today, who = opened.space, local_day(opened.space), opened.people[WHO].id
    overrides.put(space, "web", Band.AT_RISK, reason="The supplier is late.", until=today + timedelta(days=9), by=WHO)
    baselines.propose(space, "launch", as_of=None, by=WHO, reason="As agreed.")
    pmo.learn(space, "launch", Told(Cause.OTHER, False, "It was late.", "Ask sooner.", WHO))
    choosing.decide(space, choosing.opened(space, "growth"), Wish(), Said(WHO, "It pays.", take=("a",)))
    plan = errands.ask_plan(space, by=WHO)
    pushed = errands.ask_push(space, plan, by=WHO)
    undo = errands.ask_undo(space, Extent(node="launch"), by=WHO, preview=True)
    first_run.ask(space, jobs.LAUNCH)
    opened.token(WHO, Scope.ADMIN)
    form = kept_forms.keep(space, who, "/nodes/web/override", [("reason", "Typed with care.")])
    return {
        "pages.one_account": str(who), "pages.one_plan": str(plan), "pages.written": str(pushed),
        "pages.undo_previewed": str(undo), "pages.kept_form": str(form), "pages.version": "1",
    }  # fmt: skip
