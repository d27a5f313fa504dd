"""Every connector statement, in both spellings, gives the same rows and the same words on Kafka's worker and on ours."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from millstream.connect.client import ConnectClient
from millstream.connect.transport import AsgiTransport
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.session.database import Failed
from millstream.worker.worker import Worker
from tests.connect_cluster.conftest import Bench

pytestmark = pytest.mark.xdist_group("connect")

_STRING = "org.apache.kafka.connect.storage.StringConverter"
_TEXT = f"'value.converter'='{_STRING}', 'key.converter'='{_STRING}'"
_BARE = f"value.converter={_STRING}, key.converter={_STRING}"
_TOPIC = "'topic.creation.default.partitions'=1, 'topic.creation.default.replication.factor'=1"
_BARE_TOPIC = "topic.creation.default.partitions=1, topic.creation.default.replication.factor=1"

#: One life in ksqlDB's spelling, one in KLIP 7's. ``<home>`` is a directory, ``~`` a tag. A line that begins with ``!`` may fail; ``?`` is
#: asked again until it answers as it will: Connect acts in its own time.
KSQL = f"""
CREATE SOURCE CONNECTOR `in~` WITH ('connector.class'='FileStreamSource', 'file'='<home>/in.txt', 'topic'='lines~', {_TEXT}, {_TOPIC});
!CREATE SOURCE CONNECTOR `in~` WITH ('connector.class'='FileStreamSource', 'file'='<home>/in.txt', 'topic'='lines~');
CREATE SOURCE CONNECTOR IF NOT EXISTS `IN~` WITH ('connector.class'='FileStreamSource', 'file'='<home>/in.txt', 'topic'='lines~');
!CREATE SINK CONNECTOR `no~` WITH ('connector.class'='FileStreamSource', 'file'='<home>/in.txt', 'topic'='lines~');
!CREATE SOURCE CONNECTOR `no~` WITH ('connector.class'='FileStreamSauce', 'file'='<home>/in.txt', 'topic'='lines~');
!CREATE SOURCE CONNECTOR `no~` WITH ('connector.class'='FileStreamSource', 'file'='<home>/in.txt', 'tasks.max'='many', 'toppic'='lines~');
!CREATE SOURCE CONNECTOR `no~` WITH ('file'='<home>/in.txt');
!CREATE SOURCE CONNECTOR `no~` WITH ('connector.class'='');
?SHOW CONNECTORS;
?SHOW SOURCE CONNECTORS;
SHOW SINK CONNECTORS;
?DESCRIBE CONNECTOR `in~`;
?DESCRIBE CONNECTOR in~;
!DESCRIBE CONNECTOR `on~`;
?SHOW CONNECTOR OFFSETS `in~`;
SHOW CREATE CONNECTOR `in~`;
CREATE STREAM lines~ FROM CONNECTOR `in~`;
CREATE SINK CONNECTOR `out~` WITH ('connector.class'='FileStreamSink', 'file'='<home>/out.txt', 'topics'='lines~', {_TEXT});
!CREATE STREAM more~ FROM CONNECTOR `on~`;
EXPLAIN ALTER CONNECTOR `in~` SET ('batch.size'='7', 'my.password'='geheim');
ALTER CONNECTOR `in~` SET ('batch.size'='7', 'my.password'='geheim');
ALTER CONNECTOR `in~` SET ('batch.size'='7');
!ALTER CONNECTOR `in~` SET ('batch.size'='x');
!ALTER CONNECTOR `in~` SET ('name'='other');
!ALTER CONNECTOR `in~` UNSET ('connector.class');
ALTER CONNECTOR `in~` UNSET ('batch.size', 'no.such.key');
SHOW CREATE CONNECTOR `in~`;
!ALTER CONNECTOR `in~` RESET OFFSETS;
PAUSE CONNECTOR `in~`;
?DESCRIBE CONNECTOR `in~`;
PAUSE CONNECTOR `in~`;
RESUME CONNECTOR `in~`;
STOP CONNECTOR `in~`;
?DESCRIBE CONNECTOR `in~`;
ALTER CONNECTOR `in~` SET OFFSETS '[{{"partition": {{"filename": "<home>/in.txt"}}, "offset": {{"position": 4}}}}]';
?SHOW CONNECTOR OFFSETS `in~`;
!ALTER CONNECTOR `in~` SET OFFSETS '[{{"partition": {{"filename": "<home>/in.txt"}}, "offset": {{"position": "x"}}}}]';
!ALTER CONNECTOR `in~` SET OFFSETS '[7]';
!ALTER CONNECTOR `in~` SET OFFSETS 'nonsense';
EXPLAIN ALTER CONNECTOR `in~` RESET OFFSETS;
ALTER CONNECTOR `in~` RESET OFFSETS;
?SHOW CONNECTOR OFFSETS `in~`;
RESUME CONNECTOR `in~`;
RESTART CONNECTOR `in~`;
?DESCRIBE CONNECTOR `in~`;
RESTART FAILED TASKS OF CONNECTOR `in~`;
!PAUSE CONNECTOR `on~`;
!RESTART CONNECTOR `on~`;
!ALTER CONNECTOR `on~` SET ('a'='b');
!SHOW CREATE CONNECTOR `on~`;
!SHOW CONNECTOR OFFSETS `on~`;
DESCRIBE CONNECTOR PLUGIN FileStreamSource SEARCH 'batch.size';
!DESCRIBE CONNECTOR PLUGIN FileStreamSauce;
DROP CONNECTOR `out~`;
DROP CONNECTOR `in~`;
!DROP CONNECTOR `in~`;
DROP CONNECTOR IF EXISTS `in~`;
"""
KLIP = f"""
CREATE EXTERNAL SOURCE my-in-~ WITH (connector.class=FileStreamSource, file=<home>/in.txt, topic=lines~, {_BARE}, {_BARE_TOPIC});
!CREATE EXTERNAL SOURCE my-in-~ WITH (connector.class=FileStreamSource, file=<home>/in.txt, topic=lines~);
CREATE EXTERNAL SOURCE IF NOT EXISTS my-in-~ WITH (connector.class=FileStreamSource, file=<home>/in.txt, topic=lines~);
!CREATE EXTERNAL SINK no-~ WITH (connector.class=FileStreamSource, file=<home>/in.txt, topic=lines~);
!CREATE EXTERNAL SOURCE no-~ WITH (connector.class=FileStreamSauce, file=<home>/in.txt, topic=lines~);
?SHOW EXTERNAL SOURCES;
SHOW EXTERNAL SINKS;
?DESCRIBE my-in-~;
?DESCRIBE MY-IN-~;
!DESCRIBE my-on-~;
CREATE STREAM lines~ WITH (kafka_topic='lines~');
CREATE EXTERNAL SINK my-out-~ FROM lines~ WITH (connector.class=FileStreamSink, file=<home>/out.txt);
?SHOW EXTERNAL SINKS;
?DESCRIBE my-out-~;
!DROP EXTERNAL SOURCE my-in-~;
!DROP EXTERNAL SINK my-in-~ TERMINATE;
!DROP EXTERNAL SOURCE my-on-~ TERMINATE;
PAUSE CONNECTOR my-in-~;
RESUME CONNECTOR my-in-~;
ALTER CONNECTOR my-in-~ SET ('batch.size'='7');
SHOW CREATE CONNECTOR my-in-~;
STOP CONNECTOR my-in-~;
DROP EXTERNAL SOURCE my-in-~;
DROP EXTERNAL SINK my-out-~ TERMINATE;
"""


@pytest.fixture
def benches(on_cluster: Callable[..., Bench]) -> Iterator[dict[str, Bench]]:
    """Kafka's broker and Connect; a log in memory and our worker."""
    memory = MemoryLog()
    worker = Worker(memory, SchemaStore(memory))
    worker.start()
    transport = AsgiTransport(worker.app)
    ours = Bench(memory, ConnectClient("http://ours", transport=transport, timeout_ms=20_000))
    yield {"Kafka's": on_cluster(), "ours": ours}
    ours.close()
    worker.stop()


def _shown(bench: Bench, home: Path, value: Any) -> Any:
    """An answer without what must differ: places, versions, time, tags."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            type(value).__name__: {
                f.name: _shown(bench, home, getattr(value, f.name)) for f in dataclasses.fields(value) if f.name not in ("text", "sources")
            }
        }
    if isinstance(value, dict):
        left = {k: v for k, v in value.items() if k not in ("worker_id", "version", "trace")}
        return {str(k): _shown(bench, home, v) for k, v in sorted(left.items())}
    if isinstance(value, list | tuple):
        return [_shown(bench, home, v) for v in value]
    text = str(value).replace(bench.tag.upper(), "~").replace(bench.tag, "~").replace(str(home), "<home>")
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", text)


def _asked(bench: Bench, home: Path, statement: str) -> Any:
    try:
        return _shown(bench, home, bench.run(statement.replace("<home>", str(home))))
    except Failed as failed:
        error = failed.error
        return _shown(bench, home, {"code": error.code, "message": error.message, "hint": error.hint})


def _mine(answer: Any) -> Any:
    """Of a list, only the connectors of this test."""
    if isinstance(answer, list) and answer and isinstance(answer[0], dict) and "ConnectorList" in answer[0]:
        body = answer[0]["ConnectorList"]
        body["connectors"] = [c for c in body["connectors"] if c["ConnectorLine"]["name"].endswith("~")]
        body["warnings"] = [w for w in body["warnings"] if "~" in w]
    return answer


#: What differs on purpose, or because each has classes of its own: the statement, a word of the difference, why.
DELIBERATE = {
    "DESCRIBE CONNECTOR PLUGIN FileStreamSource": "The documentation of keys is each one's own.",
    "FileStreamSauce": "The nearest class is one of those that each has.",
    "'tasks.max'='many'": "Near misses are found among the keys that each has.",
    "SET ('batch.size'='7', 'my.password'='geheim')": "Near misses, too.",
}


@pytest.mark.parametrize("script", [KSQL, KLIP], ids=["ksqlDB", "KLIP 7"])
def test_both_workers_answer_alike(benches: dict[str, Bench], tmp_path: Path, script: str) -> None:
    homes = {name: tmp_path / name.strip("'s") for name in benches}
    for home in homes.values():
        home.mkdir()
        (home / "in.txt").write_text("one\ntwo\n")
    found: list[str] = []
    for line in script.strip().splitlines():
        statement, again, may_fail = line.lstrip("!?"), line.startswith("?"), line.startswith("!")
        deadline = time.monotonic() + 15
        while True:
            real, ours = (_mine(_asked(bench, homes[name], statement)) for name, bench in benches.items())
            if not again or real == ours or time.monotonic() > deadline:
                break
            threading.Event().wait(0.1)
        refused = isinstance(ours, dict)
        if refused != may_fail or (real != ours and not any(word in statement for word in DELIBERATE)):
            found.append(f"{statement}\n    Kafka's {real}\n    ours    {ours}")
    assert not found, "\n" + "\n".join(found)
