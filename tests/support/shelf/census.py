"""What left the shelf. It hides nothing, so what is not there was deleted."""

from collections.abc import Sequence

from model.sync import Census, KnownItem, Page, RawPayload, Stage


def count(known: Sequence[KnownItem], there: Sequence[str], raw: Sequence[RawPayload]) -> Census:
    """``there``: ids of all cards of the wanted boards; ``raw``: payloads of those that were held as gone."""
    shown = set(there)
    return Census(
        checked=len(known),
        deleted=tuple(one.id for one in known if not one.gone and one.vendor_id not in shown),
        back=tuple(one.id for one in known if one.gone and one.vendor_id in shown),
        page=Page(stage=Stage.HISTORY, raw=tuple(raw)),
    )
