"""Applications that share their routes. Compiling those takes 60 ms, a whole small company in both fakes 10 ms."""

from copy import copy
from typing import Any

from flask import Flask


def filled(routes: Flask, **extensions: Any) -> Flask:
    """An application with the routes of another one and with extensions of its own: the state that its views find."""
    app = copy(routes)
    app.extensions = extensions
    return app
