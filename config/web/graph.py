"""How projects wait for each other, as inline SVG: boxes in columns, what comes first on the left."""

from collections.abc import Mapping, Sequence

import networkx as nx
from markupsafe import Markup, escape

from model.language.telling import plain
from service.dependencies import Conflict

BOX_WIDE, BOX_TALL, GAP_X, GAP_Y, PAD = 168, 40, 92, 20, 10
MOST_BOXES = 24
MOST_LETTERS = 22
OUTSIDE = ""


def drawing(conflicts: Sequence[Conflict], names: Mapping[str, str], signs: Mapping[str, str]) -> Markup:
    """The projects of the conflicting links; the thicker the arrow, the more links. Empty without any.

    ``signs``: project → the sign of its band. Projects beyond the first 24 stand in the table alone.
    """
    links: dict[tuple[str, str], int] = {}
    shown: dict[str, None] = {}
    for one in conflicts:
        ends = (one.source or OUTSIDE, one.target or OUTSIDE)
        if ends[0] != ends[1] and len(shown.keys() | set(ends)) <= MOST_BOXES:
            shown.update(dict.fromkeys(ends))
            links[ends] = links.get(ends, 0) + 1
    if not links:
        return Markup("")
    places = _places(list(shown), list(links))
    width = PAD + max(x for x, _ in places.values()) + BOX_WIDE + PAD
    height = PAD + max(y for _, y in places.values()) + BOX_TALL + GAP_Y + PAD
    words = f"{len(shown)} projects, {sum(links.values())} links between them that do not hold; table below"
    arrows = "".join(_arrow(places[source], places[target], count) for (source, target), count in links.items())
    boxes = "".join(_box(places[key], key, names, signs) for key in shown)
    # Only numbers made here and escaped words stand in the markup.
    return Markup(  # noqa: S704
        f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{escape(words)}"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path class="head-bad" '
        f'd="M0,0 L8,4 L0,8 Z"/></marker></defs>{arrows}{boxes}</svg>'
    )


def _places(nodes: Sequence[str], links: Sequence[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """The upper left corner of each box: a column by the longest way to it, a cycle taken as one step of the way."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(links)
    whole = nx.condensation(graph)
    column: dict[str, int] = {}
    depth: dict[int, int] = {}
    for group in nx.topological_sort(whole):
        before = [depth[one] for one in whole.predecessors(group)]
        begin = max(before, default=-1) + 1
        members = sorted(whole.nodes[group]["members"])
        for step, member in enumerate(members):
            column[member] = begin + step
        depth[group] = begin + len(members) - 1
    rows: dict[int, int] = {}
    found: dict[str, tuple[int, int]] = {}
    for node in nodes:
        row = rows.get(column[node], 0)
        rows[column[node]] = row + 1
        found[node] = (PAD + column[node] * (BOX_WIDE + GAP_X), PAD + row * (BOX_TALL + GAP_Y))
    return found


def _arrow(source: tuple[int, int], target: tuple[int, int], count: int) -> str:
    """From the right edge of a box to the left edge of one further right; back to the left below the boxes."""
    (x, y), (to_x, to_y), middle = source, target, BOX_TALL // 2
    if to_x > x:
        x, y, to_y = x + BOX_WIDE, y + middle, to_y + middle
        bend = (to_x - x) // 2
        path = f"M{x},{y} C{x + bend},{y} {to_x - bend},{to_y} {to_x},{to_y}"
    else:
        x, to_x, y, to_y = x + BOX_WIDE // 2, to_x + BOX_WIDE // 2, y + BOX_TALL, to_y + BOX_TALL
        low = max(y, to_y) + GAP_Y
        path = f"M{x},{y} C{x},{low} {to_x},{low} {to_x},{to_y}"
    thick = min(5.0, 1.2 + 0.8 * (count - 1))
    return f'<path class="link bad" d="{path}" stroke-width="{thick:.1f}" marker-end="url(#tip)"/>'


def _box(place: tuple[int, int], key: str, names: Mapping[str, str], signs: Mapping[str, str]) -> str:
    x, y = place
    name = "outside the tree" if key == OUTSIDE else plain(names.get(key, "another project"), MOST_LETTERS)
    inside = (
        f'<rect class="box" x="{x}" y="{y}" width="{BOX_WIDE}" height="{BOX_TALL}" rx="4"/>'
        f'<text class="box-words" x="{x + 10}" y="{y + BOX_TALL / 2 + 4:.0f}">{escape(signs.get(key, ""))} '
        f"{escape(name)}</text>"
    )
    return inside if key not in names else f'<a href="/nodes/{escape(key)}">{inside}</a>'
