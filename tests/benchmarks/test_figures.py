"""What is made of measured seconds: the aim, the ratio, the tables of the page. Figures worked out by hand."""

from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.children import Measured
from benchmarks.comparison import Comparison
from benchmarks.drops import drops_of, sample_of
from benchmarks.history import OneMoreDay
from benchmarks.report import BEGIN, END, MarksMissingError, comparison_report, history_report, write_between_marks
from sample_data import SampleConfig

LAYERS = {"bronze": 10.0, "silver": 20.0, "dims": 5.0, "enriched": 15.0, "gold": 10.0}
PLATFORM = Measured(wall=72.0, cpu=60.0, peak_mb=900, layers=LAYERS)
BARE = Measured(wall=10.0, cpu=12.0, peak_mb=500, layers={"silver": 4.0, "dims": 1.0, "enriched": 3.0, "gold": 1.5})


def test_the_aim_is_the_bare_time_and_a_third_a_fixed_part_and_a_part_per_table_and_day() -> None:
    comparison = Comparison(rows=200_000, days=35, tables=51, platform=PLATFORM, bare=BARE)
    assert comparison.aim == pytest.approx(72.625)  # 1.3 × 10 + 15 + 0.025 × 51 × 35 = 13 + 15 + 44.625
    assert comparison.ratio == pytest.approx(7.2)


@pytest.mark.parametrize(("wall", "met"), [(72.0, "yes"), (73.0, "no")])
def test_the_report_says_whether_the_aim_is_met(wall: float, met: str) -> None:
    platform = Measured(wall, 60.0, 900, LAYERS)
    lines = comparison_report([Comparison(200_000, 35, 51, platform, BARE)]).splitlines()
    row = next(line for line in lines if line.startswith("| 200,000 | 35"))
    # ratio of CPU seconds: 60 / 12 = 5
    assert f"{wall:.1f} (60.0) | 10.0 (12.0) | {wall / 10:.1f} (5.0) | 73 | {met} |" in row


def test_time_in_no_layer_is_shown_as_outside() -> None:
    assert PLATFORM.outside == pytest.approx(12.0)  # 72 − (10 + 20 + 5 + 15 + 10)


def test_the_step_that_grows_most_with_history_comes_first() -> None:
    short = Measured(20.0, 15.0, 500, LAYERS, {"gold": 5.0, "silver": 2.0, "dims_customers": 1.0})
    long = Measured(40.0, 35.0, 600, LAYERS, {"gold": 6.0, "silver": 9.0, "dims_customers": 1.5})
    lines = history_report([OneMoreDay(10, short), OneMoreDay(300, long)], 2000).splitlines()
    steps = [line for line in lines if line.startswith(("| gold", "| silver", "| dims_"))]
    assert steps == ["| silver | 2.00 | 9.00 |", "| gold | 5.00 | 6.00 |", "| dims_customers | 1.00 | 1.50 |"]


def test_figures_replace_only_what_stands_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_between_marks(page, "new")
    assert page.read_text() == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("words")
    with pytest.raises(MarksMissingError, match="write <!-- figures"):
        write_between_marks(page, "new")
    assert page.read_text() == "words"


def test_a_shop_of_so_many_rows_has_about_so_many_rows(tmp_path: Path) -> None:
    drops = drops_of(sample_of(20_000, 5), tmp_path)
    assert 16_000 < drops.rows() < 24_000


def test_drops_are_made_once_and_again_when_the_shop_changes(tmp_path: Path) -> None:
    one = SampleConfig(days=1, orders_per_day=10, customers=100, products=10)
    made = drops_of(one, tmp_path).landing
    (made / "mine").touch()
    assert (drops_of(one, tmp_path).landing / "mine").exists()
    other = SampleConfig(days=1, orders_per_day=10, customers=200, products=10)
    assert not (drops_of(other, tmp_path).landing / "mine").exists()


def test_an_unknown_part_is_a_usage_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["everything"]) == 2
    assert "write some of compare, overheads, history" in capsys.readouterr().err


def test_no_rows_are_a_usage_mistake() -> None:
    with pytest.raises(SystemExit):
        main(["compare", "--rows", "0"])
