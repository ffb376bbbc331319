"""Dates that a day of daily business metrics states: all whose numbers its arrivals may change, and no later one.

Here: the pure transform, given what arrived day by day. The reference for a date is one computation of all dates with
everything known.
"""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.thresholds import DailyBusinessMetrics as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.daily_business_metrics import daily_business_metrics

FIRST = date(2025, 10, 1)
LIMITS = Thresholds(mean_days=3, mean_min_history=3, spread_days=6, spread_min_history=4)
ORDER = {"order_id": pl.String, "customer_id": pl.String, "order_date": pl.Datetime("us"), "gross_total": MONEY,
         "net_total": MONEY}  # fmt: skip
CART = {"cart_id": pl.String, "customer_id": pl.String, "created_at": pl.Datetime("us"), "cart_total": MONEY,
        "status": pl.String}  # fmt: skip
RETURN = {"return_id": pl.String, "return_date": pl.Date, "refunded_amount": MONEY}
Arrival = tuple[int, str, tuple[Any, ...]]


def statement(draw: random.Random, day: int) -> Arrival:
    """An arrival of a day: an order, cart or return of few customers, mostly of the day, sometimes much older, and
    now and then a new version of one that arrived before, with another date, customer and amount."""
    late = draw.choice([0, 0, 0, 0, 1, 2, draw.randrange(30)])
    when = datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day - late, hours=draw.randrange(24))
    key, who, money = str(draw.randrange(8)), draw.choice("ABC"), Decimal(draw.randrange(1, 999)) / 100
    table = draw.choice(["orders", "carts", "returns"])
    rows = {
        "orders": (key, who, when, money, money),
        "carts": (key, who, when, money, "open"),
        "returns": (key, when.date(), money),
    }
    return (day, table, rows[table])


def stated_by(arrivals: list[Arrival], day: int, everything: bool = False) -> dict[date, dict[str, Any]]:
    """What a day states, by date: the transform on the newest versions known, with the dates that arrivals touch."""
    known, new = [one for one in arrivals if one[0] <= day], {(one[1], one[2][0]) for one in arrivals if one[0] == day}
    column = {"orders": 2, "carts": 2, "returns": 1}
    dates = {(one[1], one[2][0], one[2][column[one[1]]]) for one in known}
    touched = {when.date() if isinstance(when, datetime) else when for table, key, when in dates if (table, key) in new}
    if everything:
        touched = {FIRST + timedelta(days=shift) for shift in range(-30, day + 1)}
    newest = {(table, row[0]): row for _, table, row in known}
    frames = {
        name: pl.LazyFrame([row for (table, _), row in newest.items() if table == name], schema, orient="row")
        for name, schema in (("orders", ORDER), ("carts", CART), ("returns", RETURN))
    }
    today = FIRST + timedelta(days=day)
    found = daily_business_metrics(**frames, touched=sorted(touched), limits=LIMITS, day=today).collect()
    assert found["metric_dt"].max() == today
    return {row["metric_dt"]: row for row in found.to_dicts()}


@pytest.mark.parametrize("seed", range(8))
def test_the_newest_statement_of_a_date_is_what_one_computation_of_everything_known_says(seed: int) -> None:
    draw = random.Random(seed)
    days = 20
    arrivals = [statement(draw, day) for day in range(days) for _ in range(draw.randrange(1 + seed % 4))]
    newest: dict[date, dict[str, Any]] = {}
    for day in range(days):
        newest |= stated_by(arrivals, day)
        reference = stated_by(arrivals, day, everything=True)
        assert newest == {when: reference[when] for when in newest}
        active = {
            when
            for when, row in reference.items()
            if row["orders_count"] or row["carts_created"] or row["returns_count"]
        }
        assert active <= newest.keys()


def dates_stated(orders: list[tuple[Any, ...]], touched: list[date], day: date, limits: Thresholds) -> list[date]:
    frames = (pl.LazyFrame(orders, ORDER, orient="row"), pl.LazyFrame([], CART), pl.LazyFrame([], RETURN))
    return daily_business_metrics(*frames, touched, limits, day).collect()["metric_dt"].to_list()


def test_a_touched_date_restates_the_carts_it_may_claim_and_the_windows_it_is_in_and_nothing_after_the_day() -> None:
    begin = ("O", "A", datetime(2025, 1, 1), Decimal("1"), Decimal("1"))
    late, day = date(2025, 9, 1), date(2025, 11, 1)
    # late: 2 days back for the claims of 48 hours, 30 ahead for the spread; the day: 2 back, none ahead
    expected = [late + timedelta(days=shift) for shift in range(-2, 31)] + [day - timedelta(days=n) for n in (2, 1, 0)]
    assert dates_stated([begin], [late, day], day, Thresholds()) == expected
    assert dates_stated([begin], [day], day, Thresholds(claim_hours=24)) == expected[-2:]


def test_a_first_order_that_arrives_late_restates_the_history_of_every_date_that_had_less() -> None:
    orders = [("O", "A", datetime(2025, month, 1), Decimal("1"), Decimal("1")) for month in (6, 9)]
    late, day = date(2025, 6, 1), date(2025, 11, 1)
    # History began on 1 September until now: whatever precedes 1 October (30 days on) knew less of it.
    until = date(2025, 10, 1)
    early = [late - timedelta(days=2) + timedelta(days=shift) for shift in range((until - late).days + 3)]
    assert dates_stated(orders, [late, day], day, Thresholds()) == [*early, date(2025, 10, 30), date(2025, 10, 31), day]
