"""The shapes of answers. Keys may be added; those that stand here stay."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from model.health import Band, Basis, Outcome
from model.push import Channel, WriteResult
from model.tree import NodeKind
from store.errands import ErrandKind, ErrandState

Share = Annotated[float, Field(ge=0, le=1)]
Score = Annotated[float, Field(ge=0, le=100)]
State = Literal["idle", "waiting", "running", "failing", "paused"]


class Shape(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="allow")


class NodeRef(Shape):
    id: str
    name: str


class NodeShort(Shape):
    """A node with its newest score; ``band`` null: never scored yet."""

    id: str
    kind: NodeKind
    name: str
    parent: str | None
    children: int
    score: Score | None
    band: Band | None
    computed_band: Band | None
    coverage: Share | None
    trust: Share | None
    declared_band: Band | None
    as_of: AwareDatetime | None


class NodeList(Shape):
    nodes: list[NodeShort]
    next: str | None


class NodeOne(NodeShort):
    """``path``: the nodes above, outermost first."""

    path: list[NodeRef]


class Valued(Shape):
    value: JsonValue
    unit: str | None


class Evidence(Shape):
    id: str
    ref: str
    url: str | None
    title: str | None


class Dimension(Shape):
    name: str
    outcome: Outcome
    score: Score | None
    weight: float
    effective_weight: float
    reason: str
    reason_code: str
    values: dict[str, Valued]
    evidence: Annotated[list[Evidence], Field(max_length=50)]
    evidence_total: Annotated[int, Field(description="200 of a program or portfolio: at least so many.")]


class LostPoints(Shape):
    points: float
    node: str
    dimension: str
    reason: str


class Calibrated(Shape):
    value: Share | None
    n: int


class ForecastShape(Shape):
    p50: date | None
    p85: date | None
    on_time: Share | None
    on_time_words: str | None
    coverage_p85: Calibrated | None


class NodeReceipt(Shape):
    """A node as `rollup` tells it, with how firm its band is."""

    id: str
    kind: NodeKind
    name: str
    parent: str | None
    score: Score | None
    band: Band
    computed_band: Band
    band_reasons: list[str]
    coverage: Share
    trust: Share
    basis: Basis
    declared_band: Band | None
    dimensions: list[Dimension]
    lost: list[LostPoints]
    forecast: ForecastShape | None
    as_of: AwareDatetime
    known_at: AwareDatetime
    sensitivity: dict[str, Any]
    next: int | None


class TrendShape(Shape):
    at: AwareDatetime
    score: Score | None
    band: Band
    basis: Basis


class Trend(Shape):
    node: str
    points: list[TrendShape]


class CauseOfChange(Shape):
    cause: str
    words: str
    points: float


class Part(Shape):
    cause: str
    points: float
    node: str
    dimension: str
    evidence: list[Evidence]


class Change(Shape):
    """``causes`` and ``parts`` each sum to ``moved``."""

    since: AwareDatetime
    until: AwareDatetime
    score_then: Score | None
    score_now: Score | None
    moved: float | None
    remembered: bool
    refused: str | None
    causes: list[CauseOfChange]
    parts: list[Part]


class NodeForecast(Shape):
    node: str
    forecast: ForecastShape | None
    refused: str | None


class RegistersShape(Shape):
    risks: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]
    benefits: list[dict[str, Any]]
    totals: dict[str, int]
    next: int | None


class ReportShape(Shape):
    node: str
    as_of: AwareDatetime
    known_at: AwareDatetime
    language: str
    nodes: list[dict[str, Any]]


class LensShort(Shape):
    name: str
    title: str
    node: str


class LensList(Shape):
    lenses: list[LensShort]


class GapWidth(Shape):
    bands: int
    points: float


class Watermelon(Shape):
    node: str
    name: str
    kind: NodeKind
    reported: Literal["better", "worse"]
    declared_band: Band
    computed_band: Band
    score: Score | None
    gap: GapWidth
    since: AwareDatetime


class WatermelonList(Shape):
    as_of: AwareDatetime
    watermelons: list[Watermelon]
    incomparable: list[str]
    next: str | None


class OverrideShape(Shape):
    node: str
    band: Band
    reason: str
    by: str
    at: AwareDatetime
    until: date


class NodeOverride(Shape):
    node: str
    override: OverrideShape | None


class OverrideList(Shape):
    overrides: list[OverrideShape]


class Limit(Shape):
    scope: str
    capacity: int
    left: int
    window_s: float


class Pause(Shape):
    by: str
    at: AwareDatetime


class HooksShape(Shape):
    registered: int
    heard_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    wanted: int | None
    working: int | None


class Connection(Shape):
    name: str
    tool: str
    synced_at: AwareDatetime | None
    rests_until: AwareDatetime | None
    why: str | None
    paused: Pause | None
    limits: list[Limit]
    token_expires_on: date | None
    webhooks: HooksShape
    waiting: int
    given_up: int
    lost: int


class ConnectionList(Shape):
    connections: list[Connection]


class JobShape(Shape):
    name: str
    lane: str
    state: State
    tries: int
    reason: str | None
    error: str | None
    wanted_at: AwareDatetime | None
    due_at: AwareDatetime | None
    again_at: AwareDatetime | None
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None


class GivenUp(Shape):
    name: str
    connection: str
    received_at: AwareDatetime
    tries: int
    error: str | None
    items: list[str]


class LanePaused(Shape):
    lane: str
    by: str
    at: AwareDatetime


class JobList(Shape):
    jobs: list[JobShape]
    paused: list[LanePaused]
    waiting_deliveries: int
    given_up: list[GivenUp]


class Asked(Shape):
    """What was asked of background work."""

    job: str


class Done(Shape):
    name: str
    done: str


class WriteShape(Shape):
    connection: str
    target: str
    node: str
    channel: Channel
    field: str | None
    old: JsonValue
    new: JsonValue
    why: str
    result: WriteResult


class LoggedWrite(WriteShape):
    at: AwareDatetime
    run: str
    by: str


class WriteList(Shape):
    writes: list[LoggedWrite]
    next: int | None


class ErrandShape(Shape):
    """A plan, a push, an undoing or its preview; ``writes``: a page of what it would write, or wrote."""

    id: int
    kind: ErrandKind
    state: ErrandState
    by: str
    asked: dict[str, JsonValue]
    at: AwareDatetime
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    error: str | None
    counts: dict[WriteResult, int]
    writes: list[WriteShape]
    next: int | None


class DocumentShape(Shape):
    """What is prepared, and how that stands. Once ``state`` is done: ``file`` is where it is read, and of the kind `change`
    it stands in ``change``, too."""

    id: int
    kind: Literal["change", "report"]
    node: str
    state: ErrandState
    by: str
    asked: dict[str, JsonValue]
    at: AwareDatetime
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    error: str | None
    media_type: str | None
    file: str | None
    change: Change | None


class ConfigurationShape(Shape):
    """The configuration as it stands in its file; whatever is a secret itself is left out."""

    configuration: dict[str, Any]
