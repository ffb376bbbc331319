"""A changed declaration makes the days of its table stale: a rule that nobody applies is no rule."""

from dataclasses import replace

from conftest import DAY, Platform, empty_shop

from platform_assets.lake import PublishedContent, stale_reason
from platform_assets.silver import silver_inputs


def test_a_day_computed_by_another_declaration_is_behind(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.up_to_silver([DAY])
    model = platform.contracts.silver["stg_orders"]
    table, inputs = platform.lake.table("silver", model.name), silver_inputs(platform.lake, platform.contracts, model)
    changed = replace(model, version="another")

    assert stale_reason(table, inputs, DAY, PublishedContent(), model.version) is None
    assert stale_reason(table, inputs, DAY, PublishedContent(), changed.version) == "changed since: its declaration"
