"""What registers of risks say in words: probability, impact and response, as people write them in any tool."""

from model.work import RiskResponse

SHARES = {"very low": 0.1, "low": 0.3, "medium": 0.5, "moderate": 0.5, "high": 0.7, "very high": 0.9}
IMPACTS = {"very low": 1.0, "low": 2.0, "medium": 3.0, "moderate": 3.0, "high": 4.0, "very high": 5.0}

_RESPONSES = {
    RiskResponse.MITIGATE: ("mitigate", "mitigated", "mitigation", "reduce", "reduced", "treat", "control"),
    RiskResponse.ACCEPT: ("accept", "accepted", "acceptance", "tolerate", "retain", "watch", "none"),
    RiskResponse.TRANSFER: ("transfer", "transferred", "transference", "share", "shared", "insure", "escalate"),
    RiskResponse.AVOID: ("avoid", "avoided", "avoidance", "eliminate", "terminate", "remove"),
}
_BY_WORD = {word: response for response, words in _RESPONSES.items() for word in words}


def response_of(text: str | None) -> RiskResponse | None:
    """The response that a register's own words stand for; None when empty.

    The first known word counts ("Mitigate - second supplier"). Words that are none of ours are an answer all the same:
    OTHER.
    """
    words = (text or "").casefold().replace("-", " ").replace("/", " ").split()
    if not words:
        return None
    return next((_BY_WORD[word.strip(".,;:()")] for word in words if word.strip(".,;:()") in _BY_WORD), RiskResponse.OTHER)
