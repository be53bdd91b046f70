"""A plan in a file: kept for somebody to look through, and carried out later only if it still is what would be done."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from model.base import Instant, Record
from model.errors import RefusedError, UsageError
from model.push import Write
from service import push_back
from service.push_back import NAMED, Wish
from service.workspace import Workspace

FORMAT = 1


class PlanFile(Record):
    """The writes that were planned, for which nodes (None: every one), and when."""

    format: int = Field(default=FORMAT, le=FORMAT)
    made_at: Instant
    only: tuple[str, ...] | None = None
    writes: tuple[Write, ...]


def save(workspace: Workspace, path: Path, writes: Sequence[Write], wish: Wish) -> None:
    """Write a plan down. Raises UsageError where the file can't be written."""
    only = None if wish.only is None else tuple(sorted(wish.only))
    plan = PlanFile(made_at=workspace.clock(), only=only, writes=tuple(writes))
    try:
        path.write_text(plan.model_dump_json(indent=2, exclude_none=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError("The plan can't be written there.", where=str(path), fix=str(error.strerror or "")) from None


def load(path: Path) -> PlanFile:
    """A plan that was written down. Raises UsageError for a file that is none."""
    try:
        return PlanFile.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError("The plan can't be read.", where=str(path), fix=str(error.strerror or "")) from None
    except (ValidationError, UnicodeDecodeError):
        fix = "Make one with `bellwether plan --out FILE`."
        raise UsageError("This is no plan of this version.", where=str(path), fix=fix) from None


def push(workspace: Workspace, path: Path, *, by: str = "cli") -> tuple[Write, ...]:
    """Carry out a plan that was written down. Raises RefusedError naming what differs where it fits no longer."""
    push_back.refuse_read_only(workspace, "`plan` shows what it would write.")
    again = "Make it anew with `bellwether plan --out FILE` and look it through"
    return carry_out(workspace, load(path), where=str(path), again=again, by=by)


def carry_out(workspace: Workspace, kept: PlanFile, *, where: str, again: str, by: str) -> tuple[Write, ...]:
    """Make a plan's writes, if it still fits the present. Raises RefusedError naming what differs where it does not.

    ``where`` names the plan, ``again`` says how another one is made.
    """
    known = workspace.tree.by_id()
    gone = [node for node in kept.only or () if node not in known]
    if gone:
        raise UsageError(f"The plan names nodes that are gone: {', '.join(gone)}.", where=where, fix="Plan anew.")
    wish = Wish(only=kept.only, by=by)
    now = push_back.plan(workspace, wish)
    differing = push_back.differences(kept.writes, now)
    if differing:
        named = "; ".join(differing[:NAMED]) + (f"; and {len(differing) - NAMED} more" if len(differing) > NAMED else "")
        raise RefusedError(
            f"The plan of {kept.made_at:%Y-%m-%d %H:%M} UTC no longer fits: {named}.",
            where=where, fix=f"{again}.", reason="stale_plan",
        )  # fmt: skip
    return push_back.push(workspace, wish, expected=kept.writes)
