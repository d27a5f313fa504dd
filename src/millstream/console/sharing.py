"""A client of the instance on a data directory, wherever it runs: in this console, in another one, or in a server.

An instance in another console ends with it. Then the next request goes to whoever has taken over, or this console takes over. A request
that the end cut short is an error: whether it was carried out is not known here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millstream.console.client import Client
from millstream.errors import MillstreamError

if TYPE_CHECKING:
    from millstream.server.start import Server


class SharedClient(Client):
    """``config`` are the settings of an instance that is started here; ``started`` is told of one. ``end`` ends it, when nobody else uses
    it any more."""

    def __init__(
        self,
        directory: Path,
        config: Path | None,
        auth: tuple[str, str] | None,
        authority: Path | None,
        started: Callable[[], None] = lambda: None,
    ) -> None:
        self._directory, self._config, self._started = directory, config, started
        self._given, self._lock = auth, threading.Lock()
        self._server: Server | None = None
        self._passes = False  # whether the instance elsewhere hands over when it ends
        super().__init__(self._reach(), auth, authority)

    def end(self) -> None:
        """End the instance, where it runs here."""
        self.close()
        if self._server is not None:
            self._server.hand_over()

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        with self._instance("statements"):
            return super()._call(method, path, body)

    def _stream(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Iterator[str]:
        with self._instance("queries"):
            yield from super()._stream(path, body, headers)

    @contextmanager
    def _instance(self, kind: str) -> Iterator[None]:
        """Have an instance that does not end meanwhile."""
        from millstream.server.sharing import asking
        from millstream.server.start import running_at

        while self._passes:
            with asking(self._directory, kind):
                if running_at(self._directory) == self.url:
                    yield
                    return
            with self._lock:
                if self._passes and running_at(self._directory) != self.url:
                    self.close()
                    self.connect(self._reach(), self._given)
        yield

    def _reach(self) -> str:
        """The URL of the instance, which is started here where there is none."""
        from millstream.server.start import InUse, found_at, start_embedded

        while True:
            found = found_at(self._directory)
            if found is not None:
                url, self._passes = found
                return url
            try:
                self._server = start_embedded(self._directory, config_file=self._config, shared=True)
            except InUse:  # another console was a moment faster
                continue
            self._passes = False
            self._started()
            return self._server.url

    def _unreachable(self, failure: Exception) -> MillstreamError:
        error = super()._unreachable(failure)
        if self._passes:
            error.hint = "The console that ran the database has ended meanwhile. Run the statement again: this console goes on."
        return error
