"""Connecting: security settings pass through, and what is wrong is said in words, without a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from millstream.config import Config
from millstream.errors import ConfigError, LogError
from millstream.log.base import TopicInfo
from millstream.log.kafka import KafkaLog
from millstream.log.kafka.open import connection, open_kafka
from tests.kafka.broker import PASSWORD, USER, free_ports
from tests.log.helpers import append, read_all


def configuration(sasl: str, service: str, password: str) -> Config:
    return Config(
        {
            "bootstrap.servers": sasl,
            "service.id": service,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.jaas.config": f'o.a.k.PlainLoginModule required username="{USER}" password="{password}";',
        }
    )


def test_a_login_passes_through(listeners: tuple[str, str], service: str, tmp_path: Path) -> None:
    """Admin, transactions and reading, all by SASL; ksqlDB's spelling of the login is understood."""
    with open_kafka(tmp_path, configuration(listeners[1], service, PASSWORD)) as log:
        log.create(TopicInfo(f"{service}t", 1))
        append(log, f"{service}t", [(None, b"1", 1)])
        assert [r for _, r in read_all(log, f"{service}t")] == [(None, b"1", 1)]


def test_a_refused_login_is_told_without_the_password(
    listeners: tuple[str, str], service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a time-out: that the login was refused, and what to check."""
    monkeypatch.setattr("millstream.log.kafka.topics._TIMEOUT", 3.0)
    with open_kafka(tmp_path, configuration(listeners[1], service, "wrong-pa55")) as log, pytest.raises(LogError, match="refused") as told:
        log.topics()
    assert "sasl.mechanism" in str(told.value)
    assert "wrong-pa55" not in str(told.value)


def test_no_broker_is_told_with_its_address(service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses that were tried, and what to check."""
    monkeypatch.setattr("millstream.log.kafka.topics._TIMEOUT", 1.0)
    nowhere = f"127.0.0.1:{free_ports(1)[0]}"
    with KafkaLog({"bootstrap.servers": nowhere}, tmp_path, service, lambda: 0) as log:
        with pytest.raises(LogError, match=f"No Kafka broker answers at {nowhere}"):
            log.topics()
        with pytest.raises(LogError, match="No Kafka broker answers"):
            log.read("t", 0, 0)


def test_settings_of_javas_clients_are_refused_by_name(service: str, tmp_path: Path) -> None:
    """With the setting to use in their place."""
    with pytest.raises(ConfigError, match=r"ssl\.ca\.location"):
        KafkaLog({"bootstrap.servers": "b:1", "ssl.truststore.location": "/x"}, tmp_path, service, lambda: 0)
    with pytest.raises(ConfigError, match=r"bootstrap\.servers is empty"):
        KafkaLog({}, tmp_path, service, lambda: 0)


def test_the_rest_apis_certificate_is_not_the_clients() -> None:
    """Settings of one family that are ours do not reach librdkafka."""
    given = connection(Config({"bootstrap.servers": "b:1", "ssl.certificate.file": "/c", "ssl.ca.location": "/ca", "sasl.username": "u"}))
    assert given == {"bootstrap.servers": "b:1", "ssl.ca.location": "/ca", "sasl.username": "u"}
