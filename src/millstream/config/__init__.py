"""Every setting: name, type, default, one line of documentation. ksqlDB's names are accepted.

    setting     what a setting is, and how its text becomes a value
    own         the settings of Millstream itself (with the ksqlDB name that means the same)
    ksql        ksqlDB's own settings, shown and accepted so that scripts and clients work
    kafka       Kafka Streams', consumer and producer settings that sessions may set
    known       the three lists together
    names       names as people write them, and what a session may set
    config      a server's configuration: the file, overrides, look-up by any name

Nobody reads settings deep inside the code: ``server`` and ``session`` look them up here and hand values down.
"""

from __future__ import annotations

from millstream.config.config import Config, load_file, processing_log_topic
from millstream.config.known import all_settings
from millstream.config.names import DENIED, UNKNOWN, check_overrides, find, is_denied
from millstream.config.setting import Setting

__all__ = [
    "DENIED",
    "UNKNOWN",
    "Config",
    "Setting",
    "all_settings",
    "check_overrides",
    "find",
    "is_denied",
    "load_file",
    "processing_log_topic",
]
