"""A fault of ours in the middle of a push: told as such, of the target that it happened at; the others go on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from traceback import extract_tb

from connector.sdk.base import Connector
from model.errors import AppError, OwnFaultError
from model.push import HealthFields, PresentState, Receipt
from model.tree import Target


def own_fault(error: Exception, where: str) -> OwnFaultError:
    """What somebody needs to find it: the kind of error and the line. Its text may hold what may not be shown."""
    last = extract_tb(error.__traceback__)[-1]
    line = f"{Path(last.filename).name}, line {last.lineno}"
    return OwnFaultError(f"This failed through a fault of ours ({type(error).__name__} in {line}).", where=where)


def present_of(
    connector: Connector, targets: Sequence[Target], *, fields: HealthFields | None
) -> Mapping[str, PresentState]:
    """What stands at the targets, by label. One that trips us is found by halving, and told of as not to be written."""
    try:
        return connector.present(targets, fields=fields)
    except AppError:
        raise
    except Exception as error:
        if len(targets) == 1:
            fault = own_fault(error, targets[0].label)
            return {targets[0].label: PresentState(missing=fault.what, missing_reason=fault.reason)}
        half = len(targets) // 2
        parts = (present_of(connector, part, fields=fields) for part in (targets[:half], targets[half:]))
        return {label: state for part in parts for label, state in part.items()}


def write_receipts(connector: Connector, receipts: Sequence[Receipt]) -> Mapping[str, str | AppError]:
    """Write receipts in bulk; why not, by label, for those that were refused or tripped us. Raises AppError for all.

    A receipt that was written says the same when it is written again.
    """
    try:
        return dict(connector.write_properties(receipts))
    except AppError:
        raise
    except Exception as error:
        if len(receipts) == 1:
            return {receipts[0].target.label: own_fault(error, receipts[0].target.label)}
        half = len(receipts) // 2
        parts = (write_receipts(connector, part) for part in (receipts[:half], receipts[half:]))
        return {label: why for part in parts for label, why in part.items()}
