"""Where the pages stand in the menu."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from config.web.rights import Role
from config.web.site import Site

Part = Literal["health", "decisions", "settings", "running"]
PARTS: dict[Part, str] = {"health": "Health", "decisions": "Decisions", "settings": "Settings", "running": "Running"}


@dataclass(frozen=True)
class Place:
    """One entry of the menu: what it is called, where it leads, in which part of the menu, and after which others.

    ``role``: who sees it. ``when``: whether it stands there now (None: always).
    """

    title: str
    path: str
    part: Part
    order: int
    role: Role = Role.VIEWER
    when: Callable[[Site], bool] | None = None


def by_part(places: list[Place], role: Role) -> dict[str, list[Place]]:
    """The menu of somebody: the titles of its parts with their entries, in order."""
    mine = sorted((one for one in places if one.role <= role), key=lambda one: one.order)
    found = {title: [one for one in mine if one.part == part] for part, title in PARTS.items()}
    return {title: entries for title, entries in found.items() if entries}
