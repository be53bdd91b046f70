"""Changing the configuration: what people wrote stays, nobody's change is lost, and nothing wrong is written."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.editing import BY_HAND, Change, Editor
from config.faults import ConfigurationError
from config.loader import load_text
from config.merging import merged
from config.places import parse
from config.splice import become
from model.errors import UsageError
from store.database import Database

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TEXT = """\
# Ours.
timezone: UTC
connections:
  acme:
    tool: jira   # the old one
    url: http://127.0.0.1:9
    auth: {type: api_token, email: bot@acme.example, token: "env:TOKEN"}
portfolios:
  # What grows.
  - name: Growth
    programs:
      - name: Reach     # near
        projects:
          - name: Web
            target_date: 2026-12-18   # agreed
            sources: [{connection: acme, project: WEB}]
          # The launch is a story of its own.
          - name: Launch
            sources: [{connection: acme, project: LAU}]
"""


def _read(text: str) -> Any:
    return parse(text, "a.yaml")[0]


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    path = tmp_path / "bellwether.yaml"
    path.write_text(TEXT)
    db = Database(f"sqlite:///{tmp_path / 'b.db'}", secret_key=None)
    db.upgrade()
    yield Editor(path, db, lambda text: load_text(text, path, environment={"TOKEN": "t"}))
    db.close()


def _changed(editor: Editor, change: Any) -> Change:
    held = editor.held()
    document = deepcopy(held.document)
    change(document)
    return Change(held.digest, document, "ada", "a reason")


def _project(document: Any, index: int) -> Any:
    return document["portfolios"][0]["programs"][0]["projects"][index]


def test_a_value_that_changes_leaves_every_other_character(editor: Editor) -> None:
    editor.keep(_changed(editor, lambda one: _project(one, 0).update(target_date="2027-01-31")), at=AT)
    assert editor.held().text == TEXT.replace("2026-12-18", '"2027-01-31"')


def test_projects_that_change_places_take_their_comments_along(editor: Editor) -> None:
    def swap(document: Any) -> None:
        document["portfolios"][0]["programs"][0]["projects"].reverse()

    editor.keep(_changed(editor, swap), at=AT)
    text = editor.held().text
    assert text.index("name: Launch") < text.index("name: Web") < text.index("# agreed")


def test_a_new_project_stands_in_the_style_of_the_file(editor: Editor) -> None:
    new = {"name": "Shop", "target_date": "2027-03-01", "sources": [{"connection": "acme", "jql": "project = S AND x = 1"}]}
    editor.keep(_changed(editor, lambda one: one["portfolios"][0]["programs"][0]["projects"].append(new)), at=AT)
    assert editor.held().text.startswith(TEXT)
    assert "\n          - " in editor.held().text.removeprefix(TEXT[:-1])


def test_two_who_edit_at_once_both_keep_what_they_did(editor: Editor) -> None:
    first = _changed(editor, lambda one: _project(one, 0).update(target_date="2027-01-31"))
    second = _changed(editor, lambda one: _project(one, 1).update(weight=2))
    for change in (first, second):
        assert not editor.keep(change, at=AT).conflicts
    document = editor.held().document
    assert (_project(document, 0)["target_date"], _project(document, 1)["weight"]) == ("2027-01-31", 2)


def test_where_both_changed_one_value_the_second_is_told_and_nothing_is_written(editor: Editor) -> None:
    first = _changed(editor, lambda one: _project(one, 0).update(target_date="2027-01-31"))
    second = _changed(editor, lambda one: _project(one, 0).update(target_date="2027-02-28"))
    editor.keep(first, at=AT)
    before = editor.held().text
    (conflict,) = editor.keep(second, at=AT).conflicts
    assert conflict.path[-1] == "target_date"
    assert (conflict.base, conflict.mine, conflict.theirs) == ("2026-12-18", "2027-02-28", "2027-01-31")
    assert editor.held().text == before


def test_a_change_that_makes_no_configuration_is_refused_with_its_place(editor: Editor) -> None:
    with pytest.raises(ConfigurationError) as refused:
        editor.keep(_changed(editor, lambda one: _project(one, 0).update(target_date="soon")), at=AT)
    assert refused.value.faults[0].path[-1] == "target_date"
    assert editor.held().text == TEXT


def test_every_version_is_kept_and_can_be_put_back(editor: Editor, tmp_path: Path) -> None:
    editor.keep(_changed(editor, lambda one: _project(one, 0).update(weight=3)), at=AT)
    db = Database(f"sqlite:///{tmp_path / 'b.db'}", secret_key=None)
    with db.read() as uow:
        newest, oldest = uow.config_versions.newest(limit=9)
    db.close()
    assert (oldest.by, newest.by, newest.why) == (BY_HAND, "ada", "a reason")
    editor.restore(oldest.digest, by="bo", at=AT)
    assert _read(editor.held().text) == _read(TEXT)


def test_what_can_not_be_written_says_so(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "bellwether.yaml"
    path.write_text(TEXT.replace('"env:TOKEN"', "hunter2"))
    held = editor.held()
    assert "auth.token" in str(held.closed)
    with pytest.raises(UsageError, match="secret itself"):
        editor.keep(_changed(editor, lambda one: one.update(timezone="Europe/Berlin")), at=AT)
    assert "hunter2" not in str(held.closed)


def test_a_base_that_nobody_knows_is_refused(editor: Editor) -> None:
    with pytest.raises(UsageError, match="not kept"):
        editor.keep(Change("0" * 64, {}, "ada", ""), at=AT)


NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
LEAVES = st.one_of(st.integers(0, 9), st.booleans(), st.text("xyz: #-'\"{[", min_size=1, max_size=6))


def _nodes(depth: int) -> st.SearchStrategy[Any]:
    extra = st.dictionaries(st.sampled_from(["w", "v", "u"]), LEAVES, max_size=3)
    if depth == 0:
        return st.builds(lambda name, more: {"name": name, **more}, NAMES, extra)
    inner = st.lists(_nodes(depth - 1), max_size=4, unique_by=lambda one: one["name"])
    return st.builds(lambda name, more, kids: {"name": name, **more, "kids": kids}, NAMES, extra, inner)


KIDS = st.lists(_nodes(1), max_size=4, unique_by=lambda one: one["name"])
DOCUMENTS = st.builds(lambda kids, w: {"w": w, "kids": kids}, KIDS, LEAVES)
WRITTEN = """\
w: 1
kids:
  - name: a   # first
    w: 2
    kids:
      - name: b
        v: x
      - name: c
  - name: b
    kids: []
"""


@given(wanted=DOCUMENTS)
@settings(max_examples=150, deadline=None)
def test_any_document_can_be_reached(wanted: dict[str, Any]) -> None:
    assert _read(become(WRITTEN, wanted)) == wanted


@given(wanted=DOCUMENTS, then=DOCUMENTS)
@settings(max_examples=100, deadline=None)
def test_any_document_can_be_reached_from_what_we_wrote(wanted: dict[str, Any], then: dict[str, Any]) -> None:
    assert _read(become(become(WRITTEN, wanted), then)) == then


@given(base=DOCUMENTS, mine=DOCUMENTS)
@settings(max_examples=100, deadline=None)
def test_merging_with_nothing_is_the_change_itself(base: dict[str, Any], mine: dict[str, Any]) -> None:
    assert merged(base, mine, base) == (mine, ())
    assert merged(base, base, mine) == (mine, ())
    assert merged(base, mine, mine) == (mine, ())
