"""Who is asking, as the logs of what was done name them."""

from flask import g


def actor() -> str:
    """The name of the visitor; where nobody has to say who they are, the page itself."""
    return str(getattr(g.get("visitor"), "name", "web"))
