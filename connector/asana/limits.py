"""Asana's limits: requests a minute, searches a minute, and requests at the same time, each counted per token.

Source: the vendor's "Rate limits" page. A refused request counts as well, and asking again too early shrinks what is
allowed next. What a request costs inside Asana is limited, too, and told of by nothing but refusals.
"""

from connector.asana.options import AsanaOptions
from connector.sdk.http import Limit
from connector.sdk.politeness import Manner

FREE_PER_MINUTE = 150
SEARCHES_PER_MINUTE = 60
READS_AT_ONCE = 50
WRITES_AT_ONCE = 15
WRITE_THREADS = 4
_SLICES = 12
_SEARCH = "/tasks/search"


class AsanaLimits:
    """The limits of one connection's requests; connections with the same token share them.

    ``owner`` names the token without showing it.
    """

    def __init__(self, options: AsanaOptions, owner: str) -> None:
        self._shared = f"asana:{owner}"
        # The free plan is found out by its refusals, where the configuration does not tell of it.
        self._minute = Limit(
            f"{self._shared}:minute", options.requests_per_minute, 60.0, block=20, slices=_SLICES,
            plans=(FREE_PER_MINUTE,),
        )
        self._search = Limit(f"{self._shared}:search", SEARCHES_PER_MINUTE, 60.0, block=5, slices=_SLICES)

    def manner(self, threads: int) -> Manner:
        """So many reads of this process at once, within what all processes may."""
        return Manner(
            reads=threads, writes=WRITE_THREADS, shared_by=self._shared, all_reads=READS_AT_ONCE,
            all_writes=WRITES_AT_ONCE,
        )

    def of(self, path: str, actions: int = 0) -> tuple[Limit, ...]:
        """What one request is charged to, once for itself and once for each of the actions of a batch."""
        minute = (self._minute,) * (1 + actions)
        return (*minute, self._search) if path.endswith(_SEARCH) else minute
