"""The sandbox as others meet it: one line at the start, both tools behind one address, and the control beside them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.company import make_company
from sandbox.server import Credentials, Running, build, start

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
WORDS = Credentials()
JIRA = {"Authorization": "Basic " + b64encode(f"{WORDS.jira_email}:{WORDS.jira_token}".encode()).decode()}
ASANA = {"Authorization": f"Bearer {WORDS.asana_token}"}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    one = start(build(make_company(seed=7, now=NOW), clock=lambda: NOW, speed=100))
    yield one
    one.stop()


def call(url: str, headers: dict[str, str] | None = None, body: Any = None, method: str | None = None) -> Any:
    """The JSON answer of a call; raises HTTPError for a refusal."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"} | (headers or {}), method=method)
    with urllib.request.urlopen(asked, timeout=600) as answer:
        return json.load(answer)


def test_jira_answers_below_its_context_path_with_the_fixed_credential(running: Running) -> None:
    assert call(f"{running.url}/jira/rest/api/3/myself", JIRA)["displayName"] == "Bellwether"
    issue = call(f"{running.url}/jira/rest/api/3/issue/CRM-1", JIRA)
    assert issue["fields"]["summary"] == "Project health"
    assert issue["self"].startswith(f"{running.url}/jira/rest/")


def test_asana_answers_below_its_api_path_with_the_fixed_credential(running: Running) -> None:
    workspace = running.sandbox.asana.workspace.gid
    found = call(f"{running.url}/asana/api/1.0/projects?workspace={workspace}&limit=50", ASANA)["data"]
    assert len(found) == 12


def test_another_credential_is_refused(running: Running) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(f"{running.url}/asana/api/1.0/users/me", {"Authorization": "Bearer wrong"})
    assert refused.value.code == 401
    refused.value.close()


def test_a_connection_serves_requests_until_the_sandbox_stops() -> None:
    """What nobody reads of a body is not taken for the next request."""
    stopping, inside = start(build(None, clock=lambda: NOW)), b"GET /_sandbox/stats HTTP/1.1\r\n\r\n"
    asked = b"POST /_sandbox/nothing HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(inside), inside)
    answered = b""
    with socket.create_connection(("127.0.0.1", stopping.server.server_port), timeout=10) as connection:
        connection.sendall(2 * asked)
        while answered.count(b'try again."}\n') < 2:  # headers and body of an answer may come one after the other
            part = connection.recv(65_536)
            assert part, answered
            answered += part
        stopping.stop()
        assert connection.recv(65_536) == b""
    assert (answered.count(b"HTTP/1.1 404"), answered.count(b"HTTP/1.1")) == (2, 2)


def test_the_configuration_names_things_that_exist_in_the_tools(running: Running) -> None:
    document = call(f"{running.url}/_sandbox/config")
    assert set(document) == {"connections", "people", "mapping", "portfolios"}
    programs = [program for portfolio in document["portfolios"] for program in portfolio["programs"]]
    projects = [project for program in programs for project in program["projects"]]
    begun = [project for project in projects if "state" not in project]
    assert (len(programs), len(begun), len(projects) - len(begun)) == (6, 24, 8)
    site, space = running.sandbox.jira, running.sandbox.asana
    for node in [*document["portfolios"], *programs, *begun]:
        for target in node["publish"]:
            assert (
                site.find_issue(target["issue"])
                if "issue" in target
                else space.anything(target.get("project") or target["portfolio"])
            )
    mapped = document["mapping"]["northlight-jira"]
    assert {"story_points", "start_date", "risk", "declared_status", "depends_on", "types"} <= set(mapped)
    assert set(mapped["depends_on"]) == {"link_types", "url_field"}
    assert sum(len(person["ids"]) == 2 for person in document["people"]) == 16


def test_a_late_asana_task_is_named_by_the_jira_item_it_blocks(running: Running) -> None:
    field = call(f"{running.url}/_sandbox/config")["mapping"]["northlight-jira"]["depends_on"]["url_field"]
    waiting = [one for one in running.sandbox.jira.issues.values() if one.fields.get(field)]
    assert [one.key for one in waiting if one.key.startswith("SUBS-")]
    assert all(one.fields[field].startswith(f"{running.url}/asana/0/") for one in waiting)
    gid = waiting[0].fields[field].rsplit("/", 1)[-1]
    assert gid in running.sandbox.asana.tasks


def test_an_edit_by_hand_shows_in_the_tool_and_a_reset_takes_it_back(running: Running) -> None:
    wanted = {"tool": "jira", "action": "edit_issue", "arguments": {"key": "CRM-1", "summary": "Renamed"}}
    call(f"{running.url}/_sandbox/edit", body=wanted)
    assert call(f"{running.url}/jira/rest/api/3/issue/CRM-1", JIRA)["fields"]["summary"] == "Renamed"
    made = {"tool": "asana", "action": "create_task", "arguments": {"project": "ONB", "name": "One more"}}
    assert call(f"{running.url}/_sandbox/edit", body=made)["id"] in running.sandbox.asana.tasks
    call(f"{running.url}/_sandbox/reset", body={})
    assert call(f"{running.url}/jira/rest/api/3/issue/CRM-1", JIRA)["fields"]["summary"] == "Project health"


def test_a_planned_fault_strikes_once(running: Running) -> None:
    call(f"{running.url}/_sandbox/faults", body={"tool": "jira", "kind": "500", "times": 1})
    with pytest.raises(urllib.error.HTTPError) as failed:
        call(f"{running.url}/jira/rest/api/3/myself", JIRA)
    assert failed.value.code == 500
    failed.value.close()
    assert call(f"{running.url}/jira/rest/api/3/myself", JIRA)["active"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"tool": "jira", "kind": "earthquake"}),
        ("faults", {"kind": "500"}),
        ("edit", {"tool": "asana", "action": "drop_tables"}),
        ("edit", {"tool": "jira", "action": "edit_issue", "arguments": {"key": "NONE-1", "summary": "x"}}),
        ("edit", ["no", "object"]),
    ],
)
def test_a_wrong_order_to_the_control_is_refused_with_a_reason(running: Running, path: str, body: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(f"{running.url}/_sandbox/{path}", body=body)
    assert refused.value.code == 400
    assert json.load(refused.value)["error"]


def test_statistics_count_calls_by_tool(running: Running) -> None:
    before = call(f"{running.url}/_sandbox/stats")["asana"]["requests"]
    call(f"{running.url}/asana/api/1.0/users/me", ASANA)
    assert call(f"{running.url}/_sandbox/stats")["asana"]["requests"] == before + 1


def test_targets_list_every_place_of_publication(running: Running) -> None:
    shown = call(f"{running.url}/_sandbox/targets")["targets"]
    assert len(shown) == 24 + 2 * 6 + 2 * 2
    assert all(one["fields"] == {} for one in shown)


def test_a_target_that_was_deleted_is_told_of_as_gone() -> None:
    one = start(build(make_company(seed=7, now=NOW), clock=lambda: NOW, speed=100))
    try:
        before = call(f"{one.url}/_sandbox/targets")["targets"]
        key = next(target["target"] for target in before if "browse" in target["url"])
        url = f"{one.url}/jira/rest/api/3/issue/{key}?deleteSubtasks=true"
        urllib.request.urlopen(urllib.request.Request(url, headers=JIRA, method="DELETE"), timeout=600).close()
        shown = call(f"{one.url}/_sandbox/targets")["targets"]
    finally:
        one.stop()
    assert [target["target"] for target in shown] == [target["target"] for target in before]
    assert [target["target"] for target in shown if target.get("gone")] == [key]


def serve(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "sandbox", "--port", "0", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(child: "subprocess.Popen[str]") -> tuple[str, str]:
    child.send_signal(signal.SIGTERM)
    return child.communicate(timeout=600)


def test_the_process_says_one_line_answers_and_ends_quietly_on_a_signal() -> None:
    child = serve("--world", "company", "--now", "2026-11-21T05:00:00+00:00")
    assert child.stdout is not None
    line = json.loads(child.stdout.readline())
    answer = call(f"{line['jira_url']}/rest/api/3/issue/CRM-1", JIRA)
    out, err = finish(child)
    assert {"url", "jira_url", "asana_url", "workspace"} <= set(line)
    assert line["now"].startswith("2026-11-21T05:00")
    assert answer["key"] == "CRM-1"
    assert (out, err, child.returncode) == ("", "", 0)


def test_the_empty_world_has_both_tools_and_nothing_in_them() -> None:
    child = serve("--world", "empty")
    assert child.stdout is not None
    line = json.loads(child.stdout.readline())
    document = call(f"{line['url']}/_sandbox/config")
    finish(child)
    assert (line["issues"], line["tasks"], document["portfolios"]) == (0, 0, [])
    assert set(document["connections"]) == {"northlight-jira", "northlight-asana"}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see whether the process is gone")
def test_the_process_ends_when_the_one_that_started_it_is_gone() -> None:
    starter = (
        "import subprocess,sys\n"
        "child = subprocess.Popen([sys.executable,'-m','sandbox','--world','empty'], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid)\n"
    )
    started = subprocess.run([sys.executable, "-c", starter], cwd=ROOT, capture_output=True, text=True, check=True)
    number = int(started.stdout)
    for _ in range(3000):
        if _state(number) != "alive":
            break
        time.sleep(0.1)
    assert _state(number) in ("gone", "zombie")


def _state(number: int) -> str:
    try:
        os.kill(number, 0)
        letter = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return "gone"
    return "zombie" if letter == "Z" else "alive"


EXPORT = ROOT.parent / "shared" / "data" / "jira-duraspace"


@pytest.mark.skipif(not EXPORT.is_dir(), reason="the folder of real Jira issues is not beside this checkout")
def test_a_playback_offers_a_program_for_each_project_and_a_project_for_each_dated_version() -> None:
    one = start(build(EXPORT, clock=lambda: NOW, speed=100))
    try:
        document = call(f"{one.url}/_sandbox/config")
    finally:
        one.stop()
    (portfolio,) = document["portfolios"]
    entries = [project for program in portfolio["programs"] for project in program["projects"]]
    assert set(document["connections"]) == {"northlight-jira"}
    assert len(entries) > 100
    assert all(set(entry["sources"][0]) == {"connection", "project", "version"} for entry in entries)
    assert all(entry.get("start_date", entry["target_date"]) <= entry["target_date"] for entry in entries)
