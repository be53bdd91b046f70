"""From the document's people to teammates whose accounts are ids of the model."""

from config.document import Document
from config.faults import Fault, Path, did_you_mean
from config.tree import free_slug
from model.ids import record_id
from model.landscape import Teammate

_KIND = "person"


def build_teammates(document: Document) -> tuple[tuple[Teammate, ...], list[Fault]]:
    """Everybody named under ``people``, and what is wrong there. Keys are slugs of the names, -2 … when taken."""
    teammates: list[Teammate] = []
    faults: list[Fault] = []
    keys: set[str] = set()
    owned: set[str] = set()
    for number, person in enumerate(document.people):
        accounts: list[str] = []
        for index, text in enumerate(person.ids):
            account = _account(text, ("people", number, "ids", index), document, owned)
            if isinstance(account, Fault):
                faults.append(account)
                continue
            owned.add(account)
            accounts.append(account)
        key = free_slug(person.name, otherwise=_KIND, taken=keys)
        keys.add(key)
        teammates.append(
            Teammate(
                key=key,
                name=person.name,
                accounts=tuple(accounts),
                hours_per_week=person.hours_per_week,
                skills=person.skills,
                role=person.role,
            )
        )
    return tuple(teammates), faults


def _account(text: str, path: Path, document: Document, owned: set[str]) -> str | Fault:
    connection, _, vendor_id = text.partition(":")
    vendor_id = vendor_id.removeprefix(f"{_KIND}:")
    known = list(document.connections)
    if not connection or not vendor_id:
        return Fault(path, f"{text!r} is no account.", "Write <connection>:<account id in the tool>.")
    if connection not in known:
        what = f"There is no connection {connection!r}{did_you_mean(connection, known)}"
        return Fault(path, what, f"Known connections: {', '.join(known)}.")
    account = record_id(connection, _KIND, vendor_id)
    if account in owned:
        return Fault(path, f"The account {text!r} belongs to two people.", "Leave it with one of them.")
    return account
