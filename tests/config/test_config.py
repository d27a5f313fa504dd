"""Settings: every spelling of a name, files in both forms, what sessions may set."""

from __future__ import annotations

from pathlib import Path

import pytest

from millstream.config import all_settings, check_overrides, find, load_file
from millstream.errors import ConfigError


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("auto.offset.reset", "auto.offset.reset"),
        ("ksql.streams.auto.offset.reset", "auto.offset.reset"),
        ("ksql.streams.consumer.auto.offset.reset", "auto.offset.reset"),
        ("ksql.streams.producer.linger.ms", "linger.ms"),
        ("ksql.service.id", "service.id"),
        ("ksql.schema.registry.url", "schema.registry.url"),
        ("ksql.functions.my_udf.limit", "ksql.functions.my_udf.limit"),
    ],
)
def test_settings_are_found_under_ksqldbs_names(written: str, name: str) -> None:
    setting = find(written)
    assert setting is not None
    assert setting.name == name


def test_unknown_names_are_no_settings() -> None:
    assert find("foo.bar") is None
    assert find("ksql.query.pull.consistency.token.enabled") is None


def test_every_setting_says_what_it_is() -> None:
    """One line of documentation, and a default of its own type."""
    for setting in all_settings().values():
        assert setting.doc.endswith("."), setting.name
        assert "\n" not in setting.doc
        if setting.default not in (None, "") and not setting.choices:
            setting.parse(setting.default)


@pytest.mark.parametrize("value", ["earliest", "LATEST", "none", "by_duration:P1DT2H"])
def test_offset_reset_takes_ksqldbs_values(value: str) -> None:
    assert check_overrides({"auto.offset.reset": value}, []) == {"auto.offset.reset": value if ":" in value else value.lower()}


@pytest.mark.parametrize(
    ("overrides", "denied", "code", "message"),
    [
        ({"foo.bar": 1}, [], 50000, "Not recognizable as ksql, streams, consumer, or producer property: 'foo.bar'"),
        ({"ksql.service.id": "x"}, [], 40000, "denylist"),
        ({"commit.interval.ms": 1}, [], 40000, "[commit.interval.ms]"),
        ({"bootstrap.servers": "x:1"}, [], 40000, "denylist"),
        ({"ksql.suppress.enabled": True}, ["ksql.suppress.enabled"], 40000, "denylist"),
        ({"num.stream.threads": "many"}, [], 40000, "Failed to coerce type of value 'many' for key 'num.stream.threads'"),
        ({"ksql.suppress.enabled": "maybe"}, [], 40000, "either true or false"),
    ],
)
def test_sessions_cannot_set_everything(overrides: dict[str, object], denied: list[str], code: int, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_overrides(overrides, denied)
    assert caught.value.code == code
    assert message in caught.value.message


def test_properties_files_are_read_as_java_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "server.properties"
    path.write_text(
        "# comment\n! another\nlisteners = http://0.0.0.0:8088\nksql.service.id:mine\nksql.hidden.topics=a.*,\\\n  b.*\n\nlog.fsync=false\n"
    )
    config = load_file(path)
    assert config.text("listeners") == "http://0.0.0.0:8088"
    assert config.text("service.id") == "mine"
    assert config.items("ksql.hidden.topics") == ["a.*", "b.*"]
    assert config.flag("log.fsync") is False
    assert config.number("engine.workers") == 1
    assert config.is_given("ksql.service.id")
    assert not config.is_given("engine.workers")


def test_toml_files_join_tables_with_dots(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text('listeners = "http://127.0.0.1:1"\n[engine]\nworkers = 2\n[connect.request.timeout]\nms = 7\n')
    config = load_file(path)
    assert (config.number("engine.workers"), config.number("ksql.connect.request.timeout.ms")) == (2, 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [("engine.worker=2\n", "Unknown setting 'engine.worker'"), ("engine.workers=two\n", "Expected value to be a whole number")],
)
def test_a_bad_file_names_the_setting_and_what_was_meant(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "server.properties"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_file(path)
    with pytest.raises(ConfigError, match="Cannot read"):
        load_file(tmp_path / "nope.properties")
