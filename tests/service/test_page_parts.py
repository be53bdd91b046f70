"""A page of many items is written in parts: others write between and beside them, and who is cut off begins it again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from model.ids import item_id
from model.sync import Page, RawPayload, Records, Stage
from service.pages import PageStore, Tally
from service.workspace import Workspace, containers_by_node, reference
from tests.support.scene import Scene

JIRA = "northlight-jira"
CURSOR = "2026-11-20T09:00:00Z"


class _Observed:
    """A connector of which each reading is told before it happens."""

    def __init__(self, connector: Any, told: Callable[[int], None]) -> None:
        self._connector, self._told, self.readings = connector, told, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def normalise(self, *given: Any) -> Records:
        self.readings += 1
        self._told(self.readings)
        found: Records = self._connector.normalise(*given)
        return found


def _page(workspace: Workspace, name: str = "Once more ") -> Page:
    """Every issue that is kept, each with another name, as the last page of a pull."""
    with workspace.db.read() as uow:
        kept = uow.raw.of_kinds(JIRA, ("issue",))
    raw = tuple(one.model_copy(update={"body": _named_anew(one, name)}) for one in kept)
    assert all(one.body != before.body for one, before in zip(raw, kept, strict=True))
    return Page(stage=Stage.ITEMS, raw=raw, cursor=CURSOR)


def _named_anew(payload: RawPayload, name: str) -> bytes:
    issue = json.loads(payload.body)
    issue["fields"]["summary"] = name + issue["fields"]["summary"]
    return json.dumps(issue).encode()


def _named(workspace: Workspace, page: Page) -> int:
    """Items of a page that are stored with their new name."""
    with workspace.db.read() as uow:
        items = uow.records.items([item_id(JIRA, one.vendor_id) for one in page.raw])
    return sum(item.title.startswith("Once more ") for item in items)


def _cursor(workspace: Workspace) -> str | None:
    with workspace.db.read() as uow:
        return uow.sync.state(JIRA).cursor


def test_where_to_go_on_is_kept_with_the_last_part_and_a_page_cut_off_is_kept_again(synced: Scene) -> None:
    with synced.workspace() as workspace:
        page, before = _page(workspace), _cursor(workspace)
        many = len(page.raw)

        def cut(reading: int) -> None:
            if reading == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            PageStore(workspace, _Observed(workspace.connector(JIRA), cut), at_once=3).keep(page, Tally())  # type: ignore[arg-type]
        assert (_named(workspace, page), _cursor(workspace)) == (6, before)
        again = Tally()
        PageStore(workspace, workspace.connector(JIRA), at_once=3).keep(page, again)
        assert (_named(workspace, page), _cursor(workspace)) == (many, CURSOR)
        assert (len(again.updated), len(again.unchanged - again.updated)) == (many - 6, 6)


def test_others_write_while_a_page_is_read(synced: Scene) -> None:
    """On SQLite a delivery would wait for half a minute, and then be refused."""
    with synced.workspace() as workspace:
        page = _page(workspace)

        def deliver(reading: int) -> None:
            with workspace.db.begin() as uow:
                uow.notes.put(f"delivery:{reading}", {}, at=workspace.clock())

        observed = _Observed(workspace.connector(JIRA), deliver)
        PageStore(workspace, observed, at_once=5).keep(page, Tally())  # type: ignore[arg-type]
        assert _named(workspace, page) == len(page.raw)
        with workspace.db.read() as uow:
            assert uow.notes.get(f"delivery:{observed.readings}") is not None
        assert observed.readings == -(-len(page.raw) // 5)


def test_parts_mark_what_a_whole_page_marks(synced: Scene) -> None:
    def marks(at_once: int) -> tuple[set[str], Tally]:
        with synced.workspace() as workspace:
            with workspace.db.begin() as uow:
                for mark in uow.dirty.pending():
                    uow.dirty.clear(mark.node, marked_at=mark.marked_at)
            tally = Tally()
            page = _page(workspace, f"In parts of {at_once} ")
            PageStore(workspace, workspace.connector(JIRA), at_once=at_once).keep(page, tally)
            with workspace.db.read() as uow:
                return {mark.node for mark in uow.dirty.pending()}, tally

    (whole, counted), (parts, counted_in_parts) = marks(1000), marks(2)
    assert whole
    assert (parts, counted_in_parts) == (whole, counted)


def test_the_words_of_a_tool_are_read_once_until_somebody_stores_others(synced: Scene) -> None:
    with synced.workspace() as here, synced.workspace() as there:
        connector = here.connector(JIRA)
        with here.db.read() as uow:
            words, fed = reference(here, uow, connector), containers_by_node(here, uow)
            assert reference(here, uow, connector) is words
            assert containers_by_node(here, uow) is fed
        (project,) = [one for one in words if one.kind == "project" and b'"WEB"' in one.body]
        moved = project.model_copy(update={"body": project.body.replace(b'"WEB"', b'"SITE"')})
        with there.db.begin() as uow:
            uow.raw.save((moved,))
        with here.db.read() as uow:
            assert moved.body in {one.body for one in reference(here, uow, connector)}
            assert containers_by_node(here, uow) != fed
