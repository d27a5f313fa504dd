"""Connect behind TLS and basic authentication: what fits gets through, what does not is told in words, and no password with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from millstream.connect.client import ConnectClient
from millstream.connect.reaching import trust
from millstream.errors import ConfigError, ConnectError
from millstream.log.memory import MemoryLog
from millstream.tls import Tls
from millstream.worker.worker import Worker
from tests.connect.front import Front, certificate

USER = ("anna", "geheim")


@pytest.fixture
def front() -> Iterator[Callable[..., Front]]:
    """Makes fronts of one worker."""
    worker, made = Worker(MemoryLog(), None), list[Front]()

    def make(*arguments: Any, **named: Any) -> Front:
        made.append(Front(worker.app, *arguments, **named))
        return made[-1]

    yield make
    for one in made:
        one.close()
    worker.stop()


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Certificates with their keys: the server's, another host's, a client's, and one whose key has the password ``schloss``."""
    folder = tmp_path_factory.mktemp("pki")
    return {
        "server": certificate(folder, "server"),
        "elsewhere": certificate(folder, "elsewhere", host="connect.example"),
        "client": certificate(folder, "client", host="client"),
        "locked": certificate(folder, "locked", host="client", password="schloss"),
    }


def test_a_trusted_server_and_a_known_client_talk(front: Callable[..., Front], pairs: dict[str, tuple[Path, Path]]) -> None:
    """CA file, client certificate with a key under a password, user and password: all at once."""
    cert, key = pairs["locked"]
    server = front(pairs["server"], user=USER, clients=cert)
    tls = Tls(str(pairs["server"][0]), str(cert), str(key), "schloss")
    client = ConnectClient(server.url, auth=USER, tls=tls)
    assert client.names() == []
    assert "FileStreamSource" in str(client.plugins())
    client.close()


def test_a_host_of_another_name_is_taken_where_names_do_not_count(front: Callable[..., Front], pairs: dict[str, tuple[Path, Path]]) -> None:
    server = front(pairs["elsewhere"])
    client = ConnectClient(server.url, tls=Tls(str(pairs["elsewhere"][0]), verify_hostname=False))
    assert client.names() == []
    client.close()


@pytest.mark.parametrize(
    ("served", "tls", "message", "hint"),
    [
        ({}, lambda p: Tls(), "its certificate is not trusted (self-signed certificate)", "connect.ssl.ca.file"),
        (
            {"pair": "elsewhere"},
            lambda p: Tls(str(p["elsewhere"][0])),
            "its certificate is not trusted (Hostname mismatch, certificate is not valid for 'localhost'.)",
            "connect.ssl.ca.file",
        ),
        ({"clients": "client"}, lambda p: Tls(str(p["server"][0])), "it wants a client's certificate", "connect.ssl.certificate.file"),
        (
            {"clients": "client"},
            lambda p: Tls(str(p["server"][0]), *map(str, p["elsewhere"])),
            "it does not trust the client's certificate",
            "connect.ssl.certificate.file",
        ),
        ({"user": ("otto", "anders")}, lambda p: Tls(str(p["server"][0])), "wants another user or password", "connect.password"),
        ({"pair": None}, lambda p: Tls(), "it does not speak TLS there", "http://"),
    ],
)
def test_what_does_not_fit_is_told(
    front: Callable[..., Front],
    pairs: dict[str, tuple[Path, Path]],
    served: dict[str, Any],
    tls: Callable[[dict[str, tuple[Path, Path]]], Tls],
    message: str,
    hint: str,
) -> None:
    given = served.get("pair", "server")
    clients = pairs[served["clients"]][0] if "clients" in served else None
    server = front(pairs[given] if given else None, user=served.get("user"), clients=clients)
    client = ConnectClient(server.url.replace("http:", "https:"), auth=USER, tls=tls(pairs), timeout_ms=5000)
    with pytest.raises(ConnectError) as caught:
        client.names()
    client.close()
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "geheim" not in str(caught.value)


def test_plain_http_to_a_server_of_tls_is_told(front: Callable[..., Front], pairs: dict[str, tuple[Path, Path]]) -> None:
    server = front(pairs["server"])
    with pytest.raises(ConnectError) as caught:
        ConnectClient(server.url.replace("https:", "http:"), timeout_ms=5000).names()
    assert "https://" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("tls", "message"),
    [
        (lambda p: Tls("/no/such.pem"), "Setting connect.ssl.ca.file: /no/such.pem cannot be used: No such file or directory."),
        (lambda p: Tls(str(p["server"][1])), "connect.ssl.ca.file"),
        (lambda p: Tls("", str(p["client"][0])), "connect.ssl.certificate.file"),
        (lambda p: Tls("", str(p["client"][0]), str(p["server"][1])), "KEY_VALUES_MISMATCH"),
        (lambda p: Tls("", *map(str, p["locked"]), "falsch"), "connect.ssl.certificate.file"),
        (lambda p: Tls("", *map(str, p["locked"])), "connect.ssl.certificate.file"),
    ],
)
def test_files_that_cannot_be_used_are_named(pairs: dict[str, tuple[Path, Path]], tls: Any, message: str) -> None:
    """A missing file, one that holds something else, a key that does not belong, a wrong password: nobody is asked on the terminal."""
    with pytest.raises(ConfigError) as caught:
        trust(tls(pairs))
    assert message in caught.value.message
    assert "falsch" not in str(caught.value)
