"""Security on a real broker with TLS listeners: what fits works, under librdkafka's names and Java's; what does not is told quickly."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo.kafka.process import free_ports

from millstream.config import Config
from millstream.errors import ConfigError, LogError
from millstream.log.base import TopicInfo
from millstream.log.kafka.open import connection, open_kafka
from millstream.log.kafka.security import translated
from tests.kafka.broker import Broker
from tests.kafka.certificates import Authority, Pair
from tests.log.helpers import append, read_all

pytestmark = [pytest.mark.xdist_group("secure")]

USER, PASSWORD = "berta", "scr4m-pass"


class Secure:
    """A broker that asks for TLS: ``tls`` wants a client's certificate, ``scram`` a user and a password."""

    def __init__(self, directory: Path) -> None:
        self.authority = Authority(directory / "certificates")
        broker = self.authority.pair("broker")
        self.client: Pair = self.authority.pair("client")
        tls, scram = (f"127.0.0.1:{port}" for port in free_ports(2))
        self.tls, self.scram = tls, scram
        plain = Broker(directory / "broker")
        listeners = f"PLAIN://{plain.bootstrap},TLS://{tls},SCRAM://{scram}"
        controller = f"CONTROLLER://127.0.0.1:{free_ports(1)[0]}"
        more = {
            "listeners": f"{listeners},{controller}",
            "controller.quorum.voters": controller.replace("CONTROLLER://", "1@"),
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "PLAIN:PLAINTEXT,TLS:SSL,SCRAM:SASL_SSL,CONTROLLER:PLAINTEXT",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.tls.ssl.client.auth": "required",
            "listener.name.scram.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(broker.both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.file),
        }
        self.broker = Broker(directory / "broker", **more)
        self.broker.bootstrap = plain.bootstrap

    def start(self) -> None:
        from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

        self.broker.start()
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        admin = AdminClient({"bootstrap.servers": self.broker.bootstrap})
        wanted = UserScramCredentialUpsertion(USER, info, PASSWORD.encode())
        admin.alter_user_scram_credentials([wanted])[USER].result(30)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    made = Secure(tmp_path_factory.mktemp("secure"))
    made.start()
    yield made
    made.broker.kill()


def works(settings: dict[str, str], service: str, directory: Path) -> None:
    """Administration, a transaction, and reading."""
    with open_kafka(directory, Config({**settings, "service.id": service})) as log:
        log.create(TopicInfo(f"{service}t", 1))
        append(log, f"{service}t", [(None, b"1", 1)])
        assert [r for _, r in read_all(log, f"{service}t")] == [(None, b"1", 1)]
        log.delete(f"{service}t")


def test_a_password_over_tls_by_librdkafkas_names(secure: Secure, service: str, tmp_path: Path) -> None:
    """SASL_SSL with SCRAM-SHA-512."""
    settings = {
        "bootstrap.servers": secure.scram,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": USER,
        "sasl.password": PASSWORD,
        "ssl.ca.location": str(secure.authority.file),
    }
    works(settings, service, tmp_path)


def test_a_password_over_tls_by_ksqldbs_names(secure: Secure, service: str, tmp_path: Path) -> None:
    """A ksqlDB file as it is, its trust store in PEM."""
    settings = {
        "bootstrap.servers": secure.scram,
        "ksql.streams.security.protocol": "SASL_SSL",
        "ksql.streams.sasl.mechanism": "SCRAM-SHA-512",
        "ksql.streams.sasl.jaas.config": f'o.a.k.s.ScramLoginModule required username="{USER}" password="{PASSWORD}";',
        "ksql.streams.ssl.truststore.type": "PEM",
        "ksql.streams.ssl.truststore.location": str(secure.authority.file),
        "ksql.streams.ssl.endpoint.identification.algorithm": "https",
    }
    works(settings, service, tmp_path)


@pytest.mark.parametrize("java", [False, True])
def test_a_clients_certificate(secure: Secure, service: str, tmp_path: Path, java: bool) -> None:
    """Mutual TLS, by either side's names."""
    settings = {"bootstrap.servers": secure.tls, "security.protocol": "SSL"}
    if java:
        settings |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(secure.authority.file)}
        settings |= {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(secure.client.both)}
    else:
        settings |= {"ssl.ca.location": str(secure.authority.file), "ssl.certificate.location": str(secure.client.certificate)}
        settings |= {"ssl.key.location": str(secure.client.key)}
    works(settings, service, tmp_path)


def test_what_does_not_fit_is_told_within_seconds(secure: Secure, service: str, tmp_path: Path) -> None:
    """A wrong password, a broker that nobody vouches for, a missing certificate: never a time-out, never a password."""
    other = Authority(tmp_path, "other")
    scram = {"bootstrap.servers": secure.scram, "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": USER}
    trust = {"ssl.ca.location": str(secure.authority.file)}
    cases = [
        ({**scram, **trust, "sasl.password": "wr0ng-pass"}, "SASL authentication error|Authentication failed"),
        ({**scram, "sasl.password": PASSWORD, "ssl.ca.location": str(other.file)}, "certificate"),
        ({"bootstrap.servers": secure.tls, "security.protocol": "SSL", **trust}, "certificate"),
    ]
    for settings, said in cases:
        with open_kafka(tmp_path / "data", Config({**settings, "service.id": service})) as log:
            began = time.monotonic()
            with pytest.raises(LogError, match="refused the connection") as told:
                log.topics()
            assert time.monotonic() - began < 10
        text = str(told.value)
        assert re.search(said, text), text
        assert "Check security.protocol" in text
        assert "wr0ng" not in text
    with open_kafka(tmp_path / "data", Config({"bootstrap.servers": secure.tls, "service.id": service})) as log:
        with pytest.raises(LogError, match="No Kafka broker answers") as told:
            log.topics()
        assert "security.protocol" in str(told.value)  # without TLS the broker's answer cannot be told from none


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        ({"ssl.truststore.location": "/x/trust.jks"}, "trust.jks is not PEM", "keytool -exportcert"),
        ({"ssl.truststore.location": "/x/trust.pem", "ssl.truststore.type": "JKS"}, "not PEM", "ssl.ca.location"),
        ({"ssl.keystore.location": "/x/key.jks"}, "neither PKCS#12 nor PEM", "keytool -importkeystore"),
        ({"sasl.jaas.config": "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true;"}, "Krb5LoginModule", "sasl.kerberos"),
        ({"ssl.ca.location": "/nowhere/ca.pem"}, "there is no file /nowhere/ca.pem", None),
    ],
)
def test_what_only_java_reads_is_refused_with_what_to_do(settings: dict[str, str], message: str, hint: str | None) -> None:
    """By the name of the setting."""
    with pytest.raises(ConfigError, match=message) as told:
        translated({"bootstrap.servers": "b:1", **settings})
    assert hint is None or hint in (told.value.hint or "")
    assert next(iter(settings)) in told.value.message


def test_settings_with_a_prefix_win_and_mean_the_same() -> None:
    """The REST API's own key has a password of the bare name."""
    config = Config(
        {
            "bootstrap.servers": "b:1",
            "ssl.key.password": "of the REST API",
            "ksql.streams.ssl.key.password": "of the client",
            "ksql.streams.producer.compression.type": "zstd",
            "ksql.streams.sasl.mechanism": "PLAIN",
        }
    )
    made = translated(connection(config))
    assert (made["ssl.key.password"], made["compression.type"], made["sasl.mechanism"]) == ("of the client", "zstd", "PLAIN")
    assert translated({"ssl.endpoint.identification.algorithm": ""}) == {"ssl.endpoint.identification.algorithm": "none"}
    assert translated({"ssl.keystore.location": __file__, "ssl.keystore.type": "PKCS12"}) == {"ssl.keystore.location": __file__}
