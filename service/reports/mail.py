"""The report as Markdown that reads well in a mail: short lines, lists, one table."""

from collections.abc import Iterator

from model.health import Gap
from service.reports import kept, mail_registers, movement, telling
from service.reports.content import MOST_LINES, Report, Said
from service.reports.mail_words import escaped, item_link

MOST_GAPS = 20


def markdown(report: Report) -> str:
    """The text; nodes beyond the first 50 in the order of attention are counted in it, not named."""
    parts = [_head(report), _outlook(report), _moved(report), _helps(report), _below(report), _gaps(report),
             _dimensions(report), *mail_registers.sections(report), _firm(report), _trust(report)]  # fmt: skip
    blocks = ["\n".join(lines).rstrip() for lines in map(list, parts) if lines]
    return "\n\n".join(blocks) + "\n"


def _head(report: Report) -> Iterator[str]:
    said, node = report.words, report.node
    yield f"# {escaped(node.name)}"
    yield ""
    yield f"{report.page.say(f'report_{node.kind}')}. {said.phrase('as_of', moment=said.moment(report.as_of))}"
    yield ""
    yield f"**{telling.SIGNS[node.band]} {said.band(node.band)}, {said.phrase('of_100', score=report.number(node.score))}**"
    yield f"({telling.since_day(report)}: {report.signed(report.lines[0].moved)})."
    yield said.phrase("basis", coverage=said.percent(node.coverage), trust=said.percent(node.trust))
    yield ""
    yield f"{escaped(report.summary)}"
    for line in (kept.through(report), kept.outcome(report)):
        if line:
            yield ""
            yield escaped(line)
    yield ""
    yield from (f"- {escaped(told)}" for _, told in kept.glance(report))


def _outlook(report: Report) -> Iterator[str]:
    if report.node.kind != "project":
        return
    yield f"## {report.words.phrase('outlook')}"
    yield ""
    for label, text in report.outlook:
        yield f"- {label}: {text}"
    if report.outlook:
        yield ""
        yield escaped(report.no_forecast or report.page.say("if_all"))
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
    heads = [say(key) for key in ("node", "status", "score", "coverage", "trust", "likely_end")]
    heads.insert(3, telling.since_day(report))
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|--:|--:|--:|--:|---|"
    shown = report.ranked(MOST_LINES)
    for line in shown:
        score = line.score
        cells = (
            escaped(score.name, 80), telling.status(report, line), report.number(score.score),
            report.signed(line.moved), said.percent(score.coverage), said.percent(score.trust), telling.end(report, line),
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"
    if report.all_below > len(shown):
        yield ""
        yield say("more_rows", count=said.number(report.all_below - len(shown)))
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
    """Both ways: what is reported better than it is computed, then what is reported worse."""
    for better, title in ((True, "gaps_better"), (False, "gaps_worse")):
        found = [gap for gap in report.gaps if gap.better is better]
        if found:
            yield f"## {report.page.say(title)}"
            yield ""
            yield from (_gap(report, gap) for gap in found[:MOST_GAPS])
            yield ""


def _gap(report: Report, gap: Gap) -> str:
    said = report.words
    bands = f"{said.band(gap.declared)} / {said.band(gap.computed)}"
    since = f"{report.page.say('since').lower()} {telling.since(report, gap)}"
    reasons = escaped(telling.reasons(report, gap))
    return f"- **{escaped(gap.name, 80)}**: {bands} ({telling.size(report, gap)}; {since}). {reasons}"


def _dimensions(report: Report) -> Iterator[str]:
    yield f"## {report.page.say('dimensions')}"
    yield ""
    for one in report.dimensions:
        lost = f" (−{report.words.number(one.lost)})" if one.entry.effective_weight and one.lost >= 0.05 else ""
        yield f"- **{one.name}** {telling.standing(report, one)}{lost}: {escaped(one.reason)}"
        yield from (f"    - {item_link(report, item)}" for item in one.items)
        if more := _more(report, one):
            yield f"    - {more}"


def _more(report: Report, one: Said) -> str:
    left = len(one.entry.finding.evidence) - len(one.items)
    return telling.more(report, one, left) if one.items and left > 0 else ""


def _moved(report: Report) -> Iterator[str]:
    """The exact causes where the movement was split, else what is otherwise, dimension by dimension."""
    say = report.page.say
    yield f"## {telling.moved_since(report)}"
    yield ""
    if said := movement.split_said(report):
        yield said
        yield ""
        for line in movement.cause_lines(report):
            yield f"- {report.signed(line.points)} {line.cause}{f': {escaped(line.where)}' if line.where else ''}"
        return
    if not report.moved:
        yield say("week_none" if report.moved is None else "week_same")
    for one in report.moved or ():
        why = f". {escaped(one.why)}" if one.why else ""
        yield f"- {say('moved', name=one.name, old=one.old, new=one.new, by=one.by)}{why}"


def _firm(report: Report) -> Iterator[str]:
    lines = list(movement.firm(report))
    if lines:
        yield f"## {report.page.say('firm')}"
        yield ""
        yield from (f"- {escaped(line)}" for line in lines)


def _helps(report: Report) -> Iterator[str]:
    yield f"## {report.page.say('help')}"
    yield ""
    for number, one in enumerate(report.helps, start=1):
        yield f"{number}. {escaped(one)}"
    if not report.helps:
        yield report.page.say("no_help")


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
