"""What ``explain`` shows people: names before ids, every value with its unit, and lines that stay inside the terminal."""

import json
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from rich.console import Console

from app.cli import main
from app.cli.receipts import receipt
from app.cli.tables import worst_line
from model.health import Band, Basis, Finding, Forecast, Improvement, Lost, NodeScore, Outcome, ScoredDimension, Value
from service import scoring
from store.brief_scores import largest_loss
from store.records_read import ItemLabel
from tests.support.scene import Scene

ITEM = "acme:item:1"
WIDE = "項目の名前がとても長いときの表示を確かめるための題名です" * 3


def _score(name: str) -> NodeScore:
    finding = Finding(
        dimension="schedule", version=1, outcome=Outcome.MEASURED, score=40.0, reason=f"{WIDE} is late",
        reason_code="schedule_odds",
        values={"spi_t": Value(value=0.493, unit="ratio"), "eac": Value(value=2041.2, unit="hours"),
                "heaviest": Value(value=ITEM, unit="risk")},
        evidence=(ITEM,), improvement=Improvement(text="finish it", points=20.0),
    )  # fmt: skip
    return NodeScore(
        id="grow", kind="program", name=name, parent=None, score=40.0, band=Band.AT_RISK, computed_band=Band.AT_RISK,
        coverage=1.0, trust=0.9, basis=Basis.OBSERVED, policy="default@1",
        dimensions=(ScoredDimension(finding=finding, weight=30, effective_weight=1.0, measured_share=1.0),),
        lost=(Lost(points=60.0, node="pay", dimension="schedule", reason=f"{WIDE} is late"),),
        forecast=Forecast(on_time_words="unlikely"),
    )  # fmt: skip


def _told(width: int, name: str = "Growth") -> str:
    out = StringIO()
    labels = {ITEM: ItemLabel(ITEM, "acme:PAY-1", WIDE, "https://acme.test/PAY-1")}
    receipt(Console(file=out, width=width), _score(name), labels, {"pay": "Payments"})
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = _told(width, name=WIDE).splitlines()
    assert max(cell_len(line) for line in lines) <= width


def test_values_stand_with_their_units_and_items_with_their_names() -> None:
    text = " ".join(_told(400).split())
    assert "SPI(t) 0.49" in text
    assert "EAC, likely cost 2,041.2 hours" in text
    assert f"heaviest PAY-1 “{WIDE[:20]}" in text
    assert f"Payments: {WIDE}" in text
    assert "up to +20.0 here" in text
    assert "half of the time done only beyond a year" in text
    assert "by its target date: unlikely" in text


def test_explain_tells_the_same_to_people_and_to_programs(synced: Scene) -> None:
    synced.document["lenses"] = {"kind": {"by": "class"}}
    config = ["--config", str(synced.write())]
    for words in (["explain", "website"], ["explain", "lens--kind", "--lens", "kind"]):
        told = CliRunner().invoke(main, [*words, *config])
        document = json.loads(CliRunner().invoke(main, [*words, "--json", *config]).stdout)
        assert told.exit_code == 0, told.output
        assert document["sensitivity"]["by_score"]
        assert "How firm this is" in told.stdout
        assert "SPI(t)" in told.stdout or document["kind"] != "project"
    for words in (["explain", "website"], ["explain", "lens--kind", "--lens", "kind"]):
        told = CliRunner().invoke(main, [*words, "--since", "7d", *config])
        document = json.loads(CliRunner().invoke(main, [*words, "--since", "7d", "--json", *config]).stdout)
        assert told.exit_code == 0, told.output
        assert document["change"]["moved"] == pytest.approx(sum(one["points"] for one in document["change"]["causes"]))
        assert "Since" in told.stdout


def test_the_largest_loss_of_a_table_is_that_of_the_pages(synced: Scene) -> None:
    """By dimension, also above: not that of the one project and dimension that takes most."""
    with synced.workspace() as workspace:
        scores = scoring.score(workspace, as_of=None).nodes
    differ = []
    for score in scores:
        found = largest_loss(score)
        if found is None or found[0] < 0.05:
            assert score.score is None or worst_line(score) == ""
            continue
        points, finding = found
        assert worst_line(score) == f"−{points:.1f} {finding.dimension}: {finding.reason}"
        differ.append(score.lost[0].points < points - 0.05)
    assert any(differ)
