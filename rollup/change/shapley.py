"""Shapley values of a game given by all its coalitions, exactly."""

from collections.abc import Sequence
from math import factorial, fsum


def weights(players: int) -> tuple[float, ...]:
    """By size of the coalition joined, the share of all orders in which a player joins just that coalition."""
    return tuple(factorial(n) * factorial(players - 1 - n) / factorial(players) for n in range(players))


def shapley(value: Sequence[float]) -> tuple[float, ...]:
    """Each player's mean marginal contribution over all orders of joining.

    ``value[mask]`` is the worth of the coalition whose players are the bits of ``mask``; there are 2^players of them.
    The values sum to value[all] − value[none]; equal players get equal values; one who never matters gets exactly 0.
    """
    players = len(value).bit_length() - 1
    share = weights(players)
    found = []
    for player in range(players):
        bit = 1 << player
        gains = (
            share[mask.bit_count()] * (value[mask | bit] - value[mask]) for mask in range(len(value)) if not mask & bit
        )
        found.append(fsum(gains))
    return tuple(found)
