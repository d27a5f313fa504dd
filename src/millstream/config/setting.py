"""What a setting is, and how its text becomes a value. Knows no particular setting."""

from __future__ import annotations

import re
from typing import Any

from millstream.dataclass import dataclass
from millstream.errors import ConfigError

#: Values of ``auto.offset.reset``; ``by_duration:P1D`` and the like are taken as well.
OFFSET_RESET = ("earliest", "latest", "none")
DURATION = re.compile(r"by_duration:P(?=[\dT])(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    ``kind`` is str, int, bool, float or list (comma-separated text). ``scope`` tells whose it is: MILLSTREAM, KSQL, STREAMS, CONSUMER or
    PRODUCER. ``alias`` is the ksqlDB name that means the same. ``session``: SET may change it for a session. ``choices`` limits the values.
    ``secret`` values are never shown. ``used`` is False for names that are accepted, because scripts set them, and have no effect.
    """

    name: str
    kind: type
    default: Any
    doc: str
    scope: str = "MILLSTREAM"
    alias: str | None = None
    session: bool = False
    choices: tuple[str, ...] = ()
    secret: bool = False
    used: bool = True

    def parse(self, value: Any) -> Any:
        """The value of a text (or JSON value). Raises ConfigError with ksqlDB's words, naming the setting and what it takes."""
        text = _text(value)
        if self.choices:
            return self._choice(text)
        try:
            return _PARSERS[self.kind](text)
        except ValueError:
            wanted = {int: "a whole number", float: "a number", bool: "either true or false"}.get(self.kind, "text")
            raise ConfigError(f"Invalid value {text} for configuration {self.name}: Expected value to be {wanted}") from None

    def _choice(self, text: str) -> str:
        if text.lower() in self.choices:
            return text.lower()
        if self.choices == OFFSET_RESET:
            if DURATION.fullmatch(text):
                return text
            reason = (
                f"Invalid value `{text}` for configuration {self.name}. The value must be either 'earliest', 'latest', 'none' "
                "or of the format 'by_duration:<PnDTnHnMn.nS.>'."
            )
        else:
            reason = f"String must be one of: {', '.join(self.choices)}"
        raise ConfigError(f"Invalid value {text} for configuration {self.name}: {reason}")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if not isinstance(value, list) else ",".join(map(str, value))


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


_PARSERS: dict[type, Any] = {
    str: str,
    int: int,
    float: float,
    bool: _bool,
    list: lambda text: [item.strip() for item in text.split(",") if item.strip()],
}
