"""Programs and projects out of kept portfolios."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from connector.asana.payloads import loads
from connector.asana.sources import Json
from model.derived import Offspring, Origin
from model.errors import UsageError
from model.sync import RawPayload
from model.tree import Source


def source_of(origin: Origin) -> Source:
    """The portfolio itself. Raises UsageError for another kind of origin."""
    if origin.kind != "portfolio":
        raise UsageError(
            f"Nothing can be derived from a {origin.kind} of Asana.", where=f"{origin.connection}:{origin.value}",
            fix="Use from: {connection: …, portfolio: GID}.", reason="bad_origin",
        )  # fmt: skip
    return Source(connection=origin.connection, kind="portfolio", value=origin.value)


def derive(origin: Origin, reference: Sequence[RawPayload]) -> tuple[Offspring, ...]:
    """A program for the portfolio and for each inside it, at any depth, that holds projects itself.

    A portfolio that is met again, inside another or inside itself, stands once. One that holds nothing is an empty
    program, so that it can be seen.
    """
    source_of(origin)
    portfolios = {raw.vendor_id: loads(raw.body) for raw in reference if raw.kind == "portfolio"}
    projects = {raw.vendor_id: loads(raw.body) for raw in reference if raw.kind == "project"}
    if origin.value not in portfolios:
        return ()
    made = [_program(origin, gid, portfolios, projects) for gid in _at_or_below(origin.value, portfolios)]
    filled = tuple(program for program in made if program.members)
    return filled or (made[0],)


def _at_or_below(root: str, portfolios: Mapping[str, Json]) -> Iterator[str]:
    """The portfolio and those inside it that are kept, the nearest first, each once."""
    seen, waiting = {root}, deque([root])
    while waiting:
        gid = waiting.popleft()
        yield gid
        for item in _items(portfolios[gid], "portfolio"):
            if item not in seen and item in portfolios:
                seen.add(item)
                waiting.append(item)


def _items(portfolio: Json, kind: str) -> list[str]:
    """The ids of what a portfolio holds: portfolios, or anything else."""
    every = portfolio.get("items") or ()
    return [str(item["gid"]) for item in every if (item.get("resource_type") == "portfolio") == (kind == "portfolio")]


def _program(
    origin: Origin, gid: str, portfolios: Mapping[str, Json], projects: Mapping[str, Json]
) -> Offspring:
    members = tuple(
        _project(origin.connection, project, projects[project])
        for project in dict.fromkeys(_items(portfolios[gid], "project"))
        if project in projects
    )
    source = Source(connection=origin.connection, kind="portfolio", value=gid)
    return Offspring(key=f"portfolio:{gid}", name=_text(portfolios[gid].get("name")), source=source, members=members)


def _project(connection: str, gid: str, body: Json) -> Offspring:
    """It needs no pull of its own: the portfolio brings its projects."""
    return Offspring.model_validate(
        {
            "key": f"project:{gid}",
            "name": _text(body.get("name")),
            "source": Source(connection=connection, kind="project", value=gid),
            "start_on": body.get("start_on"),
            "target_on": body.get("due_on"),
            "closed": bool(body.get("archived") or body.get("completed")),
        }
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
