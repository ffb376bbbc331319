"""A mistake in the declaration of a source gives one message: file, table, column, and what to write instead."""

from typing import Any

import pytest

from platform_assets.contracts import Contracts, DeclarationError, Landing

FILE = "dbt/models/sources/shop.yml"


def orders(manifest: dict[str, Any]) -> dict[str, Any]:
    node: dict[str, Any] = manifest["sources"]["source.platform_assets.shop.orders"]
    return node


def message(manifest: dict[str, Any]) -> str:
    with pytest.raises(DeclarationError) as caught:
        Contracts(manifest)
    return str(caught.value)


@pytest.mark.parametrize("declared", ["decimal(18,2)", "varchar", None])
def test_a_source_column_has_one_of_the_types_that_arrive(manifest: dict[str, Any], declared: str | None) -> None:
    orders(manifest)["columns"]["net_total"]["data_type"] = declared
    assert message(manifest) == (
        f"{FILE}: source shop.orders.net_total: data_type {declared!r} is not known. "
        "Write one of text, integer, double, decimal, boolean, date, timestamp."
    )


def test_a_column_that_files_may_come_without_is_declared_as_optional(manifest: dict[str, Any]) -> None:
    orders(manifest)["columns"]["email"]["config"] = {"meta": {"optional": True}}
    assert Contracts(manifest).sources["orders"].optional == {"email"}
    orders(manifest)["columns"]["email"]["config"] = {"meta": {"optional": "yes"}}
    assert message(manifest) == f"{FILE}: source shop.orders.email.optional: 'yes' is not known. Write true or false."


@pytest.mark.parametrize("declared", [None, {}, "replace"])
def test_a_source_says_how_it_lands(manifest: dict[str, Any], declared: Any) -> None:
    orders(manifest)["config"]["meta"] = {"landing": declared}
    assert message(manifest) == (
        f"{FILE}: source shop.orders: config.meta.landing is missing. Write at least `landing: {{delivery: replace}}`."
    )


def test_a_source_without_any_meta_says_the_same(manifest: dict[str, Any]) -> None:
    orders(manifest)["config"]["meta"] = None
    assert "config.meta.landing is missing" in message(manifest)


def test_an_unknown_landing_option_is_named_with_the_known_ones(manifest: dict[str, Any]) -> None:
    orders(manifest)["config"]["meta"]["landing"]["delivry"] = "replace"
    assert message(manifest) == (
        f"{FILE}: source shop.orders.landing: 'delivry' is not known. "
        "Write one of delivery, first_delivery, manifest, empty_days, folder, delimiter."
    )


@pytest.mark.parametrize(
    ("option", "value", "instead"),
    [
        ("delivery", "append", "replace or upsert"),
        ("first_delivery", "today", "folder_date or start_date"),
        ("manifest", True, "required or optional"),
        ("empty_days", "refuse", "allowed or refused"),
        ("folder", 7, "the key of its folders, like signup_date"),
        ("delimiter", "||", 'one character, like ";"'),
    ],
)
def test_an_unknown_value_of_a_landing_option_is_named_with_the_known_ones(
    manifest: dict[str, Any], option: str, value: Any, instead: str
) -> None:
    orders(manifest)["config"]["meta"]["landing"][option] = value
    assert message(manifest) == f"{FILE}: source shop.orders.landing.{option}: {value!r} is not known. Write {instead}."


def test_a_landing_without_its_delivery_is_refused(manifest: dict[str, Any]) -> None:
    del orders(manifest)["config"]["meta"]["landing"]["delivery"]
    assert message(manifest) == f"{FILE}: source shop.orders.landing: delivery is missing. Write replace or upsert."


def test_two_sources_cannot_share_a_table_name(manifest: dict[str, Any]) -> None:
    pos = {**orders(manifest), "source_name": "zpos"}
    manifest["sources"]["source.platform_assets.zpos.orders"] = pos
    assert message(manifest) == (
        f"{FILE}: source zpos.orders: the source shop has a table of that name too. "
        "Write a name of its own, like zpos_orders."
    )


def test_landing_options_have_the_documented_defaults(manifest: dict[str, Any]) -> None:
    orders(manifest)["config"]["meta"]["landing"] = {"delivery": "replace"}
    assert Contracts(manifest).sources["orders"].landing == Landing(
        delivery="replace",
        folder=None,
        first_delivery="start_date",
        manifest_required=False,
        empty_days_allowed=False,
        delimiter=",",
    )


def test_landing_options_are_read_as_declared(manifest: dict[str, Any]) -> None:
    orders(manifest)["config"]["meta"]["landing"] = {
        "delivery": "upsert",
        "folder": "signup_date",
        "first_delivery": "folder_date",
        "manifest": "required",
        "empty_days": "allowed",
        "delimiter": ";",
    }
    landing = Contracts(manifest).sources["orders"].landing
    assert landing == Landing("upsert", "signup_date", "folder_date", True, True, ";")


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        ({"last": 5}, "source shop.orders.volume: {'last': 5} is not a volume. Write some of least, min_days, most, "),
        ({}, "source shop.orders.volume: {} is not a volume."),
        (5, "source shop.orders.volume: 5 is not a volume."),
        ({"least": "5"}, "source shop.orders.volume.least: '5' is not known. Write a number from 0."),
        ({"least": 1.5}, "source shop.orders.volume.least: 1.5 is not known."),
        ({"zscore": -1}, "source shop.orders.volume.zscore: -1 is not known."),
        ({"least": 5, "most": 4}, "source shop.orders.volume: most 4 is below least 5. Write the larger one as most."),
    ],
)
def test_a_volume_that_cannot_be_meant_is_refused(manifest: dict[str, Any], volume: Any, said: str) -> None:
    orders(manifest)["config"]["meta"]["volume"] = volume
    assert f"{FILE}: {said}" in message(manifest)
