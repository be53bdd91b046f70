"""The registers of a report as Markdown: conflicts, risks, benefits, goals, standards, loads."""

from collections.abc import Iterable, Iterator

from service.reports import kept
from service.reports.content import Report
from service.reports.mail_words import escaped, item_link

MOST = 12


def sections(report: Report) -> tuple[Iterator[str], ...]:
    return (_conflicts(report), _risks(report), _benefits(report), _goals(report), _rules(report), _teams(report))


def _headed(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield from lines


def _rest(report: Report, total: int) -> Iterator[str]:
    if total > MOST:
        yield ""
        yield report.page.say("more_entries", count=report.words.number(total - MOST))


def _conflicts(report: Report) -> Iterator[str]:
    say, found = report.page.say, report.registers.conflicts
    yield from _headed(say("conflicts"), () if found else (say("no_conflicts"),))
    for one in found[:MOST]:
        ends = f"{escaped(kept.item(report, one.successor))} ({escaped(kept.place(report, one.successor_project))})"
        first = f"{escaped(kept.item(report, one.predecessor))} ({escaped(kept.place(report, one.predecessor_project))})"
        late = "" if one.late_days is None else f", {say('days_late')}: {report.number(one.late_days)}"
        yield f"- {ends} ← {first}: {kept.kind(report, one)}{late}, {kept.state(report, one)}."
        yield f"  {say('owner')}: {escaped(kept.owner(report, one.owner))}."
        yield from (f"    - {escaped(option)}" for option in kept.options(report, one))
    yield from _rest(report, len(found))


def _risks(report: Report) -> Iterator[str]:
    say, found = report.page.say, report.registers.risks
    yield from _headed(say("risks"), (kept.risk_sum(report), "") if found else (say("no_risks"),))
    for risk in found[:MOST]:
        probability = "–" if risk.probability is None else report.words.percent(risk.probability)
        facts = (
            f"{say('probability')} {probability}, {say('impact')} {report.number(risk.impact)}, "
            f"{say('response')}: {kept.response(report, risk)}, {say('owner')}: {escaped(kept.owner(report, risk.owner))}, "
            f"{say('reviewed')}: {kept.reviewed(report, risk)}"
        )
        yield f"- {item_link(report, risk.id)} ({facts})"
    yield from _rest(report, kept.totals(report).risks)


def _benefits(report: Report) -> Iterator[str]:
    say, found = report.page.say, report.registers.benefits
    if not found:
        return
    yield from _headed(say("benefits"), ())
    for one in found[:MOST]:
        lacks = f"; {say('lacks')}: {kept.lacks(report, one)}" if one.missing else ""
        told = f"{kept.benefit_state(report, one)}, {say('due')}: {report.day(one.due_on)}, "
        told += f"{kept.benefit_numbers(report, one)}{lacks}"
        yield f"- {escaped(kept.benefit(report, one))} ({escaped(report.named(one.node))}): {escaped(told)}"
    yield from _rest(report, len(found))


def _goals(report: Report) -> Iterator[str]:
    say = report.page.say
    orphans = report.orphans if report.node.kind != "project" else ()
    if not report.goals and not orphans:
        return
    yield from _headed(say("goals"), ())
    for line in report.goals[:MOST]:
        names = ", ".join(report.named(node) for node in line.projects)
        numbers = kept.numbers(report, (line.baseline, line.actual, line.target), line.unit)
        yield f"- {escaped(line.name)} ({escaped(numbers)}). {say('served_by')}: {escaped(names)}"
    if orphans:
        yield f"- {escaped(kept.orphans(report))}"


def _rules(report: Report) -> Iterator[str]:
    say, broken = report.page.say, kept.broken_rules(report)
    yield from _headed(say("rules"), (kept.rules_said(report),))
    if broken:
        yield ""
    for line in broken:
        count = f"{len(line.projects)}/{line.applies}"
        asked = kept.standard(report, line.rule)
        told = f"{escaped(asked.words)}: {say('broken_by')} {count} ({escaped(kept.broken_by(report, line))})"
        guidance = escaped(kept.guidance(report, line.rule))
        yield f"- {told}. {say('to_do')}: {escaped(asked.to_do)}. {say('guidance')}: {guidance}"


def _teams(report: Report) -> Iterator[str]:
    say = report.page.say
    if report.teams:
        yield from _headed(say("teams"), ())
    for line in (report.teams or ())[:MOST]:
        name = escaped(report.named(line.node), 80)
        if line.over is None:
            yield f"- {name}: {say('team_people')}: {line.people}, {say('team_few')}"
            continue
        fullest = kept.times(report, line.fullest)
        yield (
            f"- {name}: {say('team_people')}: {line.people}, {say('team_over')}: {line.over}, "
            f"{say('team_across')}: {line.across}, {say('team_fullest')}: {fullest}"
        )
    for one in report.registers.people[:MOST]:
        places = escaped(kept.load_places(report, one))
        yield f"- {escaped(one.name)}: {kept.load(report, one)} ({places})"
