"""An entry of the tree as a form: what was typed becomes the entry again, whatever it is; the document judges it."""

import re
from collections.abc import Mapping
from typing import Any

from config.branches import Entry
from config.document import ORIGIN_KINDS
from config.endpoints import SOURCE_KINDS, TARGET_KINDS
from config.faults import Fault, dotted
from config.web.numbers import whole_number

OWN = "·"
"""Begins the place of a fault that lies in the entry a form is about."""
_TEXTS = ("name", "class", "state", "start_date", "target_date", "sponsor")
_NUMBERS = ("weight", "share")
_WHEN = ("comment", "status_update")
_HOW = ("language", "quiet_hours", "per_day")
_GROUPS = re.compile(r"[1-9]\d{0,2}([.,]\d{3})+")
"""What may be a number with a sign between its thousands."""
_USUAL = {"class": "standard", "state": "active"}
"""What a select shows where the document says nothing; it need not be written down."""
MOST_ROWS = 200


def entry_of(form: Mapping[str, str], was: Mapping[str, Any]) -> Entry:
    """What was typed, on top of the entry as it was: keys that the form does not show stay, empty ones go."""
    entry = dict(was)
    for key in (*_TEXTS, *_NUMBERS):
        if key in form:
            typed = "" if key not in was and form[key] == _USUAL.get(key) else form[key].strip()
            _set(entry, key, number(typed) if key in _NUMBERS else typed)
    if "budget.of" in form:
        _set(entry, "budget", _budget(form, was))
    if "tags" in form:
        _set(entry, "tags", _tags(form["tags"], was.get("tags")))
    if "goals.rows" in form:
        _set(entry, "goals", _rows(form, was, "goals", _goal))
    if "sources.rows" in form:
        _set(entry, "sources", _rows(form, was, "sources", _source))
    if "publish.rows" in form:
        _set(entry, "publish", _rows(form, was, "publish", _target))
    if "from.connection" in form:
        _set(entry, "from", _origin(form))
    if entry.get("name") != was.get("name") and "name" in entry:
        entry = {"name": entry.pop("name"), **entry}
    return entry


def number(typed: str) -> Any:
    """A number where it is one, else the text itself. A comma is a point, as many people write it."""
    pointed = typed.replace(",", ".") if typed.count(",") == 1 and "." not in typed else typed
    for kind in (int, float):
        try:
            return kind(pointed)
        except ValueError:
            continue
    return typed


def unclear(form: Mapping[str, str], was: Mapping[str, Any]) -> tuple[Fault, ...]:
    """A budget of 1.000 is a thousand to some and one to others: it is asked for, where it was not so before."""
    typed = form.get("budget.size", "").strip()
    if not _grouped(typed, was):
        return ()
    whole = re.sub("[.,]", "", typed)
    other = f", or {float(typed.replace(',', '.')):g} where that is meant" if re.fullmatch(r"\d+[.,]\d+", typed) else ""
    return (Fault((OWN, "budget"), f"{typed} is not the same number to everybody.", f"Write {whole}{other}."),)


def _grouped(typed: str, was: Mapping[str, Any]) -> bool:
    before = was.get("budget")
    known = [shown(one) for one in before.values()] if isinstance(before, dict) else []
    return bool(_GROUPS.fullmatch(typed)) and typed not in known


def shown(value: Any) -> str:
    """A scalar of the document in an input; a number as people write it: 1690, not 1690.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def kind_of(entry: Mapping[str, Any], kinds: tuple[str, ...]) -> str:
    """Which kind a source, target or origin is; of a version beside its project the version."""
    given = [kind for kind in kinds if entry.get(kind) is not None]
    return "version" if given == ["project", "version"] else given[0] if given else ""


def kinds(entry: Mapping[str, Any], of: str) -> str:
    """Which kind an entry of ``sources``, ``publish`` or ``from`` is."""
    return kind_of(entry, {"sources": SOURCE_KINDS, "publish": TARGET_KINDS}.get(of, ORIGIN_KINDS))


def listed(entry: Mapping[str, Any], key: str) -> list[Entry]:
    """The rows of a list of an entry; what is none has no rows."""
    found = entry.get(key)
    return [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []


def told(faults: tuple[Fault, ...]) -> tuple[dict[str, str], list[str]]:
    """Faults by the field they belong to (``sources.0``), and those that belong to none."""
    fields: dict[str, str] = {}
    others: list[str] = []
    for fault in faults:
        sentence = f"{fault.what} {fault.fix}".strip()
        own = fault.path[1:] if fault.path[:1] == (OWN,) else None
        if own:
            steps = own[:2] if own[0] in ("sources", "publish", "goals") else own[:1]
            key = ".".join(map(str, steps))
            fields[key] = f"{fields[key]} {sentence}" if key in fields else sentence
        elif own is None:
            others.append(f"{dotted(fault.path)}: {sentence}" if fault.path else sentence)
        else:
            others.append(sentence)
    return fields, others


def tag_lines(tags: Any) -> str:
    """Tags as lines ``department: sales, ops``; what can't be a tag as it stands."""
    if not isinstance(tags, dict):
        return shown(tags)
    return "\n".join(
        f"{key}: {', '.join(map(str, words)) if isinstance(words, list) else words}" for key, words in tags.items()
    )


def days_line(days: Any) -> str:
    """Days as ``saturday, sunday``; what can't be days as it stands."""
    return ", ".join(map(str, days)) if isinstance(days, list) else shown(days)


def metric_of(row: Mapping[str, str], was: Any) -> Any:
    """The outcome metric of a lens's group as it was typed; None without a value."""
    value = row["value"].strip()
    if not value:
        return None
    entry: Entry = {"connection": row["connection"], row["kind"]: value}
    return same(was, entry) if isinstance(was, dict) else entry


def _set(entry: Entry, key: str, value: Any) -> None:
    """Only what differs: a number that was written as 2.0 stays so."""
    if value in ("", [], {}, None):
        entry.pop(key, None)
    elif shown(entry.get(key)) != shown(value):
        entry[key] = value


def _budget(form: Mapping[str, str], was: Mapping[str, Any]) -> Any:
    size, of = form.get("budget.size", "").strip(), form.get("budget.of", "")
    if not size:
        return None
    amount = size if _grouped(size, was) else number(size)
    return {"hours": amount} if of == "hours" else {"amount": amount, "currency": of}


def _tags(typed: str, was: Any) -> Any:
    if typed.replace("\r", "").strip() == tag_lines(was).strip():
        return was
    found: dict[str, Any] = {}
    known = {tag_lines({key: words}).strip(): (key, words) for key, words in was.items()} if isinstance(was, dict) else {}
    for line in filter(None, map(str.strip, typed.splitlines())):
        if line in known:  # as it was written, also where a word has a comma or a key a colon in it
            key, found[key] = known[line]
            continue
        key, mark, words = line.partition(":")
        listed = [word.strip() for word in words.split(",") if word.strip()]
        found[key.strip()] = listed[0] if len(listed) == 1 and mark else listed
    return found


def _rows(form: Mapping[str, str], was: Mapping[str, Any], name: str, read: Any) -> list[Any]:
    """The rows of a list: those that were there keep what the form does not show, empty new ones are left out."""
    before = was.get(name)
    known = before if isinstance(before, list) else []
    found = []
    for index in range(min(whole_number(form, f"{name}.rows"), MOST_ROWS)):
        prefix, place = f"{name}.{index}.", _origin_of(form, name, index)
        old = known[place] if place is not None and place < len(known) and isinstance(known[place], dict) else None
        if form.get(f"{prefix}gone") or (old is None and not form.get(f"{prefix}value", "").strip()):
            continue
        found.append(read({key.removeprefix(prefix): one for key, one in form.items() if key.startswith(prefix)}, old or {}))
    return found


def _origin_of(form: Mapping[str, str], name: str, index: int) -> int | None:
    """Which row of the document a row of the form is; None: a new one. Rows move up where one above was taken out."""
    given = form.get(f"{name}.{index}.was", str(index))
    return int(given) if given.isdecimal() and len(given) < 6 else None


def origins(form: Mapping[str, str], name: str, rows: int) -> list[str]:
    """What each of so many rows of a list, and the empty one behind them, says of itself when its form is shown again."""
    found = list(map(str, range(rows)))
    if f"{name}.rows" in form:
        count = min(whole_number(form, f"{name}.rows"), MOST_ROWS)
        left = [index for index in range(count) if not form.get(f"{name}.{index}.gone")]
        known = [(index, _origin_of(form, name, index)) for index in left]
        typed = [one for one in known if one[1] is not None or form.get(f"{name}.{one[0]}.value", "").strip()]
        found = ["" if place is None else str(place) for _, place in typed]
    return [*(found[index] if index < len(found) else "" for index in range(rows)), ""]


def _goal(row: Mapping[str, str], was: Mapping[str, Any]) -> Entry:
    return same(was, {**was, "connection": row.get("connection", ""), "goal": row.get("value", "").strip()})


def _source(row: Mapping[str, str], was: Mapping[str, Any]) -> Entry:
    kind = row.get("kind", "")
    entry = {key: value for key, value in was.items() if key not in SOURCE_KINDS}
    entry["connection"] = row.get("connection", "")
    if kind == "version" and row.get("project", "").strip():
        entry["project"] = row["project"].strip()
    entry[kind] = row.get("value", "").strip()
    return same(was, entry)


def _target(row: Mapping[str, str], was: Mapping[str, Any]) -> Entry:
    entry = {key: value for key, value in was.items() if key not in (*TARGET_KINDS, *_WHEN, "fields", "property")}
    entry["connection"] = row.get("connection", "")
    entry[row.get("kind", "")] = row.get("value", "").strip()
    for key in ("fields", "property"):
        if not row.get(key) or key in was:
            entry[key] = bool(row.get(key))
    for key in _WHEN:
        if row.get(key, "never") != "never" or key in was:
            entry[key] = row.get(key, "never")
    for key in _HOW:
        if key in row:
            _set(entry, key, number(row[key].strip()) if key == "per_day" else row[key].strip())
    if "quiet_days" in row and row["quiet_days"].strip() != days_line(was.get("quiet_days")):
        _set(entry, "quiet_days", [day for day in map(str.strip, row["quiet_days"].split(",")) if day])
    return same(was, entry)


def same(was: Mapping[str, Any], entry: Entry) -> Entry:
    """The entry as it was, where the form says the same: an id that was written as a number stays one."""
    alike = {key: shown(value) for key, value in was.items()} == {key: shown(value) for key, value in entry.items()}
    return dict(was) if alike else entry


def _origin(form: Mapping[str, str]) -> Any:
    value = form.get("from.value", "").strip()
    return {"connection": form["from.connection"], form.get("from.kind", ""): value} if value else None
