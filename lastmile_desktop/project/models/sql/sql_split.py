"""Cuts SQL text into statements without parsing it, so that one broken statement never hides the rest.

Knows dollar quotes, nested comments, escape strings, `COPY … FROM stdin` data, psql commands, SQL-body
functions (`BEGIN ATOMIC`) and the "down" half of migration tools that keep both directions in one file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """One statement without its semicolon; `line` is that of its first token, both are 1-based."""

    text: str
    line: int
    line_end: int


_TOKEN = re.compile(
    r"""--[^\n]*
    |/\*
    |(?<![\w$])[eE]'
    |'
    |"
    |(?<![\w$])\$(?:[^\W\d]\w*)?\$
    |;
    |\\
    |(?i:\bBEGIN\s{1,20}ATOMIC\b)
    """,
    re.VERBOSE,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_ESCAPED_END = re.compile(r"\\.|'", re.DOTALL)
_DOWN = re.compile(
    r"^--[ \t]*(?:\+goose[ \t]+Down|\+migrate[ \t]+Down|migrate:down|Down[ \t]+Migration)\b",
    re.IGNORECASE | re.MULTILINE,
)
_COPY_STDIN = re.compile(r"copy\b[^;]{1,4000}\bfrom\s+stdin\b", re.IGNORECASE)
_COPY_END = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_UNCLOSED_CAP = 50
_ATOMIC_END = re.compile(r"\bEND\s*\Z", re.IGNORECASE)
_RESTART = re.compile(
    r"^(?=(?:CREATE|ALTER|DROP|GRANT|REVOKE|COMMENT\s+ON|INSERT\s+INTO|DO\s+\$|SELECT|UPDATE|DELETE\s+FROM)\b|DO\s+\$)",
    re.IGNORECASE | re.MULTILINE,
)


def split(sql: str) -> tuple[SqlStatement, ...]:
    """The statements of a file in order. Never raises; unfinished quotes are read as plain characters."""
    return _Splitter(_without_down(sql)).run()


def resplit(statement: SqlStatement) -> tuple[SqlStatement, ...]:
    """A statement that does not parse, cut again where a line starts like a new statement (a forgotten
    semicolon); () when there is no such line."""
    cuts = [match.start() for match in _RESTART.finditer(statement.text) if match.start()]
    if not cuts:
        return ()
    starts = [0, *cuts]
    pieces: list[SqlStatement] = []
    for start, end in zip(starts, [*cuts, len(statement.text)], strict=True):
        text = statement.text[start:end].rstrip().rstrip(";")
        line = statement.line + statement.text.count("\n", 0, start)
        if text.strip():
            pieces.append(SqlStatement(text, line, line + text.count("\n")))
    return tuple(pieces)


def _without_down(sql: str) -> str:
    down = _DOWN.search(sql)
    return sql[: down.start()] if down else sql


class _Splitter:
    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._breaks = [match.start() for match in re.finditer("\n", sql)]
        self._pos = 0
        self._start: int | None = None
        self._atomic = False
        self._unclosed = 0
        self._out: list[SqlStatement] = []

    def run(self) -> tuple[SqlStatement, ...]:
        while match := _TOKEN.search(self._sql, self._pos):
            self._begin(self._pos, match.start())
            self._step(match)
        self._begin(self._pos, len(self._sql))
        self._close(len(self._sql))
        return tuple(self._out)

    def _step(self, match: re.Match[str]) -> None:
        lexeme, at = match.group(), match.start()
        if lexeme.startswith("--"):
            self._pos = match.end()
        elif lexeme == "/*":
            self._pos = self._after_comment(match.end())
        elif lexeme == ";":
            self._semicolon(at)
        elif lexeme == "\\":
            self._psql(at)
        else:
            self._start = at if self._start is None else self._start
            self._pos = self._after_quoted(lexeme, match.end())

    def _begin(self, start: int, end: int) -> None:
        """The statement starts at the first character that is neither white space nor a comment."""
        if self._start is None:
            gap = self._sql[start:end]
            if text := gap.lstrip():
                self._start = end - len(text)

    def _after_quoted(self, quote: str, pos: int) -> int:
        sql = self._sql
        if quote[0] in "bB":
            self._atomic = True
            return pos
        if quote[0] in "eE":
            ends = (match.end() for match in _ESCAPED_END.finditer(sql, pos) if match.group() == "'")
            return next(ends, pos)
        if self._unclosed > _UNCLOSED_CAP:
            return pos
        end = sql.find(quote, pos)
        return self._note_unclosed(pos) if end < 0 else end + len(quote)

    def _note_unclosed(self, pos: int) -> int:
        """Each search for a missing end reads the rest of the file, so there is a limit to them."""
        self._unclosed += 1
        return pos

    def _after_comment(self, pos: int) -> int:
        depth = 1
        if self._unclosed > _UNCLOSED_CAP:
            return pos
        for match in _COMMENT_EDGE.finditer(self._sql, pos):
            depth += 1 if match.group() == "/*" else -1
            if depth == 0:
                return match.end()
        return self._note_unclosed(pos)

    def _semicolon(self, at: int) -> None:
        self._pos = at + 1
        if (
            self._atomic
            and self._start is not None
            and not _ATOMIC_END.search(self._sql[max(self._start, at - 20) : at])
        ):
            return
        copies = self._start is not None and _COPY_STDIN.match(self._sql, self._start, at)
        self._close(at)
        if copies:
            end = _COPY_END.search(self._sql, self._pos)
            self._pos = end.end() if end else len(self._sql)

    def _psql(self, at: int) -> None:
        """A psql command such as `\\restrict` or `\\gset` runs to the end of its line and ends the
        statement."""
        end = self._sql.find("\n", at)
        self._pos = len(self._sql) if end < 0 else end
        self._close(at)

    def _close(self, end: int) -> None:
        self._atomic = False
        if self._start is None:
            return
        text = self._sql[self._start : end].rstrip()
        if text:
            line = bisect_right(self._breaks, self._start) + 1
            self._out.append(SqlStatement(text, line, line + text.count("\n")))
        self._start = None


def only_statements(sql: str) -> str:
    """The same text with every statement on its own lines and nothing between them: no psql commands, no
    COPY data, no comments that steer other tools."""
    out: list[str] = []
    line = 1
    for statement in split(sql):
        out.append("\n" * (statement.line - line) if statement.line > line else " ")
        out.append(statement.text + ";")
        line = max(line, statement.line_end)
    return "".join(out) + "\n"
