"""Two portfolios that know nothing of each other but one project that both have: what one holds is nobody's business in the
other. Every name and every sentence of the secret one is a word that stands nowhere else."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from model.access import Right, Role, Scope
from model.health import Band
from model.lesson import Cause
from sandbox.world import World
from service import baselines, choosing, errands, kept_forms, logins, overrides, pmo, preparing, scoring, setup
from service.choosing import Said, Wish
from service.pmo import Told
from service.prepared_kinds import SplitOf
from service.sync import sync
from service.undo import Extent
from service.workspace import local_day
from store.account_tables import login_sessions
from store.push_tables import write_audit
from store.tables import items, runs
from tests.support.lodge import Lodge, lodge
from tests.support.scene import no_progress, play
from tests.support.small_world import small_world

OURS, THEIRS = "growth", "vault"
WORDS = (
    "Hoarding", "Quarry", "Zeppelin", "Marigold", "Obsidian", "Tungsten", "Umbrella", "Lantern", "Cobalt", "Sandalwood",
    "Juniper", "Peppercorn", "Nutmeg", "Cy Holm", "warden",
)  # fmt: skip
"""What only those find who may see the other portfolio: names, titles, reasons, people."""
PEOPLE: Mapping[str, tuple[Right, ...]] = {
    "viewer": (Right(role=Role.VIEWER, node=OURS),),
    "editor": (Right(role=Role.EDITOR, node=OURS),),
    "warden": (Right(role=Role.ADMIN),),
}
MANY = 40
"""Logins: so that no other number of something is that of somebody else's login."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Vault:
    """The pages of both, and every id that the other portfolio gave rise to, by what it is the id of."""

    lodge: Lodge
    ids: Mapping[str, tuple[str, ...]]

    @property
    def every_id(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for ids in self.ids.values() for one in ids))


@contextmanager
def vault(folder: Path, migrated: Callable[[Path], str]) -> Iterator[Vault]:
    """Read, scored, planned, written, decided, learned, overridden."""
    migrated(folder / "bellwether.db")
    for scene in play(_world(), folder):
        _divide(scene.document)
        with lodge(scene, people=PEOPLE) as opened:
            sync(opened.space, (), full=False, progress=no_progress)
            setup.setup(opened.space, apply=True)
            scoring.score(opened.space, as_of=None)
            scoring.fill_trend(opened.space, weeks=3)
            yield Vault(opened, {**_did(opened), **_there(opened)})


def _world() -> World:
    world = small_world(datetime.now(UTC))
    world.links.clear()  # whoever sees one end of a dependency is told the other: docs/accounts.md
    for item in world.items.values():
        if item.project == "LAUNCH":
            item.title = f"Obsidian {item.key}"
            item.assignee = "cy"
    world.projects["LAUNCH"] = replace(world.projects["LAUNCH"], name="Zeppelin")
    return world


def _divide(document: Json) -> None:
    """The second project into a portfolio of its own; the first is seen there too, by a share."""
    (growth,) = document["portfolios"]
    web, launch = growth["programs"][0]["projects"]
    growth["programs"][0]["projects"] = [web, _candidate("ours", "Idea")]
    growth["budget"] = {"amount": 100_000, "currency": "EUR"}
    launch["name"] = "Zeppelin"
    deep = {"name": "Quarry", "id": "deep", "sponsor": "Cy Holm", "projects": [launch, _candidate("theirs", "Marigold"),
                                                                                {"ref": "web", "share": 0.5}]}  # fmt: skip
    document["portfolios"].append({"name": "Hoarding", "id": THEIRS, "programs": [deep]})
    document["lenses"] = {"team": {"tag": "team"}}
    web["tags"], launch["tags"] = {"team": "Ours"}, {"team": "Nutmeg"}
    document["policies"] = {"default": {"extends": "default", "people": "named"}}


def _candidate(key: str, name: str) -> Json:
    return {"name": name, "id": key, "state": "candidate", "case": {"value": 5, "risk": 0.5},
            "budget": {"amount": 1000, "currency": "EUR"}}  # fmt: skip


def _did(opened: Lodge) -> dict[str, tuple[str, ...]]:
    """What the warden did there."""
    space, until = opened.space, local_day(opened.space) + timedelta(days=9)
    overrides.put(space, "launch", Band.ON_TRACK, reason="Cobalt", until=until, by="warden")
    baselines.propose(space, "launch", as_of=None, by="warden", reason="Sandalwood")
    lesson = pmo.learn(space, "launch", Told(Cause.OTHER, False, "Umbrella", "Lantern", "warden"))
    said = Said("warden", "Tungsten", take=("theirs",))
    decision, _ = choosing.decide(space, choosing.opened(space, THEIRS), Wish(), said)
    plan = errands.ask_plan(space, only=["launch"], by="warden")
    pushed = errands.ask_push(space, plan, by="warden")
    preview = errands.ask_undo(space, Extent(node="launch"), by="warden", preview=True)
    token = opened.token("warden", Scope.ADMIN)
    logins.make_token(space, opened.people["warden"], "Peppercorn", scope=Scope.READ, node="launch", days=9)
    form = kept_forms.keep(space, opened.people["warden"].id, "/nodes/launch/override", [("reason", "Juniper")])
    for _ in range(MANY):
        logins.begin(space, opened.people["warden"].id, agent="Peppercorn")
    split = SplitOf(since=until - timedelta(days=20), until=local_day(space))
    document = preparing.ask(space, "launch", split, by="warden")
    run = errands.run_of(space, errands.one(space, pushed))
    return {
        "lesson": (str(lesson.number),), "decision": (str(decision.number),), "errand": (str(plan), str(pushed), str(preview)),
        "form": (str(form),), "document": (str(document),), "run": (str(run),), "secret": (token,),
    }  # fmt: skip


def _there(opened: Lodge) -> dict[str, tuple[str, ...]]:
    """What else there is, by the ids that the store gave it."""
    space, warden = opened.space, opened.people["warden"].id
    with space.db.transaction(write=False) as connection:
        lines = connection.execute(select(write_audit.c.id)).scalars().all()
        made = connection.execute(select(runs.c.id)).scalars().all()
        sessions = connection.execute(select(login_sessions.c.id).where(login_sessions.c.account == warden)).scalars().all()
        first = connection.execute(select(items.c.id).where(items.c.connection == "northlight-asana").limit(1)).scalar_one()
    with space.db.read() as uow:
        (item,) = uow.records.items([first])
    return {
        "node": (THEIRS, "deep", "launch", "theirs"), "name": ("Hoarding", "Zeppelin", "Marigold"),
        "lens node": ("team--nutmeg", "lens--team"), "item": (item.id, item.key), "person": ("northlight-asana:110000000003",),
        "account": (str(warden),), "token": tuple(str(one.id) for one in logins.tokens(space, warden)),
        "session": tuple(str(one) for one in sessions[-2:]), "audit line": (str(max(lines)),),
        "round": tuple(str(one) for one in made[:2]), "version": ("1",), "connection": ("northlight-asana",),
        "job": ("poll:northlight-asana",),
    }  # fmt: skip
