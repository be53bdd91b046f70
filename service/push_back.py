"""Push-back: what the tools should show, against what we wrote last and what stands there: the difference is the writes.

``plan`` writes nothing; ``push`` makes the same plan and carries it out. Each single write is whole or absent.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from connector.sdk.base import Connector
from model.errors import AppError, RefusedError
from model.health import Band, NodeScore
from model.landscape import Landscape
from model.push import PROPERTY_KEY, Channel, HealthFields, HealthMessage, HealthRole, PresentState, Write, WriteResult
from model.tree import Node, Target
from rollup.explain import message
from service.scoring import read
from service.signature import signature
from service.workspace import Workspace
from store.pushes import Made, Written
from store.unit_of_work import UnitOfWork

COMMENT = "comment"
STATUS = "status"


@dataclass(frozen=True)
class _Job:
    """One target of one node: what it should say, what was written there last, what stands there."""

    node: Node
    target: Target
    message: HealthMessage
    signature: str
    fields: HealthFields | None
    written: dict[tuple[Channel, str | None], Written]
    present: PresentState

    def says_the_same(self, channel: Channel) -> bool:
        """Whether what was last written in this channel means what is to be said now."""
        return any(w.signature == self.signature for (written, _), w in self.written.items() if written is channel)

    def last(self, channel: Channel, field: str | None) -> Written | None:
        return self.written.get((channel, field))

    def write(self, channel: Channel, field: str | None, new: JsonValue, why: str) -> Write:
        """A planned write; ``old`` is what stands in the tool, for a channel that can be read back."""
        old: JsonValue = None
        if channel is Channel.FIELD and field:
            old = self.present.fields.get(HealthRole(field))
        elif channel is Channel.PROPERTY:
            old = self.present.property
        elif last := self.last(channel, field):
            old = last.value
        return Write(
            connection=self.target.connection,
            target=self.target.label,
            node=self.node.id,
            channel=channel,
            field=field,
            old=old,
            new=new,
            why=why,
        )


def plan(workspace: Workspace, *, only: Collection[str] | None = None) -> tuple[Write, ...]:
    """Every write that ``push`` would make, and why. Writes that change nothing stand as UNCHANGED.

    ``only``: node ids; None is every node that publishes.
    """
    return tuple(write for job in _jobs(workspace, only) for write in _writes(job))


def push(workspace: Workspace, *, only: Collection[str] | None = None) -> tuple[Write, ...]:
    """Make the writes. A failing target is named in its writes; the others go on.

    Raises RefusedError in read-only mode.
    """
    if workspace.read_only:
        raise RefusedError(
            "Nothing is written: this deployment is read-only.",
            where="read_only",
            fix="Set `read_only: false` to let push write; `plan` shows what it would write.",
        )
    now = workspace.clock()
    with workspace.db.begin() as uow:
        run = uow.runs.start("push", at=now)
    done: list[Write] = []
    for job in _jobs(workspace, only):
        done.extend(_carry_out(workspace, job, run))
    with workspace.db.begin() as uow:
        counts: dict[str, JsonValue] = {result: sum(w.result is result for w in done) for result in WriteResult}
        uow.runs.finish(run, at=workspace.clock(), outcome="done", summary=counts)
    return tuple(done)


def _jobs(workspace: Workspace, only: Collection[str] | None) -> Iterator[_Job]:
    """One job per published target of every scored node; a target that can't be asked becomes a job that says so."""
    messages = _messages(workspace, only)
    nodes = workspace.tree.by_id()
    for node_id, said in messages.items():
        for target in nodes[node_id].publish:
            yield _job(workspace, nodes[node_id], target, said)


def _messages(workspace: Workspace, only: Collection[str] | None) -> dict[str, tuple[NodeScore, HealthMessage]]:
    """What each published node has to say, from its newest score."""
    with workspace.db.read() as uow:
        stored = {kept.score.id: kept for kept in uow.scores.latest()}
        landscape, _ = read(workspace, uow, known_at=None)
        return {
            node.id: (stored[node.id].score, _message(uow, landscape, stored[node.id].score, node))
            for node in workspace.tree.nodes
            if node.publish and node.id in stored and (only is None or node.id in only)
        }


def _message(uow: UnitOfWork, landscape: Landscape, score: NodeScore, node: Node) -> HealthMessage:
    evidence = {item for d in score.dimensions for item in d.finding.evidence[:5]}
    helping = {i for d in score.dimensions if d.finding.improvement for i in d.finding.improvement.items[:5]}
    labels = uow.records.labels(sorted(evidence | helping))
    titles = {item: (label.title, label.url) for item, label in labels.items()}
    kept = uow.scores.latest_of(node.id)
    before = uow.scores.before(node.id)
    if kept is None:
        raise RuntimeError("a message is made from a kept score")
    return message(score, landscape, titles, before.score if before else None, kept.as_of)


def _job(workspace: Workspace, node: Node, target: Target, said: tuple[NodeScore, HealthMessage]) -> _Job:
    score, text = said
    with workspace.db.read() as uow:
        fields = uow.pushes.health_fields(target.connection)
        written = {(w.channel, w.field): w for w in uow.pushes.written_at_target(target.connection, target.label)}
    comment = written.get((Channel.COMMENT, COMMENT))
    try:
        present = workspace.connector(target.connection).present(
            target, fields=fields, comment_id=comment.vendor_id if comment else None
        )
    except AppError as error:
        present = PresentState(missing=str(error))
    return _Job(node, target, text, signature(score, text), fields, written, present)


def _writes(job: _Job) -> list[Write]:
    """The writes of one target, least noisy first."""
    if job.present.missing:
        write = job.write(Channel.FIELD, None, None, job.present.missing)
        return [write.model_copy(update={"result": WriteResult.FAILED})]
    writes = [*_property_writes(job)]
    if job.target.fields:
        writes += _field_writes(job)
    if job.target.comment == "on_band_change":
        writes += _spoken(job, Channel.COMMENT, COMMENT)
    if job.target.status_update == "on_band_change":
        writes += _spoken(job, Channel.STATUS_UPDATE, STATUS)
    return writes


def _field_writes(job: _Job) -> list[Write]:
    """Health, score, reason: unchanged when they mean what we wrote last and nobody has changed them since."""
    desired: dict[HealthRole, JsonValue] = {
        HealthRole.HEALTH: job.message.band.value,
        HealthRole.SCORE: job.message.score,
        HealthRole.REASON: job.message.reason,
    }
    if job.fields is None or set(job.fields.ids) != set(HealthRole):
        why = "Our fields are not set up in this connection: run `bellwether setup --apply`."
        return [_with(job.write(Channel.FIELD, role, new, why), WriteResult.SKIPPED) for role, new in desired.items()]
    same_meaning = job.says_the_same(Channel.FIELD)
    writes = []
    for role, new in desired.items():
        if role not in job.present.fields:
            why = "The target does not have the field: run `bellwether setup` to see what is missing."
            writes.append(_with(job.write(Channel.FIELD, role, new, why), WriteResult.SKIPPED))
            continue
        last = job.last(Channel.FIELD, role)
        keep = last.value if same_meaning and last else new
        writes.append(_field_write(job, role, keep, last))
    return writes


def _field_write(job: _Job, role: HealthRole, desired: JsonValue, last: Written | None) -> Write:
    present = job.present.fields[role]
    if present == desired:
        return _with(job.write(Channel.FIELD, role, desired, "It says so already."), WriteResult.UNCHANGED)
    if last is None:
        why = "It was never written here."
    elif last.value != present:
        why = f"Somebody changed it in the tool; last written: {last.value}."
    else:
        why = f"{job.node.name}: {job.message.reason}"
    return job.write(Channel.FIELD, role, desired, why)


def _property_writes(job: _Job) -> list[Write]:
    """The quiet receipt, for targets that carry one."""
    if job.target.kind != "issue":
        return []
    receipt: JsonValue = dict(job.message.receipt)
    if job.says_the_same(Channel.PROPERTY) and job.present.property is not None:
        last = job.last(Channel.PROPERTY, PROPERTY_KEY)
        unchanged = job.write(Channel.PROPERTY, PROPERTY_KEY, last.value if last else receipt, "It says so already.")
        return [_with(unchanged, WriteResult.UNCHANGED)]
    return [job.write(Channel.PROPERTY, PROPERTY_KEY, receipt, "The receipt behind the fields has changed.")]


def _spoken(job: _Job, channel: Channel, field: str) -> list[Write]:
    """A comment or status update: only when the band is not the one it was last said with, and asked for."""
    last = job.last(channel, field)
    band = job.message.band
    gone = channel is Channel.COMMENT and last is not None and job.present.comment_id is None
    if last is not None and last.value == band.value and not gone:
        return [_with(job.write(channel, field, band.value, "The band is the one said last."), WriteResult.UNCHANGED)]
    if band is Band.NO_DATA:
        return [_with(job.write(channel, field, band.value, "Nothing is said without data."), WriteResult.UNCHANGED)]
    if channel is Channel.STATUS_UPDATE and _human_is_newer(job, last):
        why = "A person has posted a status since; theirs stands, ours shows in the fields."
        return [_with(job.write(channel, field, band.value, why), WriteResult.SKIPPED)]
    why = f"The band was {Band(str(last.value)).words}." if last else "The band was never said here."
    return [job.write(channel, field, band.value, "Our comment is gone from the target." if gone else why)]


def _human_is_newer(job: _Job, last: Written | None) -> bool:
    """A person's status update that came after ours stands; before our first one, it does not stop us."""
    at = job.present.human_status_at
    return last is not None and at is not None and at > last.at


def _carry_out(workspace: Workspace, job: _Job, run: str) -> list[Write]:
    """Make one target's writes, channel by channel; record each in the same breath as its result."""
    done: list[Write] = []
    planned = _writes(job)
    connector = None if job.present.missing else workspace.connector(job.target.connection)
    for channel in dict.fromkeys(write.channel for write in planned):
        group = [write for write in planned if write.channel is channel]
        if connector is None or not any(write.result is WriteResult.PLANNED for write in group):
            done.extend(group)
            continue
        done.extend(_carry_out_channel(workspace, job, connector, group, run))
    return done


def _carry_out_channel(
    workspace: Workspace, job: _Job, connector: Connector, group: list[Write], run: str
) -> Iterable[Write]:
    channel = group[0].channel
    vendor_id: str | None = None
    try:
        vendor_id = _send(connector, job, channel)
        result, problem = WriteResult.WRITTEN, None
    except AppError as error:
        result, problem = WriteResult.FAILED, str(error)
    finished = []
    now = workspace.clock()
    with workspace.db.begin() as uow:
        for write in group:
            if write.result is WriteResult.PLANNED:
                write = write.model_copy(update={"result": result, "why": problem or write.why})
                made = Made(run=run, previous=write.old, vendor_id=vendor_id, signature=job.signature)
                uow.pushes.record(write, made, at=now)
            finished.append(write)
    return finished


def _send(connector: Connector, job: _Job, channel: Channel) -> str | None:
    """One call into the tool; the id of what was made, where there is one."""
    if channel is Channel.FIELD:
        if job.fields is None:
            raise RuntimeError("fields are only written when they are set up")
        connector.write_fields(job.target, job.message, fields=job.fields)
        return None
    if channel is Channel.PROPERTY:
        connector.write_property(job.target, job.message)
        return None
    if channel is Channel.COMMENT:
        return connector.write_comment(job.target, job.message, comment_id=job.present.comment_id)
    return connector.write_status_update(job.target, job.message)


def _with(write: Write, result: WriteResult) -> Write:
    return write.model_copy(update={"result": result})

