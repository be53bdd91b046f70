"""Who may see what: each page says the role that it needs, and none is served that does not say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask

from model.access import Role

View = TypeVar("View", bound=Callable[..., object])
_NEED = "needs"

__all__ = ["Need", "Role", "need_of", "needs", "whole_need_of"]


@dataclass(frozen=True)
class Need:
    """What a view asks of whoever calls it.

    ``role``: on the node of the address (``node_id``); on the whole deployment where the address has none and the role is
    more than a viewer's. ``anywhere``: a right on any node is enough, the view looks itself at what it may be done to.
    ``plain``: it is called by programs that bring a proof of their own, or has nothing to hide: no login is looked for.
    ``monitored``: monitoring may call it from where ``login.metrics_from`` says.
    ``notes_itself``: it keeps who changed what by itself.
    """

    role: Role
    anywhere: bool = False
    plain: bool = False
    monitored: bool = False
    notes_itself: bool = False


def needs(
    role: Role, *, anywhere: bool = False, plain: bool = False, monitored: bool = False, notes_itself: bool = False
) -> Callable[[View], View]:
    """Mark a view with the role that it needs. Stands below the route: ``@pages.get(…)``, then ``@needs(…)``."""

    def mark(view: View) -> View:
        setattr(view, _NEED, Need(role, anywhere, plain, monitored, notes_itself))
        return view

    return mark


def need_of(app: Flask, endpoint: str) -> Role | None:
    """The role that an endpoint needs; None when it says nothing."""
    found = whole_need_of(app, endpoint)
    return found.role if found else None


def whole_need_of(app: Flask, endpoint: str) -> Need | None:
    """All that an endpoint needs; None when it says nothing."""
    found = getattr(app.view_functions[endpoint], _NEED, None)
    return found if isinstance(found, Need) else None
