"""Where the main job runs: Millstream alone, or Millstream over a Kafka broker and a Connect worker of Kafka."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.kafka import maven
from demo.kafka.broker import Broker
from demo.kafka.connect import Connect
from demo.kafka.process import started
from demo.kafka.sources import sources, with_sources
from millstream.config import Config
from millstream.console.client import Client
from millstream.server.start import start_embedded

#: Page views of the pipeline, ten milliseconds of event time apart.
PAGE_VIEWS = 10_000
#: What Kafka's JsonConverter reads as a schema.
_SCHEMA = {
    "type": "struct",
    "optional": False,
    "fields": [
        {"field": "viewtime", "type": "int64", "optional": True},
        {"field": "userid", "type": "string", "optional": True},
        {"field": "pageid", "type": "string", "optional": True},
    ],
}


@dataclass
class Stand:
    """A running Millstream. ``view`` makes one more page view of a user, at an event time."""

    url: str
    pipeline: str
    view: Callable[[Client, str, int], None]


@contextmanager
def alone(folder: Path, pipeline: str, say: Callable[[str], None]) -> Iterator[Stand]:
    """One process tree: topics, connectors and queries are Millstream's own."""
    started = time.monotonic()
    with start_embedded(folder / "data") as millstream:
        say(f"Millstream runs at {millstream.url}, started in {time.monotonic() - started:.1f} s.")
        yield Stand(millstream.url, pipeline, _inserted)


def _inserted(client: Client, user: str, at: int) -> None:
    client.statements(f"INSERT INTO pageviews_original (userid, viewtime, pageid) VALUES ('{user}', {at}, 'Page_1');", {}, {})


@contextmanager
def on_kafka(folder: Path, pipeline: str, say: Callable[[str], None]) -> Iterator[Stand]:
    """Topics are on a broker, connectors in a distributed worker with Debezium's plugins. SystemExit with one line where Java, Maven or
    what Maven should bring is missing."""
    with ExitStack() as stack:
        say("Kafka, Kafka Connect and Debezium come by Maven: 250 MB the first time, kept in build/kafka.")
        try:
            plugins = maven.plugins(maven.DEBEZIUM_POSTGRES, maven.DEBEZIUM_JDBC)
            for program in ("kafka", "connect"):
                maven.jars(program)
        except maven.Unavailable as missing:
            sys.exit(str(missing))
        # Topics of connectors come into being by their first record, as on a broker that nobody has told otherwise.
        broker = started(lambda attempt: Broker(folder / f"broker-{attempt}", **{"auto.create.topics.enable": "true"}))
        stack.callback(broker.kill)
        say(f"A Kafka broker runs at {broker.bootstrap}.")
        connect = started(lambda attempt: Connect(folder / f"connect-{attempt}", broker.bootstrap, **{"plugin.path": plugins}))
        stack.callback(connect.kill)
        say(f"A Kafka Connect worker runs at {connect.url}.")
        # The first look at a class of Debezium takes a worker that has just started some time.
        settings = {"bootstrap.servers": broker.bootstrap, "connect.url": connect.url, "connect.request.timeout.ms": 30_000}
        millstream = stack.enter_context(start_embedded(folder / "data", config=Config(settings)))
        say(f"Millstream runs at {millstream.url}, over both.")
        views = folder / "pageviews.txt"
        views.write_text("".join(_lines()))
        say(f"An application has left {PAGE_VIEWS} page views in {views.name}; a connector that reads files takes Datagen's place.")
        yield Stand(millstream.url, with_sources(pipeline, sources()).replace("file=pageviews.txt", f"file={views}"), _appended(views))


def _lines() -> Iterator[str]:
    dice = random.Random(7)
    for number in range(PAGE_VIEWS):
        yield page_view(f"User_{dice.randint(1, 10_000)}", 10 * number + 1, f"Page_{dice.randint(1, 99)}")


def page_view(user: str, at: int, page: str) -> str:
    """A line of the file."""
    return json.dumps({"schema": _SCHEMA, "payload": {"viewtime": at, "userid": user, "pageid": page}}) + "\n"


def _appended(views: Path) -> Callable[[Client, str, int], None]:
    def view(_: Client, user: str, at: int) -> None:
        with views.open("a") as file:
            file.write(page_view(user, at, "Page_1"))

    return view
