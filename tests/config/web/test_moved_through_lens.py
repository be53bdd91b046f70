"""What moved a node of a lens, on its page: split at once, or prepared where that is too much; nobody leaves the lens."""

import re
from datetime import timedelta

from model.access import Right, Role
from service import movement, preparing
from service.movement import Span
from service.patience import Patience
from service.workspace import local_day
from tests.support.jobs import work_through
from tests.support.lodge import Lodge, post
from tests.support.page_client import PageClient

NODE, LENS = "kind--standard", "kind"


def _days(seen: Lodge) -> dict[str, str]:
    today = local_day(seen.space)
    return {"since": (today - timedelta(days=20)).isoformat(), "until": today.isoformat()}


def _query(seen: Lodge) -> str:
    return "&".join(f"{name}={value}" for name, value in {**_days(seen), "lens": LENS}.items())


def _page(client: PageClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    return answer.text


def _causes(text: str) -> list[str]:
    return re.findall(r'<td class="n">[^<]+</td><th scope="row">([^<]+)</th>', text)


def test_it_is_split_within_the_lens(seen: Lodge) -> None:
    viewer, query = seen.enter("viewer"), _query(seen)
    page, part = _page(viewer, f"/nodes/{NODE}/moved?{query}&whole=1"), _page(viewer, f"/nodes/{NODE}/moved/split?{query}")
    assert part.strip() in page
    assert "Below, by weekly scores" not in page  # a lens keeps none
    assert f'<input type="hidden" name="lens" value="{LENS}">' in page
    later = _page(viewer, f"/nodes/{NODE}/moved?{query}")
    assert f"/moved/split?{query.replace('&', '&amp;')}" in later
    days = _days(seen)
    asked = Span(*map(type(local_day(seen.space)).fromisoformat, days.values()))
    found = movement.split(seen.space, NODE, asked, LENS)
    assert found.causes
    assert _causes(part) == [one.words for one in found.causes]
    links = re.findall(r'href="(/nodes/[^"]+show=[^"]+)"', part)
    assert links
    for link in links:
        _page(viewer, link.replace("&amp;", "&").partition("#")[0])


def test_it_is_prepared_where_it_takes_long(seen: Lodge) -> None:
    seen.space.patience = Patience(around=0, split=0, report=0)
    viewer, query = seen.enter("viewer"), _query(seen)
    assert "is not scored yet" in _page(viewer, f"/nodes/{NODE}/moved?{query}", 404)
    preparing.ask_lens(seen.space, seen.space.lens(LENS))
    work_through(seen.space)
    assert "Have it split" in _page(viewer, f"/nodes/{NODE}/moved?{query}")
    answer = post(viewer, f"/nodes/{NODE}/moved?lens={LENS}", _days(seen))
    assert f"lens={LENS}" in answer.headers["Location"]
    assert "It waits for its turn" in _page(viewer, answer.headers["Location"])
    assert "Have it split" in _page(viewer, f"/nodes/growth/moved?{query.partition('&lens')[0]}"), "another question"
    work_through(seen.space)
    assert _causes(_page(viewer, answer.headers["Location"]))


def test_a_lens_that_is_not_there_and_a_node_of_none_are_not_found(seen: Lodge) -> None:
    days = _query(seen).partition("&lens")[0]
    for address in (f"{NODE}/moved?{days}", f"{NODE}/moved?{days}&lens=nothing", f"growth/moved?{days}&lens={LENS}"):
        _page(seen.enter("viewer"), f"/nodes/{address}", 404)


def test_of_a_group_one_sees_what_one_may_see_of_the_tree(seen: Lodge) -> None:
    seen.add("viewer of launch", (Right(role=Role.VIEWER, node="launch"),))
    for client in (seen.enter("viewer of launch"), seen.enter("nobody")):
        assert client.get(f"/nodes/{NODE}/moved?{_query(seen)}").status_code != 200
