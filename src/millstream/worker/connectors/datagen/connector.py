"""The Datagen connector and its task. Rows are made in blocks, each from its own seed, so that a restart goes on exactly where
the last commit ended, with the same values, whatever the pace was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from millstream.worker.connectors.base import Connector, SourceTask, TaskContext
from millstream.worker.connectors.datagen.avro import parse
from millstream.worker.connectors.datagen.quickstarts import QUICKSTARTS, Kind
from millstream.worker.definition import REQUIRED, ConfigDef, Key, KeyResult, at_least, non_empty
from millstream.worker.errors import TaskError
from millstream.worker.records import Polled, Records
from millstream.worker.schema import STRING

_BLOCK = 1000
#: Blocks of one transaction when there is no pause between records.
_BLOCKS = 5
#: Records that are due within this time go out together.
_GRAIN_MS = 20


class DatagenConnector(Connector):
    """Confluent's Datagen keys. ``users.count`` is ours: how many different users pageviews and users draw from (9, as there)."""

    kind = "source"
    class_names = ("io.confluent.kafka.connect.datagen.DatagenConnector",)
    definition = ConfigDef(
        [
            Key("kafka.topic", "STRING", REQUIRED, "HIGH", "Topic to write to.", check=non_empty),
            Key("max.interval", "LONG", 500, "HIGH", "Most milliseconds between two records of a task. 0 or less: as fast as it goes."),
            Key("iterations", "INT", -1, "HIGH", "Records each task makes before it ends. -1: no end."),
            Key(
                "schema.string",
                "STRING",
                "",
                "HIGH",
                "An Avro record schema with arg.properties annotations. One of this, schema.filename, quickstart.",
            ),
            Key("schema.filename", "STRING", "", "HIGH", "File with an Avro record schema with arg.properties annotations."),
            Key("schema.keyfield", "STRING", "", "HIGH", "Field of the schema whose text is the record's key. Empty: no key."),
            Key(
                "quickstart",
                "STRING",
                "",
                "HIGH",
                f"A ready-made kind of record, in any case: {', '.join(QUICKSTARTS)}.",
                recommend=lambda c: list(QUICKSTARTS),
            ),
            Key("random.seed", "LONG", None, "LOW", "Same seed, same records. Without it they differ at each creation."),
            Key(
                "users.count",
                "INT",
                9,
                "LOW",
                "How many users pageviews, users and stock_trades draw from: User_1 to User_<count>.",
                check=at_least(1),
            ),
        ]
    )

    def validate(self, given: Mapping[str, str], results: dict[str, KeyResult]) -> None:
        ways = [k for k in ("schema.string", "schema.filename", "quickstart") if (given.get(k) or "").strip()]
        if len(ways) != 1:
            found = f"found {', '.join(ways)}" if ways else "found none"
            results["quickstart"].errors.append(f"Exactly one of schema.string, schema.filename and quickstart must be set, {found}.")
            return
        try:
            kind = kind_of(given)
        except ValueError as e:
            results[ways[0]].errors.append(f"Invalid value for configuration {ways[0]}: {e}")
            return
        if kind.key and kind.schema.field(kind.key) is None:
            known = ", ".join(f.name for f in kind.schema.fields)
            results["schema.keyfield"].errors.append(f"The schema has no field '{kind.key}'. Existing fields: {known}.")

    def task_configs(self, config: Mapping[str, str], tasks_max: int) -> list[dict[str, str]]:
        return [{**config, "task.id": str(i)} for i in range(tasks_max)]

    def task(self) -> SourceTask:
        return DatagenTask()


def kind_of(config: Mapping[str, str]) -> Kind:
    """What a configuration generates. ValueError says what is wrong."""
    quickstart = (config.get("quickstart") or "").strip().lower()
    if quickstart:
        if quickstart not in QUICKSTARTS:
            raise ValueError(f"there is no quickstart {quickstart}; known: {', '.join(QUICKSTARTS)}")
        return QUICKSTARTS[quickstart](int(config.get("users.count", 9)))
    text = config.get("schema.string") or ""
    if not text:
        path = config.get("schema.filename", "")
        try:
            text = Path(path).read_text()
        except OSError as e:
            raise ValueError(f"cannot read {path}: {e.strerror}") from None
    schema, rows = parse(text)
    return Kind(schema, rows, config.get("schema.keyfield", "").strip())


class DatagenTask(SourceTask):
    """Offset: the number of records made, and the seed."""

    def start(self, config: Mapping[str, str], context: TaskContext) -> None:
        parsed = DatagenConnector.definition.parse(config)
        self._context, self._kind = context, kind_of(config)
        self._topic, self._end, self._pause = parsed["kafka.topic"], parsed["iterations"], parsed["max.interval"]
        self._task = int(config.get("task.id", "0"))
        self._partition = {"task.id": self._task}
        kept = context.offset(self._partition) or {}
        self._made: int = kept.get("current.iteration", 0)
        fresh = parsed["random.seed"] if parsed["random.seed"] is not None else Random().getrandbits(62)
        self._seed: Any = kept.get("random.seed", fresh)
        self._due: float = context.clock.now_ms()
        self._pace = Random(self._seed)
        self._block: tuple[int, list[dict[str, Any]]] = (-1, [])

    def poll(self) -> list[Polled]:
        if 0 < self._end <= self._made:
            raise TaskError(f"Stopping connector: generated the configured {self._made} number of messages")
        count = self._wait_for_due() if self._pause > 0 else _BLOCK * _BLOCKS
        if self._end > 0:
            count = min(count, self._end - self._made)
        if count == 0:
            return []
        rows: list[dict[str, Any]] = []
        while len(rows) < count:
            rows += self._rows(self._made + len(rows), count - len(rows))
        self._made += len(rows)
        key = self._kind.key
        keys = [str(r[key]) for r in rows] if key else None
        records = Records(self._topic, self._kind.schema, rows, STRING if key else None, keys)
        return [Polled(records, self._partition, {"current.iteration": self._made, "random.seed": self._seed})]

    def _rows(self, first: int, most: int) -> list[dict[str, Any]]:
        """Rows from iteration ``first`` on, to the end of its block at most."""
        number, skip = divmod(first, _BLOCK)
        if self._block[0] != number:
            rng = Random(f"{self._seed}/{self._task}/{number}")
            self._block = (number, self._kind.rows(rng, number * _BLOCK, _BLOCK))
        return self._block[1][skip : skip + most]

    def _wait_for_due(self) -> int:
        """Wait until a record is due; how many are."""
        now = self._context.clock.now_ms()
        if self._due > now and self._context.wait(max(self._due - now, _GRAIN_MS)):
            return 0
        now = self._context.clock.now_ms()
        count = 0
        while self._due <= now and count < _BLOCK * _BLOCKS:
            self._due += self._pace.random() * self._pause
            count += 1
        self._due = max(self._due, now - 1000)  # after a pause, go on at the usual pace
        return count
