"""DuckDB 1.5 and Polars 2.1 on day folders: what lake/sql.py, enriched/versions.py and settings.py are built around.

A failure here says which of their lines to look at again after an upgrade.
"""

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from platform_assets.lake.sql import parquet_files

DAY = date(2025, 10, 1)


def day_file(root: Path) -> Path:
    file = root / f"ingest_dt={DAY}" / "data.parquet"
    file.parent.mkdir(parents=True)
    pl.DataFrame({"a": [1]}).write_parquet(file)
    return file


def by_duckdb(read: str) -> list[dict[str, object]]:
    return duckdb.sql(f"from {read}").pl().to_dicts()


def by_polars(file: Path) -> pl.LazyFrame:
    return pl.scan_parquet([file], hive_partitioning=True, hive_schema={"ingest_dt": pl.Date})


def test_the_folder_of_a_day_is_a_date_column_when_asked_for_and_not_otherwise(tmp_path: Path) -> None:
    file = day_file(tmp_path)
    assert by_duckdb(parquet_files([file], "ingest_dt")) == [{"a": 1, "ingest_dt": DAY}]
    assert by_duckdb(parquet_files([file])) == [{"a": 1}]
    assert by_polars(file).collect().to_dicts() == [{"a": 1, "ingest_dt": DAY}]
    assert pl.scan_parquet(file, hive_partitioning=False).collect().to_dicts() == [{"a": 1}]


def test_any_folder_above_with_an_equals_sign_is_a_column_too_which_is_why_the_lake_has_none(tmp_path: Path) -> None:
    file = day_file(tmp_path / "team=sales")
    assert by_duckdb(parquet_files([file], "ingest_dt")) == [{"a": 1, "team": "sales", "ingest_dt": DAY}]
    with pytest.raises(pl.exceptions.SchemaFieldNotFoundError):
        by_polars(file).collect()


def test_a_question_mark_matches_other_folders_which_is_why_the_lakes_path_has_none(tmp_path: Path) -> None:
    files = [day_file(tmp_path / name) for name in ("a?b", "axb")]
    assert by_duckdb(parquet_files(files[:1])) == [{"a": 1}] * 2
    assert by_polars(files[0]).collect().height == 2


def test_brackets_are_a_pattern_to_polars_which_is_why_the_lakes_path_has_none(tmp_path: Path) -> None:
    with pytest.raises(pl.exceptions.ComputeError):
        by_polars(day_file(tmp_path / "a[1]")).collect()
