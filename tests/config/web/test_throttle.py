"""Failed logins keep those out who guess, and neither whoever they guess at, nor whom an admin helps."""

from datetime import timedelta

from model.access import Right, Role
from service import logins
from tests.support.lodge import Lodge, post
from tests.support.page_client import PageClient

PASSWORD = "correct horse battery staple"


def _log_in(client: PageClient, name: str, password: str = PASSWORD) -> int:
    return post(client, "/login", {"name": name, "password": password}).status_code


def _guess(house: Lodge, name: str) -> None:
    for _ in range(logins.MOST_OF_A_NAME):
        assert _log_in(house.browser(), name, "a guess of somebody") == 422
    answer = post(house.browser(), "/login", {"name": name, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")


def test_a_new_password_lets_in_whom_failed_logins_keep_out(house: Lodge) -> None:
    ida = house.add("Ida Kvist", (Right(role=Role.ADMIN),), PASSWORD)
    _guess(house, "ida kvist")
    new = "a sentence of the admin"
    assert post(house.enter("admin"), f"/accounts/{ida.id}/password", {"password": new}).status_code == 303
    assert _log_in(house.browser(), "ida kvist", new) == 303


def test_whoever_tries_a_name_keeps_nobody_out_of_the_browser_they_use(house: Lodge) -> None:
    house.add("Per Dal", (Right(role=Role.ADMIN),), PASSWORD)
    house.add("Other", (Right(role=Role.VIEWER),), PASSWORD)
    mine, others = house.browser(), house.browser()
    assert (_log_in(mine, "per dal"), _log_in(others, "other")) == (303, 303)
    house.later = timedelta(hours=13)
    try:
        _guess(house, "per dal")
        assert mine.get("/").status_code == 302, "the login has run out"
        assert _log_in(others, "per dal") == 429, "of another account"
        for _ in range(logins.MOST_OF_A_NAME - 1):
            assert _log_in(mine, "PER  dal", "mistyped it is") == 422
        assert _log_in(mine, "per dal") == 303
        for _ in range(logins.MOST_OF_A_NAME):
            answer = post(mine, "/account/password", {"password": "mistyped it is", "new": "n" * 20, "again": "n" * 20})
            assert "do not belong together" in answer.text
        answer = post(mine, "/account/password", {"password": PASSWORD, "new": "n" * 20, "again": "n" * 20})
        assert "Too many logins have failed" in answer.text, "who finds a browser left open guesses no more often"
    finally:
        house.later = timedelta()
