"""Reading prepared documents: by whoever asked for one, or an admin, as long as they may see what it is about."""

import gzip

from config.configuration import Configuration
from config.web.compression import accepts_gzip
from config.web.rights import Role
from config.web.visitor import may_see_names, reader, visitor
from service import preparing
from service.prepared_kinds import FileOf, wanted
from service.workspace import Workspace
from store.prepared import Document


def readable(configuration: Configuration, space: Workspace, number: int) -> Document | None:
    """A document that the visitor may read now; None: there is none, or they may not."""
    found = preparing.one(space, number)
    if found is None:
        return None
    role = reader(space).role_on(found.node)
    if role < Role.VIEWER or (found.by != visitor().name and role < Role.ADMIN):
        return None
    asked = wanted(found)
    named = isinstance(asked, FileOf) and asked.names
    return None if named and not may_see_names(configuration, space, found.node) else found


def as_taken(packed: bytes) -> tuple[bytes, dict[str, str]]:
    """What is kept as gzip, as it is sent: unchanged to whoever takes that. With the headers that say so."""
    if accepts_gzip():
        return packed, {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return gzip.decompress(packed), {"Vary": "Accept-Encoding"}
