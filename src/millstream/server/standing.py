"""Where a server stands among those of its service, and what it says to those who ask a server that does not lead."""

from __future__ import annotations

from millstream.dataclass import dataclass
from millstream.errors import RequestError

#: What a standby answers itself, besides /chc/live: what the server is, not what it has.
ANSWERED = frozenset({"/info", "/healthcheck", "/clusterStatus", "/v1/metadata", "/v1/metadata/id", "/metrics"})


@dataclass(frozen=True, slots=True)
class Standing:
    """``leader`` is the address of whoever leads, ``trouble`` what keeps this server from its work."""

    leader: str | None = None
    trouble: str | None = None


class ServerState(RequestError):
    """The server does not carry out requests now. ``leader``: the address of one that does."""

    def __init__(self, message: str, *, hint: str | None, code: int, leader: str | None = None) -> None:
        super().__init__(message, hint=hint, code=code)
        self.leader = leader


def unready(state: str, standing: Standing) -> ServerState:
    """What a server answers that is not READY."""
    if state == "TERMINATING":
        return ServerState("The server is shutting down", hint=None, code=50303)
    if state == "STANDBY":
        leader = standing.leader
        return ServerState(
            f"This server is a standby: {leader} leads." if leader is not None else "This server is a standby, and nobody leads now.",
            hint=standing.trouble or (f"Send statements to {leader}." if leader is not None else "Try again in a few seconds."),
            code=50302,
            leader=leader,
        )
    return ServerState("KSQL is not yet ready to serve requests.", hint=standing.trouble, code=50302)
