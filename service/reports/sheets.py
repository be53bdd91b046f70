"""The registers and the movement of a report as sheets of a workbook: everything, unrounded, one line an entry."""

from collections.abc import Iterator, Sequence

from model.base import day_ended
from service.csv_table import Cell
from service.reports import kept, telling
from service.reports.content import Report

Row = Sequence[Cell]
Sheet = tuple[str, Sequence[str], Iterator[Row]]

SHEETS = ("Change", "Declared", "Conflicts", "Risks", "Benefits", "Goals", "Standards", "Load", "Data quality", "Trend")
CHANGE = ("cause", "points", "node", "name", "dimension", "items")
REPORTED = ("node", "name", "declared_band", "computed_band", "bands", "points", "since", "reason")
CONFLICTS = ("waits", "project", "for", "of_project", "kind", "state", "needed", "likely", "days_late", "slack_days", "owner",
             "options")  # fmt: skip
RISKS = ("risk", "title", "project", "probability", "impact", "exposure", "response", "owner", "age_days", "reviewed_days",
         "stale")  # fmt: skip
BENEFITS = ("benefit", "project", "state", "due", "baseline", "actual", "target", "unit", "realised", "owner", "lacks")
RULES = ("project", "rule", "words", "state", "to_do", "guidance", "items")
TEAMS = ("project", "people", "over_booked", "in_several_projects", "fullest_load")
GOALS = ("goal", "baseline", "actual", "target", "unit", "projects")
TREND = ("at", "score", "band", "basis")


def sheets(report: Report) -> Iterator[Sheet]:
    """Every sheet beside the summary, the nodes and the dimensions."""
    say = report.page.say
    checks = ("check", say("records"), say("finding"), say("mend"), "items")
    columns = (CHANGE, REPORTED, CONFLICTS, RISKS, BENEFITS, GOALS, RULES, TEAMS, checks, TREND)
    rows = (
        _change(report), _reported(report), _conflicts(report), _risks(report), _benefits(report), _goals(report),
        _rules(report), _teams(report), _checks(report), _trend(report),
    )  # fmt: skip
    yield from zip(SHEETS, columns, rows, strict=True)


def _refs(report: Report, items: Sequence[str]) -> str:
    return ", ".join(report.ref(item) for item in items if report.ref(item))


def _change(report: Report) -> Iterator[Row]:
    """The parts of the movement: their points add up to it."""
    for part in report.split.explained.parts if report.split else ():
        items = () if part.dimension == "resources" else part.items[: telling.REFS]
        name = report.named(part.node)
        yield part.cause.value, part.points, part.node, name, part.dimension, _refs(report, items)


def _reported(report: Report) -> Iterator[Row]:
    for one in report.gaps:
        bands = (one.declared.value, one.computed.value, one.bands, one.points)
        yield one.node, one.name, *bands, one.since.date(), telling.reasons(report, one)


def _conflicts(report: Report) -> Iterator[Row]:
    for one in report.registers.conflicts:
        yield (
            kept.item(report, one.successor), kept.place(report, one.successor_project),
            kept.item(report, one.predecessor), kept.place(report, one.predecessor_project), one.kind.value,
            one.state.value, one.needed_on, one.likely_on, one.late_days, one.slack_days, one.owner.label,
            "; ".join(kept.options(report, one)),
        )  # fmt: skip


def _risks(report: Report) -> Iterator[Row]:
    for risk in report.registers.risks:
        label = report.labels.get(risk.id)
        yield (
            report.ref(risk.id), label.title if label else None, report.named(risk.project), risk.probability,
            risk.impact, risk.exposure, risk.response.value if risk.response else None,
            risk.owner.label if risk.owner else None, risk.age_days, risk.reviewed_days, "yes" if risk.stale else "no",
        )  # fmt: skip


def _benefits(report: Report) -> Iterator[Row]:
    for one in report.registers.benefits:
        yield (
            kept.benefit(report, one), report.named(one.node), one.state.value, one.due_on, one.baseline, one.actual,
            one.target, one.unit, one.realised, one.owner.label if one.owner else None, ", ".join(one.missing),
        )  # fmt: skip


def _goals(report: Report) -> Iterator[Row]:
    for line in report.goals:
        names = ", ".join(report.named(node) for node in line.projects)
        yield line.name, line.baseline, line.actual, line.target, line.unit, names


def _rules(report: Report) -> Iterator[Row]:
    for rule in report.registers.rules:
        words, to_do, _ = kept.standard(report, rule)
        told = (rule.rule, words, rule.state.value, to_do, kept.guidance(report, rule))
        yield report.named(rule.project), *told, _refs(report, rule.items)


def _teams(report: Report) -> Iterator[Row]:
    for line in report.teams or ():
        yield report.named(line.node), line.people, line.over, line.across, line.fullest


def _checks(report: Report) -> Iterator[Row]:
    for one in report.node.untrusted:
        yield one.check, one.total, *report.page.check(one.check), _refs(report, one.items[: telling.REFS])


def _trend(report: Report) -> Iterator[Row]:
    for point in report.trend:
        yield day_ended(point.at), point.score, point.band.value, point.basis.value
