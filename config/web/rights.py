"""Who may see what: each page says the role that it needs, and none is served that does not say."""

from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., object])
_NEED = "needs"


class Role(IntEnum):
    """What somebody may do: everybody, look at health, set what belongs to nodes, run the deployment."""

    ANYBODY = 0
    VIEWER = 1
    EDITOR = 2
    ADMIN = 3


def needs(role: Role) -> Callable[[View], View]:
    """Mark a view with the role that it needs. Stands below the route: ``@pages.get(…)``, then ``@needs(…)``."""

    def mark(view: View) -> View:
        setattr(view, _NEED, role)
        return view

    return mark


def need_of(app: Flask, endpoint: str) -> Role | None:
    """The role that an endpoint needs; None when it says nothing."""
    found = getattr(app.view_functions[endpoint], _NEED, None)
    return found if isinstance(found, Role) else None
