"""Endpoints about stories (comments above all) and status updates."""

from flask import Blueprint, Response, request

from sandbox.asana import changes, updates
from sandbox.asana.entities import Story, Task
from sandbox.asana.errors import RefusedError, bad
from sandbox.asana.events import Change
from sandbox.asana.richtext import check, to_text
from sandbox.asana.taskinput import iso_datetime
from sandbox.asana.web import body, many, me, needed, nothing, one, space

area = Blueprint("stories", __name__)
PINNABLE = frozenset({"comment_added", "attachment_added"})


def _task(gid: str) -> Task:
    return space().get(space().tasks, "task", gid)


def _story(gid: str) -> Story:
    return space().get(space().stories, "story", gid)


@area.get("/tasks/<gid>/stories")
def stories(gid: str) -> Response:
    return many(_task(gid).stories)


@area.post("/tasks/<gid>/stories")
def create_story(gid: str) -> Response:
    found, data = _task(gid), body()
    story = changes.comment(space(), found, me(), text=data.get("text"), html=data.get("html_text"))
    story.is_pinned = bool(data.get("is_pinned", False))
    return one(story, 201)


@area.get("/stories/<gid>")
def story(gid: str) -> Response:
    return one(_story(gid))


@area.put("/stories/<gid>")
def update_story(gid: str) -> Response:
    found, data = _story(gid), body()
    if ("text" in data or "html_text" in data) and (found.kind != "comment" or found.created_by is not me()):
        raise RefusedError(403, "story: Only the text of your own comments can be edited")
    if "is_pinned" in data and found.subtype not in PINNABLE:
        raise bad("is_pinned: Only comments and attachments can be pinned")
    if "text" in data and "html_text" in data:
        raise bad("text: Only one of text and html_text may be given")
    if "html_text" in data:
        found.html_text = check(data["html_text"], field="html_text")
        found.text, found.is_edited = to_text(found.html_text), True
    elif "text" in data:
        found.text, found.html_text, found.is_edited = str(data["text"]), None, True
    if "is_pinned" in data:
        found.is_pinned = bool(data["is_pinned"])
    space().emit(found, "changed", by=me(), change=Change("text" if found.is_edited else "is_pinned"))
    return one(found)


@area.delete("/stories/<gid>")
def delete_story(gid: str) -> Response:
    found = _story(gid)
    if found.created_by is not me() or found.kind != "comment":
        raise RefusedError(403, "story: Only your own comments can be deleted")
    space().emit(found, "deleted", by=me())
    found.target.stories.remove(found)
    found.target.modified_at = space().now()
    del space().stories[gid]
    return nothing()


@area.get("/status_updates")
def status_updates() -> Response:
    found = sorted(space().container(needed(request.args, "parent")).updates, key=lambda each: each.created_at)
    if request.args.get("created_since"):
        start = iso_datetime("created_since", request.args["created_since"])
        found = [each for each in found if start is not None and each.created_at >= start]
    return many(found[::-1])


@area.post("/status_updates")
def post_status_update() -> Response:
    data = body()
    return one(updates.post(space(), space().container(needed(data, "parent")), data, me()), 201)


# The vendor has no PUT here: Flask answers 405 for it, in the vendor's envelope.
@area.get("/status_updates/<gid>")
def status_update(gid: str) -> Response:
    return one(space().get(space().status_updates, "status_update", gid))


@area.delete("/status_updates/<gid>")
def delete_status_update(gid: str) -> Response:
    updates.delete(space(), space().get(space().status_updates, "status_update", gid), me())
    return nothing()
