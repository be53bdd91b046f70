"""Who is told of a comment or a status update: those who follow its place, and everybody it mentions.

An edit tells nobody. Source: https://developers.asana.com/docs/rich-text (links to a person's profile are mentions).
"""

import re
from collections.abc import Iterable
from typing import Any

from sandbox.asana.entities import User

_TAGGED = re.compile(r'<a\b[^>]*\bdata-asana-gid="(\d+)"')
_LINKED = re.compile(r"\bapp\.asana\.com/0/(?:profile/)?(\d+)")


def mentioned(space: Any, text: str) -> list[User]:
    """The people that rich or plain text mentions: by a tag, or by the bare address of their page."""
    gids = dict.fromkeys([*_TAGGED.findall(text), *_LINKED.findall(text)])
    return [space.users[gid] for gid in gids if gid in space.users]


def tell(space: Any, followers: Iterable[User], by: User, text: str) -> int:
    """Send a notice to each, except whoever wrote it; how many were sent."""
    called = mentioned(space, text)
    space.mentions += [user.gid for user in called]
    told = {user.gid for user in (*followers, *called) if user is not by}
    space.notifications += len(told)
    return len(told)
