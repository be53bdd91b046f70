"""What Prometheus reads at /metrics: facts of the deployment, read from its database when they are asked for.

No figure belongs to the process that answers, so any of the web processes may be asked, and one is enough.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from app import VERSION
from service.operation import State
from store.freshness import BUCKETS_S, TALLY
from store.tallies import Tally

CONTENT_TYPE = CONTENT_TYPE_LATEST

# tally → (metric, what it says, labels)
_COUNTERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "syncs": ("bellwether_syncs", "Syncs that ended well.", ("connection", "mode", "outcome")),
    "sync_seconds": ("bellwether_sync_seconds", "Time spent in syncs that ended well.", ("connection",)),
    "requests": ("bellwether_sync_requests", "Requests that syncs made.", ("connection",)),
    "received_bytes": ("bellwether_sync_received_bytes", "Bytes that syncs received.", ("connection",)),
    "items": ("bellwether_sync_items", "Work items by what a sync found.", ("connection", "result")),
    "writes": ("bellwether_writes", "Writes into the tools by their result.", ("connection", "channel", "result")),
    "runs": ("bellwether_runs", "Pushes, undos and answers that ended.", ("kind", "outcome")),
    "failures": ("bellwether_failures", "What failed, by the slug of why.", ("what", "reason")),
}


class DeploymentCollector:
    """Asks for the state at each scrape."""

    def __init__(self, state: Callable[[], State], schema: Callable[[], str | None]) -> None:
        self._state = state
        self._schema = schema

    def collect(self) -> Iterator[Metric]:
        state = self._state()
        yield _gauge("build_info", "The version that answers, and the schema of the database.", ("version", "schema"),
                     [((VERSION, self._schema() or ""), 1.0)])  # fmt: skip
        yield from _freshness(state)
        yield from _queues(state)
        yield from _limits(state)
        yield _gauge("last_sync_timestamp_seconds", "When the last sync of a connection ended.", ("connection",),
                     [((name,), at.timestamp()) for name, at in state.synced_at.items()])  # fmt: skip
        yield from _counters(state.tallies)
        yield _gauge("lost_changes", "Changes of the last 90 days that a poll found and no webhook had told of.",
                     ("connection",), [((name,), count) for name, count in state.losses.items()])  # fmt: skip


def exposition(state: Callable[[], State], schema: Callable[[], str | None]) -> bytes:
    """The text of /metrics. Raises what ``state`` raises."""
    registry = CollectorRegistry(auto_describe=False)
    # A registry asks a collector for its names when it is added; ours would ask the database for that.
    registry.register(_Undescribed(DeploymentCollector(state, schema)))
    return generate_latest(registry)


class _Undescribed:
    def __init__(self, collector: DeploymentCollector) -> None:
        self._collector = collector

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        return self._collector.collect()


def _gauge(name: str, says: str, labels: tuple[str, ...], values: Sequence[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(f"bellwether_{name}", says, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _freshness(state: State) -> Iterator[Metric]:
    last = [((one.node,), one.last_s) for one in state.fresh if one.last_s is not None]
    yield _gauge("node_freshness_seconds", "How long a node's last change took, from seen to written.", ("node",), last)
    waiting = [
        ((one.node,), max(0.0, (state.now - one.waiting_since).total_seconds()) if one.waiting_since else 0.0)
        for one in state.fresh
    ]
    yield _gauge("node_unwritten_change_age_seconds", "Age of a node's oldest change that is not written; 0: none.",
                 ("node",), waiting)  # fmt: skip
    parts = {one.labels["part"]: one.value for one in state.tallies if one.name == TALLY}
    count = parts.get("count", 0.0)
    buckets = [(f"{bucket:g}", parts.get(f"le {bucket:g}", 0.0)) for bucket in BUCKETS_S] + [("+Inf", count)]
    family = HistogramMetricFamily("bellwether_freshness_seconds", "How long changes took, from seen to written.")
    family.add_metric((), buckets, sum_value=parts.get("sum", 0.0))
    yield family


def _queues(state: State) -> Iterator[Metric]:
    waiting = state.waiting
    yield _gauge("dirty_nodes", "Nodes whose score has to be computed again.", (), [((), waiting.nodes)])
    yield _gauge("deliveries_waiting", "Webhook deliveries that were kept and are not worked off.", ("connection",),
                 [((name,), count) for name, count in waiting.deliveries.items()])  # fmt: skip
    yield _gauge("jobs", "Background jobs by how they stand.", ("state",), [((name,), n) for name, n in state.jobs.items()])
    yield _gauge("deliveries_given_up", "Deliveries that a person has to look at.", (), [((), state.given_up)])
    yield _gauge("pushes_due", "Nodes whose targets are to be written now.", (), [((), waiting.pushes)])
    yield _gauge("pushes_put_off", "Nodes whose targets are to be written later.", (), [((), waiting.pushes_later)])
    yield _gauge("write_intents", "Writes that were begun and have no result yet.", (), [((), waiting.intents)])
    yield _gauge("notices_waiting", "Messages to people that are not sent yet.", (), [((), waiting.notices)])


def _limits(state: State) -> Iterator[Metric]:
    labels = ("connection", "scope")
    capacity = [((one.connection, one.scope), float(one.capacity)) for one in state.limits]
    left = [((one.connection, one.scope), float(one.left)) for one in state.limits]
    yield _gauge("limit_capacity", "What a tool's limit holds in one window, as far as we use it.", labels, capacity)
    yield _gauge("limit_remaining", "What of it is left now.", labels, left)
    rests = [((scope,), (until - state.now).total_seconds()) for scope, until in state.pauses.items()]
    yield _gauge("limit_paused_seconds", "How long a connection or a limit still rests.", ("scope",), rests)


def _counters(tallies: tuple[Tally, ...]) -> Iterator[Metric]:
    found: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        found[tally.name].append(tally)
    for name, (metric, says, labels) in _COUNTERS.items():
        family = CounterMetricFamily(metric, says, labels=labels)
        for tally in found[name]:
            family.add_metric([tally.labels.get(label, "") for label in labels], tally.value)
        yield family
