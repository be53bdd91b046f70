"""Single changelog entries as changes of our fields, in our values."""

from collections.abc import Callable
from datetime import datetime

from connector.jira.payloads import ChangeDoc, ChangeItem, HistoryDoc, IssueDoc, UserDoc
from connector.jira.values import decimal_text, read_date, read_impact, read_number, read_probability
from connector.jira.vocabulary import Vocabulary, closed_by
from model.errors import SkippableError
from model.ids import item_id, record_id
from model.work import Change, ChangeField, Person, StatusCategory

_BY_ID = {
    "status": ChangeField.STATUS, "issuetype": ChangeField.TYPE, "assignee": ChangeField.ASSIGNEE,
    "parent": ChangeField.PARENT, "duedate": ChangeField.DUE_ON, "timeoriginalestimate": ChangeField.ESTIMATE_HOURS,
    "timeestimate": ChangeField.REMAINING_HOURS, "priority": ChangeField.SEVERITY, "summary": ChangeField.TITLE,
}  # fmt: skip
# Entries that Jira writes without a fieldId.
_BY_NAME = {
    "Parent": ChangeField.PARENT, "IssueParentAssociation": ChangeField.PARENT, "Epic Link": ChangeField.PARENT,
    "Key": ChangeField.KEY, "Parent Issue": ChangeField.PARENT,
}  # fmt: skip
_SAME_MOMENT_S = 2.0
Values = tuple[str | None, str | None]


class ChangeReader:
    """Reads the entries of one issue in order, oldest first: a status depends on the resolution set before it."""

    def __init__(self, connection: str, words: Vocabulary, issue: IssueDoc) -> None:
        self._connection = connection
        self._words = words
        self._issue = issue
        self._resolution: str | None = None
        self._status: StatusCategory | None = None
        self._last_parent: tuple[datetime, str | None] | None = None
        self._fields = self._roles()

    def read(self, history: ChangeDoc, number: int, item: ChangeItem) -> Change | None:
        """The change an entry stands for; None where its field is none of ours. Raises SkippableError."""
        if number == 0:
            self._note_resolution(history)
        found = self._fields.get(item.field_id or "") or (_BY_NAME.get(item.field) if not item.field_id else None)
        if found is None:
            return None
        old, new = self._values(found, item)
        if found is ChangeField.PARENT and self._repeated_parent(history.created, new):
            return None
        author = history.author.account_id if history.author else None
        return Change(
            id=record_id(self._connection, "change", f"{history.id}.{number}"), connection=self._connection,
            item_id=item_id(self._connection, self._issue.id), field=found, old=old, new=new,
            original_old=item.old_text or item.old, original_new=item.new_text or item.new, at=history.created,
            by=self._person(author),
        )

    def people(self, doc: HistoryDoc) -> list[Person]:
        """Everybody who did something here, and former assignees by the name the changelog gives them."""
        found: dict[str, Person] = {}
        for history in doc.histories:
            for item in history.items:
                if item.field_id == "assignee":
                    for account, name in ((item.old, item.old_text), (item.new, item.new_text)):
                        if account:
                            self._meet(found, UserDoc(accountId=account, displayName=name or account))
        for user in (*(history.author for history in doc.histories), *(log.author for log in doc.worklogs)):
            if user is not None and user.account_id:
                found.pop(self._person(user.account_id) or "", None)
                self._meet(found, user)
        return list(found.values())

    def _meet(self, found: dict[str, Person], user: UserDoc) -> None:
        person_id = self._person(user.account_id) or ""
        found.setdefault(person_id, Person(
            id=person_id, connection=self._connection, name=user.name or str(user.account_id), active=user.active,
            is_bot=user.account_type == "app",
        ))

    def _roles(self) -> dict[str, ChangeField]:
        roles = self._words.roles
        own: dict[str | None, ChangeField] = {
            **dict.fromkeys(roles.points, ChangeField.STORY_POINTS),
            roles.start: ChangeField.START_ON,
            roles.epic_link: ChangeField.PARENT,
            roles.probability: ChangeField.RISK_PROBABILITY,
            roles.impact: ChangeField.RISK_IMPACT,
        }
        fields = {**_BY_ID, **{field: change for field, change in own.items() if field}}
        if roles.estimate_hours:
            fields.pop("timeoriginalestimate")
            fields[roles.estimate_hours] = ChangeField.ESTIMATE_HOURS
        if roles.severity:
            fields.pop("priority")
            fields[roles.severity] = ChangeField.SEVERITY
        return fields

    def _values(self, found: ChangeField, item: ChangeItem) -> Values:
        if found is ChangeField.STATUS:
            return self._status_values(item)
        read = self._reader(found, item)
        return read(item.old, item.old_text), read(item.new, item.new_text)

    def _reader(self, found: ChangeField, item: ChangeItem) -> Callable[[str | None, str | None], str | None]:
        words, name = self._words, item.field_id or item.field
        plain_hours = item.field_id == words.roles.estimate_hours

        def hours_text(value: str | None, text: str | None) -> str | None:
            number = read_number(value or text, name)
            return decimal_text(number if plain_hours or number is None else round(number / 3600, 4))

        readers: dict[ChangeField, Callable[[str | None, str | None], str | None]] = {
            ChangeField.TYPE: lambda i, t: words.type_of(i, t).value if i or t else None,
            ChangeField.ASSIGNEE: lambda i, _: self._person(i),
            ChangeField.PARENT: lambda i, _: item_id(self._connection, i) if i else None,
            ChangeField.START_ON: lambda i, t: _date_text(i, t, name),
            ChangeField.DUE_ON: lambda i, t: _date_text(i, t, name),
            ChangeField.STORY_POINTS: lambda i, t: decimal_text(read_number(t or i, name)),
            ChangeField.ESTIMATE_HOURS: hours_text,
            ChangeField.REMAINING_HOURS: hours_text,
            ChangeField.SEVERITY: lambda i, t: (s.value if (s := words.severity(i, t)) else None),
            ChangeField.RISK_PROBABILITY: lambda i, t: decimal_text(read_probability(t or i, name)),
            ChangeField.RISK_IMPACT: lambda i, t: decimal_text(read_impact(t or i, name)),
            ChangeField.TITLE: lambda i, t: t or i or None,
            ChangeField.KEY: lambda i, t: t or i or None,
        }
        return readers[found]

    def _status_values(self, item: ChangeItem) -> Values:
        """Old is what the last change led to: the resolution that coloured it may be gone by now."""
        new = self._category(item.new, item.new_text)
        old = self._status or self._category(item.old, item.old_text)
        self._status = new
        return old.value, new.value

    def _category(self, status_id: str | None, name: str | None) -> StatusCategory:
        fields = self._issue.fields
        category = self._words.status_category(status_id, name)
        if category is None:
            raise SkippableError(
                f"A former status with the id {status_id} is not known any more; name it in the mapping.",
                reason="unknown_status",
            )
        if self._words.is_mapped_status(status_id, name):
            return category
        # Jira keeps no resolution for an open issue, so the one at hand belongs to this closing.
        resolution = self._resolution
        if resolution is None and status_id == fields.status.id and fields.resolution:
            resolution = fields.resolution.name
        return closed_by(category, resolution)

    def _note_resolution(self, history: ChangeDoc) -> None:
        for item in history.items:
            if item.field_id == "resolution" or item.field == "resolution":
                self._resolution = item.new_text

    def _repeated_parent(self, at: datetime, new: str | None) -> bool:
        """Jira writes one change of the parent up to three times: Epic Link, Parent, IssueParentAssociation."""
        last = self._last_parent
        self._last_parent = (at, new)
        return last is not None and last[1] == new and abs((at - last[0]).total_seconds()) <= _SAME_MOMENT_S

    def _person(self, account: str | None) -> str | None:
        return record_id(self._connection, "person", account) if account else None


def _date_text(value: str | None, text: str | None, field: str) -> str | None:
    """The ISO date; Jira puts it into the value (newer) or into the words, with a midnight behind it (older)."""
    found = read_date(value or text, field)
    return found.isoformat() if found else None
