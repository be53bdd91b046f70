"""Real exports: everything loads, old shapes become Cloud's, nothing is lost without a word."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.jira.site import JiraSite
from sandbox.playback import Playback, load_export

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
NOW = datetime(2014, 8, 1, tzinfo=UTC)


def played(folder: Path) -> tuple[JiraSite, Playback]:
    if not folder.exists():
        pytest.skip(f"{folder} is not on this machine")
    site = JiraSite(lambda: NOW)
    return site, load_export(site, folder)


@pytest.fixture(scope="module")
def duraspace() -> tuple[JiraSite, Playback]:
    return played(DATA / "jira-duraspace")


def test_duraspace_loads_whole(duraspace: Any) -> None:
    site, report = duraspace
    assert (report.issues, report.projects, report.skipped) == (3036, 18, [])
    assert sum(issue.fields["duedate"] is not None for issue in site.issues.values()) == 286


def test_the_story_points_and_sprints_of_duraspace_are_known_by_name(duraspace: Any) -> None:
    site, _ = duraspace
    assert site.fields["customfield_10023"].name == "Story Points"
    sprint = next(s for i in site.issues.values() for s in i.fields["customfield_10290"] or ())
    assert sprint["state"] in ("active", "closed", "future")


def test_people_and_texts_of_duraspace_are_in_clouds_shapes(duraspace: Any) -> None:
    site, _ = duraspace
    issue = site.issue("DURACLOUD-32")
    assert issue.fields["reporter"]["accountId"] in site.users
    assert issue.comments[0]["body"]["type"] == "doc"
    lines = [line for one in site.issues.values() for entry in one.histories for line in entry["items"]]
    assert {line.get("fieldId") for line in lines if line["field"] == "Fix Version"} == {"fixVersions"}
    assert {line.get("fieldId") for line in lines if line["field"] == "Story Points"} == {"customfield_10023"}


def test_apache_loads_whole() -> None:
    _, report = played(DATA / "jira-apache2014")
    assert (report.issues, report.projects, report.skipped) == (501, 21, [])


def test_what_cannot_be_loaded_is_reported(tmp_path: Path) -> None:
    lines = ["{not json", json.dumps({"key": "A-1"}), json.dumps({"id": "1", "key": "A-2", "fields": {"x": 1}})]
    (tmp_path / "issues.jsonl").write_text("\n".join(lines), encoding="utf-8")
    site = JiraSite(lambda: NOW)
    report = load_export(site, tmp_path)
    assert report.issues == 0
    assert [text.split(":")[0].split(" (")[0] for text in report.skipped] == [f"issues line {n}" for n in (1, 2, 3)]


def test_a_folder_without_issues_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_export(JiraSite(lambda: NOW), tmp_path)
