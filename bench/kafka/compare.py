"""The bench: every job on both sides, on one broker, outputs compared; a line a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.figures import Figure, number, percentile
from bench.kafka import delay, peer
from bench.kafka.jobs import ALL, JobSpec
from bench.kafka.node import Node, node
from bench.kafka.sides import Run, kafka_streams, millstream

#: Without the batch layer ours is at least as fast as the better peer.
_PLAIN_LEAST = 1.0


@dataclass(frozen=True)
class Versus(Figure):
    """A ratio of two rates; ``alike``: whether both sides wrote the same."""

    ours: float = 0.0
    peers: float = 0.0
    alike: bool = True

    @property
    def holds(self) -> bool | None:
        return self.alike and self.least is not None and self.value >= self.least

    def __str__(self) -> str:
        rates = f"{self.name} {self.ours:.0f} rec/CPU-s, kafka-streams {self.peers:.0f} rec/CPU-s, ratio {self.value:.2f}"
        outcome = "ok" if self.holds else "MISSED" if self.alike else "OUTPUTS DIFFER"
        return f"{rates}  {outcome} (at least {self.least}; {self.note})"


def kafka(quick: bool) -> Iterator[Figure]:
    """Topic to topic, exactly once, beside Kafka Streams on the same broker; and how long a record takes."""
    lacking = peer.missing()
    if lacking is not None:
        yield Left(lacking)
        return
    with node(600_000 if quick else 3_000_000) as broker:
        for job in ALL:
            yield from _job(broker, job)
        yield _delay(broker, 5 if quick else 20)


class Left(Figure):
    """A line that says what was not measured."""

    def __init__(self, text: str) -> None:
        super().__init__(text, 0, "")

    def __str__(self) -> str:
        return self.name


def _job(broker: Node, job: JobSpec) -> Iterator[Figure]:
    ours = millstream(broker, job, native=True)
    runs = {variant: kafka_streams(broker, job, variant) for variant in peer.VARIANTS}
    plain = millstream(broker, job, native=False)
    yield _versus(f"{job.name} millstream", ours, runs, job.least)
    yield _versus(f"{job.name} millstream without batch layer", plain, runs, _PLAIN_LEAST)


def _versus(name: str, ours: Run, runs: dict[str, Run], least: float) -> Versus:
    best = max(run.per_cpu_s for run in runs.values())
    rates = ", ".join(f"{variant} {number(run.per_cpu_s)}" for variant, run in runs.items())
    alike = all(run.output == ours.output for run in runs.values())
    digests = str(ours.output) if alike else "; ".join(str(run.output) for run in (ours, *runs.values()))
    seconds = f"{number(ours.per_s)} against {number(max(run.per_s for run in runs.values()))} rec/s"
    return Versus(
        name, ours.per_cpu_s / best, "ratio", least, note=f"{rates}; {seconds}; {digests}", ours=ours.per_cpu_s, peers=best, alike=alike
    )


def _delay(broker: Node, seconds: int) -> Figure:
    ours, theirs = delay.millstream(broker, seconds), delay.kafka_streams(broker, seconds)
    note = f"p50 {percentile(ours, 0.5):.1f}; kafka-streams p50 {percentile(theirs, 0.5):.1f}, p99 {percentile(theirs, 0.99):.1f}"
    return Figure(f"J1 latency at {delay.RATE} rec/s, p99", percentile(ours, 0.99), "ms", most=60, note=note)
