"""The values of a finding for people, in English: a name in words, and the number with its unit."""

from collections.abc import Callable, Iterator, Mapping

from model.health import Finding, Value

_ITEM = ":item:"
_NAMES = {
    "spi_t": "SPI(t)",
    "es": "earned schedule",
    "at": "time used",
    "ieac_t": "IEAC(t), finish at this pace",
    "p85": "85 % done by",
    "bac": "BAC, the budget",
    "bac_from": "budget from",
    "ev": "EV, earned",
    "ac": "AC, spent",
    "cpi": "CPI",
    "eac": "EAC, likely cost",
    "tcpi": "TCPI",
    "kept_dates": "due dates kept",
    "measured": "measured at",
    "lowest": "lowest child",
    "worst_load": "fullest load",
    "people": "judged",
    "no_calendar": "without a calendar",
    "baseline_basis": "baseline",
    "forecast": "forecast",
}
_ONE = {"people": "person"}
_NONE = {"p85": "beyond a year", "p50": "beyond a year"}
_SHARE = "share"


def told_values(
    finding: Finding, name_of: Callable[[str], str | None], day: Callable[[str], str] = str
) -> Iterator[tuple[str, str]]:
    """Name and text of each value that says something. ``name_of``: how an item is called, None where it may not be.
    ``day``: how a day is written that is told as "2027-03-12".

    The links that a finding on dependencies names are told by ``told_links``.
    """
    for key, value in finding.values.items():
        if not key.startswith("link_"):
            yield _NAMES.get(key, key.replace("_", " ")), told_value(key, value, name_of, day)


def told_value(
    key: str, value: Value, name_of: Callable[[str], str | None], day: Callable[[str], str] = str
) -> str:
    """ "0.49", "77 items", "59% of points", "2027-03-12"."""
    number, unit = value.value, value.unit or ""
    if number is None:
        return _NONE.get(key, "not known")
    if isinstance(number, bool):
        return "yes" if number else "no"
    if isinstance(number, str):
        return day(number) if unit == "date" else _named(number, name_of)
    if unit == _SHARE or unit.startswith(f"{_SHARE} "):
        return f"{_number(100 * number, 0)}%{unit.removeprefix(_SHARE)}"
    if unit in ("ratio", "load / capacity"):
        return f"{_number(number, 2)}{'' if unit == 'ratio' else '× what they can do'}"
    first, _, rest = unit.partition(" ")
    if abs(number) == 1 and first not in key.split("_"):  # "1 link", not "1 links"
        unit = f"{_ONE.get(first, first.removesuffix('s'))} {rest}"
    if first in key.split("_"):  # "open risks 4", not "open risks 4 risks"
        unit = rest
    return f"{_number(number, 1)} {unit}".rstrip()


def told_links(finding: Finding, name_of: Callable[[str], str | None]) -> Iterator[str]:
    """The worst links between projects: what waits for what, how late, who owns the blocker, and the ways out."""
    values = finding.values
    for key, value in values.items():
        if key.startswith("link_") and key.count("_") == 1:  # "link_1"; what belongs to it has a longer name
            said = _named(str(value.value), name_of)
            late = _of(values, f"{key}_late")
            days = f", {late} day{'s' if late != 1 else ''} late" if late is not None else ""
            owner = _of(values, f"{key}_owner") or "a project outside the tree"
            yield f"{said} ({value.unit}{days}); owner: {owner}; {_of(values, f'{key}_options') or 'no way out is known'}"


def _of(values: Mapping[str, Value], key: str) -> float | int | str | bool | None:
    value = values.get(key)
    return value.value if value is not None else None


def _named(text: str, name_of: Callable[[str], str | None]) -> str:
    return " ".join((name_of(word) or "an item that few may see") if _ITEM in word else word for word in text.split(" "))


def _number(number: float, decimals: int) -> str:
    """Thousands apart, and no more decimals than say something."""
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
