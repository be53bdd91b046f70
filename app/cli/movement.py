"""What moved a score, and what would move its band, for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from app.cli.receipts import Names, hanging
from app.cli.tables import called, number
from model.language import words
from model.tree import Language
from rollup.change import Part
from rollup.sensitivity import Flip, Sensitivity
from service.change import Moved
from service.documents import Labels

SEEN = 0.05
"""Points below which nothing is shown: it would read 0.0. The JSON has all of it."""

MOST_PARTS = 4
MOST_ITEMS = 2


def sensitivity_lines(console: Console, told: Sensitivity) -> None:
    """How far the next bands are, and the smallest single changes that lead there."""
    if told.to_better is None and told.to_worse is None:
        return
    console.print(f"\n[bold]How firm this is[/]  by score alone: {told.by_score.words}")
    for points, flips, way in ((told.to_better, told.better, "more"), (told.to_worse, told.worse, "less")):
        if points is None:
            continue
        weight, score = (next((flip for flip in flips if flip.kind == kind), None) for kind in ("weight", "score"))
        band = flips[0].band.words if flips else "another band"
        console.print(f"  {points:.1f} points {way}: {band}")
        for flip in (weight, score):
            if flip is not None:
                console.print(f"    {_flip(flip)}")
        if weight is None:
            console.print("    no single weight would do it")


def _flip(flip: Flip) -> str:
    if flip.kind == "score":
        return f"alone enough: {flip.dimension} at {flip.new:.1f} instead of {flip.old:.1f}"
    share = f" ({flip.relative:+.0%})" if flip.relative is not None else ""
    return f"alone enough: the weight of {flip.dimension} at {flip.new:.3g} instead of {flip.old:.3g}{share}"


def change_lines(console: Console, moved: Moved, labels: Labels, names: Names, *, language: Language = "en") -> None:
    """Causes, the largest first, each with where it acted and what it happened to."""
    told, said = moved.explained, words(language)
    console.print(f"\n[bold]Since {told.since:%Y-%m-%d %H:%M} UTC[/]  ", end="")
    console.print(f"{number(told.score_then)} → {number(told.score_now)}", end="")
    console.print("" if told.moved is None else f"  ({told.moved:+.1f})")
    if not moved.remembered:
        console.print(f"  {said.phrase('from_history')}")
    if told.refused:
        console.print(f"  {said.phrase('no_score')}")
    for one in told.causes:
        if abs(one.points) < SEEN:
            continue
        console.print(f"  {one.points:+5.1f}  {said.cause(one.cause)}")
        parts = [part for part in told.parts if part.cause is one.cause and abs(part.points) >= SEEN]
        _parts(console, parts, told.node, labels, names)
    small = sum(1 for one in told.causes if abs(one.points) < SEEN)
    if small and told.moved is not None:
        console.print(f"  {small} other cause{'s' if small > 1 else ''} changed something, none moved it by {SEEN} points")


def _parts(console: Console, parts: Sequence[Part], node: str, labels: Labels, names: Names) -> None:
    for part in parts[:MOST_PARTS]:
        place = part.dimension if part.node == node else f"{names.get(part.node, part.node)}: {part.dimension}"
        shown = [called(labels, item) for item in part.items[:MOST_ITEMS] if item in labels]
        more = f" and {len(part.items) - len(shown)} more" if shown and len(part.items) > len(shown) else ""
        hanging(console, 9, f"{part.points:+5.1f} {escape(place)}  [dim]{escape(', '.join(shown))}{more}[/]")
    if len(parts) > MOST_PARTS:
        console.print(f"         … and {len(parts) - MOST_PARTS} more places")
