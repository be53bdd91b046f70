"""Changing the configuration: what people wrote stays, nobody's change is lost, and nothing wrong is written."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import growing
from config.differences import by_path
from config.editing import BY_HAND, Change, Editor
from config.faults import ConfigurationError
from config.loader import load_text
from config.merging import ABSENT, identity, merged, placed
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


def test_a_document_with_anchors_is_left_alone(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "bellwether.yaml"
    text = TEXT + "mapping:\n  acme: &same {severity: x}\nlenses:\n  by-class: &kind {by: class}\n  again: *kind\n"
    path.write_text(text)
    with pytest.raises(UsageError, match="without touching other parts"):
        editor.keep(_changed(editor, lambda one: one["lenses"]["again"].update(title="Kind")), at=AT)
    assert path.read_text() == text


def test_the_files_rights_and_link_stay(editor: Editor, tmp_path: Path) -> None:
    path, real = tmp_path / "bellwether.yaml", tmp_path / "real.yaml"
    path.rename(real)
    real.chmod(0o640)
    path.symlink_to(real)
    editor.keep(_changed(editor, lambda one: one.update(read_only=True)), at=AT)
    assert path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "read_only: true" in real.read_text()


def test_a_text_that_is_brought_in_stands_as_it_was_written_and_merges_where_others_came_between(editor: Editor) -> None:
    before = editor.begun(at=AT)
    text = "# All new.\n" + TEXT.replace("2026-12-18", "2026-12-24")
    change = Change(before.digest, _read(text), "ada", "", text)
    editor.keep(change, at=AT)
    assert editor.held().text == text
    editor.restore(before.digest, by="bo", at=AT)
    assert editor.held().text == TEXT
    editor.keep(_changed(editor, lambda one: _project(one, 1).update(weight=2)), at=AT)
    editor.keep(change, at=AT)
    document = editor.held().document
    assert (_project(document, 0)["target_date"], _project(document, 1)["weight"]) == ("2026-12-24", 2)


def test_a_form_can_begin_from_what_was_changed_by_hand_and_changed_by_hand_again(editor: Editor, tmp_path: Path) -> None:
    seen = editor.begun(at=AT)
    path = tmp_path / "bellwether.yaml"
    path.write_text(TEXT.replace("# Ours.", "# Mine.").replace("timezone: UTC", "timezone: Europe/Berlin"))
    document = deepcopy(seen.document)
    _project(document, 0).update(weight=3)
    assert not editor.keep(Change(seen.digest, document, "ada", ""), at=AT).conflicts
    assert editor.held().text.startswith("# Mine.\ntimezone: Europe/Berlin")
    assert _project(editor.held().document, 0)["weight"] == 3


def test_no_text_with_a_secret_in_it_becomes_a_version(editor: Editor) -> None:
    plain = "allow_plain_secrets: true\n" + TEXT.replace('"env:TOKEN"', "hunter2")
    with pytest.raises(ConfigurationError) as refused:
        editor.keep(Change(editor.held().digest, _read(plain), "ada", "", plain), at=AT)
    assert "hunter2" not in str(refused.value)
    assert editor.held().text == TEXT


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


@given(base=DOCUMENTS, mine=DOCUMENTS, theirs=DOCUMENTS)
@settings(max_examples=80, deadline=None)
def test_a_conflict_can_be_settled_either_way(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    document, conflicts = merged(base, mine, theirs)
    for one in conflicts:
        assert placed(document, one.path, one.theirs) == document
        document = placed(document, one.path, one.mine)
    again, left = merged(theirs, document, theirs)
    assert (again, left) == (document, ())
    assert not [one for one in conflicts if one.mine is not ABSENT and _at(document, one.path) != one.mine]


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step] if isinstance(document, dict) else {identity(one): one for one in document}[step]
    return document


@given(before=DOCUMENTS, after=DOCUMENTS)
@settings(max_examples=80, deadline=None)
def test_whatever_differs_is_told_with_both_values(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = by_path(before, after)
    assert bool(found) == (before != after)
    assert all(one.before != one.after for one in found)


@given(base=DOCUMENTS, mine=DOCUMENTS)
@settings(max_examples=100, deadline=None)
def test_merging_with_nothing_is_the_change_itself(base: dict[str, Any], mine: dict[str, Any]) -> None:
    assert merged(base, mine, base) == (mine, ())
    assert merged(base, base, mine) == (mine, ())
    assert merged(base, mine, mine) == (mine, ())


def test_a_first_document_and_what_two_people_make_of_nothing_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bellwether.yaml"
    db = Database(f"sqlite:///{tmp_path / 'b.db'}", secret_key=None)
    db.upgrade()
    editor = Editor(path, db, lambda text: load_text(text, path, environment={}))
    nothing = editor.begun(at=AT)
    assert (nothing.text, nothing.document, editor.versions(limit=5)) == ("", {}, ())
    first = growing.first_text("a", {"tool": "asana", "workspace": "1", "auth": {"type": "token", "token": "env:A"}})
    other = growing.first_text("b", {"tool": "asana", "workspace": "2", "auth": {"type": "token", "token": "env:B"}})
    for text in (first, other):
        assert not editor.keep(Change(nothing.digest, _read(text), "ada", "first steps", text), at=AT).conflicts
    assert list(_read(path.read_text())["connections"]) == ["a", "b"]
    assert path.read_text().startswith(first.partition("connections:")[0])
    assert [one.by for one in editor.versions(limit=5)] == ["ada", "ada"]
    db.close()


def test_somebody_who_is_quicker_is_built_upon(editor: Editor, tmp_path: Path) -> None:
    """A hand that edits the file between looking and writing loses nothing."""
    path, hands = tmp_path / "bellwether.yaml", iter(["timezone: Europe/Berlin"])

    def check(text: str) -> Any:
        if quicker := next(hands, None):
            path.write_text(path.read_text().replace("timezone: UTC", quicker))
        return load_text(text, path, environment={"TOKEN": "t"})

    slow = Editor(path, editor._db, check)
    slow.keep(_changed(editor, lambda one: _project(one, 0).update(name="Site")), at=AT)
    found = _read(path.read_text())
    assert (found["timezone"], _project(found, 0)["name"]) == ("Europe/Berlin", "Site")


def test_the_address_of_a_channel_is_a_secret(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "bellwether.yaml"
    path.write_text(f"allow_plain_secrets: true\n{TEXT}notify:\n  - slack: https://hooks.slack.com/services/T1/B2/xyz\n")
    held = editor.begun(at=AT)
    assert held.secret
    assert "notify[0].slack" in str(held.closed)
    assert editor.versions(limit=1) == ()
