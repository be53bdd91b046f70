"""Which owners of benefits are to be told something, from the registers that were kept when projects were scored."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from connector.sdk.base import Connector
from model.ids import parse_id
from model.push import Channel, PresentState
from model.register_kept import KeptBenefit
from model.reminder import REMINDER, Reminded, Reminder, Says
from model.tree import Courtesy, Node, Target, TargetKind
from rollup.register_kept import benefit_fact
from service.pushing.faults import present_of
from service.pushing.job import Manner, books_of, signed
from service.pushing.remind import ReminderJob, Step, Turn, turn_of
from service.workspace import Workspace, local_day, reference
from store.pushes import Spot, Written
from store.unit_of_work import UnitOfWork

OF_ITEMS: tuple[TargetKind, ...] = ("issue", "task")
SPOT: Spot = (Channel.REMINDER, REMINDER)
ACTUAL = "benefit.actual"


@dataclass(frozen=True)
class Told:
    """What the owner of one benefit is told. ``comment_id``: of our comment there. ``restricted``: few may see its item."""

    turn: Turn
    message: Reminder | None
    signature: str
    comment_id: str | None
    restricted: bool = False


Reminding = tuple[Node, Target, Told]


def holders(workspace: Workspace, uow: UnitOfWork) -> frozenset[str]:
    """The projects that hold benefits, where owners are reminded at all."""
    nodes = {node.id for node in workspace.reminding_nodes()}
    return frozenset(nodes.intersection(uow.project_registers.benefits())) if nodes else frozenset()


def reminding(workspace: Workspace, only: Collection[str] | None, connection: str) -> list[Reminding]:
    """Every benefit of a connection whose owner is to be told something now, with the first project that holds it."""
    if workspace.reminders is None:
        return []
    with workspace.db.read() as uow:
        return list(_Look(workspace, uow, workspace.connector(connection), workspace.reminders).all(only))


def reminder_said(workspace: Workspace, connector: Connector, target: Target, says: Says) -> Reminder | None:
    """What a comment at a benefit would say of it today; None where no project holds it any more."""
    with workspace.db.read() as uow:
        look = _Look(workspace, uow, connector, workspace.reminders or Courtesy())
        held = {place.value: (node, benefit) for node, place, benefit in look.held}
        return look.message(*held[target.value], says) if target.value in held else None


def reminder_jobs(
    workspace: Workspace, connector: Connector, places: Sequence[Reminding], manner: Manner, *, now: datetime
) -> list[ReminderJob]:
    """The jobs of one connection; what stands at their items is read in bulk."""
    if not places:
        return []
    books = books_of(workspace, connector.name, manner, now=now)
    present = present_of(connector, [target for _, target, _ in places if books.is_asked(target)], fields=None)
    return [
        ReminderJob(
            node=node,
            target=target,
            signature=told.signature,
            fields=None,
            written=books.written.get(target.label, {}),
            present=present.get(target.label, PresentState()),
            day=books.day,
            hold=books.holds.get(target.label),
            troubles={what: one for what, one in books.troubles_of(target).items() if what in ("", REMINDER)},
            unsettled=manner.unsettled_of(target),
            insist=manner.insist,
            turn=told.turn,
            message=told.message,
            comment_id=told.comment_id,
            restricted=told.restricted,
        )
        for node, target, told in places
    ]


@dataclass
class _Look:
    """A look through the registers for the benefits that are items of one connection."""

    workspace: Workspace
    uow: UnitOfWork
    connector: Connector
    courtesy: Courtesy

    def all(self, only: Collection[str] | None) -> Iterator[Reminding]:
        """What is to be told now. The register holds on to a due date that was taken away; the tool shows none."""
        written, today = self.uow.pushes.written(self.connector.name), local_day(self.workspace)
        last = {target.label: written.get(target.label, {}).get(SPOT) for _, target, _ in self.held}
        turning = [
            (node, target, benefit) for node, target, benefit in self.held
            if (only is None or node.id in only) and turn_of(benefit, _said(last[target.label]), today)
        ]  # fmt: skip
        items = {item.id: item for item in self.uow.records.items(benefit.id for _, _, benefit in turning)}
        for node, target, benefit in turning:
            item = items.get(benefit.id)
            shown = replace(benefit, due_on=None) if item is not None and item.due_on is None else benefit
            told = self._told(node, shown, target, last[target.label], today)
            if told is not None:
                yield node, target, replace(told, restricted=item is not None and item.restricted)

    @cached_property
    def held(self) -> list[tuple[Node, Target, KeptBenefit]]:
        """Each benefit once, with the first project that holds it and the place of its item."""
        kind = next((one for one in OF_ITEMS if one in self.connector.comment_kinds), None)
        kept = self.uow.project_registers.benefits() if kind is not None else {}
        found: dict[str, tuple[Node, KeptBenefit]] = {}
        for node in self.workspace.reminding_nodes() if kept else ():
            for benefit in kept.get(node.id, ()):
                found.setdefault(benefit.id, (node, benefit))
        return [
            (node, self._place(kind, item.vendor_id), benefit)
            for node, benefit in found.values()
            if kind is not None and (item := parse_id(benefit.id)).connection == self.connector.name
        ]

    def _place(self, kind: TargetKind, vendor_id: str) -> Target:
        """An item by its id, which a move to another project does not change."""
        connection, courtesy = self.connector.name, self.courtesy
        return Target(connection=connection, kind=kind, value=vendor_id, receipt=False, fields=False, courtesy=courtesy)

    def _told(self, node: Node, benefit: KeptBenefit, target: Target, last: Written | None, today: date) -> Told | None:
        said = _said(last)
        turn = turn_of(benefit, said, today)
        if turn is None:
            return None
        message = self.message(node, benefit, turn.kept.says) if turn.kept else None
        signature = message.signature(benefit.owner_id) if message else ""
        if turn.step is Step.EDIT and last and last.signature == signed(signature, Channel.REMINDER, target):
            return None
        return Told(turn, message, signature, last.vendor_id if last and said and not said.gone else None)

    def message(self, node: Node, benefit: KeptBenefit, says: Says) -> Reminder | None:
        """What is said of a benefit; None where it has no due date."""
        if benefit.due_on is None:
            return None
        url = self.workspace.public_url
        return Reminder(
            says=says,
            language=self.courtesy.language,
            measure=benefit.measure,
            unit=benefit.unit,
            baseline=benefit.baseline,
            target=benefit.target,
            actual=benefit.actual,
            realised=benefit_fact(benefit).realised,
            due_on=benefit.due_on,
            field=self._field,
            node_name=node.name,
            url=f"{url}/nodes/{node.id}" if url else None,
        )

    @cached_property
    def _field(self) -> str | None:
        """What the tool calls the field of the number achieved; None where no field is mapped."""
        words = reference(self.workspace, self.uow, self.connector)
        named = dict(self.connector.known_fields(words))
        return next((named[one] for one in self.connector.reading(words).parts.get(ACTUAL, ()) if one in named), None)


def _said(last: Written | None) -> Reminded | None:
    return Reminded.of(last.value) if last else None
