"""Configuration keys: declared once, used for validation, ``GET /connector-plugins/{p}/config`` and the documentation.

    keys      Key and ConfigDef: types, parsing, validation with Kafka's messages
    checks    what a value may be: one of, at least, not empty
    common    the keys every connector has (name, tasks.max, converters, transforms, errors.*)
    nearest   the nearest known key to a misspelt one

Nothing here knows any connector.
"""

from __future__ import annotations

from millstream.worker.definition.checks import at_least, between, non_empty, one_of, pattern
from millstream.worker.definition.keys import REQUIRED, Config, ConfigDef, Key, KeyResult

__all__ = ["REQUIRED", "Config", "ConfigDef", "Key", "KeyResult", "at_least", "between", "non_empty", "one_of", "pattern"]
