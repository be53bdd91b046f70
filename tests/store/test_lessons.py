"""Lessons: kept as they were told, numbered through the register, found by node."""

from datetime import UTC, datetime

from model.lesson import Cause, Lesson
from store.database import Database


def test_lessons_come_back_as_they_were_told(database: Database) -> None:
    lesson = Lesson(
        number=1, node="crm", project_class="standard", cause=Cause.SCOPE, worked=False, text="It grew.",
        advice="Freeze it.", by="Ada", at=datetime(2026, 11, 20, 9, tzinfo=UTC),
    )  # fmt: skip
    with database.begin() as uow:
        first = uow.lessons.add(lesson)
        second = uow.lessons.add(lesson.model_copy(update={"node": "pay"}))
    assert (first, second.number) == (lesson, 2)
    with database.read() as uow:
        assert uow.lessons.all() == (first, second)
        assert uow.lessons.all(nodes={"pay"}) == (second,)
        assert uow.lessons.all(nodes=()) == ()
