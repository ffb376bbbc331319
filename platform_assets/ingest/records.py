"""Records: text streams cut into records, the bad ones kept apart with their reason.

Here: CSV and JSON as they really arrive: ragged, misquoted, in the wrong encoding, cut short. One bad line costs
itself and never its neighbours. Not here: files, types, columns' meaning.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

MAX_LINES_PER_RECORD = 100  # an unclosed quote must not swallow the rest of the file
MAX_COLUMNS = 2_000  # a file that makes up names must not fill the memory
csv.field_size_limit(2**31 - 1)  # a long value is a value


@dataclass(slots=True)
class Record:
    """One record at line `number` (from 1): its values (CSV) or fields (JSON), or the raw text and the error."""

    number: int
    values: list[str] | None = None
    fields: dict[str, str | None] = field(default_factory=dict)
    raw: str | None = None
    error: str | None = None


def csv_records(stream: IO[bytes], delimiter: str) -> tuple[list[str], Iterator[Record]]:
    """The header and the records of a CSV stream (RFC 4180, UTF-8, byte order mark allowed).

    Raises OSError when there is no readable header.
    """
    first = _first_line(stream)
    try:
        header = [name.strip() for name in _quoted(first.decode().rstrip("\r\n"), delimiter)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise OSError(f"the first line is not a CSV header in UTF-8 ({error})") from error
    if not header:
        raise OSError("the first line is not a CSV header: it is blank")
    return header, _csv_rows(stream, len(header), delimiter)


def _csv_rows(stream: IO[bytes], width: int, delimiter: str) -> Iterator[Record]:
    lines = _Lines(stream, first_number=2)
    while (line := lines.take()) is not None:
        number, raw = line
        if not raw.strip() and delimiter.encode() not in raw:  # with tabs between them, empty values look blank
            continue
        record, used = _csv_record(number, raw, lines, width, delimiter)
        lines.drop(used)
        yield record


def _csv_record(number: int, raw: bytes, lines: "_Lines", width: int, delimiter: str) -> tuple[Record, int]:
    """The record that starts at `raw`, and how many further lines it took: none when it is bad."""
    text, used = raw, 0
    while text.count(b'"') % 2 and used < MAX_LINES_PER_RECORD and (more := lines.peek(used)) is not None:
        text, used = text + more, used + 1
    try:
        decoded = text.decode().rstrip("\r\n")
        values = decoded.split(delimiter) if '"' not in decoded else _quoted(decoded, delimiter)
        if len(values) == width:
            return Record(number, values=values), used
        error = f"{len(values)} fields, the header has {width}"
    except UnicodeDecodeError:
        error = "not UTF-8"
    except csv.Error as bad_quoting:
        error = f"misquoted: {bad_quoting}"
    return Record(number, raw=_raw_text(raw), error=error), 0


def _quoted(text: str, delimiter: str) -> list[str]:
    return next(csv.reader([text], delimiter=delimiter, strict=True), [])


def _first_line(stream: IO[bytes]) -> bytes:
    """Without a byte order mark. Raises OSError for text in two- or four-byte characters."""
    first = stream.readline()
    if first.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in first[:4]:
        raise OSError("the text is UTF-16 or UTF-32, not UTF-8")
    return first.removeprefix(b"\xef\xbb\xbf")


def _raw_text(raw: bytes) -> str:
    """Bytes as text without loss: what is not UTF-8 is written as \\xNN."""
    return raw.rstrip(b"\r\n").decode(errors="backslashreplace")


class _Lines:
    """Lines of a stream with look-ahead, because a bad quote is only known some lines later."""

    def __init__(self, stream: IO[bytes], first_number: int) -> None:
        self._stream = stream
        self._number = first_number - 1
        self._ahead: list[bytes] = []

    def peek(self, position: int) -> bytes | None:
        while len(self._ahead) <= position:
            line = self._stream.readline()
            if not line:
                return None
            self._ahead.append(line)
        return self._ahead[position]

    def take(self) -> tuple[int, bytes] | None:
        line = self.peek(0)
        if line is None:
            return None
        self.drop(1)
        return self._number, line

    def drop(self, count: int) -> None:
        del self._ahead[:count]
        self._number += count


class _Number(str):
    """A number as it is written: 1.10 is not 1.1, and a long id must not become a float."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number)


def json_records(stream: IO[bytes]) -> Iterator[Record]:
    """The objects of a JSON array or of JSON lines. After a bad spot, reading goes on at the next line.

    Raises OSError when the text is not UTF-8 at all.
    """
    names = _Names()
    number, line = 1, _first_line(stream)
    while line and not line.strip():
        number, line = number + 1, stream.readline()
    if line.lstrip()[:1] == b"[":
        yield from _json_objects(line + stream.read(), number, names, in_array=True)
        return
    while line:
        yield from _json_objects(line, number, names, in_array=False)
        number, line = number + 1, stream.readline()


def _json_objects(data: bytes, number: int, names: "_Names", in_array: bool) -> Iterator[Record]:
    text = data.decode(errors="backslashreplace")
    position, line = (text.index("[") + 1 if in_array else 0), number
    counted = 0
    while True:
        while position < len(text) and text[position] in " \t\r\n,]":
            position += 1
        if position >= len(text):
            break
        line, counted = line + text.count("\n", counted, position), position
        try:
            value, end = _DECODER.raw_decode(text, position)
            yield Record(line, fields=names.fields(value))
        except (ValueError, RecursionError) as error:
            end = _end_of_bad_record(text, position, error)
            reason = str(error) if isinstance(error, _NotARecordError) else f"not JSON: {str(error).split(':')[0]}"
            yield Record(line, raw=_storable(text[position:end].rstrip("\r")), error=reason)
        position = end
    if in_array and not text.rstrip(" \t\r\n").endswith("]"):
        yield Record(line + text.count("\n", counted), raw="", error="not JSON: the array is not closed")


def _end_of_bad_record(text: str, position: int, error: Exception) -> int:
    """A value that is JSON ends where it ends; what is not JSON is given up until the next line."""
    if isinstance(error, _NotARecordError):
        return _DECODER.raw_decode(text, position)[1]
    end = text.find("\n", position)
    return len(text) if end < 0 else end


class _NotARecordError(ValueError):
    """JSON, but nothing that has columns."""


class _Names:
    """Field names of a file as they become columns: each in its first spelling, because SQL does not tell case."""

    def __init__(self) -> None:
        self._spelled: dict[str, str] = {}
        self._known: set[str] = set()

    def fields(self, value: Any) -> dict[str, str | None]:
        """The fields of a record as text. Raises _NotARecordError."""
        if not isinstance(value, dict):
            raise _NotARecordError("not a JSON object")
        if self._known.issuperset(value):
            return {name: _as_text(item) for name, item in value.items()}
        if len({name.lower() for name in value}) != len(value):
            raise _NotARecordError("a field name is repeated in another case")
        if any(not name or "\0" in name for name in value):
            raise _NotARecordError("a field name is blank or has a NUL byte")
        if len(self._spelled.keys() | {name.lower() for name in value}) > MAX_COLUMNS:
            raise _NotARecordError(f"more than {MAX_COLUMNS} different field names in the file")
        fields = {name: _as_text(item) for name, item in value.items()}
        return {self._first_spelling(name): item for name, item in fields.items()}

    def _first_spelling(self, name: str) -> str:
        stored = _storable(name)
        first = self._spelled.setdefault(stored.lower(), stored)
        if first == name:
            self._known.add(name)
        return first


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, _Number):
        return str(value)
    return _storable(value) if isinstance(value, str) else _json_text(value)


def _json_text(value: Any) -> str:
    """A nested value as JSON again, its numbers as they were written."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {_json_text(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json_text, value)) + "]"
    return json.dumps(value)


def _storable(text: str) -> str:
    """Half characters (\\ud800), which JSON can spell and UTF-8 cannot, stay as they were spelled."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()
