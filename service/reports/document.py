"""The report as one JSON document, in the shapes of the others."""

from typing import Any

from service.documents import gap_document, instant, node_document
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
        "week_ago": {
            "as_of": instant(report.week_ago),
            "nodes": [
                {"id": line.score.id, "score": line.before.score, "band": line.before.band}
                for line in report.lines
                if line.before is not None
            ],
        },
        "improvements": list(report.helps),
        "risks": [
            {
                "id": risk.item,
                "ref": report.ref(risk.item) or None,
                "probability": risk.probability,
                "impact": risk.impact,
                "owned": risk.owned,
            }
            for risk in report.risks
        ],
        "conflicts": [
            {"link": one.text, "state": one.state, "days_late": one.days_late, "owned": one.owned, "options": one.options}
            for one in report.conflicts
        ],
        "people": None if report.people is None else {"working": report.people[0], "in_several_projects": report.people[1]},
        "watermelons": [gap_document(gap, report.labels) for gap in report.gaps],
        "trend": [
            {"at": instant(point.at), "score": point.score, "band": point.band, "basis": point.basis}
            for point in report.trend
        ],
    }
