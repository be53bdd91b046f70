"""The reminder at a due benefit: its words in each language, whom it calls, and how it is made and found again."""

import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from connector.asana import richtext
from model.language import CATALOGUES
from model.reminder import KNOWN_BY, Says
from tests.support.made_reminders import every_state, made_reminder

HERE = Path(__file__).parent / "messages"


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_reminders_in_each_language_are_as_they_were_read_through(language: Any) -> None:
    """To accept a change: read it through, and run with BELLWETHER_GOLDEN=write."""
    said = [richtext.render(one) for one in every_state(language)]
    for ending, told in (("html", [one.html for one in said]), ("txt", [one.text for one in said])):
        path, text = HERE / f"{language}.reminders.{ending}", "\n\n".join(told) + "\n"
        if os.environ.get("BELLWETHER_GOLDEN") == "write":
            path.write_text(text)
        assert path.read_text() == text
    for one in said:
        ET.fromstring(one.html)
        assert one.text.endswith(one.marker)


def test_a_reminder_calls_whoever_the_task_is_assigned_to_and_nobody_again_when_it_is_edited(bench, place, message):
    task = place("task", "LAUNCH-1")
    health = bench.connector.write_comment(task, message(), comment_id=None)
    made = bench.connector.write_comment(task, made_reminder(owner=None), comment_id=None)
    assert made != health
    assert bench.space.mentions == [bench.space.user("bo").gid]
    told = bench.space.notifications
    bench.connector.write_comment(task, made_reminder(says=Says.ENTERED, actual=16.0, realised=0.8), comment_id=made)
    assert bench.space.notifications == told
    assert bench.connector.find_comment(task, KNOWN_BY) == made
    assert bench.connector.find_comment(task, "launch") == health


def test_where_rich_text_is_refused_the_owner_is_called_in_plain_text(bench, place):
    bench.space.faults.set("html_refused", "*", method="POST")
    bench.connector.write_comment(place("task", "LAUNCH-1"), made_reminder(owner=None), comment_id=None)
    assert bench.space.mentions == [bench.space.user("bo").gid]


def test_words_of_people_call_nobody(bench, place):
    ada = bench.space.user("ada").gid
    words = f'<a data-asana-gid="{ada}"/> https://app.asana.com/0/profile/{ada}'
    said = made_reminder(measure=words, field=words, unit=words, node_name=words, says=Says.MOVED)
    bench.connector.write_comment(place("task", "LAUNCH-1"), said.model_copy(update={"owner": None}), comment_id=None)
    assert bench.space.mentions == []
