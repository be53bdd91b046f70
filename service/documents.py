"""The JSON documents others read (contract, section 6), made from results. Rounding happens here and in texts only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from model.errors import AppError
from model.health import Gap, Lost, NodeScore, RollupResult, ScoredDimension, Untrusted
from model.language.pages import page_words
from model.push import SetupResult, Write
from model.registers import Registers
from model.sync import CensusReport, CheckReport, Discovery, SyncReport
from service.forecasts import forecast_document
from service.watermelons import Watermelons
from service.workspace import Workspace
from store.records_read import ItemLabel
from store.unit_of_work import UnitOfWork

MAX_EVIDENCE = 50
MAX_UNTRUSTED = 20

Labels = Mapping[str, ItemLabel]


def instant(at: datetime) -> str:
    """ISO 8601 in UTC with a trailing Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def labels_for(workspace: Workspace, scores: Collection[NodeScore]) -> Labels:
    """Readable names and URLs of every item that stands as evidence."""
    ids = {
        item
        for score in scores
        for dimension in score.dimensions
        for item in dimension.finding.evidence[:MAX_EVIDENCE]
    }
    ids |= {item for score in scores for entry in score.untrusted for item in entry.items[:MAX_UNTRUSTED]}
    with workspace.db.read() as uow:
        return uow.records.labels(sorted(ids))


def readable(uow: UnitOfWork, items: Collection[str]) -> Labels:
    """How items are shown. Those that few may see in their tool are left out: more people read our pages."""
    return uow.records.labels(sorted(items), of_all_to_see=True)


def rollup_document(result: RollupResult, labels: Labels) -> dict[str, Any]:
    return {
        "as_of": instant(result.as_of),
        "known_at": instant(result.known_at),
        "policy": result.policy,
        "nodes": [node_document(node, labels) for node in result.nodes],
    }


def node_document(node: NodeScore, labels: Labels) -> dict[str, Any]:
    return {
        "id": node.id,
        "kind": node.kind,
        "name": node.name,
        "parent": node.parent,
        "score": node.score,
        "band": node.band,
        "computed_band": node.computed_band,
        "band_reasons": list(node.band_reasons),
        "coverage": node.coverage,
        "trust": node.trust,
        "records": node.records,
        "untrusted": [_untrusted(entry, labels) for entry in node.untrusted],
        "basis": node.basis,
        "declared_band": node.declared_band,
        "declared_at": instant(node.declared_at) if node.declared_at else None,
        "weight_basis": node.weight_basis,
        "unrated": list(node.unrated),
        "policy": node.policy,
        "dimensions": [_dimension(dimension, labels) for dimension in node.dimensions],
        "lost": [_lost(lost) for lost in node.lost],
        "forecast": forecast_document(node.forecast),
    }


def _lost(lost: Lost) -> dict[str, Any]:
    """A line of the receipt; a portfolio has thousands, each of plain values."""
    return {name: getattr(lost, name) for name in Lost.__slots__}


def _dimension(scored: ScoredDimension, labels: Labels) -> dict[str, Any]:
    finding = scored.finding
    return {
        "name": finding.dimension,
        "version": finding.version,
        "outcome": finding.outcome,
        "score": finding.score,
        "weight": scored.weight,
        "effective_weight": scored.effective_weight,
        "measured_share": scored.measured_share,
        "own": scored.own,
        "reason": finding.reason,
        "reason_code": finding.reason_code,
        "values": {name: asdict(value) for name, value in finding.values.items()},
        "evidence": [evidence_document(item, labels) for item in finding.evidence[:MAX_EVIDENCE]],
        "evidence_total": len(finding.evidence),
        "improvement": finding.improvement.model_dump(mode="json") if finding.improvement else None,
    }


def evidence_document(item_id: str, labels: Labels) -> dict[str, Any]:
    label = labels.get(item_id)
    if label is None:
        connection, _, rest = item_id.partition(":")
        return {"id": item_id, "ref": f"{connection}:{rest.rpartition(':')[2]}", "url": None, "title": None}
    return {"id": item_id, "ref": label.ref, "url": label.url, "title": label.title}


def _untrusted(entry: Untrusted, labels: Labels) -> dict[str, Any]:
    """A data-quality check that records failed: the first of them, and how to mend them."""
    what, mend = page_words("en").check(entry.check)
    items = [evidence_document(item, labels) for item in entry.items[:MAX_UNTRUSTED]]
    return {"check": entry.check, "what": what, "mend": mend, "total": entry.total, "items": items}


def gap_document(gap: Gap, labels: Labels) -> dict[str, Any]:
    """A declared band against the computed one; who declared it stays out."""
    return {
        "node": gap.node,
        "name": gap.name,
        "kind": gap.kind,
        "reported": "better" if gap.better else "worse",
        "declared_band": gap.declared,
        "declared_at": instant(gap.declared_at),
        "computed_band": gap.computed,
        "score": gap.score,
        "gap": {"bands": gap.bands, "points": gap.points},
        "since": instant(gap.since),
        "since_or_earlier": gap.earlier,
        "band_reasons": list(gap.band_reasons),
        "reasons": [
            {
                "dimension": finding.dimension,
                "score": finding.score,
                "reason": finding.reason,
                "reason_code": finding.reason_code,
                "evidence": [evidence_document(item, labels) for item in finding.evidence],
            }
            for finding in gap.reasons
        ],
    }


def registers_document(kept: Registers, labels: Labels) -> dict[str, Any]:
    """Risks, conflicts, benefits, rules and loads as they are kept, with the items behind them readable."""
    document = kept.model_dump(mode="json", exclude={"totals"})
    for risk in document["risks"]:
        risk["item"] = evidence_document(risk["id"], labels)
    for one in document["conflicts"]:
        one["predecessor_item"] = evidence_document(one["predecessor"], labels)
        one["successor_item"] = evidence_document(one["successor"], labels)
    for one in document["benefits"]:
        one["item"] = None if one["from_goal"] else evidence_document(one["id"], labels)
    return document


def watermelons_document(found: Watermelons, labels: Labels) -> dict[str, Any]:
    return {
        "as_of": instant(found.as_of),
        "watermelons": [gap_document(gap, labels) for gap in found.gaps],
        "incomparable": list(found.incomparable),
    }


def sync_document(reports: Sequence[SyncReport], failures: Sequence[tuple[str, AppError]] = ()) -> dict[str, Any]:
    document: dict[str, Any] = {"connections": [report.model_dump(mode="json") for report in reports]}
    if failures:
        document["failures"] = [{"name": name, **error_document(error)["error"]} for name, error in failures]
    return document


def census_document(
    reports: Sequence[CensusReport], failures: Sequence[tuple[str, AppError]] = ()
) -> dict[str, Any]:
    document: dict[str, Any] = {"connections": [report.model_dump(mode="json") for report in reports]}
    if failures:
        document["failures"] = [{"name": name, **error_document(error)["error"]} for name, error in failures]
    return document


def writes_document(writes: Sequence[Write]) -> dict[str, Any]:
    return {"writes": [write.model_dump(mode="json") for write in writes]}


def check_document(reports: Sequence[CheckReport]) -> dict[str, Any]:
    return {"connections": [report.model_dump(mode="json") for report in reports]}


def discovery_document(found: Sequence[Discovery]) -> dict[str, Any]:
    return {"connections": [discovery.model_dump(mode="json") for discovery in found]}


def setup_document(results: Sequence[SetupResult]) -> dict[str, Any]:
    return {"connections": [result.model_dump(mode="json") for result in results]}


def error_document(error: AppError) -> dict[str, Any]:
    return {"error": {"what": error.what, "where": error.where, "fix": error.fix}}
