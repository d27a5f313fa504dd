"""Two workers, one meaning: what converters and chains of transforms make of records, byte by byte."""

from __future__ import annotations

from typing import Any

import pytest

from millstream.log.base import Batch, TopicInfo
from tests.connect_cluster.contract import JSON, SINK, STRING, Talk, running, source, without_tasks

pytestmark = pytest.mark.xdist_group("connect")

_T = "org.apache.kafka.connect.transforms."
_PLAIN = {
    "value.converter": JSON,
    "value.converter.schemas.enable": "false",
    "key.converter": JSON,
    "key.converter.schemas.enable": "false",
}
_ENVELOPES = {"value.converter": JSON, "key.converter": JSON}


def _chain(*steps: tuple[str, dict[str, str]]) -> dict[str, str]:
    """Transforms a, b, c with their settings."""
    out = {"transforms": ",".join("abcdef"[: len(steps)])}
    for name, (kind, settings) in zip("abcdef", steps, strict=False):
        out[f"transforms.{name}.type"] = kind if "." in kind else _T + kind
        out |= {f"transforms.{name}.{key}": value for key, value in settings.items()}
    return out


@pytest.mark.parametrize(
    ("step", "settings"),
    [
        ("plain JSON", _PLAIN),
        ("envelopes", _ENVELOPES),
        ("bytes of texts", {"value.converter": STRING}),
        ("hoisted", {**_PLAIN, **_chain(("HoistField$Value", {"field": "line"}))}),
        ("hoisted in an envelope", {**_ENVELOPES, **_chain(("HoistField$Value", {"field": "line"}))}),
        (
            "a key of the value",
            {
                **_ENVELOPES,
                **_chain(
                    ("HoistField$Value", {"field": "line"}),
                    ("ValueToKey", {"fields": "line"}),
                    ("ExtractField$Key", {"field": "line"}),
                ),
            },
        ),
        (
            "fields put in and renamed",
            {
                **_ENVELOPES,
                **_chain(
                    ("HoistField$Value", {"field": "line"}),
                    ("InsertField$Value", {"static.field": "origin", "static.value": "file", "topic.field": "topic"}),
                    ("ReplaceField$Value", {"renames": "line:text", "exclude": "topic"}),
                    ("SetSchemaMetadata$Value", {"schema.name": "my.Line", "schema.version": "3"}),
                ),
            },
        ),
        (
            "masked and cast",
            {
                **_PLAIN,
                **_chain(
                    ("HoistField$Value", {"field": "line"}),
                    ("InsertField$Value", {"static.field": "n", "static.value": "42"}),
                    ("Cast$Value", {"spec": "n:int32"}),
                    ("MaskField$Value", {"fields": "line", "replacement": "***"}),
                ),
            },
        ),
        (
            "masked and cast in an envelope",
            {
                **_ENVELOPES,
                **_chain(
                    ("HoistField$Value", {"field": "line"}),
                    ("InsertField$Value", {"static.field": "n", "static.value": "42"}),
                    ("Cast$Value", {"spec": "n:float64"}),
                    ("MaskField$Value", {"fields": "line,n"}),
                ),
            },
        ),
        ("cast as a whole", {**_ENVELOPES, **_chain(("Cast$Value", {"spec": "boolean"}))}),
        (
            "fields moved into headers",
            {
                **_ENVELOPES,
                **_chain(
                    ("HoistField$Value", {"field": "line"}),
                    ("InsertField$Value", {"static.field": "n", "static.value": "42"}),
                    ("HeaderFrom$Value", {"fields": "n,line", "headers": "h,l", "operation": "move"}),
                ),
            },
        ),
        (
            "fields copied into headers",
            {
                **_PLAIN,
                **_chain(
                    ("HoistField$Value", {"field": "line"}),
                    ("HeaderFrom$Value", {"fields": "line", "headers": "l", "operation": "copy"}),
                ),
            },
        ),
        ("headers", {**_PLAIN, **_chain(("InsertHeader", {"header": "h", "value.literal": "x"}), ("DropHeaders", {"headers": "other"}))}),
        (
            "nested and flattened",
            {
                **_ENVELOPES,
                **_chain(
                    ("HoistField$Value", {"field": "line"}),
                    ("HoistField$Value", {"field": "inner"}),
                    ("Flatten$Value", {"delimiter": "_"}),
                ),
            },
        ),
    ],
)
def test_what_a_source_writes(talk: Talk, step: str, settings: dict[str, str]) -> None:
    """Keys, values and headers of three lines."""
    for side in talk.sides:
        (side.home / "in.txt").write_text("one\nzwei ü\n\n")
    talk.call("create to write", "POST", "/connectors", {"name": "src~", "config": source(**settings)}, lambda b: None)
    talk.both(f"written as {step}", lambda side: [_shown(r, side.tag) for r in side.records("lines~", 3)])
    talk.check()


def _shown(record: tuple[Any, Any, Any], tag: str) -> list[str]:
    return [repr(part).replace(tag, "~") for part in record]


@pytest.mark.parametrize(
    ("step", "settings"),
    [
        ("routed", {"regex": "lines(.*)", "replacement": "other$1"}),
        ("not routed", {"regex": "nothing(.*)", "replacement": "other$1"}),
    ],
)
def test_topics_of_a_source(talk: Talk, step: str, settings: dict[str, str]) -> None:
    for side in talk.sides:
        (side.home / "in.txt").write_text("one\n")
    config = source(**{"value.converter": STRING, **_chain(("RegexRouter", settings))})
    talk.call("create to route", "POST", "/connectors", {"name": "src~", "config": config}, without_tasks)
    talk.until(f"topics of what is {step}", "/connectors/src~/topics", lambda body: bool(body["src~"]["topics"]))
    talk.check()


@pytest.mark.parametrize(
    ("step", "settings", "values"),
    [
        (
            "a field taken out",
            {**_PLAIN, **_chain(("ExtractField$Value", {"field": "a"}))},
            [b'{"a":"x","b":1}', b'{"a":"y"}'],
        ),
        (
            "null for what is not there",
            {**_PLAIN, **_chain(("ExtractField$Value", {"field": "c"}))},
            [b'{"a":"x"}'],
        ),
        (
            "tombstones filtered",
            {
                **_PLAIN,
                **_chain(("Filter", {"predicate": "p"}), ("ExtractField$Value", {"field": "a"})),
                "predicates": "p",
                "predicates.p.type": _T + "predicates.RecordIsTombstone",
            },
            [b'{"a":"x"}', None, b'{"a":"y"}'],
        ),
        (
            "others than a topic's",
            {
                **_PLAIN,
                **_chain(("Filter", {"predicate": "p", "negate": "true"})),
                "predicates": "p",
                "predicates.p.type": _T + "predicates.TopicNameMatches",
                "predicates.p.pattern": "in.*",
            },
            [b'"kept"'],
        ),
        (
            "times as texts",
            {
                **_PLAIN,
                **_chain(
                    ("TimestampConverter$Value", {"field": "t", "target.type": "string", "format": "yyyy-MM-dd HH:mm:ss.SSS"}),
                    ("ExtractField$Value", {"field": "t"}),
                ),
            },
            [b'{"t":1709212455123}', b'{"t":0}'],
        ),
        (
            "bad ones left out",
            {**_PLAIN, "errors.tolerance": "all"},
            [b'"good"', b"{bad", b'"also good"'],
        ),
    ],
)
def test_what_a_sink_is_given(talk: Talk, step: str, settings: dict[str, str], values: list[bytes | None]) -> None:
    """Lines of a file sink, up to a last record that all of them let through."""
    last = b'{"a":"last","c":"last","t":1}' if "ExtractField" in str(settings) else b'"last"'
    for side in talk.sides:
        side.log.create(TopicInfo(f"in{side.tag}", 1))
        with side.log.begin("test") as transaction:
            given = [*values, last]
            transaction.append(f"in{side.tag}", 0, Batch([b'"k"'] * len(given), given, [1000] * len(given)))
            transaction.commit()
    config = {"connector.class": SINK, "file": "<home>/out.txt", "topics": "in~", "tasks.max": "1", **settings}
    talk.call("create to read", "POST", "/connectors", {"name": "out~", "config": config}, lambda b: None)
    talk.until("runs to read", "/connectors/out~/status", running)
    end = len(values) + 1
    talk.until("read to the end", "/connectors/out~/offsets", lambda body: any(o["offset"]["kafka_offset"] >= end for o in body["offsets"]))
    talk.both(f"lines: {step}", lambda side: side.lines("out.txt", 1))
    talk.check()
