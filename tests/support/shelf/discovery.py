"""What a shelf offers."""

from model.sync import Discovery, SourceFound, StatusFound

from .client import Json
from .fields import CATEGORIES


def discover(name: str, document: Json) -> Discovery:
    boards = document["boards"]
    return Discovery(
        name=name,
        sources=tuple(
            SourceFound(kind="project", label=one["id"], name=one["name"], selector={"connection": name, "project": one["id"]})
            for one in boards
        ),
        statuses=tuple(StatusFound(id=state, name=state, category=each.value) for state, each in CATEGORIES.items()),
        types=("card",),
    )
