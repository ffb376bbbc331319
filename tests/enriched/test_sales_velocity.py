"""Sales velocity by hand: the week before, its boundaries, every label, and which dates are stated anew.

Here: the pure transform. Sales are {date in October 2025: units}, one order a date; history begins on the 1st unless a
test says otherwise.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.thresholds import SalesVelocity as Thresholds
from platform_assets.enriched.transforms.sales_velocity import SalesVelocity, sales_velocity
from platform_assets.gates.schemas import failures

ORDER = {"order_id": pl.String, "order_date": pl.Datetime("us")}
LINE = {"order_id": pl.String, "product_id": pl.String, "quantity": pl.Int32}
Row = tuple[int, str, int, float | None, float | None, str]


def october(number: int) -> date:
    return date(2025, 9, 30) + timedelta(days=number)


def table(
    sales: Mapping[str, Mapping[int, int]], touched: Sequence[int], day: int | None = None,
    limits: Thresholds | None = None, first: int | None = 1,
) -> pl.DataFrame:  # fmt: skip
    """`sales` by product; `first` is the date of an order without lines, with which history begins."""
    lines = [(f"{who}-{when}", who, units) for who, dates in sales.items() for when, units in dates.items()]
    placed = {order: int(order.split("-")[1]) for order, _, _ in lines} | ({"first": first} if first else {})
    moments = [(order, datetime.combine(october(when), datetime.max.time())) for order, when in placed.items()]
    frame = sales_velocity(
        orders=pl.LazyFrame(moments, ORDER, orient="row"),
        order_items=pl.LazyFrame(lines, LINE, orient="row"),
        touched=[october(number) for number in touched],
        limits=limits or Thresholds(),
        day=october(day or max(touched)),
    ).collect()
    assert failures(SalesVelocity.to_schema(), frame) == []
    return frame


def velocity(dates: Mapping[int, int], on: int, **other: Any) -> dict[str, Any]:
    """The row of one product on one date."""
    return table({"7": dates}, [on], **other).filter(pl.col("metric_dt") == october(on)).row(0, named=True)


def test_quantity_mean_and_trend_of_one_product_and_date() -> None:
    # seven days before the 10th: 3rd to 9th, 4 + 10 = 14 units, mean 2; 3 / 2 = 1.5
    assert velocity({3: 4, 9: 10, 10: 3}, on=10) == {
        "metric_dt": october(10),
        "product_id": "7",
        "quantity": 3,
        "trailing_mean": 2.0,
        "trend": 1.5,
        "trend_label": "UP",
    }


def test_the_mean_is_over_the_seven_calendar_days_before_and_excludes_the_day() -> None:
    assert velocity({2: 700, 3: 7, 10: 1}, on=10)["trailing_mean"] == 1.0
    assert velocity({3: 7, 9: 7, 10: 700, 11: 700}, on=10)["trailing_mean"] == 2.0


def test_days_without_sales_count_as_zero_and_means_have_six_places() -> None:
    row = velocity({9: 1, 10: 1}, on=10)
    assert (row["trailing_mean"], row["trend"]) == (0.142857, 7.0)


@pytest.mark.parametrize(
    ("units", "before", "label"),
    [(6, 35, "STABLE"), (121, 700, "UP"), (120, 700, "STABLE"), (4, 35, "STABLE"), (80, 700, "STABLE"),
     (79, 700, "DOWN"), (5, 35, "STABLE"), (1, 70, "DOWN"), (50, 7, "UP")],
)  # fmt: skip
def test_labels_on_both_sides_of_their_limits(units: int, before: int, label: str) -> None:
    assert velocity({5: before, 10: units}, on=10)["trend_label"] == label


def test_sales_after_a_week_without_any_are_up_without_a_trend() -> None:
    row = velocity({1: 100, 10: 1}, on=10)
    assert (row["trailing_mean"], row["trend"], row["trend_label"]) == (0.0, None, "UP")


def test_less_than_seven_days_of_history_make_mean_and_trend_unknown() -> None:
    assert [velocity({5: 7, 7: 1}, on=7)[name] for name in ("trailing_mean", "trend", "trend_label")] == [
        None, None, "UNKNOWN",
    ]  # fmt: skip
    assert velocity({5: 7, 8: 1}, on=8)["trailing_mean"] == 1.0


def test_history_is_that_of_the_shop_and_not_of_the_product() -> None:
    assert velocity({10: 1}, on=10, first=3)["trend_label"] == "UP"
    assert velocity({10: 1}, on=10, first=4)["trend_label"] == "UNKNOWN"


def test_products_have_weeks_of_their_own_and_rows_only_on_dates_with_sales() -> None:
    frame = table({"7": {9: 7, 10: 1}, "8": {9: 14}, "10": {10: 5}}, [9, 10])
    assert frame.select("metric_dt", "product_id", "quantity", "trailing_mean").rows() == [
        (october(9), "7", 7, 0.0),
        (october(9), "8", 14, 0.0),
        (october(10), "10", 5, 0.0),
        (october(10), "7", 1, 1.0),
    ]


def test_several_lines_of_a_product_are_one_quantity() -> None:
    orders = pl.LazyFrame([("a", datetime(2025, 10, 9)), ("b", datetime(2025, 10, 9, 23))], ORDER, orient="row")
    lines = pl.LazyFrame([("a", "7", 2_000_000_000), ("a", "7", 1), ("b", "7", 2_000_000_000)], LINE, orient="row")
    frame = sales_velocity(orders, lines, [october(9)], Thresholds(), october(9)).collect()
    assert frame["quantity"].to_list() == [4_000_000_001]


def test_a_touched_date_restates_itself_and_the_seven_dates_whose_week_holds_it_but_none_after_the_newest() -> None:
    sales = {"7": dict.fromkeys(range(1, 32), 1)}
    assert table(sales, [10, 30])["metric_dt"].to_list() == [october(n) for n in [*range(10, 18), 30]]
    assert table(sales, [10, 12])["metric_dt"].to_list() == [october(n) for n in (10, 11, 12)]


def test_a_restated_date_reads_its_whole_week_also_where_nothing_was_touched() -> None:
    row = table({"7": {13: 7, 10: 1, 17: 1}}, [10, 30]).filter(pl.col("metric_dt") == october(17)).row(0, named=True)
    assert row["trailing_mean"] == 1.142857  # 10th to 16th: 8 units


def test_an_order_older_than_all_others_gives_the_first_week_of_the_others_a_mean() -> None:
    # Orders began on the 10th, until one of the 1st came on the 20th: the 10th and 16th have a history now.
    frame = table({"7": {1: 7, 10: 2, 16: 3, 17: 1}}, [1, 20], first=None)
    assert frame.select("metric_dt", "trailing_mean").rows() == [
        (october(1), None),
        (october(10), 0.0),
        (october(16), 0.285714),
    ]


def test_dates_after_the_first_week_are_left_alone_when_history_did_not_move() -> None:
    assert table({"7": {5: 1, 20: 1}}, [20])["metric_dt"].to_list() == [october(20)]


def test_what_arrives_later_for_a_date_is_in_its_new_statement() -> None:
    before = table({"7": {9: 7, 10: 7}}, [10])["trailing_mean"].to_list()
    after = table({"7": {8: 7, 9: 7, 10: 7}}, [8, 11]).filter(pl.col("metric_dt") == october(10))
    assert (before, after["trailing_mean"].to_list()) == ([1.0], [2.0])


def test_no_orders_or_no_lines_give_no_rows_of_the_right_shape() -> None:
    assert table({}, [10], first=None).is_empty()
    assert table({}, [10]).is_empty()


def test_limits_can_be_changed_in_one_place() -> None:
    limits = Thresholds(mean_days=2, mean_min_history=1, up=3.0, down=2.0)
    row = velocity({1: 100, 2: 2, 3: 2, 4: 5}, on=4, limits=limits)
    assert (row["trailing_mean"], row["trend"], row["trend_label"]) == (2.0, 2.5, "STABLE")


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"quantity": 0}, "greater_than(0)"),
        ({"trailing_mean": -1.0}, "greater_than_or_equal_to(0)"),
        ({"trend_label": "up"}, "isin"),
        ({"trend_label": "UNKNOWN"}, "unknown_means_that_there_is_no_mean"),
        ({"trailing_mean": None, "trend": None}, "unknown_means_that_there_is_no_mean"),
        ({"trend": None}, "trend_is_known_exactly_with_a_mean_above_zero"),
        ({"trailing_mean": 0.0}, "trend_is_known_exactly_with_a_mean_above_zero"),
        ({"product_id": None}, "not_nullable"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(bad: dict[str, Any], rule: str) -> None:
    frame = table({"7": {9: 7, 10: 1}}, [10])
    bad_frame = frame.with_columns(pl.lit(value, frame.schema[name]).alias(name) for name, value in bad.items())
    assert any(rule in problem for problem in failures(SalesVelocity.to_schema(), bad_frame))


def test_a_date_and_product_stated_twice_are_refused() -> None:
    frame = table({"7": {10: 1}}, [10])
    assert any("unique" in problem for problem in failures(SalesVelocity.to_schema(), pl.concat([frame, frame])))
