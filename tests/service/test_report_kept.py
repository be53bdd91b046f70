"""A report that somebody waits for, of an organisation that is not small: what was kept, and no more than is told."""

from datetime import timedelta
from typing import get_args

import pytest

from model.language import words
from model.language.pages import page_words
from model.tree import Language
from service.patience import Patience
from service.report import Asked, report
from service.reports import kept
from service.reports.content import LEAST
from service.reports.formats import FORMATS, SHORT, made
from tests.support.scene import Scene

LEVELS = ("website", "reach", "growth")
DAY = timedelta(days=1)
NONE = Patience(around=0)  # nothing is counted while somebody waits


@pytest.mark.parametrize("name", LEVELS)
def test_a_quick_report_of_a_large_organisation_tells_what_the_last_roll_up_kept(full: Scene, name: str) -> None:
    """The same but for what would have to be counted: who works in several projects, and the split."""
    with full.workspace() as workspace:
        exact = report(workspace, name, Asked(causes=False))
        workspace.patience = NONE
        quick = report(workspace, name, Asked(quick=True))
        short = report(workspace, name, Asked(quick=True, most_risks=1))
    assert [line.score.id for line in quick.lines] == [line.score.id for line in exact.lines]
    for one, other in zip(quick.lines, exact.lines, strict=True):
        assert (one.score.band, one.depth, one.target) == (other.score.band, other.depth, other.target)
        assert one.score.score == pytest.approx(other.score.score, abs=0.01)
    for part in ("registers", "goals", "orphans", "outlook", "names", "thresholds"):
        assert getattr(quick, part) == getattr(exact, part), part
    assert [one.node for one in quick.gaps] == [one.node for one in exact.gaps]
    assert [one.name for one in quick.dimensions] == [one.name for one in exact.dimensions]
    assert quick.since <= exact.since
    assert (quick.split, quick.people) == (None, None)
    assert kept.totals(short) == kept.totals(quick)
    assert len(short.registers.risks) == min(1, len(quick.registers.risks))
    assert all(made(quick, kind) for kind in FORMATS)
    assert made(short, "html")


@pytest.mark.parametrize("kind", SHORT)
@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("name", LEVELS)
def test_a_report_to_be_read_is_the_same_where_only_what_it_tells_is_read(
    full: Scene, name: str, language: Language, kind: str
) -> None:
    with full.workspace() as workspace:
        workspace.patience = NONE
        whole = report(workspace, name, Asked(language, quick=True))
        short = report(workspace, name, Asked.while_waited_for(kind, language=language))
        first = report(workspace, name, Asked(language, quick=True, most_lines=1))
    assert made(short, kind) == made(whole, kind)
    told = {line.score.id: line.reason for line in whole.lines}
    named = {first.node.id, *(line.score.id for line in (*first.ranked(1), *first.movers())), *(gap.node for gap in first.gaps)}
    for line in first.lines:
        assert line.reason == (told[line.score.id] if line.score.id in named else "")
    assert (first.summary, first.teams, first.gaps) == (whole.summary, whole.teams, whole.gaps)


@pytest.mark.parametrize("name", LEVELS)
def test_a_worker_adds_what_caused_the_movement_between_the_two_moments_that_were_kept(full: Scene, name: str) -> None:
    with full.workspace() as workspace:
        workspace.patience = NONE
        told = report(workspace, name, Asked(quick=True, causes=True, since=workspace.clock() - 20 * DAY))
    assert told.split is not None
    found = told.split.explained
    assert found.causes
    assert found.score_then == pytest.approx(told.lines[0].before.score if told.lines[0].before else None, abs=0.01)
    assert found.score_now == pytest.approx(told.node.score, abs=0.01)
    assert sum(one.points for one in found.causes) == pytest.approx(found.moved)
    shown = made(told, "md").decode()
    assert all(page_words("en").say(f"cause_{one.cause.value}") in shown for one in found.causes if abs(one.points) >= LEAST)


def test_a_movement_of_which_nothing_is_known_is_not_split(full: Scene) -> None:
    with full.workspace() as workspace:
        workspace.patience = NONE
        told = report(workspace, "reach", Asked(quick=True, causes=True, since=workspace.clock() - 3_000 * DAY))
    assert told.split is None


def test_a_report_names_the_moment_that_it_is_compared_with_by_one_day(full: Scene) -> None:
    """A weekly point stands at the midnight that ends a Sunday."""
    with full.workspace() as workspace:
        workspace.patience = NONE
        told = report(workspace, "reach", Asked(quick=True, since=workspace.clock() - 20 * DAY))
    sunday = page_words("en").say("week", day=words("en").day(told.since.date() - DAY))
    assert (told.since.weekday(), told.since.hour) == (0, 0)
    assert all(sunday in made(told, kind).decode() for kind in SHORT)
