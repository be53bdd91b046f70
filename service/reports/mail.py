"""The report as Markdown that reads well in a mail: short lines, lists, one table."""

import re
from collections.abc import Iterator

from model.language.telling import address, plain
from service.reports import telling
from service.reports.content import Report, Said

MOST_NODES = 50
MOST_GAPS = 20
_MARKS = re.compile(r"([\\`*_\[\]<>|#~!&])")
_LEADS = re.compile(r"^(\s*)([-+]|\d+(?=[.)]))")


def escaped(text: str, most: int = 400) -> str:
    """Words of people as they are, without a meaning in Markdown."""
    return _LEADS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", plain(text, most)))


def markdown(report: Report) -> str:
    """The text; nodes beyond the first 50 in the order of attention are counted in it, not named."""
    parts = [_head(report), _outlook(report), _below(report), _gaps(report), _dimensions(report), _conflicts(report),
             _week(report), _helps(report), _risks(report), _trust(report)]  # fmt: skip
    blocks = ["\n".join(lines) for lines in map(list, parts) if lines]
    return "\n\n".join(blocks) + "\n"


def _head(report: Report) -> Iterator[str]:
    said, node = report.words, report.node
    yield f"# {escaped(node.name)}"
    yield ""
    yield f"{report.page.say(f'report_{node.kind}')}. {said.phrase('as_of', moment=said.moment(report.as_of))}"
    yield ""
    yield f"**{telling.SIGNS[node.band]} {said.band(node.band)}, {said.phrase('of_100', score=report.number(node.score))}**"
    yield f"({report.page.say('week_short')}: {report.signed(report.lines[0].moved)})."
    yield said.phrase("basis", coverage=said.percent(node.coverage), trust=said.percent(node.trust))
    yield ""
    yield f"{escaped(report.summary)}"


def _outlook(report: Report) -> Iterator[str]:
    if report.node.kind != "project":
        return
    yield f"## {report.words.phrase('outlook')}"
    yield ""
    for label, text in report.outlook:
        yield f"- {label}: {text}"
    if report.outlook:
        yield ""
        yield report.page.say("if_all")
    else:
        yield escaped(report.no_forecast or report.page.say("not_measured"))


def _below(report: Report) -> Iterator[str]:
    if report.node.kind == "project":
        return
    say, said = report.page.say, report.words
    yield f"## {say(f'below_{report.node.kind}')}"
    yield ""
    if not report.below:
        yield say("nothing_below")
        return
    heads = ("node", "status", "score", "week_short", "coverage", "trust", "likely_end")
    yield f"| {' | '.join(say(key) for key in heads)} |"
    yield "|---|---|--:|--:|--:|--:|---|"
    shown = report.ranked(MOST_NODES)
    for line in shown:
        score = line.score
        cells = (
            escaped(score.name, 80), f"{telling.SIGNS[score.band]} {said.band(score.band)}", report.number(score.score),
            report.signed(line.moved), said.percent(score.coverage), said.percent(score.trust), telling.end(report, line),
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"
    if len(report.below) > len(shown):
        yield ""
        yield say("more_rows", count=said.number(len(report.below) - len(shown)))
    yield ""
    yield f"## {say('movers')}"
    yield ""
    for line in report.movers():
        yield f"- {escaped(line.score.name, 80)}: {report.signed(line.moved)}. {escaped(line.reason, 160)}"
    if not report.movers():
        yield say("week_same")
    if report.people:
        yield ""
        yield f"{say('people')}: {say('people_said', shared=report.people[1], all=said.number(report.people[0]))}"


def _gaps(report: Report) -> Iterator[str]:
    if not report.gaps:
        return
    said = report.words
    yield f"## {report.page.say('gaps')}"
    yield ""
    for gap in report.gaps[:MOST_GAPS]:
        bands = f"{said.band(gap.declared)} / {said.band(gap.computed)}"
        yield (
            f"- **{escaped(gap.name, 80)}**: {bands} ({telling.size(report, gap)}; {report.page.say('since')} "
            f"{telling.since(report, gap)}). {escaped(telling.reasons(report, gap))}"
        )


def _dimensions(report: Report) -> Iterator[str]:
    yield f"## {report.page.say('dimensions')}"
    yield ""
    for one in report.dimensions:
        lost = f" (−{report.words.number(one.lost)})" if one.entry.effective_weight and one.lost >= 0.05 else ""
        yield f"- **{one.name}** {telling.standing(report, one)}{lost}: {escaped(one.reason)}"
        yield from (f"    - {_item(report, item)}" for item in one.items)
        if more := _more(report, one):
            yield f"    - {more}"


def _more(report: Report, one: Said) -> str:
    left = len(one.entry.finding.evidence) - len(one.items)
    return report.words.phrase("more", count=report.words.number(left)) if one.items and left > 0 else ""


def _item(report: Report, item: str) -> str:
    """An item as a link with its title."""
    label = report.labels.get(item)
    if label is None:
        return "–"
    ref = escaped(label.ref)
    return f"{f'[{ref}](<{label.url}>)' if address(label.url) else ref} {escaped(label.title, 90)}"


def _conflicts(report: Report) -> Iterator[str]:
    if not report.conflicts:
        return
    yield f"## {report.page.say('conflicts')}"
    yield ""
    for one in report.conflicts:
        late = "" if one.days_late is None else f"; {report.page.say('days_late')}: {report.number(one.days_late)}"
        options = f" {escaped(one.options)}" if one.options else ""
        yield f"- {escaped(one.text)} ({escaped(one.state)}{late}).{options}"


def _week(report: Report) -> Iterator[str]:
    say = report.page.say
    yield f"## {say('week', day=report.words.day(report.week_ago.date()))}"
    yield ""
    if not report.moved:
        yield say("week_none" if report.moved is None else "week_same")
    for one in report.moved or ():
        why = f". {escaped(one.why)}" if one.why else ""
        yield f"- {say('moved', name=one.name, old=one.old, new=one.new, by=one.by)}{why}"


def _helps(report: Report) -> Iterator[str]:
    yield f"## {report.page.say('help')}"
    yield ""
    for number, one in enumerate(report.helps, start=1):
        yield f"{number}. {escaped(one)}"
    if not report.helps:
        yield report.page.say("no_help")


def _risks(report: Report) -> Iterator[str]:
    say = report.page.say
    yield f"## {say('risks')}"
    yield ""
    for risk in report.risks:
        probability = "–" if risk.probability is None else report.words.percent(risk.probability)
        owner = f"{say('owner')}: {say('yes' if risk.owned else 'no')}"
        facts = f"{say('probability')} {probability}, {say('impact')} {report.number(risk.impact)}, {owner}"
        yield f"- {_item(report, risk.item)} ({facts})"
    if not report.risks:
        yield say("no_risks")


def _trust(report: Report) -> Iterator[str]:
    say, said = report.page.say, report.words
    yield f"## {say('untrusted')}"
    yield ""
    yield say("passed", share=said.percent(report.node.trust), records=report.node.records)
    if report.node.untrusted:
        yield ""
    for one in report.node.untrusted:
        what, mend = report.page.check(one.check)
        refs = telling.refs(report, one.items)
        named = f" ({escaped(refs)})" if refs else ""
        yield f"- {said.number(one.total)} × {escaped(what)}{named}. {say('mend')}: {escaped(mend)}"
