"""The first tree, as the first steps fill it: projects out of what a tool offers, their names, programs and dates.

It works on the document's own ``portfolios``, so what the steps do not show (ids, budgets, references) stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.tree import free_slug
from model.sync import SourceFound

Nodes = list[dict[str, Any]]
PORTFOLIO, PROGRAM = "Portfolio", "First program"
_LISTS = ("programs", "projects")


@dataclass(frozen=True)
class Row:
    """One project of the tree, or what a tool's own structure stands for (``derived``: where from)."""

    id: str
    name: str
    program: str
    target: str
    sources: tuple[str, ...]
    derived: str = ""


def walk(portfolios: Nodes) -> Iterator[dict[str, Any]]:
    """Every node that is written down, parents first."""
    for node in portfolios:
        if "name" in node:
            yield node
        for key in _LISTS:
            yield from walk(node.get(key) or [])


def picked(portfolios: Nodes) -> set[tuple[str, str, str]]:
    """Connection, kind and value of every source of one kind that a project is made of."""
    found = set()
    for node in walk(portfolios):
        for source in node.get("sources") or []:
            kinds = {key: str(value) for key, value in source.items() if key != "connection"}
            if len(kinds) == 1:
                ((kind, value),) = kinds.items()
                found.add((str(source["connection"]), kind, value))
    return found


def pick(portfolios: Nodes, shown: Mapping[tuple[str, str], SourceFound], wanted: set[tuple[str, str]]) -> Nodes:
    """The tree with a project for each wanted source, without those that were shown and are wanted no more.

    ``shown`` and ``wanted``: by connection and label.
    """
    sources = {key: (key[0], one.kind, _value(one)) for key, one in shown.items()}
    unwanted = {source for key, source in sources.items() if key not in wanted}
    there = picked(portfolios)
    for program in _programs(portfolios):
        kept = [one for one in program.get("projects") or [] if not _is_only(one, unwanted)]
        if kept or "projects" in program:
            program["projects"] = kept
    new = [shown[key] for key, source in sources.items() if key in wanted and source not in there]
    connections = [key[0] for key, source in sources.items() if key in wanted and source not in there]
    if new:
        home = _home(portfolios)
        taken = {str(one["id"]) for one in walk(portfolios) if "id" in one}
        for one, connection in zip(new, connections, strict=True):
            node_id = free_slug(one.name, otherwise="project", taken=taken)
            taken.add(node_id)
            source = {"connection": connection, one.kind: _value(one)}
            home.setdefault("projects", []).append({"name": one.name, "id": node_id, "sources": [source]})
    return portfolios


def rows(portfolios: Nodes) -> tuple[Row, ...]:
    """What the step of the tree shows: the first portfolio's projects and derived parts."""
    found = []
    for place, program in enumerate(_entries(portfolios)):
        if "name" not in program:
            found.append(Row(f"derived-{place}", "", "", "", (), _told(program.get("from") or {})))
            continue
        for one in program.get("projects") or []:
            if "name" in one and "id" in one:
                sources = tuple(_short(source) for source in one.get("sources") or [])
                found.append(Row(str(one["id"]), one["name"], program["name"], str(one.get("target_date") or ""), sources))
    return tuple(found)


def shape(portfolios: Nodes, typed: Mapping[str, str]) -> Nodes:
    """The tree as it was typed: ``portfolio``, and by project ``name.ID``, ``program.ID``, ``target.ID``, ``drop.ID``.

    ``from.connection`` with ``from.portfolio``, or ``query.CONNECTION``: one more part that a tool's structure fills.
    """
    if not portfolios:
        _home(portfolios)
    home = portfolios[0]
    home["name"] = typed.get("portfolio", "").strip() or home["name"]
    programs: dict[str, dict[str, Any]] = {}
    others: Nodes = []
    for place, program in enumerate(_entries(portfolios)):
        if "name" not in program:
            others += [] if typed.get(f"drop.derived-{place}") else [program]
            continue
        entries, program["projects"] = program.get("projects") or [], []
        programs.setdefault(program["name"], program)
        for one in entries:
            _settle(one, program["name"], typed, programs)
    home["programs"] = [one for one in programs.values() if one["projects"] or len(one) > 2 + ("id" in one)] + others
    home["programs"] += _derived(typed)
    _name_all(portfolios)
    return portfolios


def _settle(one: dict[str, Any], program: str, typed: Mapping[str, str], programs: dict[str, dict[str, Any]]) -> None:
    """Put a project where it was typed to belong, with its name and date; leave out one that was dropped."""
    node_id = str(one.get("id") or "")
    if f"name.{node_id}" in typed:
        if typed.get(f"drop.{node_id}"):
            return
        one["name"] = typed[f"name.{node_id}"].strip() or one["name"]
        program = typed.get(f"program.{node_id}", "").strip() or program
        target = typed.get(f"target.{node_id}", "").strip()
        one.pop("target_date", None)
        if target:
            _after_name(one, "target_date", target)
    programs.setdefault(program, {"name": program, "projects": []})["projects"].append(one)


def _after_name(one: dict[str, Any], key: str, value: str) -> None:
    """Add a key where a reader looks for it: before sources and places of publication."""
    rest: dict[str, Any] = {name: one.pop(name) for name in ("sources", "publish") if name in one}
    one[key] = value
    one.update(rest)


def _derived(typed: Mapping[str, str]) -> Nodes:
    """The parts that are to be taken from a tool's own structure."""
    found: Nodes = []
    for key, value in typed.items():
        kind, _, connection = key.partition(".")
        if kind in ("query", "from") and value.strip():
            found.append({"from": {"connection": connection, "jql" if kind == "query" else "portfolio": value.strip()}})
    return found


def _name_all(portfolios: Nodes) -> None:
    """An id for every node, so that another name leaves its history where it is."""
    taken = {str(one["id"]) for one in walk(portfolios) if "id" in one}
    for one in walk(portfolios):
        if "id" not in one:
            kind = "project" if "sources" in one else "program" if "projects" in one else "portfolio"
            node_id = free_slug(str(one["name"]), otherwise=kind, taken=taken)
            taken.add(node_id)
            rest = {key: one.pop(key) for key in list(one) if key != "name"}
            one.update({"id": node_id, **rest})


def _home(portfolios: Nodes) -> dict[str, Any]:
    """The program that new projects go to; made, with its portfolio, where there is none."""
    if not portfolios:
        portfolios.append({"name": PORTFOLIO, "programs": []})
    programs = portfolios[0].setdefault("programs", [])
    named = [one for one in programs if "name" in one]
    if not named:
        programs.append({"name": PROGRAM, "projects": []})
        named = [programs[-1]]
    _name_all(portfolios)
    home: dict[str, Any] = named[-1]
    return home


def _entries(portfolios: Nodes) -> Nodes:
    return list((portfolios[0].get("programs") or []) if portfolios else [])


def _programs(portfolios: Nodes) -> Nodes:
    return [one for portfolio in portfolios for one in portfolio.get("programs") or []]


def _is_only(one: Mapping[str, Any], unwanted: set[tuple[str, str, str]]) -> bool:
    """Whether a project is made of one source, and that one is wanted no more."""
    sources = one.get("sources") or []
    return len(sources) == 1 and bool(picked([dict(one)]) & unwanted)


def _value(one: SourceFound) -> str:
    return one.selector.get(one.kind, one.label)


def _short(source: Mapping[str, Any]) -> str:
    """A source for people: a number of the tool's tells nobody anything."""
    numbers = all(str(value).isdigit() for key, value in source.items() if key != "connection")
    return str(source.get("connection")) if numbers else _told(source)


def _told(source: Mapping[str, Any]) -> str:
    kinds = " ".join(f"{key} {value}" for key, value in source.items() if key != "connection")
    return f"{source.get('connection')}: {kinds}"


