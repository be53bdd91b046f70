"""Which projects the tree's sources mean, as far as kept portfolios tell."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connector.asana.payloads import loads
from model.tree import Source

Json = dict[str, Any]


def kept_bodies(kept: Mapping[tuple[str, str], bytes], kind: str) -> dict[str, Json]:
    """The kept bodies of one kind by their ids."""
    return {gid: loads(body) for (each, gid), body in kept.items() if each == kind}


def wanted_projects(
    sources: Sequence[Source], portfolios: Mapping[str, Json], homes: Mapping[str, str]
) -> dict[str, None]:
    """The ids of the projects meant, each once, in the sources' order.

    ``portfolios``: bodies with their ``items``; one that is not there adds nothing. ``homes``: the project of each
    source that is a section.
    """
    wanted: dict[str, None] = {}
    for source in sources:
        if source.kind == "portfolio":
            wanted.update(dict.fromkeys(projects_in(source.value, portfolios)))
        elif source.kind == "section":
            if source.value in homes:
                wanted[homes[source.value]] = None
        elif source.kind == "project":
            wanted[source.value] = None
    return wanted


def projects_in(portfolio: str, portfolios: Mapping[str, Json], seen: set[str] | None = None) -> Iterator[str]:
    """The projects of a portfolio and of those inside it, which may share children or hold each other."""
    seen = set() if seen is None else seen
    if portfolio in seen:
        return
    seen.add(portfolio)
    for item in portfolios.get(portfolio, {}).get("items") or ():
        if item.get("resource_type") == "portfolio":
            yield from projects_in(str(item["gid"]), portfolios, seen)
        else:
            yield str(item["gid"])


def defined_in(project: Json) -> Iterator[str]:
    """The ids of the custom fields that a project's record defines."""
    for setting in project.get("custom_field_settings") or ():
        field = (setting or {}).get("custom_field") or {}
        if field.get("gid"):
            yield str(field["gid"])
