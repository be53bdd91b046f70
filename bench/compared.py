"""What two runs of the same load are compared by, and what was written twice in one of them.

Everything is compared that people see in the tools (fields, receipts, the last comment and the last status update of each
place) and every score as it is kept, with band, findings and lost points. Left out is what depends on the moment at which
something was said: a comment's as-of time, and its movement since what was said at that place before; of a status update,
which is made when the band moves and not edited afterwards, everything but its headline and colour. How often something was
said is not compared either: changes that came together are told of together.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from connector.jira.adf import plain_text
from model.push import WriteResult
from store.database import Database

Row = dict[str, Any]
MOMENT = re.compile(r"As of \d[^.]*\.")
MOVEMENT = re.compile(r"(, ([\d.]+ higher|[\d.]+ lower|the same) (than|as) last time)?([;,] was [A-Z][a-z ]+)?$", re.MULTILINE)


def told(shown: Row, db: Database) -> Row:
    """The state after a run: places and scores to be compared, and what must not be there in any run.

    Args: what the sandbox shows of us (``bench.shown``), and our database.
    Returns: ``unsettled``: places of which it is not known what was written; ``twice``: what was written twice, in words.
    """
    messages: Mapping[str, Sequence[Row]] = shown["messages"]
    with db.read() as uow:
        scores = {one.score.id: one.score.model_dump(mode="json") for one in uow.scores.latest()}
        audit = [one for one in uow.pushes.audit() if one.result is WriteResult.WRITTEN and one.vendor_id is not None]
        connections = sorted({one.connection for one in audit})
        unsettled = [intent.target for name in connections for intent in uow.pushes.intents(name)]
    recorded = Counter((one.channel.value, str(one.vendor_id)) for one in audit)
    return {
        "places": {
            name: {"fields": place.get("fields"), "receipt": place.get("receipt"), **last_said(messages.get(name, ()))}
            for name, place in shown["places"].items()
        },
        "scores": scores, "unsettled": unsettled, "messages": sum(map(len, messages.values())),
        "twice": [f"{name}: {why}" for name, said in messages.items() for why in twice(said, recorded)],
    }  # fmt: skip


def last_said(messages: Sequence[Row]) -> Row:
    """The last message of each kind at a place, without what depends on its moment."""
    return {one["kind"]: one["says"] if "says" in one else timeless(plain_text(one["body"])) for one in messages}


def timeless(comment: str) -> str:
    """A comment without when it was written and how far it stands from what was said before it."""
    return MOVEMENT.sub("", MOMENT.sub("", comment))


def twice(messages: Sequence[Row], recorded: Mapping[tuple[str, str], int]) -> list[str]:
    """What was written twice at one place, wherever in its course the two stand.

    There is one comment, edited in place: a second one is a duplicate. Status updates may honestly say the same at different
    times, where the band went there and back. So two of them are one change written twice when they carry one mark (that of
    what was about to be written), when nothing else was said between them, or when the log of writes does not know each of
    them exactly once: what was posted and not found again after a kill, and then posted anew.
    ``recorded``: how often the log names a channel and the tool's id of what was made.
    """
    comments = [one["id"] for one in messages if one["kind"] == "comment"]
    updates = [one for one in messages if one["kind"] == "status_update"]
    marks = Counter(one["body"].rpartition("·")[2].strip() for one in updates)
    found = [f"{len(comments)} comments"] if len(comments) > 1 else []
    found += [f"comment {one} is not in the log" for one in comments if not recorded.get(("comment", one))]
    found += [f"{times} status updates with mark {mark}" for mark, times in marks.items() if times > 1]
    found += [f"{a['id']} and {b['id']} both say {a['says']}" for a, b in pairwise(updates) if a["says"] == b["says"]]
    logged = {one["id"]: recorded.get(("status_update", one["id"]), 0) for one in updates}
    return found + [f"status update {one} is in the log {times} times" for one, times in logged.items() if times != 1]


def different(one: Row, other: Row) -> list[Any]:
    """What two states have otherwise: its name, the state here and there, of documents only what differs."""
    names = [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
    return [[name, *_apart(one.get(name), other.get(name))] for name in names]


def _apart(one: Any, other: Any) -> tuple[Any, Any]:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return one, other
    names = [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]
    return {name: one.get(name) for name in names}, {name: other.get(name) for name in names}
