"""Which addresses of each route the benchmark of pages asks for, and which routes it can't, with the reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from bench.bulk import PER_PROGRAM
from bench.page_readers import Reader
from bench.page_world import LENS
from bench.portfolio import TOOL
from config.web.rights import Role, whole_need_of
from rollup.lens import top_id
from service.workspace import Workspace

BELOW = {"all": "top", "f": "portfolio", "g": "program", "p": "project"}
SOME = 25
"""Nodes of a level that are asked for."""
NAMED: Mapping[str, str] = {"name": TOOL, "connection": TOOL, "entry": "p7", "lens": LENS.name}
"""What stands for a part of a path that is no node."""
OTHERWISE: Mapping[str, Mapping[str, str]] = {"pages.policy": {"name": "default"}, "pages.tree_lens": {"name": LENS.name}}
QUERIES: Mapping[str, tuple[str, ...]] = {
    "pages.home": ("", "?open=all,f0,f1,g0,g1,g2,g3,g4"),
    "pages.search": ("?q=project+1", "?q=program"),
    "pages.node_registers": ("", "?whole=1"),
    "pages.one_report": ("", "?format=md", "?format=xlsx"),
    "pages.key_figures": ("", "?node=f0", "?node=g1"),
    "pages.lessons": ("", "?node=f0"),
    "pages.tree": ("", "?open=f0,g0,g1"),
    "api.list_nodes": ("", "?parent=g1"),
}
REASONS: Mapping[str, str] = {
    "pages.static": "files, sent as they are",
    "pages.log_in": "sends the browser to the vendor",
    "pages.came_back": "comes from the vendor, with a code",
    "pages.go_elsewhere": "sends the browser to the login elsewhere",
    "pages.come_back": "comes from the login elsewhere",
    "pages.kept_form": "stands only for who was logged out with a form open",
    "pages.first": "only before there is an account",
    "pages.login": "only for who is not logged in",
    "pages.undo_previewed": "made by a job that asks the tools",
    "pages.one_plan": "made by a job that asks the tools",
    "pages.written": "made by a job that asks the tools",
    "api.read_plan": "made by a job that asks the tools",
    "api.read_forecast_check": "made by a job of its own, the check of forecasts",
    "pages.start": "sends the browser to the next of the first steps",
    "pages.start_done": "stands only after the first steps",
    "pages.start_review": "stands only once a place to write to is chosen",
    "pages.prepared_file": "made by a job, for whoever asked for it",
    "api.read_document": "made by a job, for whoever asked for it",
    "api.read_document_file": "made by a job, for whoever asked for it",
    "api.read_errand": "made by a job that asks the tools",
    "api.read_job": "no job was put on the list here",
    "api.read_override": "no band is set by hand here",
}
LEVELS: Mapping[str, tuple[str, ...]] = {
    "pages.closing": ("project",), "pages.node_ahead": ("project",), "pages.choose": ("top", "portfolio"),
    "pages.what_budgets_buy": ("top", "portfolio"), "api.list_candidates": ("top", "portfolio"),
    "api.read_selection": ("top", "portfolio"), "api.read_closure": ("project",),
    "api.read_change": ("program", "project"),
}  # fmt: skip
"""Routes that are of some levels only."""


@dataclass(frozen=True)
class Page:
    """A page as it is measured: its title, and addresses of it."""

    title: str
    addresses: tuple[str, ...]


def pages_of(app: Flask, workspace: Workspace, reader: Reader) -> tuple[list[Page], dict[str, str]]:
    """Every route that answers to GET as pages to measure, and those that can't be measured with the reason.

    For whoever sees a part: the routes of viewers, for nodes of that part.
    """
    levels = _levels(workspace, reader)
    found: list[Page] = []
    left: dict[str, str] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        need = whole_need_of(app, rule.endpoint)
        if "GET" not in (rule.methods or ()) or need is None or (reader.node and need.role is not Role.VIEWER):
            continue
        if rule.endpoint in REASONS:
            left[rule.rule] = REASONS[rule.endpoint]
            continue
        found += _pages(app, rule, levels)
    return [*found, *_through_lens(levels["project"], whole=not reader.node)], left


def _through_lens(projects: Sequence[str], *, whole: bool) -> Iterable[Page]:
    """The pages of a lens. ``whole``: the reader may see what stands above the projects, too."""
    group, seen = f"{LENS.name}--standard", f"lens={LENS.name}"
    yield Page("/?lens", (f"/?{seen}",))
    yield Page("/search?lens", (f"/search?q=project+1&{seen}",))
    yield Page("/nodes/<node_id>?lens of project", tuple(f"/nodes/{node}?{seen}" for node in projects))
    if whole:
        yield Page("/?lens, opened", (f"/?{seen}&open={top_id(LENS)},{group}",))
        yield Page("/api/v1/lenses/<lens>/nodes of group", (f"/api/v1/lenses/{LENS.name}/nodes?parent={group}",))
        for page in ("", "/moved", "/registers", "/exports"):
            yield Page(f"/nodes/<node_id>{page}?lens of group", (f"/nodes/{group}{page}?{seen}",))


def _pages(app: Flask, rule: Rule, of_node: Mapping[str, tuple[str, ...]]) -> Iterable[Page]:
    """The pages of one route: each of its levels and queries is one."""
    levels = of_node if "node_id" in rule.arguments else {"": ("",)}
    wanted = LEVELS.get(rule.endpoint, tuple(levels)) if "node_id" in rule.arguments else ("",)
    for level in wanted:
        for query in QUERIES.get(rule.endpoint, ("",)) if level in levels else ():
            places = tuple(_address(app, rule, node) + query for node in levels[level])
            yield Page(f"{rule.rule}{query}{' of ' + level if level else ''}", places)


def _levels(workspace: Workspace, reader: Reader) -> dict[str, tuple[str, ...]]:
    """Level → nodes of it that the reader may see, spread over all there are."""
    seen = workspace.tree.below(reader.node) if reader.node else {node.id for node in workspace.tree.nodes}
    found: dict[str, list[str]] = {}
    for node in workspace.tree.nodes:
        title = BELOW.get(node.id) or BELOW.get(node.id[0])
        if title and node.id in seen:
            found.setdefault(title, []).append(node.id)
    return {title: tuple(nodes[:: max(1, len(nodes) // SOME)]) for title, nodes in found.items()}


def _address(app: Flask, rule: Rule, node: str) -> str:
    named = {**NAMED, **OTHERWISE.get(rule.endpoint, {})}
    values: dict[str, str | int] = {}
    for name in rule.arguments:
        number = 1 if "Integer" in type(rule._converters[name]).__name__ else None
        values[name] = node if name == "node_id" else number or named.get(name, f"p{PER_PROGRAM}")
    return app.url_map.bind("localhost").build(rule.endpoint, values)
