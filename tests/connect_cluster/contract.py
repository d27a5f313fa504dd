"""What the contract suites share: how the same is asked of both workers, and what may differ.

What differs on purpose is in DELIBERATE, and nothing else may.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.connect_cluster.sides import Answer, Side, differences

SOURCE, SINK = (f"org.apache.kafka.connect.file.FileStream{side}Connector" for side in ("Source", "Sink"))
STRING = "org.apache.kafka.connect.storage.StringConverter"
JSON = "org.apache.kafka.connect.json.JsonConverter"
CREATION = {"topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1"}

#: What differs on purpose, by the step's name and the field; why.
_BOTH_KEYS = "The fault is told once, not for topics and topics.regex each, and says which of the two it is."
_NO_INPUT = "A file source without a file reads standard input, which a server has none of: ours wants the file."
_EMPTY_BATCH = "A batch of no lines never ends: ours refuses it, and says so beside Kafka's own text."
_FAULT = "A request's fault, not the server's; ours says which."
_CHARACTERS = "Kafka counts characters where it should count bytes: it reads the end of the file again. Ours counts bytes."
_JAVA = "The words of Java's JSON reader, or of a null pointer; ours says what was expected."

_PLUGINS = "The list of classes is each worker's own, and Kafka's prints its insides."
DELIBERATE: dict[tuple[str, str], str] = {
    ("create: unknown class", "body.message"): _PLUGINS,
    ("create: bad converter", "body.message"): "Ours lists the converters there are.",
    ("create: sink without topics", "body.message"): _BOTH_KEYS,
    ("create: sink with both", "body.message"): _BOTH_KEYS,
    ("validate: bad sink", "body.error_count"): _BOTH_KEYS,
    ("validate: bad sink", "body.configs.topics.value.errors[0]"): _BOTH_KEYS,
    ("validate: good source", "body.configs.file.definition.required"): _NO_INPUT,
    ("validate: short name", "body.configs.file.definition.required"): _NO_INPUT,
    ("validate: bad source", "body.configs.file.definition.required"): _NO_INPUT,
    ("validate: a transform's faults", "body.configs.file.definition.required"): _NO_INPUT,
    ("validate: a predicate", "body.configs.file.definition.required"): _NO_INPUT,
    ("validate: bad source", "body.configs.file.value.errors"): _NO_INPUT,
    ("validate: bad source", "body.configs.batch.size.value.errors"): _EMPTY_BATCH,
    ("tasks", "body[0].config.task.class"): "The name of a Java class.",
    ("rename by patch", "status"): "Kafka keeps a configuration whose name is another than the connector's; ours refuses it, as PUT does.",
    ("patch: the class away", "body.message"): "Both print the configuration, in an order of their own.",
    **{("alter, no partition", field): _FAULT for field in ("status", "body.error_code", "body.message")},
    **{("alter sink offsets: negative", field): _FAULT for field in ("status", "body.error_code", "body.message")},
    **{
        (step, "body.message"): _JAVA
        for step in (
            *("no JSON", "a list", "a text", "an unknown field", "an unknown state", "a config that is a list", "a nested config"),
            *("put of no JSON", "put of a list", "put of nothing", "validation of nothing", "offsets that are no JSON"),
            *("offsets: a field too many", "offsets: an offset that is a number"),
        )
    },
    **{("no config", field): _FAULT for field in ("status", "body.error_code", "body.message")},
    ("offsets behind accents", "offsets[0].offset.position"): _CHARACTERS,
}

Ask = Callable[[Side], Answer]


class Talk:
    """Puts the same to both and gathers what differs otherwise than it should."""

    def __init__(self, sides: list[Side]) -> None:
        self.sides = sides
        self.found: dict[tuple[str, str], tuple[Any, Any]] = {}
        self._steps: set[str] = set()

    def both(self, step: str, ask: Callable[[Side], Any], of: Callable[[Any], Any] = lambda x: x) -> None:
        """``ask`` each side; ``of`` takes from an answer what is to be compared."""
        real, ours = (of(ask(side)) for side in self.sides)
        self._steps.add(step)
        self.found |= {(step, where): (a, b) for where, a, b in differences(real, ours)}

    def call(self, step: str, method: str, path: str, body: Any = None, of: Callable[[Any], Any] = lambda x: x) -> None:
        self.both(step, lambda side: side.call(method, path, body), lambda answer: {"status": answer[0], "body": of(answer[1])})

    def until(self, step: str, path: str, holds: Callable[[Any], bool]) -> None:
        self.both(step, lambda side: side.until(path, holds)[1])

    def check(self) -> None:
        """Everything found is deliberate, and what is deliberate was found."""
        expected = {key for key in DELIBERATE if key[0] in self._steps}
        surprising = {key: pair for key, pair in self.found.items() if key not in expected}
        assert not surprising, "\n".join(f"{step}: {where}: Kafka's {a!r}, ours {b!r}" for (step, where), (a, b) in surprising.items())
        assert expected <= set(self.found), f"no longer different: {expected - set(self.found)}"


def source(**more: str) -> dict[str, str]:
    given = {"connector.class": SOURCE, "file": "<home>/in.txt", "topic": "lines~", "tasks.max": "1"}
    return {**given, "key.converter": STRING, "value.converter": STRING, **CREATION, **more}


def running(status: dict[str, Any]) -> bool:
    return bool(status["tasks"]) and all(part["state"] == "RUNNING" for part in (status["connector"], *status["tasks"]))


def in_state(state: str) -> Callable[[dict[str, Any]], bool]:
    return lambda status: status["connector"]["state"] == state and all(t["state"] == state for t in status["tasks"])


def without_tasks(body: Any) -> Any:
    """A connector's tasks come in their own time."""
    return {k: v for k, v in body.items() if k != "tasks"} if isinstance(body, dict) else body
