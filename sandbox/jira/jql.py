"""A small honest JQL: what it does not know it refuses with the vendor's 400, it never falls back to every issue."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.jira.jql_fields import FIELDS, condition, sort_key
from sandbox.jira.records import ApiError, Issue

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite

Predicate = Callable[[Issue], bool]
MOST_ORDERS = 7
UNBOUNDED = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
)
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<op><=|>=|!=|!~|=|<|>|~|\(|\)|,)"""
    r"""|(?P<word>[^\s"'<>=!~(),]+))"""
)
_WORD_OPERATORS = {"in", "is", "not", "was", "changed"}


@dataclass(frozen=True)
class Token:
    text: str
    kind: str  # quoted, op, word

    def word(self) -> str:
        return self.text.lower() if self.kind == "word" else ""


@dataclass(frozen=True)
class Query:
    """A parsed query: ``test`` is None when it restricts nothing."""

    test: Predicate | None
    orders: tuple[tuple[str, bool], ...]  # field, descending


def refuse(message: str) -> ApiError:
    return ApiError(400, message)


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise refuse(f"Error in the JQL Query: The character '{text[at]}' is a reserved JQL character.")
        kind = match.lastgroup or "word"
        words = match.group(kind)
        if kind == "quoted":
            words = re.sub(r"\\(.)", r"\1", words[1:-1])
        found.append(Token(words, kind))
        at = match.end()
    return found


class Parser:
    """Recursive descent: or → and → not → clause."""

    def __init__(self, site: "JiraSite", text: str) -> None:
        self._site = site
        self._tokens = tokens(text)
        self._at = 0

    def parse(self) -> Query:
        test = None
        if self._tokens and self._peek().word() != "order":
            test = self._any()
        orders = self._orders()
        if self._at < len(self._tokens):
            raise self._expected("'AND' or 'OR'")
        return Query(test, orders)

    def _peek(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else Token("", "end")

    def _take(self) -> Token:
        token = self._peek()
        if token.kind == "end":
            raise refuse("Error in the JQL Query: The query ended unexpectedly.")
        self._at += 1
        return token

    def _expected(self, what: str) -> ApiError:
        return refuse(f"Error in the JQL Query: Expecting {what} but got '{self._peek().text}'.")

    def _any(self) -> Predicate:
        parts = [self._all()]
        while self._peek().word() == "or":
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda issue: any(part(issue) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._peek().word() == "and":
            self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda issue: all(part(issue) for part in parts)

    def _one(self) -> Predicate:
        if self._peek().word() == "not":
            self._take()
            inner = self._one()
            return lambda issue: not inner(issue)
        if self._peek() == Token("(", "op"):
            self._take()
            inside = self._any()
            if self._take() != Token(")", "op"):
                raise self._expected("')'")
            return inside
        return self._clause()

    def _clause(self) -> Predicate:
        field = self._take()
        if field.kind == "op":
            raise refuse(f"Error in the JQL Query: Expecting a field name but got '{field.text}'.")
        operator = self._operator()
        values = self._values(listed=operator in ("in", "not in"))
        return condition(self._site, field.text, operator, values)

    def _operator(self) -> str:
        token = self._take()
        word = token.word()
        if token.kind == "op" and token.text not in "(),":
            return token.text
        if word == "not" and self._peek().word() == "in":
            self._take()
            return "not in"
        if word == "is" and self._peek().word() == "not":
            self._take()
            return "is not"
        if word in ("in", "is"):
            return word
        raise refuse(f"Error in the JQL Query: Expecting operator but got '{token.text}'.")

    def _values(self, *, listed: bool) -> list[Token]:
        if not listed or self._peek() != Token("(", "op"):
            return [self._value()]
        self._take()
        values = [self._value()]
        while self._peek() == Token(",", "op"):
            self._take()
            values.append(self._value())
        if self._take() != Token(")", "op"):
            raise self._expected("')'")
        return values

    def _value(self) -> Token:
        token = self._take()
        if token.kind == "op":
            raise refuse(f"Error in the JQL Query: Expecting either a value, list or function but got '{token.text}'.")
        if token.kind == "word" and self._peek() == Token("(", "op"):
            self._take()
            if self._take() != Token(")", "op"):
                raise refuse(f"Unable to find JQL function '{token.text}' with these arguments.")
            return Token(f"{token.text}()", "word")
        return token

    def _orders(self) -> tuple[tuple[str, bool], ...]:
        if self._peek().word() != "order":
            return ()
        self._take()
        if self._take().word() != "by":
            raise refuse("Error in the JQL Query: Expecting 'BY' after 'ORDER'.")
        found = [self._order()]
        while self._peek() == Token(",", "op"):
            self._take()
            found.append(self._order())
        if len(found) > MOST_ORDERS:
            raise refuse(f"JQL can be ordered by at most {MOST_ORDERS} fields.")
        return tuple(found)

    def _order(self) -> tuple[str, bool]:
        name = self._take().text
        if name.lower() not in FIELDS and name.lower() != "rank":
            raise refuse(f"Field '{name}' does not exist or this field cannot be viewed by anonymous users.")
        descending = self._peek().word() == "desc"
        if self._peek().word() in ("asc", "desc"):
            self._take()
        return name.lower(), descending


def parse(site: "JiraSite", text: str) -> Query:
    """Raises ApiError 400 in the vendor's words."""
    return Parser(site, text).parse()


def search(site: "JiraSite", text: str, *, fresh_ids: frozenset[str] = frozenset()) -> list[Issue]:
    """Visible issues that match a bounded query, in its order; without one the newest first.

    With ``faults.search_lag_s`` set, writes younger than that are not seen, but for ``fresh_ids``.
    """
    query = parse(site, text)
    if query.test is None:
        raise refuse(UNBOUNDED)
    hidden = site.archived_issue_ids
    found = [issue for issue in site.issues.values() if site.visible(issue) and issue.id not in hidden]
    found = [issue for issue in _indexed(site, found, fresh_ids) if query.test(issue)]
    for name, descending in reversed(query.orders or (("id", True),)):
        found.sort(key=sort_key(name), reverse=descending)
    return found


def _indexed(site: "JiraSite", issues: list[Issue], fresh_ids: frozenset[str]) -> list[Issue]:
    lag_s = site.faults.search_lag_s
    if not lag_s:
        for issue in issues:
            issue.indexed_at = issue.updated_at
        return issues
    now = site.clock()
    kept = []
    for issue in issues:
        settled = issue.id in fresh_ids or (now - issue.touched_at).total_seconds() >= lag_s
        if settled:
            issue.indexed_at = issue.updated_at
        born = issue.born_at
        if settled or born is None or (now - born).total_seconds() >= lag_s:
            kept.append(issue)
    return kept


def matches(site: "JiraSite", text: str, issue: Issue) -> bool:
    """Whether one issue matches, for the filter of a webhook; an empty filter matches."""
    query = parse(site, text)
    return query.test is None or query.test(issue)
