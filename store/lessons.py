"""``uow.lessons``: what projects learned. Lessons are added and never changed."""

from collections.abc import Collection

from sqlalchemy import Connection, func, insert, select

from model.lesson import Lesson
from store.choice_tables import lessons
from store.dialect import among, lock


class LessonRepository:
    """The whole register of the organisation."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def alone(self) -> None:
        """Let nobody else keep a lesson until this transaction ends."""
        lock(self._conn, "lessons")

    def all(self, *, nodes: Collection[str] | None = None) -> tuple[Lesson, ...]:
        """Every lesson, or those of some nodes, the oldest first."""
        statement = select(lessons.c.body).order_by(lessons.c.number)
        if nodes is not None:
            statement = statement.where(among(lessons.c.node, nodes))
        return tuple(Lesson.model_validate_json(body) for body in self._conn.execute(statement).scalars())

    def add(self, lesson: Lesson) -> Lesson:
        """Keep a lesson; the number it gets is the register's next one."""
        self.alone()
        last = self._conn.execute(select(func.max(lessons.c.number))).scalar_one()
        made = lesson.model_copy(update={"number": (last or 0) + 1})
        row = {"number": made.number, "node": made.node, "at": made.at, "body": made.model_dump_json()}
        self._conn.execute(insert(lessons), row)
        return made
