"""What our comments say as wiki markup, which Data Center takes where Cloud takes documents."""

import re
from collections.abc import Iterable

from model.health import Band
from model.language import reminding, telling, words
from model.push import Cause, HealthMessage, Remark
from model.reminder import Reminder

MOST_CHARACTERS = 32_767
_COLOURS = {Band.ON_TRACK: "#006644", Band.AT_RISK: "#974f0c", Band.OFF_TRACK: "#bf2600", Band.NO_DATA: "#42526e"}
_GREY = "#6b778c"
_MOST_ITEMS = 5
_MOST_CAUSES = 10
# What the renderer lets a backslash take the meaning of: links and mentions, macros, images, emphasis, citations. A dash
# between two letters and an ordinary bracket mean nothing and stay readable.
_SPECIAL = re.compile(
    r"[\[\]{}!*_^~+?]|(?<![^\W_])-|-(?![^\W_])|\((?=(?:[/!x?+\-*yni]|on|off|\*[rgby]|flag|flagoff)\))", re.IGNORECASE
)
# What no backslash helps against: the backslash itself (two of them break the line), the end of a table's cell, an entity,
# and the colon of a bare address, of a smiley, and of the words by which our comment is found again.
_ENTITY = re.compile(
    r"\\|\||&(?=#?\w+;)|(?<=[^\W\d_]):(?=\S)|(?<=bellwether):|[:;](?=-?[()DPp])|(?<=^h[1-6])\.|(?<=^bq)\.|^#", re.IGNORECASE
)
_SPACES = re.compile(r"\s+")
_NAME = re.compile(r"[^\s\[\]{}|\\]+")
_URL_CODES = {char: f"%{ord(char):02X}" for char in "|[]{}!\\^"}


def text(message: Remark) -> str:
    """The whole comment. Where it would be longer than Jira takes, items are left out first, and then causes."""
    if isinstance(message, Reminder):
        return _reminder(message)
    for causes, items in ((_MOST_CAUSES, _MOST_ITEMS), (_MOST_CAUSES, 1), (_MOST_CAUSES, 0), (3, 0)):
        said = _text(message, message.causes[:causes], items)
        if len(said) <= MOST_CHARACTERS:
            return said
    return _text(message, (), 0)


def signature(known_by: str) -> str:
    """The words by which our comment (for a node) is found again where comments keep no properties."""
    return f"(bellwether: {plain(known_by)})"


def plain(said: str) -> str:
    """Words that mean nothing but themselves: no mention, no macro, no link, on one line."""
    told = _SPACES.sub(" ", telling.plain(said, len(said))).strip()
    # Entities first: what they bring in, "&#92;", holds nothing that is special after it.
    told = _ENTITY.sub(lambda found: f"&#{ord(found[0])};", told)
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", told)


def _text(message: HealthMessage, causes: Iterable[Cause], items: int) -> str:
    said = words(message.language)
    parts = [_headline(message), _emphasised(telling.asked(message)), plain(telling.lead(message))]
    rows = [_row(message, cause, items) for cause in causes]
    if rows:
        names = [said.phrase(name) for name in ("points", "where", "why", "items")]
        parts.append("\n".join([f"*{plain(said.phrase('causes'))}*", f"||{'||'.join(map(plain, names))}||", *rows]))
    parts += [_line(line) for line in telling.closing(message)]
    told = f"{telling.as_of(message)} {telling.basis(message)} {said.phrase('edited')}"
    parts.append(_footer(told, message.known_by))
    return "\n\n".join(part for part in parts if part)


def _reminder(reminder: Reminder) -> str:
    called = f"[~{reminder.owner}] " if reminder.owner and _NAME.fullmatch(reminder.owner) else ""
    parts = [f"*{plain(reminding.heading(reminder))}*", called + plain(reminding.opening(reminder))]
    parts += [_line(line) for line in reminding.details(reminder)]
    return "\n\n".join([*parts, _footer(reminding.footer(reminder), reminder.known_by)])


def _line(line: telling.Line) -> str:
    label = f"*{plain(line.label)}*" if line.label else ""
    link = _link(*line.link) if line.link else ""
    told = " · ".join(part for part in (plain(line.text), link) if part)
    return f"{label} {told}".strip()


def _short(said: str) -> str:
    """``plain`` for words whose length people have chosen."""
    return plain(telling.plain(said))


def _emphasised(said: str) -> str:
    return f"_{plain(said)}_" if said else ""


def _headline(message: HealthMessage) -> str:
    band = plain(words(message.language).band(message.band))
    told = f"*{_short(message.node_name)}:* {{color:{_COLOURS[message.band]}}}*{band}*{{color}}"
    return f"{told} {plain(telling.headline(message))}".rstrip()


def _row(message: HealthMessage, cause: Cause, most: int) -> str:
    """A row of the table; every cell holds something, as two bars in a row would begin a head."""
    items = [_link(title, url) for title, url in cause.items[:most]]
    left = len(cause.items) - most
    if left > 0 and most:
        items.append(plain(words(message.language).phrase("more", count=left)))
    cells = (telling.points(message, cause), _short(cause.dimension), _short(cause.reason), "; ".join(items))
    return f"|{'|'.join(cell or ' ' for cell in cells)}|"


def _link(title: str, url: str | None) -> str:
    href = telling.address(url)
    if href is None:
        return _short(title)
    href = "".join(_URL_CODES.get(char, char) for char in href)
    return f"[{_short(title) or _short(href)}|{href}]"


def _footer(told: str, known_by: str) -> str:
    return f"{{color:{_GREY}}}Bellwether. {plain(told)} {signature(known_by)}{{color}}"
