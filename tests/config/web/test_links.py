"""Every link of the pages that somebody can come to from the start page: none leads where they may not go, or to no place."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest

from model.health import Band
from service import overrides
from tests.support.lodge import PEOPLE, Lodge

_LINK = re.compile(r'(?:href|hx-get)="([^"]*)"')


def _links(page: str, at: str) -> Iterator[str]:
    """The addresses within the site that a page leads to."""
    for found in _LINK.findall(page):
        address = urldefrag(urljoin(at, html.unescape(found))).url
        if address.startswith("/") and not address.startswith("/static/"):
            yield address


def _places(page: str, at: str) -> Iterator[tuple[str, str]]:
    """The places within pages of the site that a page leads to: the address, the place."""
    for found in _LINK.findall(page):
        address, place = urldefrag(urljoin(at, html.unescape(found)))
        if address.startswith("/") and place:
            yield address, place


def _alike(house: Lodge, address: str) -> tuple[object, ...]:
    """What makes an address a page of its own: the route, the level of the node, and what is asked beside them."""
    parts = urlsplit(address)
    rule, named = house.app.url_map.bind("").match(parts.path, return_rule=True)
    node = house.space.tree.by_id().get(str(named.get("node_id")))
    return rule.rule, node and node.kind, *sorted({name for name, _ in parse_qsl(parts.query)})


@pytest.fixture(scope="module")
def filled(house: Lodge) -> Lodge:
    """With a band that was set by hand, which every page of the node tells."""
    until = (house.space.clock() + timedelta(days=7)).date()
    overrides.put(house.space, "web", Band.AT_RISK, reason="The supplier is late.", until=until, by="admin")
    return house


@pytest.mark.parametrize("who", PEOPLE)
def test_no_link_leads_where_one_may_not_go(filled: Lodge, who: str) -> None:
    client, waiting, wrong = filled.enter(who), ["/"], list[str]()
    places, there = set[tuple[str, str]](), dict[str, set[str]]()
    seen = {_alike(filled, "/")}
    while waiting:
        address = waiting.pop()
        answer = client.get(address)
        if answer.status_code not in (200, 302, 303):
            wrong.append(f"{address}: {answer.status_code}")
        for link in _links(answer.text, address) if answer.mimetype == "text/html" else ():
            kind = _alike(filled, link)
            if kind not in seen:
                seen.add(kind)
                waiting.append(link)
        told = answer.text if answer.mimetype == "text/html" else ""
        places |= set(_places(told, address))
        there[address] = set(re.findall(r'id="([^"]+)"', told))
    assert wrong == []
    assert [one for one in places if one[0] in there and one[1] not in there[one[0]]] == []
    reached = {str(kind[0]) for kind in seen}
    assert {"/nodes/<node_id>", "/nodes/<node_id>/closure", "/portfolios", "/pmo"} <= reached
    assert ("/tree/<entry>" in reached) == (who == "admin")
    assert ("/nodes/<node_id>/override" in reached) == ("viewer" not in who)
