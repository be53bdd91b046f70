"""The first steps in their order, and which one is next."""

from dataclasses import dataclass

from flask import current_app

from config.web.site import Site
from service import browse, first_run
from service.workspace import Workspace

ACCOUNT = "/accounts/first"


@dataclass(frozen=True)
class Step:
    """One of the first steps."""

    title: str
    path: str


STEPS = (
    Step("Connect", "/start/connect"),
    Step("Pick projects", "/start/pick"),
    Step("Check the mapping", "/start/mapping"),
    Step("Build the tree", "/start/tree"),
    Step("Read and score", "/start/sync"),
    Step("Choose where", "/start/publish"),
    Step("Review", "/start/review"),
    Step("Done", "/start/done"),
)


def steps(by: str) -> tuple[Step, ...]:
    """All of them. ``by``: as whom somebody looks; who is let in because nobody has an account yet may make the first one."""
    accounts = any(rule.rule == ACCOUNT for rule in current_app.url_map.iter_rules())
    return (Step("First account", ACCOUNT), *STEPS) if accounts and by == "machine" else STEPS


def following(path: str) -> str:
    """The step after the one at ``path``."""
    paths = [one.path for one in STEPS]
    return paths[min(paths.index(path) + 1, len(paths) - 1)]


def unfinished(site: Site) -> bool:
    """Whether nothing is connected, no project is picked, or nothing is to be shown anywhere yet."""
    space = site.workspace()
    if not space.connections or not (space.tree.projects() or space.derivations):
        return True
    return space.read_only and not space.published_nodes()


def next_path(site: Site) -> str:
    """Where somebody goes on who comes back, by what is there already."""
    space = site.workspace()
    if not space.connections:
        return "/start/connect"
    if not (space.tree.projects() or space.derivations):
        return "/start/pick"
    if (left := unfinished_step(site)) is not None:
        return left.path
    if not _read(space):
        return "/start/sync"
    if space.read_only:
        return "/start/review" if space.published_nodes() else "/start/publish"
    return "/start/done"


def unfinished_step(site: Site) -> Step | None:
    """The step before the reading that somebody was led to and did not finish."""
    left = first_run.open_step(site.workspace())
    return next((one for one in STEPS if one.path == left), None)


def _read(space: Workspace) -> bool:
    """Whether every connection that the tree needs was read once."""
    synced = browse.last_synced(space)
    return all(at is not None for name, at in synced.items() if space.sources(name))
