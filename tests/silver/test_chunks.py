"""How a range of days is cut into chunks: rows bound the memory of a run."""

from datetime import date

from conftest import DAY, days_from

from platform_assets.silver.refresh import CHUNK_DAYS, in_chunks

DAYS = days_from(DAY, 4)


def chunks(rows: dict[date, int], most_rows: int) -> list[list[int]]:
    return [[DAYS.index(day) for day in chunk] for chunk in in_chunks(rows, most_rows)]


def test_a_chunk_takes_days_in_order_until_it_would_hold_too_many_rows() -> None:
    assert chunks(dict(zip(reversed(DAYS), (40, 50, 60, 40), strict=True)), 100) == [[0, 1], [2, 3]]


def test_a_day_of_more_rows_than_a_chunk_may_hold_is_a_chunk_of_its_own() -> None:
    assert chunks(dict(zip(DAYS, (1, 500, 1, 1), strict=True)), 100) == [[0], [1], [2, 3]]


def test_days_without_rows_end_a_chunk_too_because_statements_name_every_day() -> None:
    days = days_from(DAY, CHUNK_DAYS + 1)

    assert [len(chunk) for chunk in in_chunks(dict.fromkeys(days, 0), 100)] == [CHUNK_DAYS, 1]


def test_no_days_are_no_chunks() -> None:
    assert in_chunks({}, 100) == []
