"""Portfolio decisions for people: tables and short lists, drawn from the same documents that --json prints."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rollup.portfolio.ranking import Ranked
from service.choosing import Opened
from service.choosing_document import rank_document
from service.choosing_words import amount

Json = Mapping[str, Any]
MOST_NAMED = 6
_CROWDED = "it fits only in place of others that are worth more, or its people are wanted for another skill, too"


def rank_table(console: Console, found: Opened, ranked: Sequence[Ranked], by: str) -> None:
    """The candidates in order; below it what each lacks."""
    document = rank_document(found, ranked, by)
    words = {"wsjf": "WSJF", "value": "value", "roi": "return"}
    table = Table(title=f"Candidates of {escape(found.node.name)} by {words[by]}", title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("Candidate", overflow="fold")
    for name in ("WSJF", "Value", "Risk", "Expected", "Cost", "ROI", "Payback"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in document["candidates"]:
        marks = [word for word, said in (("mandatory", one["mandatory"]), ("efficient", one["efficient"])) if said]
        table.add_row(
            _plain(one["place"]),
            escape(one["name"]),
            _number(one["wsjf"], 2),
            _number(one["value"], 1),
            _share(one["risk"]),
            _number(one["expected"], 1),
            "–" if one["cost"] is None else amount(one["cost"], found.board.unit),
            _share(one["roi"]),
            "–" if one["payback_years"] is None else f"{one['payback_years']:.1f} y",
            ", ".join(marks),
        )
    console.print(table)
    console.print("efficient: no other is worth as much at less risk. Expected: value · (1 − risk).")
    for one in document["candidates"]:
        for told in (*one["barred"], *one["lacks"]):
            console.print(f"  {escape(one['name'])}: {escape(told['text'])}", soft_wrap=True)
    if not document["candidates"]:
        console.print("There is no candidate here: a project is one with state: candidate.")


def selection_lines(console: Console, document: Json, *, title: str = "Proposal") -> None:
    """A proposal: its sums, what is chosen and what not, capacity against demand, and what to mind."""
    unit, selection = document["unit"], document["selection"]
    if not selection["feasible"]:
        console.print(f"[bold]{title} for {escape(document['name'])}[/]: nothing fits. These can't be kept together:")
        _texts(console, document["conflict"])
        console.print("Any one of them given up makes the others possible.")
    else:
        console.print(f"[bold]{title} for {escape(document['name'])}[/]  {_sums(selection, unit)}", soft_wrap=True)
    console.print(_budget_line(document["scenario"], unit), soft_wrap=True)
    if selection["feasible"] and (document["chosen"] or document["not_chosen"]):
        console.print(_chosen_table(document, unit))
        for one in document["not_chosen"]:
            told = "; ".join(one["kept_out"]) or _CROWDED
            console.print(f"  {escape(one['name'])} is out: {escape(told)}", soft_wrap=True)
    if document["capacity"]:
        console.print(_capacity_table(document["capacity"]))
    _texts(console, document["notes"])


def frontier_table(console: Console, document: Json) -> None:
    """What each budget buys."""
    if document["conflict"]:
        console.print(f"[bold]{escape(document['name'])}[/]: no budget is enough. These can't be kept together:")
        _texts(console, document["conflict"])
        return
    table = Table(title=f"What each budget buys: {escape(document['name'])}", title_justify="left")
    for name in ("Budget", "Cost", "Value", "Gap"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Enters", overflow="fold")
    table.add_column("Leaves", overflow="fold")
    names, unit = document["names"], document["unit"]
    for step in document["steps"]:
        table.add_row(
            f"{amount(step['budget'], unit)}{' *' if step['asked'] else ''}",
            amount(step["cost"], unit),
            _number(step["value"], 1),
            f"{step['gap']:.2%}",
            escape(_some(step["enters"], names)),
            escape(_some(step["leaves"], names)),
        )
    console.print(table)
    if any(step["asked"] for step in document["steps"]):
        console.print("* the budget that there is, or that was asked for")
    _texts(console, document["notes"])


def comparison_lines(console: Console, document: Json) -> None:
    """Two selections and how they differ."""
    number = document["decision"]
    title = f"Decision {number} as it stands today" if number else "Plain proposal"
    selection_lines(console, document["before"], title=title)
    for one in document["broken"]:
        console.print(f"  it does not keep: {escape(one['text'])}", soft_wrap=True)
    console.print()
    selection_lines(console, document["after"], title="Scenario")
    changed, unit, names = document["difference"], document["unit"], document["names"]
    console.print("\n[bold]Difference[/]")
    sign = "+" if changed["cost_change"] >= 0 else "−"
    console.print(f"  value {changed['value_change']:+,.1f}, cost {sign}{amount(abs(changed['cost_change']), unit)}")
    for word in ("enters", "leaves"):
        told = ", ".join(names.get(key, key) for key in changed[word])
        console.print(f"  {word}: {escape(told) or 'nothing'}", soft_wrap=True)


def decision_lines(console: Console, document: Json) -> None:
    """A decision as it was made, and what has become of it."""
    names = {one["id"]: one["name"] for one in document["candidates"]}
    asked, unit = document["asked"], document["asked"]["unit"]
    budget = "no budget" if asked["budget"] is None else f"a budget of {amount(asked['budget'], unit)}"
    console.print(
        f"[bold]Decision {document['number']}[/] on {escape(document['node'])}, {document['at'][:10]}, "
        f"by {escape(document['by'])}: {escape(document['reason'])}", soft_wrap=True,
    )  # fmt: skip
    console.print(
        f"  under {budget}{_changes(asked)}: {len(document['chosen'])} of {len(names)} candidates, "
        f"value {document['value']:,.1f}, cost {amount(document['cost'], unit)}", soft_wrap=True,
    )  # fmt: skip
    console.print(f"  proposed: value {document['proposal_value']:,.1f} (gap {document['proposal_gap']:.2%})")
    told = [f"{names.get(key, key)} ({document['now'][key]})" for key in document["chosen"]]
    console.print(f"  chosen: {escape(', '.join(told)) or 'nothing'}", soft_wrap=True)
    for word, key in (("taken beside the proposal", "added"), ("left out of it", "dropped")):
        if document[key]:
            console.print(f"  {word}: {escape(', '.join(names.get(one, one) for one in document[key]))}", soft_wrap=True)
    for text in document["broken"]:
        console.print(f"  it does not keep: {escape(text)}", soft_wrap=True)


def _sums(selection: Json, unit: str | None) -> str:
    gap = "proven best" if selection["gap"] == 0 else f"gap {selection['gap']:.2%}"
    risk = "" if selection["risk"] is None else f", mean risk {selection['risk']:.0%}"
    value, cost = f"{selection['value']:,.1f}", amount(selection["cost"], unit)
    return f"{len(selection['chosen'])} chosen, value {value} ({gap}), cost {cost}{risk}"


def _budget_line(scenario: Json, unit: str | None) -> str:
    if scenario["budget"] is None:
        return f"  no budget{_changes_told(scenario)}"
    told = f"  budget {amount(scenario['budget'], unit)}"
    if scenario["node_budget"] is not None:
        own, committed = amount(scenario["node_budget"], unit), amount(scenario["committed"] or 0.0, unit)
        told += f" (the node's own is {own}, active projects have {committed} of it)"
    return told + _changes_told(scenario)


def _changes_told(scenario: Json) -> str:
    shifts = [
        f"{one['skill']} {one['hours']:+g} h a quarter" if one["share"] is None else f"{one['skill']} {one['share']:+.0%}"
        for one in scenario["capacity"]
    ]
    return _changes({**scenario, "capacity": shifts})


def _changes(asked: Json) -> str:
    parts = [escape(", ".join(asked["capacity"]))] if asked["capacity"] else []
    parts += [f"with {escape(', '.join(asked['require']))}"] if asked["require"] else []
    parts += [f"without {escape(', '.join(asked['exclude']))}"] if asked["exclude"] else []
    return f"; {'; '.join(parts)}" if parts else ""


def _chosen_table(document: Json, unit: str | None) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
    table.add_column("", no_wrap=True)
    table.add_column("Candidate", overflow="fold")
    for name in ("Value", "Cost", "Risk"):
        table.add_column(name, justify="right", no_wrap=True)
    for sign, key in (("✓ chosen", "chosen"), ("– not", "not_chosen")):
        for one in document[key]:
            cost = "–" if one["cost"] is None else amount(one["cost"], unit)
            name = f"{escape(one['name'])}{' (mandatory)' if one['mandatory'] else ''}"
            table.add_row(sign, name, _number(one["value"], 1), cost, _share(one["risk"]))
    return table


def _capacity_table(uses: Iterable[Json]) -> Table:
    table = Table(title="Hours by skill and quarter", title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 2))
    table.add_column("Quarter", no_wrap=True)
    table.add_column("Skill", no_wrap=True)
    for name in ("There is", "Promised", "All want", "Chosen use", "Load"):
        table.add_column(name, justify="right", no_wrap=True)
    for use in uses:
        free, taken = use["free_hours"], use["promised_hours"] - use["short_hours"] + use["used_hours"]
        load = f"{taken / free:.0%}" if free > 0 else "–"
        hours = (free, use["promised_hours"], use["wanted_hours"], use["used_hours"])
        table.add_row(use["quarter"], escape(use["skill"]), *(f"{number:,.0f}" for number in hours), load)
    return table


def _texts(console: Console, told: Iterable[Json]) -> None:
    for one in told:
        console.print(f"  {escape(one['text'])}", soft_wrap=True)


def _some(ids: Sequence[str], names: Mapping[str, str]) -> str:
    more = len(ids) - MOST_NAMED
    return ", ".join(names.get(key, key) for key in ids[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _plain(number: int | None) -> str:
    return "–" if number is None else str(number)


def _number(number: float | None, digits: int) -> str:
    return "–" if number is None else f"{number:,.{digits}f}"


def _share(number: float | None) -> str:
    return "–" if number is None else f"{number:.0%}"
