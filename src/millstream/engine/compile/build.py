"""What all steps of one query share while its code is written: the source, the functions, the output, names for reports and stores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from millstream.catalog import Relation
from millstream.engine.compile.derived import Derived
from millstream.engine.compile.flow import Flow
from millstream.engine.compile.output import ClientRows, KeyPartition, RawRoute, SinkTopic
from millstream.engine.compile.source import Source
from millstream.engine.failures import Failures
from millstream.engine.operators.times import StreamTimes
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Log
from millstream.plan import nodes as n
from millstream.state import BytesKeys, JoinBuffer, KeyedStore, RowCodec, SessionStore, WindowStore

T = TypeVar("T")
S = TypeVar("S")


class Reads(Protocol):
    """What reads a topic: ``write`` writes the function of this name."""

    relation: Relation
    function: str

    def write(self) -> None: ...


class Build:
    """The making of one query's program."""

    def __init__(self, plan: n.QueryPlan, functions: FunctionRegistry, schemas: Registry | None, failures: Failures, log: Log) -> None:
        self.plan = plan
        self.log = log
        self.stores: list[Any] = []
        #: Called before a commit: what deletes state that is too old.
        self.housekeeping: list[Callable[[], None]] = []
        self.renewed: list[Derived] = []
        self._shared: dict[str, Any] = {}
        self._named: dict[str, int] = {}
        self.functions = functions
        self.schemas = schemas
        self.failures = failures
        self.source = Source()
        self.scans: list[Reads] = []
        self.rows = ClientRows()
        sink = plan.sink
        self.output = SinkTopic(
            sink.topic if sink is not None else "",
            sink.partitions if sink is not None else 1,
            failures.unwritable(sink.topic if sink is not None else ""),
        )
        scans = list(scans_of(plan.root))
        self.partitions = max((s.relation.partitions for s in scans), default=1)
        #: Whether some node keeps a stream time for each partition.
        self.keeps_time = any(isinstance(i, n.StreamStreamJoin | n.Suppress) or _windowed(i) for i in nodes_of(plan.root))
        self.key_partitions = KeyPartition(self.partitions)
        self._reports: dict[str, str] = {}

    def failure(self, what: str) -> str:
        """The name of what reports that ``what`` failed."""
        return self._report(f"failed {what}", lambda: self.failures.failed(what))

    def dropped(self, why: str) -> str:
        return self._report(f"dropped {why}", lambda: self.failures.dropped(why))

    def unwritable(self, topic: str) -> str:
        return self._report(f"unwritable {topic}", lambda: self.failures.unwritable(topic))

    def undecodable(self, topic: str, target: str) -> str:
        return self._report(f"undecodable {target} {topic}", lambda: self.failures.undecodable(topic, target))

    def report_undecodable(self, topic: str, target: str) -> Callable[[Exception, bytes | None], None]:
        return self.failures.undecodable(topic, target)

    def raw_route(self) -> RawRoute:
        """The route by key bytes, shared by all places that write to the sink."""
        return self.once("raw route", lambda: RawRoute(self.output))

    def partition_of_key(self, raw: str | None, flow: Flow) -> str:
        """Write the choice of the partition that a new key has; the name it is in. Only written where some node keeps stream time."""
        if not self.keeps_time or self.partitions == 1 or raw is None or raw == flow.raw:
            return flow.part
        part = self.source.fresh("p")
        self.source.line(f"{part} = {self.source.bind('s', self.key_partitions)}[{raw}]")
        return part

    def partition_from_bytes(self, key: bytes) -> int:
        return self.key_partitions[key] if self.partitions > 1 else 0

    def store(self, name: str, columns: Sequence[Any]) -> KeyedStore:
        """A new store of the query: key bytes -> row of these columns (SQL or Python types)."""
        return self._keep(KeyedStore(self.log, self.name(name), 0, BytesKeys(), RowCodec(columns)))

    def window_store(self, name: str, columns: Sequence[Any]) -> WindowStore:
        """As ``store``, by (key bytes, window start)."""
        return self._keep(WindowStore(self.log, self.name(name), 0, BytesKeys(), RowCodec(columns)))

    def session_store(self, name: str, columns: Sequence[Any]) -> SessionStore:
        """Key bytes -> sessions, each with a row of these columns."""
        return self._keep(SessionStore(self.log, self.name(name), 0, BytesKeys(), RowCodec(columns)))

    def partition_store(self, name: str, partition: int, columns: Sequence[Any]) -> KeyedStore:
        """A store of one partition, under a name that ``name`` gave."""
        return self._keep(KeyedStore(self.log, name, partition, BytesKeys(), RowCodec(columns)))

    def join_buffer(self, name: str, partition: int, rows: RowCodec) -> JoinBuffer:
        return self._keep(JoinBuffer(self.log, name, partition, BytesKeys(), rows))

    def partition_times(self, name: str, partition: int, count: int) -> StreamTimes:
        return self._keep(StreamTimes(self.log, f"{name}.{partition}", count))

    def stream_times(self, name: str) -> StreamTimes:
        """The stream time of every partition at the operator of this name."""
        return self.once(f"times {name}", lambda: self._keep(StreamTimes(self.log, self.name(f"{name}.stream"), self.partitions)))

    def derived(self, store: Any, make: Callable[[], T]) -> T:
        """The operator that ``make`` makes of a store, and again after a rollback."""
        made = Derived(store, make)
        self.renewed.append(self._keep(made))
        operator: T = made.operator
        return operator

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What the steps of a query share by name."""
        if name not in self._shared:
            self._shared[name] = make()
        found: T = self._shared[name]
        return found

    def _keep(self, store: S) -> S:
        self.stores.append(store)
        return store

    def name(self, name: str) -> str:
        """A name for a new store. Names are numbered in the order the steps are made, which is the order of the plan."""
        self._named[name] = count = self._named.get(name, 0) + 1
        return f"{self.plan.query_id}/{name}{count if count > 1 else ''}"

    def _report(self, what: str, make: Callable[[], Callable[..., None]]) -> str:
        name = self._reports.get(what)
        if name is None:
            name = self._reports[what] = self.source.bind("e", make())
        return name


def nodes_of(node: n.Node) -> list[n.Node]:
    """The node and all below it, left to right."""
    found = [node]
    for name in ("input", "left", "right"):
        child: Any = getattr(node, name, None)
        if isinstance(child, n.Node):
            found += nodes_of(child)
    return found


def scans_of(node: n.Node) -> list[n.Scan]:
    return [i for i in nodes_of(node) if isinstance(i, n.Scan)]


def _windowed(node: n.Node) -> bool:
    return isinstance(node, n.Aggregate) and node.window_spec is not None
