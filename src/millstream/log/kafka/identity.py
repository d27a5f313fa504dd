"""What tells a server from others of its service, and one stand for leadership from another; kept in the server's data directory.

What may not live here: who leads (``leader``).
"""

from __future__ import annotations

import secrets
from pathlib import Path


class Identity:
    """Of the server that owns a data directory: two that run at the same time must not have the same."""

    def __init__(self, directory: Path) -> None:
        """Makes it the first time."""
        self._folder = directory / "kafka"
        #: What the server is known by.
        self.name = self._kept("identity") or self._keep("identity", secrets.token_hex(8))

    def stood(self) -> str:
        """The last stand that was announced from here, "" before the first. Its process has ended, since this one has the directory."""
        return self._kept("stand")

    def stands(self, stand: str) -> None:
        """Before a stand is announced for the first time."""
        self._keep("stand", stand)

    def _kept(self, name: str) -> str:
        path = self._folder / name
        return path.read_text() if path.exists() else ""

    def _keep(self, name: str, text: str) -> str:
        path = self._folder / name
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").rename(path)
        return text
