"""What Northlight is working on: portfolios, programs, projects, and how each project is going."""

from dataclasses import dataclass
from typing import Literal

from sandbox.world import Colour, Tool

PMO = "PMO"  # the Jira project that holds the items which carry program and portfolio health


@dataclass(frozen=True)
class ProjectPlan:
    """The course of one project; the simulation turns it into items and their histories.

    Weeks are counted back from the world's moment. ``pace`` are (up to how many weeks ago, share of full speed),
    longest ago first; the last pair holds until today. ``slack`` is time left over time needed at today's speed.
    """

    key: str
    name: str
    tool: Tool
    area: str  # which vocabulary its titles come from
    size: int  # items planned at the start
    started: int  # weeks ago
    done: float  # share of all known work that is finished today
    slack: float | None  # None: no target date, or the one that ``horizon`` says
    estimates: Literal["points", "hours", "none"]
    team: int
    pace: tuple[tuple[int, float], ...] = ((99, 1.0),)
    growth: float = 0.1  # share of the start size that was added along the way
    burst: tuple[int, float] | None = None  # since how many weeks ago, which further share of the start size
    late: float = 0.08  # share of finished items that were late
    overdue: float = 0.03  # share of open dated items that are past due
    dated: float = 0.75  # share of items with a due date
    reopened: float = 0.03
    overrun: float = 0.95  # hours booked per hour estimated
    books: bool = False  # time is booked on items
    scrum: bool = False
    declared: Colour = "on_track"
    horizon: int | None = None  # weeks from today to the target, where nothing is finished to reckon with
    ended: int = 0  # weeks ago when the last item was finished; 0: still running
    support: bool = False
    team_managed: bool = False


@dataclass(frozen=True)
class ProgramPlan:
    key: str
    name: str
    projects: tuple[ProjectPlan, ...]


@dataclass(frozen=True)
class PortfolioPlan:
    key: str
    name: str
    programs: tuple[ProgramPlan, ...]


def _jira(key: str, name: str, area: str, **course: object) -> ProjectPlan:
    return _plan("jira", key, name, area, course)


def _asana(key: str, name: str, area: str, **course: object) -> ProjectPlan:
    return _plan("asana", key, name, area, course)


def _plan(tool: Tool, key: str, name: str, area: str, course: dict[str, object]) -> ProjectPlan:
    return ProjectPlan(key=key, name=name, tool=tool, area=area, **course)  # type: ignore[arg-type]


# fmt: off
_CUSTOMER = ProgramPlan("customer-experience", "Customer Experience", (
    _jira("CRM", "New CRM", "software", size=161, started=44, done=0.78, slack=2.0, estimates="points", team=8,
          scrum=True, books=True),
    _asana("PORTAL", "Customer Portal Relaunch", "product", size=130, started=34, done=0.74, slack=1.9,
           estimates="hours", team=6, books=True),
    _asana("ONB", "Onboarding Journey", "product", size=148, started=36, done=0.46, slack=0.3, estimates="none",
           team=5, pace=((99, 1.0), (12, 0.7)), growth=0.22, late=0.5, overdue=0.42, dated=0.85, declared="on_track"),
    _jira("HELP", "Customer Support Desk", "support", size=14, started=52, growth=28.0, done=0.965, slack=None,
          estimates="none", team=6, dated=0.0, support=True, reopened=0.05),
))
_PAYMENTS = ProgramPlan("payments", "Payments", (
    _jira("PAY", "Checkout Rebuild", "software", size=109, started=32, done=0.62, slack=0.8, estimates="points",
          team=7, growth=0.04, burst=(8, 0.66), scrum=True, overdue=0.1, late=0.15, declared="at_risk"),
    _jira("INV", "Invoice Automation", "software", size=122, started=36, done=0.76, slack=1.9, estimates="hours",
          team=5, books=True),
    _jira("SUBS", "Subscription Billing", "software", size=139, started=40, done=0.72, slack=1.9, estimates="points",
          team=6, scrum=True),
    _asana("PSD", "Payment Provider Migration", "migration", size=113, started=30, done=0.66, slack=1.25,
           estimates="none", team=5, late=0.15, overdue=0.08),
))
_EXPANSION = ProgramPlan("market-expansion", "Market Expansion", (
    _asana("NORD", "Nordics Launch", "launch", size=144, started=38, done=0.79, slack=2.0, estimates="none", team=6),
    _asana("IBER", "Iberia Launch", "launch", size=130, started=26, done=0.6, slack=2.0, estimates="none", team=5),
    _asana("PART", "Partner Program", "launch", size=7, started=1, done=0.0, slack=None, estimates="none", team=4,
           growth=0.0, horizon=22),
    _jira("LOC", "Product Localisation", "software", size=130, started=42, done=0.82, slack=2.1, estimates="points",
          team=5),
))
_DATA = ProgramPlan("data-platform", "Data Platform", (
    _jira("LAKE", "Warehouse Migration", "data", size=122, started=42, done=0.8, slack=2.6, estimates="points",
          team=6, pace=((99, 0.4), (6, 1.0)), growth=0.06, scrum=True, declared="on_track"),
    _asana("BI", "Self-Service Reporting", "data", size=130, started=33, done=0.73, slack=2.0, estimates="hours",
           team=5, books=True),
    _jira("EVT", "Event Streaming Backbone", "data", size=144, started=46, done=0.84, slack=2.2, estimates="points",
          team=6, scrum=True, books=True),
    _asana("DQ", "Data Quality Program", "data", size=130, started=40, done=0.7, slack=None, estimates="none", team=4,
           dated=0.0),
))
_SECURITY = ProgramPlan("security-compliance", "Security & Compliance", (
    _asana("ISO", "ISO 27001 Certification", "compliance", size=139, started=45, done=0.8, slack=2.0,
           estimates="hours", team=6, books=True),
    _jira("IAM", "Single Sign-On Rollout", "security", size=135, started=34, done=0.66, slack=1.8, estimates="hours",
          team=6, books=True),
    _jira("VULN", "Vulnerability Remediation", "security", size=144, started=39, done=0.74, slack=1.2,
          estimates="none", team=5, late=0.2, overdue=0.12, reopened=0.08, declared="at_risk"),
    _asana("PRIV", "Privacy Request Handling", "compliance", size=122, started=31, done=0.75, slack=2.1,
           estimates="none", team=4),
))
_WORKPLACE = ProgramPlan("workplace", "Workplace", (
    _asana("OFF", "Berlin Office Move", "workplace", size=130, started=28, done=0.62, slack=1.9, estimates="hours",
           team=6, books=True),
    _asana("HR", "People System Replacement", "migration", size=135, started=37, done=0.68, slack=1.15,
           estimates="none", team=5, late=0.22, overdue=0.14, declared="at_risk"),
    _jira("ITSM", "Service Desk Tooling", "software", size=130, started=48, done=1.0, slack=1.0, estimates="points",
          team=5, ended=5, declared="complete"),
    _jira("INTR", "Intranet Refresh", "software", size=122, started=30, done=0.76, slack=2.1, estimates="points",
          team=5, team_managed=True),
))
# fmt: on

COMPANY: tuple[PortfolioPlan, ...] = (
    PortfolioPlan("growth", "Growth", (_CUSTOMER, _PAYMENTS, _EXPANSION)),
    PortfolioPlan("foundations", "Foundations", (_DATA, _SECURITY, _WORKPLACE)),
)


def all_plans() -> tuple[ProjectPlan, ...]:
    """Every project of the company, in the order of the tree."""
    return tuple(plan for portfolio in COMPANY for program in portfolio.programs for plan in program.projects)
