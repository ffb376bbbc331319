"""The eight shop tables as the bare script reads them: columns, keys, parents and what makes a row invalid.

Here: domain section 2, written a second time by hand, so that the platform's declarations have something to be compared
with. Not here: how a table is built (silver.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass

MASTERS = {"customers": "customer_id", "product_catalog": "product_id"}
CUSTOMER = ("customer_id", "customers", "customer_id")
ORDER = ("order_id", "orders", "order_id")
PRODUCT = ("product_id", "product_catalog", "product_id")
PRODUCT_COLUMNS = {
    "product_id": "whole(product_id)",
    "product_name": "clean(product_name)",
    "category": "word(category)",
}
DELIVERY = {"ingestion_ts": "moment(ingestion_ts)", "event_id": "clean(event_id)"}
BAD_PRODUCT = "product_id is null or product_id::bigint <= 0"


@dataclass(frozen=True)
class BareTable:
    """`parents` are (column, table, its key); `invalid` is null or true for a row to refuse, null counting as false;
    `keyed` is a select over the cleaned rows `arrived` that adds a key the shop does not give."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    invalid: str
    parents: tuple[tuple[str, str, str], ...] = ()
    keyed: str = "select * from arrived"


# A line delivered twice in one delivery (same event_id) keeps its number, so that it is found as a duplicate.
LINE_NUMBERS = """
    select * exclude (position, first_position), cast(dense_rank() over (
        partition by _arrived_dt, order_id, batch_id order by first_position
    ) as integer) as line_no
    from (
        select *, min(position) over (
            partition by _arrived_dt, order_id, batch_id, coalesce(event_id, cast(position as varchar))
        ) as first_position
        from (
            select *, row_number() over (partition by _arrived_dt, order_id, batch_id order by _file, _row) as position
            from arrived
        )
    )
"""


def _columns(**kinds: str) -> dict[str, str]:
    """Cleaning expressions by the macro that reads them: one list of column names for each."""
    return {name: f"{macro}({name})" for macro, names in kinds.items() for name in names.split()}


TABLES = (
    BareTable(
        name="customers",
        key=("customer_id",),
        columns={
            **_columns(
                clean="customer_id first_name last_name email phone_number mailing_address billing_address",
                word="gender customer_status signup_channel loyalty_tier initial_loyalty_tier clv_bucket",
            ),
            "signup_date": "moment(signup_date)::date",
            "loyalty_enrollment_date": "moment(loyalty_enrollment_date)::date",
            "age": "try_cast(age as integer)",
            **{name: name for name in ("is_guest", "email_verified", "marketing_opt_in")},
            **DELIVERY,
        },
        invalid="customer_id is null or email is null or length(email) < 5 or email not like '%_@_%._%' or signup_date is null",
    ),
    BareTable(
        name="product_catalog",
        key=("product_id",),
        columns={
            **PRODUCT_COLUMNS,
            **_columns(money="unit_price cost_price"),
            "inventory_quantity": "try_cast(inventory_quantity as integer)",
            **DELIVERY,
        },
        invalid=f"{BAD_PRODUCT} or product_name is null or unit_price is null or unit_price < 0 or cost_price < 0"
        " or inventory_quantity < 0 or unit_price < cost_price",
    ),
    BareTable(
        name="shopping_carts",
        key=("cart_id",),
        columns={
            **_columns(clean="cart_id customer_id", moment="created_at updated_at", money="cart_total", word="status"),
            **DELIVERY,
        },
        invalid="cart_id is null or customer_id is null or created_at is null or cart_total < 0"
        " or created_at >= _arrived_dt + interval 1 day or updated_at < created_at",
        parents=(CUSTOMER,),
    ),
    BareTable(
        name="cart_items",
        key=("cart_item_id",),
        columns={
            **_columns(whole="cart_item_id", clean="cart_id", moment="added_at", money="unit_price"),
            **PRODUCT_COLUMNS,
            "quantity": "try_cast(quantity as integer)",
            **DELIVERY,
        },
        invalid=f"cart_item_id is null or cart_item_id::bigint <= 0 or cart_id is null or {BAD_PRODUCT}"
        " or quantity is null or quantity <= 0 or unit_price is null or unit_price < 0",
        parents=(("cart_id", "shopping_carts", "cart_id"), PRODUCT),
    ),
    BareTable(
        name="orders",
        key=("order_id",),
        columns={
            **_columns(
                clean="order_id customer_id email agent_id shipping_address billing_address",
                moment="order_date",
                word="order_channel customer_tier payment_method shipping_speed clv_bucket",
                money="gross_total net_total total_discount_amount shipping_cost actual_shipping_cost"
                " payment_processing_fee",
            ),
            "total_items": "try_cast(total_items as integer)",
            "is_expedited": "is_expedited",
            "is_reactivated": "is_reactivated",
            **DELIVERY,
        },
        invalid="order_id is null or customer_id is null or order_date is null or gross_total is null or gross_total < 0"
        " or net_total is null or net_total < 0 or total_discount_amount < 0 or net_total > gross_total"
        " or order_date >= _arrived_dt + interval 1 day",
        parents=(CUSTOMER,),
    ),
    BareTable(
        name="order_items",
        key=("order_id", "line_no"),
        columns={
            **_columns(clean="order_id batch_id", money="unit_price discount_amount cost_price"),
            **PRODUCT_COLUMNS,
            "quantity": "try_cast(quantity as integer)",
            **DELIVERY,
        },
        invalid=f"order_id is null or {BAD_PRODUCT} or quantity is null or quantity <= 0 or unit_price is null"
        " or unit_price < 0 or discount_amount < 0 or cost_price < 0",
        parents=(ORDER, PRODUCT),
        keyed=LINE_NUMBERS,
    ),
    BareTable(
        name="returns",
        key=("return_id",),
        columns={
            **_columns(
                clean="return_id order_id customer_id email agent_id",
                word="reason return_type return_channel refund_method",
                money="refunded_amount",
            ),
            "return_date": "moment(return_date)::date",
            **DELIVERY,
        },
        invalid="return_id is null or order_id is null or customer_id is null or return_date is null"
        " or refunded_amount < 0 or return_date > _arrived_dt",
        parents=(ORDER, CUSTOMER),
    ),
    BareTable(
        name="return_items",
        key=("return_item_id",),
        columns={
            **_columns(
                whole="return_item_id", clean="return_id order_id", money="unit_price cost_price refunded_amount"
            ),
            **PRODUCT_COLUMNS,
            "quantity_returned": "try_cast(quantity_returned as integer)",
            **DELIVERY,
        },
        invalid=f"return_item_id is null or return_item_id::bigint <= 0 or return_id is null or order_id is null"
        f" or {BAD_PRODUCT} or quantity_returned is null or quantity_returned <= 0 or unit_price < 0"
        " or cost_price < 0 or refunded_amount < 0",
        parents=(("return_id", "returns", "return_id"), ORDER, PRODUCT),
    ),
)
