"""What the pages of portfolio decisions draw and tell of a document."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from markupsafe import Markup

from config.web.plots import Axis, Dot, scatter, stairs
from model.decision import Decision
from service.choosing_words import amount, figure

Json = Mapping[str, Any]


def risk_plot(ranked: Json, chosen: Collection[str]) -> Markup | None:
    """Value against risk: each candidate by its line in the list. None where nobody says both of any candidate."""
    dots = [
        Dot(one["risk"], one["value"], str(line), f"{one['name']}: value {figure(one['value'])}, risk {one['risk']:.0%}",
            one["id"] in chosen)
        for line, one in enumerate(ranked["candidates"], start=1)
        if one["value"] is not None and one["risk"] is not None
    ]  # fmt: skip
    if not dots:
        return None
    return scatter(dots, Axis("risk", 1.0, percent=True), Axis("value", max(one.y for one in dots) or 1.0))


def buys_plot(document: Json) -> Markup | None:
    """What each budget buys; the budget that was asked for is full. None where there is nothing to draw."""
    steps, unit = document["steps"], document["unit"]
    if len(steps) < 2 or unit is None:
        return None
    dots = [
        Dot(one["budget"], one["value"], "asked" if one["asked"] else "",
            f"{amount(one['budget'], unit)}: value {figure(one['value'])}", one["asked"])
        for one in steps
    ]  # fmt: skip
    return stairs(dots, Axis(f"budget ({unit})", steps[-1]["budget"]), Axis("value", max(one.y for one in dots) or 1.0))


def decided(decision: Decision, now: Mapping[str, str]) -> Json:
    """A decision with the names of then, and what has become of the chosen: ("active", 2), the most frequent first."""
    names = {one.id: one.name for one in decision.candidates}
    return {"made": decision, "names": names, "states": Counter(now.values()).most_common()}
