"""Single changelog entries as changes of our fields, in our values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from connector.jira.fields import FieldRoles
from connector.jira.payloads import ChangeDoc, ChangeItem, HistoryDoc, IssueDoc, UserDoc
from connector.jira.points import PointsPast
from connector.jira.values import decimal_text, person, read_date, read_impact, read_number, read_probability
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
ReadValue = Callable[[str | None, str | None, str], str | None]


@dataclass(frozen=True)
class ChangeWords:
    """What entries of changelogs mean on one site, made once for many issues.

    ``fields``: our fields by the site's ids. ``read``: how a value of a field is read, from what Jira stores, what it
    shows, and the name of the field. ``category``: of a status by its id and name.
    """

    connection: str
    words: Vocabulary
    fields: Mapping[str, ChangeField]
    read: Mapping[ChangeField, ReadValue]
    category: Callable[[str | None, str | None], StatusCategory | None]


def change_words(connection: str, words: Vocabulary) -> ChangeWords:
    """The words of a site for its changelogs. The same few statuses come again and again: each is looked up once."""
    return ChangeWords(
        connection, words, _fields_of(words.roles), _value_readers(connection, words),
        lru_cache(maxsize=1024)(words.status_category),
    )


class ChangeReader:
    """Reads the entries of one issue in order, oldest first: a status depends on the resolution set before it, and of
    several story point fields the first that is filled counts.
    """

    def __init__(self, site: ChangeWords, issue: IssueDoc, histories: Sequence[ChangeDoc] = ()) -> None:
        self._connection = site.connection
        self._site = site
        self._issue = issue
        self._resolution: str | None = None
        self._status: StatusCategory | None = None
        self._last_parent: tuple[datetime, str | None] | None = None
        self._histories = histories
        self._prefix = record_id(site.connection, "change", "")
        self._item = item_id(site.connection, issue.id)

    def read(self, history: ChangeDoc, number: int, item: ChangeItem) -> Change | None:
        """The change an entry stands for; None where its field is none of ours. Raises SkippableError."""
        if number == 0:
            self._note_resolution(history)
        found = self._site.fields.get(item.field_id or "") or (_BY_NAME.get(item.field) if not item.field_id else None)
        if found is None:
            return None
        old, new = self._values(found, item)
        if found is ChangeField.STORY_POINTS and len(self._site.words.roles.points) > 1:
            counted = self._points.change(item.field_id or "", new)
            if counted is None:
                return None
            old, new = counted
        if found is ChangeField.PARENT and self._repeated_parent(history.created, new):
            return None
        author = history.author.account_id if history.author else None
        return Change(
            id=f"{self._prefix}{history.id}.{number}", connection=self._connection,
            item_id=self._item, field=found, old=old, new=new,
            original_old=item.old_text or item.old, original_new=item.new_text or item.new, at=history.created,
            by=self._person(author),
        )

    def people(self, doc: HistoryDoc) -> list[Person]:
        """Everybody who did something here, and former assignees by the name the changelog gives them."""
        connection = self._site.connection
        found: dict[str, Person] = {}
        for history in doc.histories:
            for item in history.items:
                if item.field_id == "assignee":
                    for account, name in ((item.old, item.old_text), (item.new, item.new_text)):
                        if account and account not in found:
                            found[account] = person(connection, UserDoc(accountId=account, displayName=name or account))
        # A person's own entries know more of them than a change that names them; the first ones are as good as any.
        users = (*(history.author for history in doc.histories), *(log.author for log in doc.worklogs))
        for account, user in {one.account_id: one for one in reversed(users) if one and one.account_id}.items():
            found[account] = person(connection, user)
        return list(found.values())

    @cached_property
    def _points(self) -> PointsPast:
        fields = self._issue.fields
        return PointsPast(self._site.words.points_of(fields.project), fields, self._histories)

    def _values(self, found: ChangeField, item: ChangeItem) -> Values:
        if found is ChangeField.STATUS:
            return self._status_values(item)
        read, name = self._site.read[found], item.field_id or item.field
        return read(item.old, item.old_text, name), read(item.new, item.new_text, name)

    def _status_values(self, item: ChangeItem) -> Values:
        """Old is what the last change led to: the resolution that coloured it may be gone by now."""
        new = self._category(item.new, item.new_text)
        old = self._status or self._category(item.old, item.old_text)
        self._status = new
        return old.value, new.value

    def _category(self, status_id: str | None, name: str | None) -> StatusCategory:
        fields = self._issue.fields
        category = self._site.category(status_id, name)
        if category is None:
            raise SkippableError(
                f"A former status with the id {status_id} is not known any more; name it in the mapping.",
                reason="unknown_status",
            )
        if self._site.words.is_mapped_status(status_id, name):
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


def _value_readers(connection: str, words: Vocabulary) -> dict[ChangeField, ReadValue]:
    own_estimate = words.roles.estimate_hours

    def hours(stored: str | None, shown: str | None, name: str) -> str | None:
        """Jira counts effort in seconds, except in a field of the site's own."""
        number = read_number(stored or shown, name)
        return decimal_text(number if number is None or name == own_estimate else round(number / 3600, 4))

    return {
        ChangeField.TYPE: lambda i, t, _: words.type_of(i, t).value if i or t else None,
        ChangeField.ASSIGNEE: lambda i, _t, _: record_id(connection, "person", i) if i else None,
        ChangeField.PARENT: lambda i, _t, _: item_id(connection, i) if i else None,
        ChangeField.START_ON: _date_text,
        ChangeField.DUE_ON: _date_text,
        ChangeField.STORY_POINTS: lambda i, t, name: decimal_text(read_number(t or i, name)),
        ChangeField.ESTIMATE_HOURS: hours,
        ChangeField.REMAINING_HOURS: hours,
        ChangeField.SEVERITY: lambda i, t, _: (s.value if (s := words.severity(i, t)) else None),
        ChangeField.RISK_PROBABILITY: lambda i, t, name: decimal_text(read_probability(t or i, name)),
        ChangeField.RISK_IMPACT: lambda i, t, name: decimal_text(read_impact(t or i, name)),
        ChangeField.TITLE: lambda i, t, _: t or i or None,
        ChangeField.KEY: lambda i, t, _: t or i or None,
    }


@lru_cache(maxsize=16)
def _fields_of(roles: FieldRoles) -> dict[str, ChangeField]:
    """Which of our fields a field id of Jira's changes."""
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


@lru_cache(maxsize=4096)
def _date_text(value: str | None, text: str | None, field: str) -> str | None:
    """The ISO date; Jira puts it into the value (newer) or into the words, with a midnight behind it (older)."""
    found = read_date(value or text, field)
    return found.isoformat() if found else None
