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
    first = stream.readline().removeprefix(b"\xef\xbb\xbf")
    try:
        header = [name.strip() for name in next(csv.reader([first.decode()], delimiter=delimiter, strict=True))]
    except (UnicodeDecodeError, StopIteration, csv.Error) as error:
        raise OSError(f"the first line is not a CSV header in UTF-8 ({error})") from error
    return header, _csv_rows(stream, len(header), delimiter)


def _csv_rows(stream: IO[bytes], width: int, delimiter: str) -> Iterator[Record]:
    lines = _Lines(stream, first_number=2)
    while (line := lines.take()) is not None:
        number, raw = line
        if not raw.strip():
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
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    if len(rows) != 1:
        raise csv.Error("a quote is not closed")
    return rows[0]


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


# Numbers stay the text they are in the file: 1.10 is not 1.1, and a long id must not become a float.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def json_records(stream: IO[bytes]) -> Iterator[Record]:
    """The objects of a JSON array or of JSON lines. After a bad spot, reading goes on at the next line."""
    first = stream.readline().removeprefix(b"\xef\xbb\xbf")
    if first.lstrip()[:1] == b"[":
        yield from _json_objects(first + stream.read(), 1, in_array=True)
        return
    number, line = 1, first
    while line:
        yield from _json_objects(line, number, in_array=False)
        number, line = number + 1, stream.readline()


def _json_objects(data: bytes, number: int, in_array: bool) -> Iterator[Record]:
    text = data.decode(errors="backslashreplace")
    position, line = (text.index("[") + 1 if in_array else 0), number
    counted = 0
    while True:
        while position < len(text) and text[position] in " \t\r\n,]":
            position += 1
        if position >= len(text):
            return
        line, counted = line + text.count("\n", counted, position), position
        try:
            value, position = _DECODER.raw_decode(text, position)
            if isinstance(value, dict):
                yield Record(line, fields={str(name): _as_text(item) for name, item in value.items()})
                continue
            yield Record(line, raw=json.dumps(value), error="not a JSON object")
        except (ValueError, RecursionError) as error:
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            yield Record(line, raw=text[position:end].rstrip("\r"), error=f"not JSON: {str(error).split(':')[0]}")
            position = end


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value)
