"""A way to look over both fakes' shoulders: whatever is installed here is laid around every application they make.

Nothing is installed unless somebody asks; the suite does, to hold each request and answer against the vendors' own
descriptions. A layer is called with the tool's name and the WSGI application, and returns a WSGI application.
"""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
Layer = Callable[[str, Application], Application]
FAULT = "sandbox.fault"
"""Key of the WSGI environment under which a request that ran into a planned fault names it."""
_layers: list[Layer] = []


def watch(layer: Layer) -> None:
    """Lay this around every application made from now on."""
    _layers.append(layer)


def unwatch(layer: Layer) -> None:
    """Take a layer away again; applications made before keep it."""
    _layers.remove(layer)


def watched(tool: str, application: Application) -> Application:
    """The application within the layers installed now."""
    for layer in _layers:
        application = layer(tool, application)
    return application
