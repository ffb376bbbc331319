"""Regional financials by hand: every form of address, hostile ones too, and tax to the cent.

Here: the pure transform, with the real seed where the list of regions matters.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.regional_financials import RegionalFinancials, regional_financials
from platform_assets.gates.schemas import failures
from platform_assets.settings import PROJECT

DAY = date(2025, 10, 1)
SEED = pl.scan_csv(PROJECT / "dbt/seeds/region_tax_rates.csv")
ORDER = {"order_id": pl.String, "order_date": pl.Datetime("us"), "order_channel": pl.String, "net_total": MONEY,
         "shipping_address": pl.String, "billing_address": pl.String}  # fmt: skip
RATES = {"NM": 0.04875, "TX": 0.0625, "OR": 0.0, "unknown": 0.0}


def rate_table(rates: Mapping[str, float]) -> pl.LazyFrame:
    return pl.LazyFrame(list(rates.items()), {"region": pl.String, "tax_rate": pl.Float64}, orient="row")


def table(orders: Sequence[tuple[str, str | None, str | None]], rates: pl.LazyFrame | None = None) -> pl.DataFrame:
    """Orders of (net total, shipping address, billing address)."""
    rows = [
        (f"O{n}", datetime(2025, 10, 1, 9), "web", Decimal(net), shipping, billing)
        for n, (net, shipping, billing) in enumerate(orders)
    ]
    given = SEED if rates is None else rates
    frame = regional_financials(orders=pl.LazyFrame(rows, ORDER, orient="row"), tax_rates=given, day=DAY).collect()
    assert failures(RegionalFinancials.to_schema(), frame) == []
    return frame


def region(shipping: str | None, billing: str | None = None) -> str:
    return str(table([("10.00", shipping, billing)])["region"][0])


def test_region_rate_tax_and_revenue_of_one_order() -> None:
    row = table([("80.00", "1 Main St, Town, NM 75562", None)], rate_table(RATES)).row(0, named=True)
    assert row == {
        "order_id": "O0",
        "order_date": datetime(2025, 10, 1, 9),
        "order_channel": "web",
        "region": "NM",
        "tax_rate": Decimal("0.048750"),
        "net_total": Decimal("80.00"),
        "tax_amount": Decimal("3.90"),
        "net_revenue": Decimal("80.00"),
    }


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("04908 Mendoza Cliff, Port Craigchester, RI 15186", "RI"),
        ("1 Main St, Town, nm 75562", "NM"),
        ("1 Main St, Town, Nm 75562-1234", "NM"),
        ("1 Main St, Town, TX, 78701  ", "TX"),
        ("1 Main St\nTown TX 78701\n", "TX"),
        ("12 CA 90210 Road, Town, TX 78701", "TX"),
        ("1 APO Road, Town, TX 78701", "TX"),
        ("Calle 1, San Juan, PR 00901", "PR"),
        ("1 Mall, Washington, DC 20001", "DC"),
        ("1 Beach, Koror, PW 96940", "PW"),
    ],
)
def test_the_state_stands_before_the_zip_code_at_the_end(address: str, state: str) -> None:
    assert region(address) == state


@pytest.mark.parametrize(
    "address",
    ["Unit 2097 Box 9139, DPO AE 56769", "USS Robinson, FPO AE 84658", "PSC 9111, Box 7199, APO AP 67645",
     "Unit 7644 Box 9416, dpo aa 45273", "PSC 1, Box 2, APO, NY 09012", "PSC 1, fpo ca 96601-1234", "Base, AE 09012"],
)  # fmt: skip
def test_military_addresses_are_in_no_state(address: str) -> None:
    assert region(address) == "unknown"


@pytest.mark.parametrize(
    "address",
    ["", " ", "NM", "75562", "1 Main St, Town, XX 75562", "1 Main St, Town, NM", "1 Main St, Town, NM75562",
     "1 Main St, Town, NM 7556", "1 Main St, Town, NM 755621", "1 Main St, Town, NM 75562 attic", "MICANM 75562",
     "Ciudad Ñ, ÑM 75562", "1 Main St, Town, NM ٧٥٥٦٢", "1 Main St, Town, N M 75562", "$(rm -rf /), NM' OR 1=1 --",
     "\x00\x00", "(((((((((((", "unknown 75562", "a" * 200_000, "NM " * 50_000 + "75", "1 Main St, Town, New Mexico 75562"],
)  # fmt: skip
def test_text_of_any_other_form_is_unknown(address: str) -> None:
    assert region(address) == "unknown"


def test_the_billing_address_counts_only_when_there_is_no_shipping_address() -> None:
    billing = "1 Main St, Town, TX 78701"
    assert region(None, billing) == "TX"
    assert region(None, None) == "unknown"
    assert region("USS Robinson, FPO AE 84658", billing) == "unknown"
    assert region("somewhere", billing) == "unknown"
    assert region("1 Main St, Town, NM 75562", billing) == "NM"


@pytest.mark.parametrize(
    ("net", "tax"),
    [
        ("0.00", "0.00"),
        ("0.08", "0.01"),  # 0.0050 exactly: half a cent goes away from zero
        ("0.07", "0.00"),  # 0.004375
        ("0.24", "0.02"),  # 0.0150: half to even would give 0.02 as well
        ("0.40", "0.03"),  # 0.0250: half to even would give 0.02
        ("9999999999999999.99", "625000000000000.00"),  # 624999999999999.999375
    ],
)
def test_tax_is_exact_and_half_a_cent_is_rounded_away_from_zero(net: str, tax: str) -> None:
    assert table([(net, "1 Main St, Town, TX 78701", None)])["tax_amount"].to_list() == [Decimal(tax)]


def test_tax_is_rounded_once() -> None:
    # 0.04 x 0.124999 = 0.00499996: rounded to six places first (0.005000) it would become a cent
    rates = rate_table({"TX": 0.124999, "unknown": 0.0})
    assert table([("0.04", "Town, TX 78701", None)], rates)["tax_amount"].to_list() == [Decimal("0.00")]


def test_the_tax_is_never_part_of_the_revenue() -> None:
    row = table([("100.00", "Town, TX 78701", None)]).row(0, named=True)
    assert (row["tax_amount"], row["net_revenue"]) == (Decimal("6.25"), Decimal("100.00"))


def test_every_order_has_one_row_and_a_region_of_the_seed() -> None:
    orders = [("1.00", address, None) for address in ("Town, TX 78701", "Town, QQ 78701", None, "Town, TX 78701")]
    frame = table(orders, rate_table(RATES))
    assert frame["region"].to_list() == ["TX", "unknown", "unknown", "TX"]
    assert set(frame["region"]) <= set(RATES)


def test_what_is_unknown_bears_the_rate_that_the_seed_gives_it() -> None:
    frame = table([("10.00", None, None)], rate_table({"unknown": 0.05}))
    assert frame.select("tax_rate", "tax_amount").rows() == [(Decimal("0.050000"), Decimal("0.50"))]


def test_a_seed_that_lists_a_region_twice_is_refused() -> None:
    twice = pl.concat([rate_table(RATES), rate_table(RATES)])
    with pytest.raises(pl.exceptions.ComputeError, match="m:1"):
        table([("10.00", "Town, TX 78701", None)], twice)


def test_a_seed_without_the_unknown_region_is_refused_by_the_rules() -> None:
    orders = pl.LazyFrame([("O", datetime(2025, 10, 1), "web", Decimal(1), None, None)], ORDER, orient="row")
    frame = regional_financials(orders=orders, tax_rates=rate_table({"TX": 0.0625}), day=DAY).collect()
    assert "tax_rate: not_nullable (None)" in failures(RegionalFinancials.to_schema(), frame)


def test_the_seed_lists_fifty_states_dc_eight_territories_and_the_unknown_once_with_rates_below_a_fifth() -> None:
    seed = SEED.collect()
    assert seed.height == seed["region"].n_unique() == 50 + 1 + 8 + 1
    assert {"DC", "PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW", "unknown"} <= set(seed["region"])
    assert not {"AA", "AE", "AP"} & set(seed["region"])
    assert seed["tax_rate"].is_between(0, 0.2).all()
    free = set(seed.filter(pl.col("tax_rate") == 0)["region"])
    assert free == {"AK", "DE", "MT", "NH", "OR", "AS", "FM", "GU", "MH", "MP", "PW", "VI", "unknown"}


def test_no_orders_give_no_rows_of_the_right_shape() -> None:
    assert table([]).is_empty()


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"region": "nm"}, "str_matches"),
        ({"region": None}, "not_nullable"),
        ({"tax_rate": Decimal("1.5")}, "less_than_or_equal_to(1)"),
        ({"tax_amount": Decimal("0.61")}, "tax_is_net_total_times_rate"),
        ({"net_revenue": Decimal("9.38")}, "revenue_holds_no_tax"),
        ({"net_total": Decimal("-1")}, "greater_than_or_equal_to(0)"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(bad: dict[str, Any], rule: str) -> None:
    frame = table([("10.00", "Town, TX 78701", None)])
    bad_frame = frame.with_columns(pl.lit(value, frame.schema[name]).alias(name) for name, value in bad.items())
    assert any(rule in problem for problem in failures(RegionalFinancials.to_schema(), bad_frame))
