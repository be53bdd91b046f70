"""Connecting: a first configuration, whether each connection works, what it offers."""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from app import bootstrap
from app.cli.frame import Exit, Frame, command
from app.cli.tables import check_lines, discovery_lines
from config.loader import from_mapping
from config.writer import NewConnection, NewProject, first_document, mapping_text, write_new
from connector.sdk import registry
from model.errors import ConnectionUnusableError, UsageError
from model.mapping import Mapping as FieldMapping
from model.sync import CheckReport, Discovery, SourceFound
from service import connections, documents
from service.workspace import Workspace


@command("check")
@click.argument("names", nargs=-1, metavar="[CONNECTION]...")
def check(frame: Frame, names: tuple[str, ...]) -> Exit:
    """Test each connection: reachable, who am I, rights, what is missing and how to mend it."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        reports = connections.check(workspace, names)
    frame.document(documents.check_document(reports))
    check_lines(frame.out, reports)
    return _exit_of(reports)


def _exit_of(reports: tuple[CheckReport, ...]) -> Exit:
    if all(report.ok for report in reports):
        return Exit.DONE
    return Exit.IN_PART if any(report.ok for report in reports) else Exit.UNUSABLE


@command("discover")
@click.argument("names", nargs=-1, metavar="[CONNECTION]...")
@click.option("--yaml", "as_yaml", is_flag=True, help="Only the suggested mapping, as it stands in a configuration.")
def discover(frame: Frame, names: tuple[str, ...], as_yaml: bool) -> None:
    """Show the projects, fields and statuses of each connection, with fill rates and a suggested mapping."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        found = connections.discover(workspace, names)
    frame.document(documents.discovery_document(found))
    for discovery in found if not as_yaml else ():
        discovery_lines(frame.out, discovery)
    suggested = {one.name: FieldMapping.model_validate(one.suggested_mapping) for one in found}
    if not as_yaml:
        frame.out.print("\n[bold]Suggested[/], to be pasted into bellwether.yaml:")
    frame.out.print(mapping_text(suggested), markup=False, soft_wrap=True, end="")


@dataclass(frozen=True)
class Answers:
    """What `init` was told or asked."""

    tool: str
    url: str
    auth: dict[str, str]
    workspace: str | None

    @property
    def name(self) -> str:
        """The connection's name: the host's first word and the tool, e.g. ``acme-jira``."""
        host = re.sub(r"^https?://", "", self.url).split("/")[0].split(":")[0]
        first = re.sub(r"[^a-z0-9]+", "-", host.split(".")[0].lower()).strip("-")
        return self.tool if first in ("", "app", "127", "localhost") else f"{first}-{self.tool}"

    def connection(self) -> dict[str, Any]:
        extra = {"workspace": self.workspace} if self.workspace else {}
        return {"tool": self.tool, "url": self.url, **extra, "auth": self.auth}


@command("init")
@click.option("--tool", help="The tool's name, as under connections: in the configuration.")
@click.option("--url", help="The tool's address.")
@click.option("--auth-type", help="api_token, scoped_token or personal_access_token (Jira), token (Asana).")
@click.option("--user", help="The account's mail address (Jira).")
@click.option("--token", metavar="env:NAME", help="Where the token is read from: env:NAME or file:PATH.")
@click.option("--cloud-id", help="The site's cloud id, for a scoped token.")
@click.option("--workspace", help="The workspace's id (Asana).")
@click.option("--project", "projects", multiple=True, metavar="KEY", help="A project to start with; may be repeated.")
@click.option("--force", is_flag=True, help="Replace a configuration that is already there.")
def init(frame: Frame, force: bool, projects: tuple[str, ...], **said: str | None) -> Exit:
    """Connect a first tool: asks, tests, and writes a working bellwether.yaml with a project node per picked project."""
    path = bootstrap.configuration_path(frame.config, frame.settings)
    if path.exists() and not force:
        raise UsageError("There is a configuration already.", where=str(path), fix="Edit it, or use --force to replace it.")
    answers = _answers(frame, said)
    report, found = _look(frame, path, answers)
    picked = _picked(frame, found, projects)
    write_new(path, _document(answers, picked, found.suggested_mapping), overwrite=force)
    frame.document({"path": str(path), "connection": answers.name, "who": report.who, "projects": [p.label for p in picked]})
    frame.out.print(f"{path}: written, with {len(picked)} projects of {answers.name} (as {report.who}).")
    frame.out.print("Next: bellwether setup (see what would be made in the tool), then bellwether run.")
    return Exit.DONE


def _answers(frame: Frame, said: Mapping[str, str | None]) -> Answers:
    """Options, or questions on a terminal for what is missing."""
    tool = said["tool"] or _ask(frame, "--tool", f"Which tool ({', '.join(registry.tools())})?", None)
    asked = registry.questions(tool)
    url = said["url"] or _ask(frame, "--url", "Its address?", asked.url)
    auth = {"type": said["auth_type"] or asked.auth_type}
    if auth["type"] == "oauth2":
        raise UsageError(
            "init can't log in by OAuth: it needs the app's client id and secret.", where="--auth-type",
            fix="Write the connection into bellwether.yaml (docs/configuration.md), then run bellwether login NAME.",
        )
    if auth["type"] in asked.mail_with:
        auth["email"] = said["user"] or _ask(frame, "--user", "The account's mail address?", None)
    auth["token"] = said["token"] or _ask(frame, "--token", "Where is the token (env:NAME or file:PATH)?", None)
    if said["cloud_id"]:
        auth["cloud_id"] = said["cloud_id"]
    workspace = said["workspace"]
    if asked.workspace and not workspace:
        workspace = _ask(frame, "--workspace", "The workspace's id?", None)
    return Answers(tool, url.rstrip("/"), auth, workspace)


def _ask(frame: Frame, option: str, question: str, default: str | None) -> str:
    """Ask on a terminal; elsewhere take the default or say which option is missing."""
    if frame.out.is_terminal and not frame.as_json:
        return str(click.prompt(question, default=default))
    if default is None:
        raise UsageError(f"{option} is missing.", where="init", fix=f"Add {option}, or run init on a terminal to be asked.")
    return default


def _look(frame: Frame, path: Path, answers: Answers) -> tuple[CheckReport, Discovery]:
    """Test the connection before anything is written. Raises ConnectionUnusableError with the first problem."""
    base = path.resolve().parent
    with tempfile.TemporaryDirectory() as folder:
        trial = {"connections": {answers.name: answers.connection()}, "database": f"sqlite:///{folder}/trial.db"}
        configuration = from_mapping(trial, base=base, environment=os.environ)
        with bootstrap.workspace(configuration, frame.settings) as workspace:
            return _tested(frame, workspace, answers)


def _tested(frame: Frame, workspace: Workspace, answers: Answers) -> tuple[CheckReport, Discovery]:
    """The connection's report and what it offers."""
    report = connections.check(workspace)[0]
    for problem in report.problems:
        frame.out.print(f"  {problem.what}\n    fix: {problem.fix}")
    if not report.ok:
        worst = report.problems[0]
        raise ConnectionUnusableError(worst.what, where=answers.url, fix=worst.fix)
    return report, connections.discover(workspace)[0]


def _picked(frame: Frame, found: Discovery, wanted: tuple[str, ...]) -> tuple[SourceFound, ...]:
    """The named projects, or those chosen from the list. Raises UsageError for a name that is not there."""
    offered = {source.label: source for source in found.sources if source.kind == "project"}
    if not wanted:
        for source in offered.values():
            frame.out.print(f"  {source.label}  {source.name}")
        wanted = tuple(_ask(frame, "--project", "Which projects (keys, separated by blanks)?", None).split())
    unknown = [label for label in wanted if label not in offered]
    if unknown:
        some = ", ".join(list(offered)[:20]) or "none visible to this account"
        raise UsageError(f"There is no project {unknown[0]!r}.", where="--project", fix=f"Projects are: {some}.")
    return tuple(offered[label] for label in wanted)


def _document(answers: Answers, picked: tuple[SourceFound, ...], mapping: Mapping[str, object]) -> str:
    """A configuration with one portfolio, one program and a project per picked one; nothing is published yet."""
    connection = NewConnection(
        name=answers.name,
        tool=answers.tool,
        options={key: value for key, value in answers.connection().items() if key != "tool"},
        mapping=FieldMapping.model_validate(mapping),
    )
    projects = [NewProject(name=s.name, connection=answers.name, selector=dict(s.selector)) for s in picked]
    return first_document([connection], projects)


COMMANDS = (init, check, discover)
