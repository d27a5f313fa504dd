"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """``long`` marks campaigns (crash rounds, fuzzing) that ``make test-all`` runs."""
    config.addinivalue_line("markers", "long: a campaign of minutes; runs with MILLSTREAM_LONG=1 (make test-all)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Campaigns are left out (not skipped) unless asked for."""
    if os.environ.get("MILLSTREAM_LONG"):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left_out)
