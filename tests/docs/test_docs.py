"""The documentation held against the code: what exists is named, what is named exists."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from app.cli import main
from config.document import Document
from config.settings import NAMES
from config.web.steps import STEPS
from connector.sdk.registry import tools
from model.hooks import Verdict
from model.language import words
from model.language.pages import PAGES
from rollup.dimensions import all_dimensions
from service.jobs import KINDS
from service.reports.formats import FORMATS
from service.reports.sheets import SHEETS

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md"]


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(_commands(main))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_is_documented_with_its_options(path: tuple[str, ...]) -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    assert f"`bellwether {' '.join(path)}" in text
    section = text.split(f"`bellwether {' '.join(path)}", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    shared = {"--config", "--json", "--verbose", "-v"}
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert set(parameter.opts) & shared or parameter.opts[0] in section, f"{path}: {parameter.opts[0]}"


def test_every_environment_variable_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    assert [name for name in NAMES if name not in text] == []


def test_every_key_of_the_configuration_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    assert [name for name in Document.model_fields if f"`{name}" not in text] == []


def test_every_tool_has_its_page_and_readme() -> None:
    text = (ROOT / "docs" / "connectors.md").read_text()
    for tool in tools():
        assert f"connector/{tool}/README.md" in text
        assert (ROOT / "connector" / tool / "README.md").is_file()


def test_every_dimension_is_in_the_health_model() -> None:
    text = (ROOT / "docs" / "health-model.md").read_text()
    headings = " ".join(re.findall(r"^#+ (.*)$", text, re.MULTILINE)).casefold()
    assert [one.name for one in all_dimensions() if one.name not in headings] == []


def test_every_link_inside_the_documentation_leads_somewhere() -> None:
    broken = []
    for page in DOCS:
        for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} → {target}")
    assert broken == []


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert "make demo" in text
    assert "make test" in text


@pytest.mark.parametrize("tool", tools())
def test_every_event_of_a_tool_is_in_the_page_about_webhooks(tool: str) -> None:
    text = (ROOT / "docs" / "webhooks.md").read_text()
    table = import_module(f"connector.{tool}.webhook_events")
    for names in (table.DISPATCHED, table.IGNORED):
        assert [name for name in names if f"`{name}`" not in text] == []


def test_every_answer_to_a_delivery_is_in_the_page_about_webhooks() -> None:
    text = (ROOT / "docs" / "webhooks.md").read_text()
    source = "".join((ROOT / path).read_text() for path in ("service/reception.py", "webhooks/blueprint.py"))
    said = re.findall(r'Answer\((\d+), "([a-z_]+)"', source)
    assert len(said) >= 6
    for status, reason in said:
        assert re.search(rf"\| {status} \|.*`{reason}`", text), (status, reason)
    assert all(f"`{verdict.value}`" in text for verdict in Verdict if verdict is not Verdict.LOST)


def test_every_format_and_every_sheet_of_a_report_is_documented() -> None:
    text = (ROOT / "docs" / "reports.md").read_text()
    assert [kind for kind in FORMATS if f"| `{kind}` |" not in text] == []
    assert [name for name in SHEETS if name not in text] == []


def test_every_heading_that_the_page_on_reports_names_is_one_of_a_report() -> None:
    text = (ROOT / "docs" / "reports.md").read_text()
    said = {phrase.replace(" {day}", "") for phrase in PAGES["en"].phrases.values()} | {words("en").phrase("outlook")}
    assert [name for name in re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", text) if name not in said] == []


def test_what_a_rule_can_ask_stands_in_the_page_on_governance_as_our_own_page_says_it() -> None:
    text = (ROOT / "docs" / "governance.md").read_text().partition("## What a rule can ask\n")[2]
    sections = [part.partition("\n") for part in text.split("### ")[1:]]
    told = {name: " ".join(body.split()) for name, _, body in sections}
    assert told == {predicate: meaning for predicate, (_, _, meaning) in PAGES["en"].standards.items()}


def test_every_job_is_in_the_table_of_background_work() -> None:
    text = (ROOT / "docs" / "background-work.md").read_text()
    named = {line.split("`")[1].partition(":")[0] for line in text.splitlines() if line.startswith("| `")}
    assert named == set(KINDS)


def test_the_first_steps_stand_in_the_page_about_them_as_the_page_calls_them() -> None:
    text = (ROOT / "docs" / "getting-started.md").read_text()
    titles = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")][1:]
    assert titles == ["First account", *(step.title for step in STEPS)]


def test_nothing_is_called_missing_that_is_there() -> None:
    assert [page.name for page in DOCS if re.search(r"not (yet built|built yet)|no login yet", page.read_text(), re.I)] == []
