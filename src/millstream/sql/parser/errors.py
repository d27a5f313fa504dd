"""Why a statement does not parse, in words: what was found, what could have stood there, and what was probably meant."""

from __future__ import annotations

from difflib import get_close_matches

from millstream.errors import Position, SqlSyntaxError
from millstream.sql.parser.cursor import Cursor
from millstream.sql.tokens import DECIMAL, DIGITS, END, FLOAT, INTEGER, QUOTED, STRING, VARIABLE, Tokens
from millstream.sql.words import RESERVED, WINDOW_UNITS

_NAME = "a name"
_SPOKEN = {
    STRING: "a string",
    INTEGER: "a number",
    DECIMAL: "a number",
    FLOAT: "a number",
    QUOTED: _NAME,
    DIGITS: _NAME,
}
_STARTS_EXPRESSION = {"CASE", "CAST"}
_CONTINUES_EXPRESSION = frozenset(("AND", "OR", "NOT", "IS", "IN", "BETWEEN", "LIKE", "ESCAPE", "[", "->", ".")) | frozenset(
    ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||")
)
#: Words that begin a clause: met inside an open bracket, the bracket was forgotten.
_CLAUSES = frozenset(("FROM", "WHERE", "GROUP", "HAVING", "EMIT", "LIMIT", "WITH", "SELECT", "VALUES", "WINDOW", "JOIN"))
_CLOSERS = {"(": ")", "[": "]"}
#: What other databases' users write, and what it is here.
_ELSEWHERE = {
    "DELETE": "To delete a row of a table, insert a NULL value for its key; to remove the table, use DROP TABLE",
    "UPDATE": "INSERT INTO a table replaces the row with the same key",
    "ORDER": "A stream has no end to sort at: there is no ORDER BY",
    "DISTINCT": "Use GROUP BY, or COUNT_DISTINCT and COLLECT_SET",
    "UNION": "Use one INSERT INTO ... SELECT for each input",
    "CROSS": "Joins are JOIN, LEFT JOIN, RIGHT JOIN and FULL OUTER JOIN, each with ON",
    "NATURAL": "Joins are JOIN, LEFT JOIN, RIGHT JOIN and FULL OUTER JOIN, each with ON",
    "VIEW": "Use CREATE TABLE ... AS SELECT",
    "DATABASE": "There are no databases: streams and tables share one space of names",
    "RUN": "RUN SCRIPT 'FILE'; is a command of the console",
}
#: These read as an alias, so the fault shows only after the join.
_JOINS_ELSEWHERE = ("CROSS", "NATURAL")
_MOST_LISTED = 12


class Tracer(Cursor):
    """A cursor that remembers what was asked for at one token."""

    def __init__(self, tokens: Tokens, failed: int, script: bool) -> None:
        super().__init__(tokens, script)
        self.failed = failed
        self.wanted: dict[str, None] = {}

    def at(self, *keys: str) -> bool:
        if self.index == self.failed:
            self.wanted.update(dict.fromkeys(keys))
        return super().at(*keys)

    def follows(self, *keys: str) -> bool:
        for offset, key in enumerate(keys):
            if self.index + offset == self.failed:
                self.wanted[key] = None
            if self.index + offset >= len(self.keys) or self.keys[self.index + offset] != key:
                break
        return super().follows(*keys)

    def accept(self, key: str) -> bool:
        if self.index == self.failed:
            self.wanted[key] = None
        return super().accept(key)

    def at_name(self) -> bool:
        if self.index == self.failed:
            self.wanted[_NAME] = None
        return super().at_name()


def explain(tokens: Tokens, failed: int, wanted: list[str]) -> SqlSyntaxError:
    """The error for the token at ``failed``, given the keys that were asked for there."""
    found = tokens.keys[failed]
    position = tokens.at(failed)
    spoken = _spoken(wanted)
    if found in (";", END):
        opened = _unclosed(tokens, failed)
        if opened is not None:
            return _never_closed(tokens, opened, position, spoken)
    hint = _hint(tokens, failed, spoken)
    if found == END and ";" in spoken:
        message = "Found the end of the text, missing ';'."
    elif (_NAME in spoken or "an expression" in spoken) and found in RESERVED and not _near(found, spoken):
        message = f"{found} is a reserved word here, expected {_listing(spoken)}."
        hint = hint or f"To use it as a name, quote it: `{found}`"
    elif spoken == [";"]:
        message = f"Found {_found(tokens, failed)} after the end of the statement, missing ';'."
    else:
        message = f"Found {_found(tokens, failed)}" + (f", expected {_listing(spoken)}." if spoken else ", which does not fit here.")
    return SqlSyntaxError(f"Syntax Error\n{message}", hint=hint, position=position)


def _spoken(wanted: list[str]) -> list[str]:
    """The keys as a person would say them: what starts an expression as one thing, what could continue it left out."""
    keys = [key for key in wanted if key not in (END, VARIABLE)]
    if set(keys) >= _STARTS_EXPRESSION:
        starters = ("NOT", "ARRAY", "+", "-", "(", QUOTED, _NAME, *_STARTS_EXPRESSION)
        keys = ["an expression", *(key for key in keys if key not in starters)]
    after_name = ("(", STRING) if "->" in keys else ()
    rest = [key for key in keys if key not in _CONTINUES_EXPRESSION and key not in after_name]
    return list(dict.fromkeys(_SPOKEN.get(key, key) for key in (rest or keys)))


def unknown_statement(tokens: Tokens, starters: list[str]) -> SqlSyntaxError:
    found = tokens.keys[0]
    near = _near(found, starters)
    meant = f"Did you mean {near}?" if near else "Statements start with SELECT, CREATE, INSERT, SHOW, DESCRIBE, DROP, ..."
    hint = _ELSEWHERE.get(found) or meant
    return SqlSyntaxError(f"Syntax Error\nUnknown statement '{tokens.raw(0)}'.", hint=hint, position=tokens.at(0))


def _found(tokens: Tokens, index: int) -> str:
    return "the end of the text" if tokens.keys[index] == END else f"'{_short(tokens.raw(index))}'"


def _short(raw: str) -> str:
    return raw if len(raw) <= 40 else raw[:37] + "..."


def _listing(spoken: list[str]) -> str:
    """The words as a phrase. Names and literals come first; a long list of operators helps nobody and is cut."""
    units = [w for w in spoken if w in WINDOW_UNITS]
    rest = [w for w in spoken if len(units) < 10 or w not in WINDOW_UNITS]
    if len(units) >= 10:
        rest.append("a unit of time (SECONDS, MINUTES, HOURS, DAYS, ...)")
    rest.sort(key=lambda w: (not w.startswith(("a ", "an ")), not w.isalpha()))
    shown = [w if w.startswith(("a ", "an ")) else f"'{w}'" if not w.isalpha() else w for w in rest[:_MOST_LISTED]]
    if len(rest) > _MOST_LISTED:
        shown.append("...")
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " or " + shown[-1]


def _hint(tokens: Tokens, failed: int, spoken: list[str]) -> str | None:
    found = tokens.keys[failed]
    near = _near(found, spoken)
    if near:
        return f"Did you mean {near}?"
    before = tokens.keys[max(failed - 3, 0) : failed + 1]
    for word in reversed(before):
        if word in _ELSEWHERE and word not in spoken and (word in _JOINS_ELSEWHERE or word in before[-2:]):
            return _ELSEWHERE[word]
    if found == QUOTED and _SPOKEN[STRING] in spoken:
        return "Strings take single quotes; double quotes and back-ticks are for names"
    if found == "=" and failed > 0 and tokens.keys[failed - 1] == "=":
        return "Equality is a single ="
    if ")" in spoken and found in _CLAUSES and (opened := _unclosed(tokens, failed)) is not None:
        place = tokens.at(opened)
        return f"The '{tokens.keys[opened]}' at line {place.line}:{place.column} is still open"
    if found == "-" and failed > 0 and _NAME not in spoken:
        return "A name with a dash needs back-ticks: `my-name`"
    return None


def _near(found: str, words: list[str]) -> str | None:
    """The word that was probably meant."""
    if not found.isalpha() or found in words:
        return None
    close = get_close_matches(found, [w for w in words if w.isalpha() and len(w) > 1], n=1, cutoff=0.75)
    return close[0] if close else None


def _unclosed(tokens: Tokens, failed: int) -> int | None:
    """The innermost bracket that is still open before the token."""
    opened: list[int] = []
    for index in range(failed):
        key = tokens.keys[index]
        if key in _CLOSERS:
            opened.append(index)
        elif key in (")", "]") and opened:
            opened.pop()
    return opened[-1] if opened else None


def _never_closed(tokens: Tokens, opened: int, end: Position, spoken: list[str]) -> SqlSyntaxError:
    bracket = tokens.keys[opened]
    expected = f"; at line {end.line}:{end.column} expected {_listing(spoken)}" if spoken else ""
    return SqlSyntaxError(
        f"Syntax Error\nThe '{bracket}' that starts here is not closed{expected}.",
        hint=f"Close it with '{_CLOSERS[bracket]}'",
        position=tokens.at(opened),
    )
