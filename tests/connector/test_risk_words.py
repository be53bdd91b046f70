"""Words of registers, whatever the tool."""

import pytest

from connector.sdk.risk_words import response_of
from model.work import RiskResponse


@pytest.mark.parametrize(
    ("text", "response"),
    [
        (None, None),
        ("  ", None),
        ("Mitigate", RiskResponse.MITIGATE),
        ("reduce - second supplier", RiskResponse.MITIGATE),
        ("ACCEPTED", RiskResponse.ACCEPT),
        ("Transfer (insurance)", RiskResponse.TRANSFER),
        ("Avoid", RiskResponse.AVOID),
        ("akzeptieren", RiskResponse.OTHER),
    ],
)
def test_a_response_is_read_from_the_registers_own_words(text: str | None, response: RiskResponse | None) -> None:
    assert response_of(text) is response
