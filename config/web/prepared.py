"""Who may read a prepared document: whoever asked for it, or an admin, as long as they may see what it is about."""

from config.configuration import Configuration
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
