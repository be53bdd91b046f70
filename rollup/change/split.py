"""A movement of a node's score, split exactly: every line of its receipt is a game, and its Shapley values are the parts.

The score is 100 less the points lost, so the movement is the sum over lines of the points each loses less. Shapley values
are linear in the game: the values of the lines sum to those of the score, and all of them to the movement.
"""

from collections.abc import Collection

from rollup.change.causes import Cause
from rollup.change.explained import CausePoints, Explained, Part
from rollup.change.game import NONE, Game, Line
from rollup.change.items import Causes
from rollup.change.scene import Scene, Side
from rollup.change.shapley import shapley

MAX_ITEMS = 50


def explain_change(then: Side, now: Side, node: str) -> Explained:
    """What moved the score of a node between two moments.

    Both scores are counted anew from the records of each side, so they are what the roll-up said and says. Exact for any
    number of causes: what changed nothing is left out, as it moves nothing, and each finding is judged once for each set
    of the causes that reach it.
    """
    scene = Scene(then, now, node)
    game = Game(scene, node)
    scores = [None if end is None else 100 - sum(end.values()) for end in game.ends]
    told = Explained(node=node, since=scene.span.then, until=scene.span.now, score_then=scores[0], score_now=scores[1])
    if scores[0] is None or scores[1] is None:
        return told.model_copy(update={"refused": True})
    return _split(told, scene, game)


def _split(told: Explained, scene: Scene, game: Game) -> Explained:
    players = scene.rarest_first(game.causes)
    receipts = [game.lost(_coalition(players, mask)) for mask in range(1 << len(players))]
    lines = sorted({line for receipt in receipts for line in receipt})
    parts: list[Part] = []
    sums = dict.fromkeys(players, 0.0)
    for line in lines:
        values = shapley([-receipt.get(line, 0.0) for receipt in receipts])
        for cause, points in zip(players, values, strict=True):
            sums[cause] += points
            if points:
                items = _items(scene, game, line, cause)
                parts.append(Part(cause=cause, points=points, node=line[0], dimension=line[1], items=items))
    parts.sort(key=lambda part: (-abs(part.points), part.cause, part.node, part.dimension))
    causes = [CausePoints(cause=cause, points=points) for cause, points in sums.items()]
    causes.sort(key=lambda one: (-abs(one.points), one.cause))
    return told.model_copy(update={"causes": tuple(causes), "parts": tuple(parts)})


def _coalition(players: Collection[Cause], mask: int) -> Causes:
    return frozenset(cause for place, cause in enumerate(players) if mask >> place & 1) or NONE


def _items(scene: Scene, game: Game, line: Line, cause: Cause) -> tuple[str, ...]:
    """The items that a cause touched below a line's node, those the line names as evidence first."""
    touched = set(scene.link_ends()) if cause is Cause.LINKS else set()
    for project in scene.below(line[0]):
        touched |= scene.project(project).items_of(cause)
    named = [key for key in game.finding(line).evidence if key in touched]
    return tuple([*named, *sorted(touched.difference(named))][:MAX_ITEMS])
