"""Addresses that the web page may be told to connect to: none of the server's own network, however it is written."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.outbound import addresses_of, is_public, refuse_private
from model.errors import UsageError

INNER = [
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "0.0.0.0/8",
    "224.0.0.0/4", "240.0.0.0/4", "192.0.0.0/24", "168.63.129.16/32", "::1/128", "::/128",
    "fe80::/10", "fc00::/7", "ff00::/8", "fec0::/10",
]  # fmt: skip


@st.composite
def inner(draw: st.DrawFn) -> str:
    """An address of a network that nobody outside can reach, also one of IPv4 written as IPv6."""
    network = ip_network(draw(st.sampled_from(INNER)))
    found = network[draw(st.integers(0, network.num_addresses - 1))]
    if isinstance(found, IPv4Address):
        number = int(found)
        forms = [
            str(found), str(IPv6Address((0xFFFF << 32) | number)),
            str(IPv6Address((0x64FF9B << 96) | number)), str(IPv6Address((0x2002 << 112) | number << 80)),
        ]  # fmt: skip
        return draw(st.sampled_from(forms))
    return str(found)


@given(address=inner(), public=st.lists(st.just("93.184.216.34"), max_size=2), first=st.booleans())
def test_a_name_with_one_inner_address_is_refused_wherever_it_stands(address: str, public: list[str], first: bool) -> None:
    found = [address, *public] if first else [*public, address]
    with pytest.raises(UsageError) as refused:
        refuse_private("https://tool.example/rest", allowed=(), resolve=lambda _host: found)
    assert refused.value.reason == "private_address"
    assert address not in str(refused.value)


@given(address=inner())
def test_what_is_allowed_by_name_or_address_may_be_inner(address: str) -> None:
    def find(_host: str) -> list[str]:
        return [address]

    refuse_private("https://jira.corp:8443/jira", allowed=("jira.corp",), resolve=find)
    refuse_private("https://JIRA.corp./jira", allowed=(address,), resolve=find)
    with pytest.raises(UsageError):
        refuse_private("https://other.corp", allowed=("jira.corp",), resolve=find)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_public_is_exactly_what_the_registry_calls_global(address: IPv4Address) -> None:
    of_clouds = address in ip_network("192.0.0.0/24") or str(address) == "168.63.129.16"
    expected = address.is_global and not (address.is_multicast or address.is_reserved or of_clouds)
    assert is_public(str(address)) == expected


@pytest.mark.parametrize("address", ["169.254.169.254", "168.63.129.16", "192.0.0.192", "100.100.100.200", "fd00:ec2::254"])
def test_no_metadata_service_of_a_cloud_is_public(address: str) -> None:
    assert not is_public(address)
    assert not is_public(f"::ffff:{address}") or ":" in address


@pytest.mark.parametrize("written", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "[::1]", "127.0.0.1"])
def test_this_machine_is_refused_however_it_is_written(written: str) -> None:
    """The system's own resolver reads these forms as the address of this machine."""
    with pytest.raises(UsageError) as refused:
        refuse_private(f"http://{written}:8080/", allowed=(), resolve=addresses_of)
    assert refused.value.reason in ("private_address", "no_such_host")


NO_URLS = ["", "ftp://a.example", "https://", "https://u:p@a.example", "//a.example", "https://a:x/", "file:///etc"]


@pytest.mark.parametrize("url", NO_URLS)
def test_what_is_no_web_address_is_refused_before_anything_is_asked(url: str) -> None:
    def never(_host: str) -> list[str]:
        raise AssertionError("asked")

    with pytest.raises(UsageError) as refused:
        refuse_private(url, allowed=(), resolve=never)
    assert refused.value.reason == "bad_url"


def test_a_name_that_leads_nowhere_says_so() -> None:
    with pytest.raises(UsageError) as refused:
        refuse_private("https://nobody.invalid", allowed=())
    assert refused.value.reason == "no_such_host"


def test_a_public_address_passes() -> None:
    public = ["104.192.142.1", "2a00:1450:4001:82b::200e"]
    refuse_private("https://acme.atlassian.net", allowed=(), resolve=lambda _host: public)
