"""What was taken out of the configuration while its form was open: what was typed is given back, to be kept elsewhere."""

from flask import render_template

from config.web.keeping import BASE, CHOICE, STOOD, THEIRS
from config.web.typed import typed

_NOT_TYPED = frozenset({BASE, THEIRS, "do", "shows"})
Page = tuple[str, int]


def given_back(what: str, name: str, *, back: str, text: str | None = None) -> Page:
    """The page that says so. ``what``: connection, policy, lens; ``back``: where those are that there are; ``text``: what
    was typed, without it every field."""
    fields = ((field, value) for field, value in typed() if value and _is_typed(field))
    told = "\n".join(f"{field}: {value}" for field, value in fields) if text is None else text
    return render_template("gone.html", what=what, name=name, back=back, typed=told), 409


def _is_typed(field: str) -> bool:
    return field not in _NOT_TYPED and not field.startswith(CHOICE) and not field.endswith(STOOD)
