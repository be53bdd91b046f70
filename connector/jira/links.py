"""Issue links as directed links: ``source`` blocks ``target``; and links to other tools out of a URL field."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from connector.jira.payloads import ChangeDoc, IssueDoc, LinkDoc
from connector.jira.values import text_of
from connector.jira.vocabulary import Vocabulary
from model.ids import item_id, record_id
from model.work import Link, LinkKind


def read_links(connection: str, doc: IssueDoc, words: Vocabulary, histories: Sequence[ChangeDoc]) -> list[Link]:
    """All links of an issue. ``histories`` date them to the minute; without, ``from_at`` stays unknown.

    Both ends of a link tell of it, each in a change of its own some milliseconds apart: to the minute they agree.
    """
    found = [
        link for one in doc.fields.links
        if (link := _link(connection, doc, one, words, _since(one, histories))) is not None
    ]
    return found + _url_links(connection, doc, words)


def _link(
    connection: str, doc: IssueDoc, link: LinkDoc, words: Vocabulary, since: datetime | None
) -> Link | None:
    other = link.outward or link.inward
    if other is None:
        return None
    # An issue that shows an outwardIssue is itself the "from" end: it blocks that other one.
    ends = (doc.id, other.id) if link.outward else (other.id, doc.id)
    return Link(
        id=record_id(connection, "link", link.id), connection=connection, kind=words.link_kind(link.type),
        original_kind=link.type.name, source_id=item_id(connection, ends[0]), target_id=item_id(connection, ends[1]),
        from_at=since,
    )


def _since(link: LinkDoc, histories: Sequence[ChangeDoc]) -> datetime | None:
    """When a link was last made: its changelog entry names the other issue's key and the words of the link."""
    other = link.outward or link.inward
    words = link.type.outward if link.outward else link.type.inward
    if other is None or not other.key:
        return None
    moments = [
        history.created for history in histories for item in history.items
        if item.field == "Link" and item.new == other.key and words.lower() in (item.new_text or "").lower()
    ]
    return max(moments).replace(second=0, microsecond=0) if moments else None


def _url_links(connection: str, doc: IssueDoc, words: Vocabulary) -> list[Link]:
    """The item behind each URL in the mapped field blocks this one."""
    text = text_of(doc.fields.custom(words.roles.url)) or ""
    urls = [part for part in text.replace(",", " ").split() if part.startswith(("https://", "http://"))]
    return [
        Link(
            id=record_id(connection, "link", f"{doc.id}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"),
            connection=connection, kind=LinkKind.BLOCKS, original_kind="url", source_url=url,
            target_id=item_id(connection, doc.id),
        )
        for url in dict.fromkeys(urls)
    ]
