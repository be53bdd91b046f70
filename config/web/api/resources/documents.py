"""Documents that take longer to make than an answer may: asked for on a node, prepared by a worker, read by number."""

import json
from collections.abc import Sequence

from config.web.api import forms, shapes
from config.web.api.endpoint import Ask, Endpoint, Told
from config.web.api.problems import ProblemError
from config.web.api.resources.nodes import REPORT_KINDS, node_of
from config.web.attachments import attachment
from config.web.prepared import as_taken, readable
from config.web.rights import Role
from config.web.visitor import may_see_names, visitor
from service import preparing
from service.documents import instant
from service.prepared_kinds import FILES, ChangeOf, FileOf, Wanted
from service.reports.formats import MEDIA_TYPES
from store.prepared import Document, DocumentKind

_DOCUMENTS = "/api/v1/documents"


def _document(ask: Ask, number: int) -> Document:
    """A document that the caller may read. Raises the problem of one that is not there; what pages alone ask for is none."""
    found = readable(ask.site.configuration(), ask.space, number)
    if found is None or found.kind in (DocumentKind.SPLIT, DocumentKind.LENS):
        fix = "It is kept for a day, for whoever asked for it."
        raise ProblemError(404, f"There is no document {number}, or not any more.", reason="no_document", fix=fix)
    return found


def _told(ask: Ask, document: Document) -> bytes:
    """A document as JSON; a change is put in as it was made, unread: it may be long."""
    done = document.media_type is not None
    moments = {name: getattr(document, name) for name in ("at", "started_at", "ended_at")}
    told = {
        "id": document.id, "kind": document.kind, "node": document.node, "state": document.state, "by": document.by,
        "asked": document.asked, **{name: at and instant(at) for name, at in moments.items()}, "error": document.error,
        "media_type": document.media_type, "file": f"{_DOCUMENTS}/{document.id}/file" if done else None,
    }  # fmt: skip
    within = done and document.kind is DocumentKind.CHANGE
    change = preparing.content(ask.space, document) if within else b"null"
    return b"".join((json.dumps(told, ensure_ascii=False)[:-1].encode(), b', "change": ', change, b"}"))


def _one(ask: Ask) -> Told:
    return Told(content=_told(ask, _document(ask, ask.place["document"])))


def _file(ask: Ask) -> Told:
    document = _document(ask, ask.place["document"])
    if document.media_type is None:
        why = document.error or "It is not made yet."
        raise ProblemError(409, why, reason="not_done", fix=f"GET /documents/{document.id} tells how it stands.")
    kind = REPORT_KINDS[document.media_type]
    body, headers = as_taken(preparing.packed(ask.space, document))
    headers["Content-Disposition"] = attachment(f"{document.node}.{kind}")
    return Told(content=body, kind=document.media_type, headers=headers)


def _asked(ask: Ask, what: Wanted) -> Told:
    """A document that was just asked for; where no worker is, it is done by now."""
    number = preparing.ask(ask.space, node_of(ask).id, what, by=visitor().name)
    return Told(content=_told(ask, _document(ask, number)), location=f"{_DOCUMENTS}/{number}")


def _ask_change(ask: Ask) -> Told:
    what = ChangeOf(**ask.body.model_dump())
    what.begin(ask.space.clock())
    return _asked(ask, what)


def _ask_report(ask: Ask) -> Told:
    names = may_see_names(ask.site.configuration(), ask.space, node_of(ask).id)
    return _asked(ask, FileOf(names=names, **ask.body.model_dump()))


ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("POST", "/nodes/{node_id}/changes", "ask_change", "Have it worked out what moved the score between two moments.",
             Role.VIEWER, _ask_change, answer=shapes.DocumentShape, body=forms.NewChange, places=forms.OfNode, status=202,
             problems=(409,)),
    Endpoint("POST", "/nodes/{node_id}/reports", "ask_report", "Have the status report made with every line of it.",
             Role.VIEWER, _ask_report, answer=shapes.DocumentShape, body=forms.NewReport, places=forms.OfNode, status=202,
             problems=(409,)),
    Endpoint("GET", "/documents/{document}", "read_document", "How a document stands that was asked for; a change itself.",
             Role.VIEWER, _one, answer=shapes.DocumentShape, places=forms.OfDocument),
    Endpoint("GET", "/documents/{document}/file", "read_document_file", "A document that was asked for, once it is made.",
             Role.VIEWER, _file, places=forms.OfDocument, kinds=tuple(MEDIA_TYPES[kind] for kind in FILES), problems=(409,)),
)  # fmt: skip
