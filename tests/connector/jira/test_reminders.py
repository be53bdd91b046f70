"""The reminder at a due benefit: its words in each language, whom it calls, and how it is made and found again."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.jira import adf, wiki
from model.language import CATALOGUES
from model.reminder import KNOWN_BY, Says
from tests.support.made_reminders import every_state, made_reminder

HERE = Path(__file__).parent / "messages"
BOTH = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
Make = Callable[..., Any]


def _golden(path: Path, said: str) -> None:
    if os.environ.get("BELLWETHER_GOLDEN") == "write":
        path.write_text(said + "\n")
    assert path.read_text() == said + "\n"


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_reminders_in_each_language_are_as_they_were_read_through(language: Any) -> None:
    """To accept a change: read it through, and run with BELLWETHER_GOLDEN=write."""
    reminders = every_state(language)
    documents = [adf.document(one) for one in reminders]
    _golden(HERE / f"{language}.reminders.adf.json", json.dumps(documents, indent=1, ensure_ascii=False))
    _golden(HERE / f"{language}.reminders.wiki.txt", "\n\n----\n\n".join(wiki.text(one) for one in reminders))


@pytest.mark.parametrize("name", ["a]b", "a b", "x|y", "{code}", ""])
def test_a_name_that_would_break_the_markup_calls_nobody(name: str) -> None:
    assert "[~" not in wiki.text(made_reminder(owner=name))


def test_words_of_people_call_nobody() -> None:
    words = "[~admin] {code}"
    said = wiki.text(made_reminder(owner=None, measure=words, field=words, unit=words, node_name=words))
    assert "[~" not in said.replace("\\[", "")
    assert "{code" not in said.replace("\\{", "")


@BOTH
def test_a_reminder_calls_whoever_the_issue_is_assigned_to_and_is_no_health_comment(
    bench: Any, target_of: Make, message_of: Make, deployment: str
) -> None:
    ada = next(key for key, user in bench.site.users.items() if user["displayName"] == "Ada")
    bench.site.edit_issue("CRM-1", assignee=ada)
    connector = bench.connector(deployment=deployment)
    health = connector.write_comment(target_of(), message_of(), comment_id=None)
    made = connector.write_comment(target_of(), made_reminder(owner=None), comment_id=None)
    assert made != health
    assert connector.find_comment(target_of(), KNOWN_BY) == made
    body = json.dumps(next(one for one in bench.site.issue("CRM-1").comments if one["id"] == made)["body"])
    assert ("[~" if deployment == "datacenter" else f'{{"type": "mention", "attrs": {{"id": "{ada}"}}}}') in body
    assert connector.write_comment(target_of(), made_reminder(says=Says.MOVED), comment_id=made) == made
    assert len(bench.site.issue("CRM-1").comments) == 2
