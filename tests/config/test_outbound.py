"""Which addresses a page may be told to call."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.outbound import Resolve, refuse_private
from model.errors import UsageError

PUBLIC = "93.184.215.14"


def _found(*addresses: str) -> Resolve:
    def resolve(_host: str) -> Sequence[str]:
        return addresses

    return resolve


PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "ff02::1", "nonsense",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_host_inside_is_refused_whatever_else_it_is_called(address: str) -> None:
    for found in ((address,), (PUBLIC, address)):
        with pytest.raises(UsageError) as refused:
            refuse_private("https://tool.example/x", allowed=frozenset(), resolve=_found(*found))
        assert refused.value.reason == "private_address"
        assert "BELLWETHER_ALLOWED_HOSTS=tool.example" in refused.value.fix
    refuse_private("https://Tool.Example/x", allowed=frozenset({"tool.example"}))


def test_a_public_host_may_be_called() -> None:
    refuse_private("https://tool.example", allowed=frozenset(), resolve=_found(PUBLIC, "2606:2800:21f:cb07::1"))


def test_a_host_that_is_not_there_is_told() -> None:
    def nobody(_host: str) -> Sequence[str]:
        raise OSError

    with pytest.raises(UsageError, match=r"no host tool\.example"):
        refuse_private("https://tool.example", allowed=frozenset(), resolve=nobody)
    for url in ("", "tool", "https://", "https://[::1", "//", "javascript:alert(1)"):
        with pytest.raises(UsageError):
            refuse_private(url, allowed=frozenset(), resolve=nobody)


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="fc00::/7") | st.ip_addresses(network="192.168.0.0/16"))
@settings(max_examples=80)
def test_no_address_of_a_private_network_is_ever_called(address: object) -> None:
    with pytest.raises(UsageError):
        refuse_private(f"https://[{address}]" if ":" in str(address) else f"https://{address}", allowed=frozenset(),
                       resolve=_found(str(address)))  # fmt: skip
