"""By what a text of ours is known again: its last line, which names the node and, in a status update, a mark."""

from connector.asana.richtext import signature


def signed(text: str, node: str) -> bool:
    """Whether a text ends with our signature of this very node, and not of one whose id only begins like it."""
    return _last_line(text).startswith(signature(node))


def signed_at_all(text: str) -> bool:
    """Whether a text ends with our signature of any node."""
    words = _last_line(text).split(" ")
    return len(words) > _NODE_AT and signed(text, words[_NODE_AT])


def marked(text: str, mark: str) -> bool:
    """Whether a text's last line ends with this very mark."""
    return _last_line(text).rpartition("·")[2].strip() == mark


_NODE_AT = signature("node").split(" ").index("node")


def _last_line(text: str) -> str:
    """The last line, with ordinary spaces: Asana may turn some into non-breaking ones."""
    lines = text.replace("\u00a0", " ").strip().splitlines()
    return lines[-1].strip() if lines else ""
