"""What a written health means: two messages with one signature are the same to a reader, so nothing is written anew.

Displayed score, band, reason codes and values count; as-of times, dates and odds of the forecast do not: they are
refreshed only together with something that counts.
"""

import hashlib
import json

from model.health import NodeScore, Value
from model.push import HealthMessage

NOT_A_CHANGE = frozenset({"odds", "p50", "p85", "odds_words", "raw_odds", "as_of"})
"""Value names that move with the clock alone."""


def signature(score: NodeScore, message: HealthMessage) -> str:
    """A short digest of what counts as a change."""
    meaning = {
        "score": message.score,
        "band": message.band,
        "language": message.language,
        "dimensions": {
            scored.finding.dimension: [
                scored.finding.outcome,
                scored.finding.reason_code,
                {name: _shown(value) for name, value in scored.finding.values.items() if name not in NOT_A_CHANGE},
            ]
            for scored in score.dimensions
            if scored.weight > 0
        },
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:16]


def _shown(value: Value) -> object:
    """A value as people see it: two digits of a share, whole items, one decimal elsewhere."""
    if isinstance(value.value, float):
        return round(value.value, 2 if value.unit == "share" else 1)
    return value.value
