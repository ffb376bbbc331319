"""The files themselves: layout, manifests, types, repeatability, and what arrives when."""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from sample_data import TINY, ConfigError, SampleConfig, generate
from sample_data.__main__ import main

REPO = Path(__file__).parents[2]
LINEAGE = "batch_id:str ingestion_ts:str event_id:str source_file:str"
COLUMNS = {
    "orders": "order_id:str total_items:i64 order_date:str customer_id:str email:str order_channel:str "
    "is_expedited:bool customer_tier:str gross_total:f64 net_total:f64 total_discount_amount:f64 "
    "payment_method:str shipping_speed:str shipping_cost:f64 agent_id:str actual_shipping_cost:f64 "
    "payment_processing_fee:f64 shipping_address:str billing_address:str clv_bucket:str is_reactivated:bool",
    "order_items": "order_id:str product_id:i64 product_name:str category:str quantity:i64 unit_price:f64 "
    "discount_amount:f64 cost_price:f64",
    "customers": "customer_id:str first_name:str last_name:str email:str phone_number:str signup_date:str "
    "gender:str age:f64 is_guest:bool customer_status:str signup_channel:str loyalty_tier:str "
    "initial_loyalty_tier:str email_verified:bool marketing_opt_in:bool mailing_address:str "
    "billing_address:str loyalty_enrollment_date:str clv_bucket:str",
    "product_catalog": "product_id:i64 product_name:str category:str unit_price:f64 cost_price:f64 "
    "inventory_quantity:i64",
    "shopping_carts": "cart_id:str customer_id:str created_at:str updated_at:str cart_total:f64 status:str",
    "cart_items": "cart_item_id:i64 cart_id:str product_id:i64 product_name:str category:str added_at:str "
    "quantity:i64 unit_price:f64",
    "returns": "return_id:str order_id:str customer_id:str email:str return_date:str reason:str "
    "return_type:str refunded_amount:f64 return_channel:str agent_id:str refund_method:str",
    "return_items": "return_item_id:i64 return_id:str order_id:str product_id:i64 product_name:str "
    "category:str quantity_returned:i64 unit_price:f64 cost_price:f64 refunded_amount:f64",
}
SHORT = {pl.String: "str", pl.Int64: "i64", pl.Float64: "f64", pl.Boolean: "bool"}


def tree(landing: Path) -> dict[str, str]:
    """Path → sha256 of every file."""
    files = [p for p in landing.rglob("*") if p.is_file()]
    return {str(p.relative_to(landing)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def active(landing: Path, table: str, folder: str = "*") -> list[Path]:
    """The files that the manifests of a table list."""
    manifests = sorted((landing / table).glob(f"{folder}/_MANIFEST.json"))
    return [landing / f["path"] for m in manifests for f in json.loads(m.read_text())["files"]]


def read(landing: Path, table: str, folder: str = "*") -> pl.DataFrame:
    """All active rows of a table."""
    frames = [pl.read_parquet(p, hive_partitioning=False) for p in active(landing, table, folder)]
    return pl.concat(frames, how="diagonal")


def cents(column: str) -> pl.Expr:
    """A money column in whole cents."""
    return (pl.col(column) * 100).round().cast(pl.Int64)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny sample, generated once."""
    landing = tmp_path_factory.mktemp("tiny")
    generate(TINY, landing)
    return landing


def test_columns_and_types_are_those_of_the_real_drops(tiny: Path) -> None:
    for table, declared in COLUMNS.items():
        for file in active(tiny, table):
            schema = pl.read_parquet_schema(file)
            schema.pop("gift_message", None)
            assert [f"{c}:{SHORT[type(t)]}" for c, t in schema.items()] == f"{declared} {LINEAGE}".split(), file


def test_manifests_tell_the_truth_about_their_files(tiny: Path) -> None:
    manifests = list(tiny.glob("*/*/_MANIFEST.json"))
    assert len(manifests) > 40
    for path in manifests:
        said = json.loads(path.read_text())
        assert (path.parent / "_SUCCESS").read_bytes() == b""
        assert (said["table"], said["partition"]) == (path.parts[-3], path.parts[-2])
        rows = [pl.read_parquet(tiny / f["path"]).height for f in said["files"]]
        assert [f["rows"] for f in said["files"]] == rows and said["total_rows"] == sum(rows)
        sums = [hashlib.sha256((tiny / f["path"]).read_bytes()).hexdigest() for f in said["files"]]
        assert sums == said["checksums"] == [f["checksum"] for f in said["files"]]


def test_one_thread_writes_the_same_bytes_as_many(tiny: Path, tmp_path: Path) -> None:
    code = "import sys, pathlib, sample_data as s; s.generate(s.TINY, pathlib.Path(sys.argv[1]))"
    env = os.environ | {"POLARS_MAX_THREADS": "1", "PYTHONPATH": str(REPO), "PYTHONHASHSEED": "3"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=env)
    assert tree(tmp_path) == tree(tiny)


def test_another_seed_writes_other_bytes(tiny: Path, tmp_path: Path) -> None:
    generate(replace(TINY, seed=8, days=1), tmp_path)
    here, there = tree(tmp_path), tree(tiny)
    same = {p for p in here if p.endswith(".parquet") and here[p] == there.get(p)}
    assert not same


def test_a_longer_sample_begins_with_the_files_of_the_shorter_one(tiny: Path, tmp_path: Path) -> None:
    generate(replace(TINY, days=6, through=TINY.date(4)), tmp_path)
    assert tree(tmp_path) == tree(tiny)


def test_running_through_a_day_and_later_on_equals_one_run(tiny: Path, tmp_path: Path) -> None:
    generate(replace(TINY, through=TINY.date(2)), tmp_path)
    before, touched = tree(tmp_path), {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    assert not any("ingest_dt=2025-10-04" in path for path in before)
    generate(TINY, tmp_path)
    after = tree(tmp_path)
    assert after == tree(tiny)
    changed = {path for path in before if after[path] != before[path]}
    assert changed == {
        f"{table}/ingest_dt={day}/_MANIFEST.json"
        for table in ("orders", "order_items")
        for day in ("2025-10-02", "2025-10-03")
    }
    assert all(p.stat().st_mtime_ns == t for p, t in touched.items() if str(p.relative_to(tmp_path)) not in changed)


def test_a_late_file_adds_to_its_day_and_a_correction_replaces_it(tiny: Path) -> None:
    late = [p.name for p in active(tiny, "orders", "ingest_dt=2025-10-03")]
    assert late == ["part-0000.parquet", "part-0001.parquet", "part-0002.parquet"]
    corrected = active(tiny, "orders", "ingest_dt=2025-10-02")
    assert [p.name for p in corrected] == ["part-1000.parquet", "part-1001.parquet"]
    old, new = pl.read_parquet(corrected[0].with_name("part-0000.parquet")), pl.read_parquet(corrected[0])
    both = old.join(new, on="order_id")
    assert old.height == new.height == both.height + old["order_id"].str.strip_chars("N/A ").is_in([""]).sum()
    assert 0 < both.filter(pl.col("gross_total") != pl.col("gross_total_right")).height < 5


def test_a_day_without_returns_and_a_column_that_was_not_there_before(tiny: Path) -> None:
    assert not (tiny / "returns/ingest_dt=2025-10-04").exists()
    assert not (tiny / "return_items/ingest_dt=2025-10-04").exists()
    assert "gift_message" not in read(tiny, "orders", "ingest_dt=2025-10-03").columns
    assert "gift_message" in read(tiny, "orders", "ingest_dt=2025-10-04").columns


def test_clean_orders_add_up_to_the_cent_and_stay_within_their_day(tmp_path: Path) -> None:
    generate(SampleConfig(days=2, customers=200, orders_per_day=450, clean=True), tmp_path)
    lines = (
        read(tmp_path, "order_items")
        .group_by("order_id")
        .agg(
            (pl.col("quantity") * cents("unit_price")).sum().alias("gross"),
            cents("discount_amount").sum().alias("off"),
        )
    )
    orders = read(tmp_path, "orders").join(lines, on="order_id", how="left")
    assert orders.height > 850
    assert orders.filter(
        (cents("gross_total") != pl.col("gross")) | (cents("net_total") != pl.col("gross") - pl.col("off"))
    ).is_empty()
    assert orders["gross_total"].cast(pl.String).str.contains(r"^\d+\.\d{1,2}$").all()
    ingested = orders["source_file"].str.extract("ingest_dt=([0-9-]+)")
    assert (orders["order_date"].str.slice(0, 10) == ingested).all()
    guests = orders["customer_id"].str.starts_with("GUEST-").mean()
    assert isinstance(guests, float) and 0.25 < guests < 0.35


def test_a_quarter_of_registered_orders_come_from_a_cart_of_the_last_48_hours(tmp_path: Path) -> None:
    generate(SampleConfig(days=4, customers=400, clean=True), tmp_path)
    carts = (
        read(tmp_path, "shopping_carts")
        .filter(pl.col("status") == "converted")
        .select("customer_id", "cart_total", pl.col("created_at").str.to_datetime().alias("at"))
    )
    orders = (
        read(tmp_path, "orders", "ingest_dt=2025-10-04")
        .select("order_id", "customer_id", "gross_total", pl.col("order_date").str.to_datetime().alias("bought"))
        .filter(~pl.col("customer_id").str.starts_with("GUEST-"))
    )
    pairs = orders.join(carts, on="customer_id").filter(pl.col("gross_total") == pl.col("cart_total"))
    lag = pairs["bought"] - pairs["at"]
    assert 0.15 < pairs["order_id"].n_unique() / orders.height < 0.35
    assert (lag >= dt.timedelta(0)).all() and (lag < dt.timedelta(hours=48)).all()
    assert lag.max() > dt.timedelta(hours=24)  # type: ignore[operator]


def test_event_ids_are_unique_but_for_lines_sent_twice_word_for_word(tiny: Path) -> None:
    for table in COLUMNS:
        ids = read(tiny, table)["event_id"]
        assert ids.str.contains("^evt_[0-9a-f]{64}$").all()
        assert ids.len() - ids.n_unique() == (TINY.days if table == "order_items" else 0), table


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"days": 0}, "days must be at least 1"),
        ({"through": dt.date(2025, 10, 9)}, "through must lie within 2025-10-01 .. 2025-10-07"),
        ({"format": "xml"}, "format must be one of"),
        ({"dirt_rate": 0.5}, "dirt_rate"),
    ],
)
def test_impossible_settings_are_refused_by_name(setting: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        SampleConfig(**setting)  # type: ignore[arg-type]


def test_the_command_writes_drops_and_ledger_and_explains_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ["--days", "1", "--orders-per-day", "20", "--customers", "40", "--products", "20"]
    where = ["--landing", str(tmp_path / "l"), "--ledger", str(tmp_path / "ledger.json")]
    assert main([*size, *where]) == 0
    assert "2025-10-01" in capsys.readouterr().err
    assert json.loads((tmp_path / "ledger.json").read_text())["days"]["orders"]["2025-10-01"]["rows_delivered"] >= 20
    assert main([*where, "--through", "2026-01-01"]) == 2
    assert "through must lie within" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["--start", "yesterday"])
    assert left.value.code == 2 and "'yesterday' is not a date" in capsys.readouterr().err
