"""The worker's loggers: ``millstream.worker.<part>``. Levels are read and set through ``/admin/loggers``."""

from __future__ import annotations

import logging

ROOT = "millstream.worker"


def logger(part: str = "") -> logging.Logger:
    """The logger of a part of the worker."""
    return logging.getLogger(f"{ROOT}.{part}" if part else ROOT)
