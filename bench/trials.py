"""What was tried beyond the study, on the complete histories of ../shared/data: ``python -m bench.trials``.

``growth``: scope that grows inside a set, three ways. ``points``: story points as the unit. ``kinds``: defects and other work
apart. ``named``: odds that open items of a version are delivered with it, from the learnt share of output that goes to a
version. ``warning``: which signs went ahead of a slowdown four to twelve weeks later. What came of it stands in
docs/forecasts.md and docs/adr/0026.
"""

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import mean
from typing import Any

from bench.histories import COMPLETE, DATA, History, histories, issues_by_project
from rollup.backtest.judged import Bet, Skill, judge, skill
from rollup.backtest.replay import Series, replay
from rollup.forecast import DRIFT_SIGMA, WINDOWS, first_passage, refusal

SEED = 1
ROUNDS = 500
WEEK = timedelta(weeks=1)
Issue = dict[str, Any]


# -- scope that grows inside a set ----------------------------------------------------------------------------------------


def growth(found: Sequence[History]) -> dict[str, Any]:
    """Odds that finished less arrived reaches N within so many weeks: arrivals left out, drifting with the pace, or not."""
    said: dict[str, list[tuple[float, bool]]] = {"ignored": [], "drift of what is finished": [], "drift of the net": []}
    chance = random.Random(SEED)
    for one in found:
        for now in range(12, len(one.done) - 26, 6):
            if refusal(one.done[:now]) is not None:
                continue
            pairs = list(zip(one.done[max(0, now - 52) : now], one.arrived[max(0, now - 52) : now], strict=True))
            for items in (5, 15, 40):
                ways = (
                    first_passage([(float(done), 0.0) for done, _ in pairs], items).weeks,
                    _drift_of_done(pairs, items, chance),
                    first_passage([(float(done), float(came)) for done, came in pairs], items).weeks,
                )
                took = _took([a - b for a, b in zip(one.done[now:], one.arrived[now:], strict=True)], items)
                for weeks in (4, 8, 13, 26):
                    for way, odds in zip(said, ways, strict=True):
                        said[way].append((odds[weeks - 1], took <= weeks))
    return {
        "trial": "growth",
        "n": len(said["ignored"]),
        **{way: {"brier": _r(_brier(rows)), "said": _r(mean(p for p, _ in rows))} for way, rows in said.items()},
        "came_true": _r(mean(came for _, came in said["ignored"])),
    }


def _took(nets: Sequence[int], items: int) -> float:
    total = 0
    for week, net in enumerate(nets, start=1):
        total += net
        if total >= items:
            return week
    return math.inf


def _drift_of_done(pairs: Sequence[tuple[int, int]], items: int, chance: random.Random) -> list[float]:
    """As the model, but arrivals keep their pace. By simulation: 800 paths."""
    finished = [0] * 27
    for window in WINDOWS:
        pool = pairs[-window:]
        for _ in range(200):
            pace, left = math.exp(DRIFT_SIGMA * chance.gauss(0, 1)), float(items)
            for week in range(1, 27):
                done, came = chance.choice(pool)
                left -= pace * done - came
                if left <= 0:
                    finished[week] += 1
                    break
    return [sum(finished[: week + 1]) / 800 for week in range(1, 27)]


# -- story points as the unit ---------------------------------------------------------------------------------------------


def points(found: Sequence[History]) -> dict[str, Any]:
    """The same replay counted in points and in items, of projects in which most items have points."""
    told: dict[str, Any] = {"trial": "points"}
    for one in found:
        if sum(value > 0 for value in one.points) < 0.5 * sum(value > 0 for value in one.done):
            continue
        for unit, series in (("items", one.done), ("points", tuple(round(value) for value in one.points))):
            replayed = replay(Series(one.name, series), every=2, whole_year=True)
            judged = judge(replayed.bets, replayed.dates, random.Random(SEED).randrange)
            told[f"{one.name} {unit}"] = {
                "skill": _r(judged.expanding.value), "skill_rolling": _r(judged.rolling.value),
                "error": _r(judged.calibration_error), "p85": _r(judged.p85.value), "pinball": _r(judged.pinball),
            }  # fmt: skip
    return told


# -- kinds of work apart ---------------------------------------------------------------------------------------------------


def kinds(found: Sequence[History]) -> dict[str, Any]:
    """Odds that a set of defects and a set of other work are both done within so many weeks: forecast together, as if one
    could be done for the other, and apart, each at its own pace, with their weeks independent or going hand in hand."""
    said: dict[str, list[tuple[float, bool]]] = {"together": [], "apart, independent": [], "apart, hand in hand": []}
    for one in found:
        other = [a - b for a, b in zip(one.done, one.defects, strict=True)]
        for now in range(26, len(one.done) - 13, 4):
            if refusal(one.defects[:now]) is not None or refusal(other[:now]) is not None:
                continue
            for worth in (3, 6):
                sets = [(list(series), round(worth * mean(series[now - 12 : now]))) for series in (one.defects, other)]
                apart = [first_passage(_weeks(series, now), items).weeks for series, items in sets]
                joint = first_passage(_weeks(one.done, now), sum(items for _, items in sets)).weeks
                took = max(_took(series[now:], items) for series, items in sets)
                for weeks in (4, 8, 13):
                    each = [odds[weeks - 1] for odds in apart]
                    for way, odds in zip(said, (joint[weeks - 1], math.prod(each), min(each)), strict=True):
                        said[way].append((odds, took <= weeks))
    return {
        "trial": "kinds",
        "n": len(said["together"]),
        **{way: {"brier": _r(_brier(rows)), "said": _r(mean(p for p, _ in rows))} for way, rows in said.items()},
        "came_true": _r(mean(came for _, came in said["together"])),
    }


def _weeks(series: Sequence[int], now: int) -> list[tuple[float, float]]:
    return [(float(done), 0.0) for done in series[max(0, now - 52) : now]]


# -- named scope ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Release:
    """A released version so many days before its release: its open items, how many were delivered, and the output between.

    ``expected``: what the project would finish by then at the pace of the twelve weeks before.
    """

    project: str
    id: str
    on: date
    open: int
    delivered: int
    output: int
    expected: float


def named(days: int) -> dict[str, Any]:
    """Odds of an open item of a version, against the base rate of the versions released before."""
    releases = sorted(_releases(days), key=lambda one: (one.on, one.id))
    ways: dict[str, list[Bet]] = {"all output": [], "learnt share": [], "half share, half base": []}
    for one in releases:
        seen = one.on - timedelta(days=days)
        before = [other for other in releases if other.on < seen]
        if sum(other.open for other in before) < 20:
            continue
        recent = [other for other in before if other.on >= seen - timedelta(days=365)] or before
        base, rolling = _delivered(before), _delivered(recent)
        own = [other for other in before if other.project == one.project] or before
        share = (sum(other.delivered for other in own) + 1) / (sum(other.output for other in own) + 2)
        odds = (min(1.0, one.expected / one.open), min(1.0, share * one.expected / one.open))
        for way, said in zip(ways, (*odds, 0.5 * odds[1] + 0.5 * base), strict=True):
            for number in range(one.open):
                ways[way].append(Bet(one.id, said, number < one.delivered, base, rolling))
    versions = len({bet.cluster for bet in ways["all output"]})
    told = {way: _skills(bets) for way, bets in ways.items()}
    return {"trial": "named", "days": days, "versions": versions, "items": len(ways["all output"]), **told}


def _releases(days: int) -> Iterator[Release]:
    folder = DATA / "jira-duraspace"
    projects = dict(issues_by_project(folder / "issues.jsonl.xz"))
    for version in json.loads((folder / "versions.json").read_text()):
        issues = projects.get(version["projectKey"], [])
        if not version.get("releaseDate") or not version.get("released") or not issues:
            continue
        on = date.fromisoformat(version["releaseDate"])
        seen = on - timedelta(days=days)
        open_ = [
            one for one in issues
            if _day(one["fields"]["created"]) <= seen and version["id"] in _versions(one, seen) and not _closed(one, seen)
        ]  # fmt: skip
        if open_:
            delivered = sum(1 for one in open_ if _closed(one, on) and version["id"] in _versions(one, on))
            output = sum(1 for one in issues if _closed(one, on) and not _closed(one, seen))
            pace = sum(1 for one in issues if _closed(one, seen) and not _closed(one, seen - 12 * WEEK)) / 12
            yield Release(version["projectKey"], version["id"], on, len(open_), delivered, output, pace * days / 7)


def _versions(issue: Issue, at: date) -> set[str]:
    """The versions of an issue at the end of a day: as they are, with all that changed since taken back."""
    held = {version["id"] for version in issue["fields"].get("fixVersions") or ()}
    for entry in sorted(issue["changelog"]["histories"], key=lambda entry: entry["created"], reverse=True):
        if _day(entry["created"]) <= at:
            continue
        for change in entry["items"]:
            if change["field"] == "Fix Version":
                held.discard(change["to"])
                held |= {change["from"]} if change["from"] else set()
    return held


def _delivered(releases: Sequence[Release]) -> float:
    return sum(one.delivered for one in releases) / sum(one.open for one in releases)


# -- early warning --------------------------------------------------------------------------------------------------------


def warning(found: Sequence[History]) -> dict[str, Any]:
    """How well each sign tells moments before a slowdown from others (0.5: not at all), with an interval over project years.

    A slowdown: in the weeks five to twelve ahead less than 60 % of the pace of the last half-year is finished.
    """
    folder = {f"{path.parent.name}/{key}": issues for path in sorted(DATA.glob("*/issues.jsonl.xz"))
              for key, issues in issues_by_project(path)}  # fmt: skip
    rows: list[tuple[str, bool, dict[str, float]]] = []
    for one in found:
        issues, first = folder[one.name], min(_day(issue["fields"]["resolutiondate"]) for issue in folder[one.name]
                                              if issue["fields"].get("resolutiondate"))  # fmt: skip
        for now in range(26, len(one.done) - 12, 2):
            if refusal(one.done[:now]) is None:
                slow = sum(one.done[now + 4 : now + 12]) < 0.6 * 8 * mean(one.done[now - 26 : now])
                rows.append((f"{one.name}/{now // 52}", slow, _signs(one, issues, first + now * WEEK, now)))
    told = {sign: _told(rows, sign) for sign in rows[0][2]}
    return {"trial": "warning", "moments": len(rows), "slow": sum(slow for _, slow, _ in rows), **told}


def _signs(one: History, issues: Sequence[Issue], today: date, now: int) -> dict[str, float]:
    """What a dimension would see; the higher, the worse."""
    open_ = [issue for issue in issues if _day(issue["fields"]["created"]) < today and not _closed(issue, today)]
    due = [day for issue in open_ if (day := _was(issue, "duedate", issue["fields"].get("duedate"), today))]
    alone = [_was(issue, "assignee", (issue["fields"].get("assignee") or {}).get("name"), today) is None for issue in open_]
    defects = [issue for issue in issues if issue["fields"]["issuetype"]["name"] == "Bug"]
    since = today - 8 * WEEK
    came = sum(1 for issue in defects if since < _day(issue["fields"]["created"]) <= today)
    went = sum(1 for issue in defects if _closed(issue, today) and not _closed(issue, since))
    arrived, done = sum(one.arrived[now - 12 : now]), sum(one.done[now - 12 : now])
    return {
        "schedule: overdue share": mean(_day(day) < today for day in due) if due else 0.0,
        "schedule: pace falling": -sum(one.done[now - 4 : now]) / (sum(one.done[now - 26 : now]) / 6.5),
        "flow: arrivals to finished": arrived / max(1, done),
        "scope: growth of what is open": (arrived - done) / max(1, len(open_)),
        "risk: share open for half a year": mean(today - _day(issue["fields"]["created"]) > 26 * WEEK for issue in open_)
        if open_ else 0.0,
        "quality: defects in less out": float(came - went),
        "resources: nobody assigned": mean(alone) if alone else 0.0,
    }  # fmt: skip


def _was(issue: Issue, field: str, now: str | None, at: date) -> str | None:
    """A field as it was at the end of a day: what the first change after it changed from, else as it is."""
    for entry in sorted(issue["changelog"]["histories"], key=lambda entry: entry["created"]):
        for change in entry["items"]:
            if change["field"] == field and _day(entry["created"]) > at:
                before: str | None = change["fromString" if field == "duedate" else "from"]
                return before
    return now


def _told(rows: Sequence[tuple[str, bool, dict[str, float]]], sign: str) -> dict[str, Any]:
    clusters: dict[str, list[tuple[bool, float]]] = {}
    for cluster, slow, signs in rows:
        clusters.setdefault(cluster, []).append((slow, signs[sign]))
    chance, groups = random.Random(SEED), list(clusters.values())
    drawn = sorted(
        value for _ in range(ROUNDS) if (value := _area([row for _ in groups for row in chance.choice(groups)])) is not None
    )
    projects = sorted({cluster.rpartition("/")[0] for cluster in clusters})
    each = [_area([row for key, group in clusters.items() if key.startswith(one) for row in group]) for one in projects]
    whole = _area([row for group in groups for row in group])
    return {
        "area": _r(whole), "low": _r(drawn[int(0.025 * len(drawn))]), "high": _r(drawn[int(0.975 * len(drawn))]),
        "projects": [_r(value) for value in each],
    }  # fmt: skip


def _area(rows: Sequence[tuple[bool, float]]) -> float | None:
    """Odds that of a moment before a slowdown and another one the first has the higher sign; a tie is half."""
    slow, other = sorted(value for slow, value in rows if slow), sorted(value for slow, value in rows if not slow)
    if not slow or not other:
        return None
    higher = sum((value > against) + 0.5 * (value == against) for value in slow for against in other)
    return higher / (len(slow) * len(other))


# -- shared ---------------------------------------------------------------------------------------------------------------


def _closed(issue: Issue, at: date) -> bool:
    closed = issue["fields"].get("resolutiondate")
    return closed is not None and _day(closed) <= at


def _skills(bets: Sequence[Bet]) -> dict[str, Any]:
    draw: Callable[[int], int] = random.Random(SEED).randrange
    found: tuple[Skill, Skill] = (skill(bets, "expanding", draw), skill(bets, "rolling", draw))
    return {"skill": _r(found[0].value), "lower": _r(found[0].lower), "rolling": _r(found[1].value),
            "rolling_lower": _r(found[1].lower)}  # fmt: skip


def _brier(rows: Sequence[tuple[float, bool]]) -> float:
    return mean((odds - came) ** 2 for odds, came in rows)


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _r(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def main() -> None:
    found = [one for one in histories() if one.complete >= COMPLETE]
    trials: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: points(found), lambda: kinds(found), lambda: named(30), lambda: named(60), lambda: warning(found),
        lambda: growth(found),
    )  # fmt: skip
    for trial in trials:
        print(json.dumps(trial()), flush=True)


if __name__ == "__main__":
    main()
