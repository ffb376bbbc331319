"""Records: one bad line costs itself and never its neighbours, and every value stays as it came.

Decided here for streams alone, without files: ragged, misquoted, wrongly encoded and cut CSV and JSON.
"""

import io

import pytest

from platform_assets.ingest.records import MAX_COLUMNS, csv_records, json_records


def csv_of(data: bytes, delimiter: str = ",") -> tuple[list[str], list[tuple[int, list[str] | None, str | None]]]:
    header, records = csv_records(io.BytesIO(data), delimiter)
    return header, [(record.number, record.values, record.raw) for record in records]


def errors_of(data: bytes) -> list[str | None]:
    return [record.error for record in csv_records(io.BytesIO(data), ",")[1]]


def json_of(data: bytes) -> list[tuple[int, dict[str, str | None], str | None]]:
    return [(record.number, record.fields, record.raw) for record in json_records(io.BytesIO(data))]


def test_lines_with_too_few_or_too_many_fields_are_kept_as_text_with_both_counts() -> None:
    data = b"a,b\n1\n2,3\n4,5,6\n"
    assert csv_of(data)[1] == [(2, None, "1"), (3, ["2", "3"], None), (4, None, "4,5,6")]
    assert errors_of(data) == ["1 fields, the header has 2", None, "3 fields, the header has 2"]


def test_quoted_newlines_delimiters_and_quotes_are_values_and_lines_keep_their_numbers() -> None:
    data = b'a,b\n"x\ny","1,2"\n"say ""hi""",z\n'
    assert csv_of(data)[1] == [(2, ["x\ny", "1,2"], None), (4, ['say "hi"', "z"], None)]


@pytest.mark.parametrize("bad", [b'1,"x" y', b'"x"1,2', b'1,"open'])
def test_a_misquoted_line_costs_itself_only(bad: bytes) -> None:
    records = csv_of(b"a,b\n0,0\n" + bad + b"\n3,4\n5,6\n")[1]
    assert records == [(2, ["0", "0"], None), (3, None, bad.decode()), (4, ["3", "4"], None), (5, ["5", "6"], None)]


def test_an_unclosed_quote_before_a_long_file_costs_its_own_line_only() -> None:
    records = csv_of(b'a,b\n1,"open\n' + b'2,"q"\n' * 250)[1]
    assert records[0] == (2, None, '1,"open')
    assert len(records) == 251
    assert all(values == ["2", "q"] for _, values, _ in records[1:])


@pytest.mark.parametrize("separator", ["\u2028", "\x0b", "\x0c", "\x1c", "\x85"])
def test_only_newlines_end_a_line_not_every_character_that_unicode_calls_a_separator(separator: str) -> None:
    data = f'a,b\nx{separator}y,"q"\n'.encode()
    assert csv_of(data)[1] == [(2, [f"x{separator}y", "q"], None)]


def test_bytes_that_are_not_utf8_are_kept_as_written_bytes() -> None:
    data = "a,b\n1,café\n2,thé\n".encode().replace("é\n2".encode(), b"\xe9\n2")
    assert csv_of(data)[1] == [(2, None, "1,caf\\xe9"), (3, ["2", "thé"], None)]
    assert errors_of(data) == ["not UTF-8", None]


def test_a_byte_order_mark_and_windows_line_ends_are_not_values() -> None:
    assert csv_of(b"\xef\xbb\xbfa,b\r\n1,2\r\n") == (["a", "b"], [(2, ["1", "2"], None)])


def test_whitespace_and_nul_bytes_inside_a_value_are_the_value() -> None:
    assert csv_of(b"a,b\n 1 ,x\0y\n")[1] == [(2, [" 1 ", "x\0y"], None)]


def test_a_long_quoted_value_is_a_value() -> None:
    long = "x" * 200_000
    assert csv_of(f'a,b\n1,"{long}"\n'.encode())[1] == [(2, ["1", long], None)]


def test_blank_lines_are_no_records_but_a_line_of_tabs_is_one_of_empty_values() -> None:
    assert csv_of(b"a,b\n\n1,2\n   \n")[1] == [(3, ["1", "2"], None)]
    assert csv_of(b"a\tb\n\t\n", "\t")[1] == [(2, ["", ""], None)]


def test_a_header_alone_is_a_file_without_records() -> None:
    assert csv_of(b"a,b\n") == (["a", "b"], [])


@pytest.mark.parametrize("data", ["a,b\n1,2\n".encode("utf-16"), "a,b\n".encode("utf-16-le"), "a".encode("utf-32")])
def test_utf16_is_refused_by_name_in_csv_and_json(data: bytes) -> None:
    with pytest.raises(OSError, match="UTF-16"):
        csv_records(io.BytesIO(data), ",")
    with pytest.raises(OSError, match="UTF-16"):
        list(json_records(io.BytesIO(data)))


@pytest.mark.parametrize("data", [b'"a,b\n1,2\n', b"caf\xe9,b\n", b"a,b\r1,2\r3,4"])
def test_a_first_line_that_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises(OSError, match="not a CSV header"):
        csv_records(io.BytesIO(data), ",")


def test_json_numbers_stay_the_text_that_they_were() -> None:
    data = b'{"price": 1.10, "id": 12345678901234567890123, "big": 1e400, "none": null, "yes": true, "nan": NaN}'
    fields = {"price": "1.10", "id": "12345678901234567890123", "big": "1e400", "none": None, "yes": "true",
              "nan": "NaN"}  # fmt: skip
    assert json_of(data) == [(1, fields, None)]


def test_nested_json_stays_json_with_its_numbers_as_they_were() -> None:
    data = b'{"rating": {"rate": 4.50, "count": [1, null, "x", true]}}'
    assert json_of(data)[0][1] == {"rating": '{"rate": 4.50, "count": [1, null, "x", true]}'}


@pytest.mark.parametrize("data", [b'[{"a": 1},\n {"a": 2}]', b'{"a": 1}\n{"a": 2}\n', b'\n[{"a": 1},\n{"a": 2}\n]\n'])
def test_an_array_and_lines_are_the_same_records(data: bytes) -> None:
    assert [fields for _, fields, _ in json_of(data)] == [{"a": "1"}, {"a": "2"}]


def test_a_cut_json_line_costs_itself_only() -> None:
    data = b'{"a": 1}\n{"a": 2, "b\n{"a": 3}\n'
    assert json_of(data) == [(1, {"a": "1"}, None), (2, {}, '{"a": 2, "b'), (3, {"a": "3"}, None)]


@pytest.mark.parametrize("tail", ['{"a": 2', '{"a": 2, "b": [', ""])
def test_an_array_that_was_cut_says_so_wherever_it_was_cut(tail: str) -> None:
    records = list(json_records(io.BytesIO(f'[{{"a": 1}},\n{tail}'.encode())))
    assert records[0].fields == {"a": "1"}
    assert "the array is not closed" in str(records[-1].error)


@pytest.mark.parametrize("value", ["5", '"text"', "[1, 2.50]", "null", "true"])
def test_json_that_is_no_object_is_kept_as_it_was_written(value: str) -> None:
    records = list(json_records(io.BytesIO(f'{{"a": 1}}\n{value}\n{{"a": 2}}\n'.encode())))
    assert [(record.raw, record.error) for record in records] == [
        (None, None),
        (value, "not a JSON object"),
        (None, None),
    ]


def test_endless_nesting_costs_its_own_line_and_keeps_its_text() -> None:
    deep = '{"a": ' + "[" * 200_000
    nested = '{"a": ' + "[" * 20_000 + "]" * 20_000 + "}"
    records = json_of(f'{deep}\n{nested}\n{{"a": 3}}\n'.encode())
    assert records[0] == (1, {}, deep)
    assert nested in (records[1][2], f'{{"a": {records[1][1].get("a")}}}')  # how deep is too deep differs by Python
    assert records[2] == (3, {"a": "3"}, None)


def test_half_characters_stay_as_json_spelled_them() -> None:
    assert json_of(b'{"a": "x\\ud800"}')[0][1] == {"a": "x\\ud800"}


def test_bytes_that_are_not_utf8_cost_their_json_line_only() -> None:
    assert json_of(b'{"a": "caf\xe9"}\n{"a": "ok"}\n') == [(1, {}, '{"a": "caf\\xe9"}'), (2, {"a": "ok"}, None)]


def test_field_names_that_differ_by_case_are_one_column_and_twice_in_a_record_an_error() -> None:
    records = json_of(b'{"Id": 1}\n{"ID": 2}\n{"id": 3, "ID": 4}\n{"Id": 5}\n')
    assert [fields for _, fields, _ in records] == [{"Id": "1"}, {"Id": "2"}, {}, {"Id": "5"}]


@pytest.mark.parametrize("name", ["", "a\\u0000b"])
def test_a_record_with_an_unusable_field_name_costs_itself_only(name: str) -> None:
    records = json_of(f'{{"{name}": 1}}\n{{"a": 2}}\n'.encode())
    assert records == [(1, {}, f'{{"{name}": 1}}'), (2, {"a": "2"}, None)]


def test_a_file_that_makes_up_a_new_name_in_every_record_does_not_fill_the_memory() -> None:
    records = json_of(b"".join(b'{"name%d": 1}\n' % number for number in range(MAX_COLUMNS + 2)))
    assert [raw for _, _, raw in records[-3:]] == [None, '{"name2000": 1}', '{"name2001": 1}']
