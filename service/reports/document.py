"""The report as one JSON document, in the shapes of the others."""

from dataclasses import asdict
from typing import Any

from service.change_document import change_document, sensitivity_document
from service.documents import gap_document, instant, node_document, registers_document
from service.reports.content import Report


def document(report: Report) -> dict[str, Any]:
    """The roll-up of the node and all below it, with what a report adds. Texts of dimensions are in English."""
    return {
        "as_of": instant(report.as_of),
        "known_at": instant(report.known_at),
        "policy": report.policy,
        "node": report.node.id,
        "language": report.language,
        "summary": report.summary,
        "nodes": [node_document(line.score, report.labels) for line in report.lines],
        "lens": None if report.lens is None else asdict(report.lens),
        "since": {
            "as_of": instant(report.since),
            "nodes": [
                {"id": line.score.id, "score": line.before.score, "band": line.before.band}
                for line in report.lines
                if line.before is not None
            ],
        },
        "change": None if report.split is None else change_document(report.split, report.labels),
        "sensitivity": sensitivity_document(report.firmness),
        "improvements": list(report.helps),
        "registers": registers_document(report.registers, report.labels),
        "goals": [asdict(line) for line in report.goals],
        "candidates": [line.score.id for line in report.lines if line.proposed],
        "without_goal": list(report.orphans),
        "teams": None if report.teams is None else [asdict(line) for line in report.teams],
        "people": None if report.people is None else {"working": report.people[0], "in_several_projects": report.people[1]},
        "watermelons": [gap_document(gap, report.labels) for gap in report.gaps],
        "trend": [
            {"at": instant(point.at), "score": point.score, "band": point.band, "basis": point.basis}
            for point in report.trend
        ],
    }
