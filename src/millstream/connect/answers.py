"""Connect's answers over HTTP, read as what they should be. Pure.

What is no answer of Connect's (pages of proxies, broken JSON) becomes a ConnectError that says so.
"""

from __future__ import annotations

import json
import re
from typing import Any

from millstream.dataclass import dataclass
from millstream.errors import ConnectError

#: A cluster that rebalances answers 409, one that starts 503: both pass.
_PASSING = (409, 503)
#: Where it was not expected, a rebalance comes out as 500.
_REBALANCES = b"a rebalance is expected"
_SHOWN = 200
_LOGIN = "Settings connect.user and connect.password."
_CHECK_URL = "Does setting connect.url lead to Kafka Connect's REST API, or to something in front of it?"


@dataclass(frozen=True, slots=True)
class Answer:
    """``where`` is the cluster's URL, ``content`` the body."""

    where: str
    status: int
    content: bytes
    location: str | None = None

    @property
    def passes(self) -> bool:
        """Connect asks to try again: nothing was done, and soon it can be. A name that is taken (409, too) stays taken."""
        if self.status == 500:
            return _REBALANCES in self.content
        return self.status in _PASSING and b"already exists" not in self.content

    def taken(self) -> Any:
        """The JSON of a good answer, None for an empty one. Raises ConnectError, with Connect's own status and message if it has one."""
        if self.status >= 400:
            raise self._refusal()
        if self.status >= 300:
            raise self._strange(f"redirects to {self.location or 'somewhere else'}")
        if not self.content.strip():
            return None
        try:
            return json.loads(self.content)
        except ValueError:
            raise self._strange(f"answers no JSON: {_excerpt(self.content)}") from None

    def of_kind(self, kind: type[Any]) -> Any:
        """The same, where only an object (``dict``) or a list makes sense."""
        value = self.taken()
        if not isinstance(value, kind):
            raise self._strange(f"answers something unexpected: {_excerpt(self.content)}")
        return value

    def _refusal(self) -> ConnectError:
        message = self._message()
        if self.status == 401 or (self.status == 403 and message is None):
            wanted = "wants another user or password" if self.status == 401 else "does not allow this user to do that"
            return ConnectError(f"Kafka Connect at {self.where} {wanted}.", hint=_LOGIN, code=self.status * 100)
        if message is None:
            shown = f"Kafka Connect at {self.where} answers HTTP {self.status}: {_excerpt(self.content)}"
            return ConnectError(shown, hint=_CHECK_URL, code=self.status * 100)
        hint = "The cluster is rebalancing; try again in a moment." if self.passes and self.status != 503 else None
        return ConnectError(message, hint=hint, code=self.status * 100)

    def _message(self) -> str | None:
        """Connect's own words, if the answer is Connect's."""
        try:
            return str(json.loads(self.content)["message"])
        except (ValueError, KeyError, TypeError):
            return None

    def _strange(self, how: str) -> ConnectError:
        return ConnectError(f"Kafka Connect at {self.where} {how}", hint=_CHECK_URL, code=50000)


def _excerpt(content: bytes) -> str:
    """The beginning of a body in one line, without a page's markup."""
    text = content.decode("utf-8", "replace")
    if text.lstrip()[:1] == "<":
        text = "the page " + re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>", " ", text)
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
