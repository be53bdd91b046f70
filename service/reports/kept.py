"""What stands in the registers of a node, told in the language of a report. All texts carry no markup."""

from collections.abc import Sequence

from model.language.pages import Standard
from model.language.telling import address, plain
from model.registers import (
    BenefitEntry,
    BrokenRule,
    Conflict,
    ConflictOption,
    Owner,
    PersonLoad,
    Registers,
    RiskEntry,
    RuleResult,
    RuleState,
    Totals,
)
from rollup.load import MOST as MOST_LOAD
from service.reports.content import Report

MOST_TITLE = 60


def item(report: Report, id_: str) -> str:
    """An item by its key and title; one that few may see is not named."""
    label = report.labels.get(id_)
    if label is None:
        return report.page.say("unseen_item")
    key, title = label.ref.rpartition(":")[2], report.words.phrase("quoted", what=plain(label.title, MOST_TITLE))
    return title if key.isdigit() else f"{key} {title}"


def owner(report: Report, who: Owner | None) -> str:
    """A person where names are to be told, else the project; in the report of that very project only that there is one."""
    if who is None:
        return report.page.say("nobody")
    if who.kind == "project" and report.node.kind == "project" and who.label == report.node.name:
        return report.page.say("assigned")
    return plain(who.label, 80)


def response(report: Report, risk: RiskEntry) -> str:
    return report.page.say(f"response_{risk.response.value}" if risk.response else "no_response")


def reviewed(report: Report, risk: RiskEntry) -> str:
    return report.page.say("days_ago", days=risk.reviewed_days)


def risk_sum(report: Report) -> str:
    """All open risks in one sentence."""
    all_ = totals(report)
    return report.page.say(
        "risk_sum",
        risks=all_.risks,
        exposure=report.words.number(all_.exposure),
        unowned=all_.unowned,
        stale=all_.stale,
        unanswered=all_.unanswered,
    )


def totals(report: Report) -> Totals:
    """What the registers come to in all."""
    return totals_of(report.registers)


def totals_of(found: Registers) -> Totals:
    """What registers come to, counted where they list everything."""
    if found.totals is not None:
        return found.totals
    asked = [rule for rule in found.rules if rule.state is not RuleState.NOT_APPLICABLE]
    return Totals(
        risks=len(found.risks),
        exposure=sum(risk.exposure for risk in found.risks),
        unowned=sum(risk.owner is None for risk in found.risks),
        stale=sum(risk.stale for risk in found.risks),
        unanswered=sum(risk.response is None for risk in found.risks),
        kept=sum(rule.state is RuleState.KEPT for rule in asked),
        asked=len(asked),
        broken=_broken(found.rules),
    )


def kind(report: Report, one: Conflict) -> str:
    return report.page.say(f"conflict_{one.kind.value}")


def state(report: Report, one: Conflict) -> str:
    return report.page.say(f"state_{one.state.value}")


def place(report: Report, project: str) -> str:
    """A project by its name; an end of a link may lie outside of the tree."""
    return report.named(project) if project else report.page.say("outside")


def options(report: Report, one: Conflict) -> tuple[str, ...]:
    return tuple(_option(report, option) for option in one.options)


def _option(report: Report, option: ConflictOption) -> str:
    if option.kind == "cut_link":
        return report.page.say("option_cut_link")
    name = report.short(option.subject) or report.page.say("unseen_item")
    day = report.day(option.until)
    return report.page.say(f"option_{option.kind}", item=name, day=day)


def benefit(report: Report, one: BenefitEntry) -> str:
    """What the benefit is: the title of its item, else its measure."""
    label = report.labels.get(one.id)
    told = plain(label.title, 120) if label else plain(one.measure or "", 120)
    return told or report.page.say("unseen_item")


def benefit_state(report: Report, one: BenefitEntry) -> str:
    return report.page.say(f"benefit_{one.state.value}")


def benefit_numbers(report: Report, one: BenefitEntry) -> str:
    """ "12 of 20 hours (from 4)", or a dash where nothing is known."""
    return numbers(report, (one.baseline, one.actual, one.target), one.unit)


def numbers(report: Report, three: tuple[float | None, float | None, float | None], unit: str | None) -> str:
    """Baseline, actual and target of a measure in one text."""
    if all(number is None for number in three):
        return "–"
    baseline, actual, target = (report.number(number) for number in three)
    return report.page.say("measured_at", actual=actual, target=f"{target} {unit}" if unit else target, baseline=baseline)


def lacks(report: Report, one: BenefitEntry) -> str:
    return ", ".join(report.page.say(f"lacks_{name}") for name in one.missing) or "–"


def broken_rules(report: Report) -> Sequence[BrokenRule]:
    """Every rule that a project does not keep, the most often broken first."""
    return totals(report).broken


def _broken(rules: Sequence[RuleResult]) -> tuple[BrokenRule, ...]:
    applies: dict[str, int] = {}
    broken: dict[str, list[RuleResult]] = {}
    for rule in rules:
        if rule.state is not RuleState.NOT_APPLICABLE:
            applies[rule.rule] = applies.get(rule.rule, 0) + 1
        if rule.state is RuleState.BROKEN:
            broken.setdefault(rule.rule, []).append(rule)
    lines = [
        BrokenRule(rule=each[0], projects=tuple(rule.project for rule in each), applies=applies[key])
        for key, each in broken.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-len(line.projects), line.rule.rule)))


def standard(report: Report, rule: RuleResult) -> Standard:
    """What a rule asks, in the language of the report."""
    return report.page.standard(rule.holds, rule.within_days)


def guidance(report: Report, rule: RuleResult) -> str:
    """The rule's own link, else what it asks, which our own page would say, too."""
    return rule.guidance if address(rule.guidance) else standard(report, rule).meaning


def broken_by(report: Report, line: BrokenRule, most: int = 6) -> str:
    """The projects that break a rule, or how many of how many."""
    names = [plain(report.named(project), 60) for project in line.projects[:most]]
    more = len(line.projects) - len(names)
    return ", ".join(names) + (f" {report.words.phrase('more', count=report.words.number(more))}" if more > 0 else "")


def rules_said(report: Report) -> str:
    """How many of the checks that apply are kept."""
    all_ = totals(report)
    if not all_.asked:
        return report.page.say("no_rules")
    return report.page.say(
        "rules_said",
        kept=report.words.number(all_.kept),
        all=report.words.number(all_.asked),
        share=report.words.percent(all_.kept / all_.asked),
    )


def load(report: Report, one: PersonLoad) -> str:
    return times(report, one.load)


def times(report: Report, ratio: float | None) -> str:
    """A load as so many times of what somebody can do: "1.6×"."""
    if ratio is None:
        return "–"
    told = f"{report.words.number(ratio)}×"
    return report.page.say("at_least", load=told) if ratio >= MOST_LOAD else told


def load_places(report: Report, one: PersonLoad) -> str:
    """Where somebody's work is."""
    return ", ".join(
        plain(report.named(place_.project) if place_.project else report.page.say("outside"), 60)
        for place_ in one.projects
    )


def glance(report: Report) -> tuple[tuple[str, str], ...]:
    """The registers in a line each, with the part of the report that tells more; what has nothing to say is left out."""
    say, kept, said = report.page.say, report.registers, report.words
    all_, missed = totals(report), sum(one.state == "missed" for one in kept.benefits)
    gaps = "glance_gaps_least" if report.gaps_more else "glance_gaps"
    lines = (
        ("gaps", say(gaps, count=len(report.gaps)) if report.gaps else ""),
        ("conflicts", say("glance_conflicts", count=len(kept.conflicts)) if kept.conflicts else ""),
        ("risks", say("glance_risks", count=all_.risks, stale=all_.stale) if all_.risks else ""),
        ("benefits", say("glance_benefits", count=len(kept.benefits), missed=missed) if kept.benefits else ""),
        ("rules", say("glance_rules", share=said.percent(all_.kept / all_.asked)) if all_.asked else ""),
        ("data", say("glance_data", share=said.percent(report.node.trust)) if report.node.records else ""),
    )
    return tuple(line for line in lines if line[1])


def orphans(report: Report, most: int = 12) -> str:
    """The projects that no goal is tied to, in one sentence."""
    names = [plain(report.named(node), 60) for node in report.orphans[:most]]
    more = len(report.orphans) - len(names)
    told = ", ".join(names) + (f" {report.words.phrase('more', count=report.words.number(more))}" if more > 0 else "")
    return report.page.say("orphans", count=len(report.orphans), names=told)


def through(report: Report) -> str:
    """Which lens is looked through; empty for the organisation's own tree."""
    lens = report.lens
    if lens is None:
        return ""
    share = "–" if lens.grouped is None else report.words.percent(lens.grouped)
    return report.page.say("seen_through", name=plain(lens.name, 60), share=share)


def outcome(report: Report) -> str:
    """The metric that a node of a lens is for; empty where it has none."""
    metric = report.lens.outcome if report.lens else None
    if not metric:
        return ""
    name = plain(str(metric["name"] or metric["source"]), 120)
    if metric["realised"]["value"] is None:
        return f"{name}: {report.page.say('outcome_unknown')}"
    told = numbers(report, (metric["initial"], metric["current"], metric["target"]), metric["unit"])
    return f"{name}: {told}, {report.words.percent(metric['realised']['value'])}"
