"""All settings there are: the lists put together."""

from __future__ import annotations

from functools import cache

from millstream.config.kafka import KAFKA
from millstream.config.ksql import KSQL
from millstream.config.own import OWN
from millstream.config.setting import Setting


@cache
def all_settings() -> dict[str, Setting]:
    """Every known setting by its name, in the order of the documentation."""
    return {setting.name: setting for setting in (*OWN, *KSQL, *KAFKA)}
