"""Accounts, sessions, failed logins and kept forms in both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from model.access import Right, Role, Scope
from store.database import Database
from store.deeds import Deed
from store.logins import ApiToken, KeptForm

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=15)


def _account(database: Database, name: str = "Ada") -> int:
    with database.begin() as uow:
        return uow.accounts.add(name, at=NOW, password="hash")


def test_an_account_is_found_however_its_name_is_written_and_has_its_rights(database: Database) -> None:
    ada = _account(database, "Ada  Berg")
    rights = (Right(role=Role.VIEWER), Right(role=Role.EDITOR, node="web"), Right(role=Role.VIEWER, node="web"))
    with database.begin() as uow:
        uow.accounts.grant(ada, rights)
        elsewhere = uow.accounts.add("Bo", at=NOW, issuer="https://login.example", subject="u1")
    with database.read() as uow:
        found = uow.accounts.named(" ada BERG ")
        assert found is not None
        assert (found.account.name, found.password) == ("Ada Berg", "hash")
        assert found.account.rights == rights[:2], "of two roles on one node the higher one"
        assert [one.id for one in uow.accounts.all()] == [ada, elsewhere]
        there = uow.accounts.elsewhere("https://login.example", "u1")
        assert there is not None
        assert there.id == elsewhere
        assert uow.accounts.elsewhere("https://login.example", "u2") is None
        assert uow.accounts.any()


def test_many_processes_count_the_tries_of_one_name_together(
    database: Database, in_threads: Callable[..., list[Any]]
) -> None:
    def tried(_number: int) -> int:
        with database.begin() as uow:
            return uow.logins.tried("name:x", at=NOW, window=WINDOW)

    assert sorted(in_threads(tried, 8)) == list(range(1, 9))
    with database.begin() as uow:
        assert uow.logins.tried("name:y", at=NOW, window=WINDOW) == 1
        uow.logins.forgive("name:x", all_of_it=False)
        assert uow.logins.tried("name:x", at=NOW + WINDOW - timedelta(seconds=1), window=WINDOW) == 8
        assert uow.logins.tried("name:x", at=NOW + WINDOW, window=WINDOW) == 1, "a new window"
        uow.logins.forgive("name:x", all_of_it=True)
        assert uow.logins.tried("name:x", at=NOW + WINDOW, window=WINDOW) == 1
        assert uow.logins.tried("name:x", at=NOW - timedelta(days=9), window=WINDOW) == 1, "a clock that was set back"


def test_a_session_ends_alone_or_with_the_others(database: Database) -> None:
    ada, bo = _account(database), _account(database, "Bo")
    with database.begin() as uow:
        mine = [uow.logins.begin(f"digest {number}", ada, at=NOW, agent="") for number in range(3)]
        uow.logins.begin("of bo", bo, at=NOW, agent="")
        assert uow.logins.end(bo, at=NOW, only=mine[0]) == 0, "nobody ends another's"
        assert uow.logins.end(ada, at=NOW, only=mine[0]) == 1
        assert [one.id for one in uow.logins.sessions(ada, seen_since=NOW - WINDOW)] in (mine[1:], mine[:0:-1])
        assert uow.logins.end(ada, at=NOW, but=mine[2]) == 1
        ended = uow.logins.session("digest 1")
        assert ended is not None
        assert ended.ended_at == NOW
        assert uow.logins.session("digest") is None
        uow.logins.begin("much later", ada, at=NOW + timedelta(days=40), agent="")
        assert uow.logins.session("digest 1") is None, "what is long past is forgotten"


def test_a_token_is_kept_used_and_revoked_by_its_owner_alone(database: Database) -> None:
    ada, bo = _account(database), _account(database, "Bo")
    token = ApiToken(id=0, account=ada, name="x", scope=Scope.READ, made_at=NOW, until=NOW + WINDOW)
    with database.begin() as uow:
        uow.logins.add_token("digest", token)
        kept = uow.logins.token("digest")
        assert kept == token.model_copy(update={"id": kept.id if kept else 0})
        uow.logins.used(kept.id, at=NOW)
        assert uow.logins.revoke(bo, at=NOW, only=kept.id) == 0
        assert uow.logins.revoke(ada, at=NOW, only=kept.id) == 1
        assert [(one.used_at, one.revoked_at) for one in uow.logins.tokens(ada)] == [(NOW, NOW)]


def test_a_form_is_kept_for_its_owner_and_a_while(database: Database) -> None:
    ada, bo = _account(database), _account(database, "Bo")
    form = KeptForm(id="f1", path="/x?y=1", fields=(("name", "Ünï <b>"), ("name", "two")))
    with database.begin() as uow:
        uow.logins.keep_form(form, ada, at=NOW, most=3)
        assert uow.logins.kept_form("f1", ada, since=NOW - WINDOW) == form
        assert uow.logins.kept_form("f1", bo, since=NOW - WINDOW) is None
        assert uow.logins.kept_form("f1", ada, since=NOW) is None
        uow.logins.drop_forms(before=NOW - WINDOW)
        assert uow.logins.kept_form("f1", ada, since=NOW - WINDOW) == form
        uow.logins.drop_forms(before=NOW - WINDOW, only="f1")
        assert uow.logins.kept_form("f1", ada, since=NOW - WINDOW) is None


def test_all_processes_have_one_key(database: Database, in_threads: Callable[..., list[Any]]) -> None:
    def key(number: int) -> str:
        with database.begin() as uow:
            return uow.logins.key("forms", f"fresh {number}")

    assert len(set(in_threads(key, 6))) == 1


def test_what_was_done_is_listed_newest_first(database: Database) -> None:
    with database.begin() as uow:
        for number in range(5):
            uow.deeds.note(Deed(at=NOW, who="ada", what=f"{number}", place="/x"))
        assert [one.what for one in uow.deeds.newest(2, skip=1)] == ["3", "2"]
