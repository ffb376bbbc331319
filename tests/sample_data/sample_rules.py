"""The platform's row rules for the shop's tables as the judge knows them: SQL over cleaned columns.

Written from the rules' description, not from the generator: reasons, keys and parents per table. A column `c`
is also there as m_c (money), i_c (whole number) and d_c (date). No reading and no counting here.
"""

KEYS = {
    "customers": "customer_id",
    "product_catalog": "product_id",
    "orders": "order_id",
    "order_items": "order_id || '#' || line_no",
    "shopping_carts": "cart_id",
    "cart_items": "cart_item_id",
    "returns": "return_id",
    "return_items": "return_item_id",
}
DUPLICATE = {table: f"duplicate_{key}" for table, key in KEYS.items()} | {"order_items": "duplicate_order_id_line_no"}
# table → (texts, dates, whole numbers, money: all not null; other conditions; foreign keys)
RULES: dict[str, tuple[str, str, str, str, dict[str, str], dict[str, str]]] = {
    "customers": (
        "customer_id email",
        "signup_date",
        "",
        "",
        {"malformed_email": "NOT (email LIKE '%_@_%._%' AND length(email) >= 5)"},
        {},
    ),
    "product_catalog": (
        "product_name",
        "",
        "product_id",
        "unit_price",
        {
            "nonpositive_product_id": "i_product_id <= 0",
            "negative_unit_price": "m_unit_price < 0",
            "negative_cost_price": "m_cost_price < 0",
            "price_below_cost": "m_unit_price < m_cost_price",
            "negative_inventory_quantity": "try_cast(inventory_quantity AS BIGINT) < 0",
        },
        {},
    ),
    "orders": (
        "order_id customer_id",
        "order_date",
        "",
        "gross_total net_total",
        {
            "negative_gross_total": "m_gross_total < 0",
            "negative_net_total": "m_net_total < 0",
            "negative_total_discount_amount": "m_total_discount_amount < 0",
            "net_above_gross": "m_net_total > m_gross_total",
        },
        {"customer": "customer_id"},
    ),
    "order_items": (
        "order_id",
        "",
        "product_id quantity",
        "unit_price",
        {
            "nonpositive_product_id": "i_product_id <= 0",
            "nonpositive_quantity": "i_quantity <= 0",
            "negative_unit_price": "m_unit_price < 0",
            "negative_cost_price": "m_cost_price < 0",
            "negative_discount_amount": "m_discount_amount < 0",
        },
        {"order": "order_id", "product": "product_id"},
    ),
    "shopping_carts": (
        "cart_id customer_id",
        "created_at",
        "",
        "",
        {
            "negative_cart_total": "m_cart_total < 0",
            "updated_before_created": "try_cast(updated_at AS TIMESTAMP) < d_created_at",
        },
        {"customer": "customer_id"},
    ),
    "cart_items": (
        "cart_id",
        "",
        "cart_item_id product_id quantity",
        "unit_price",
        {
            "nonpositive_cart_item_id": "i_cart_item_id <= 0",
            "nonpositive_product_id": "i_product_id <= 0",
            "nonpositive_quantity": "i_quantity <= 0",
            "negative_unit_price": "m_unit_price < 0",
        },
        {"cart": "cart_id", "product": "product_id"},
    ),
    "returns": (
        "return_id order_id customer_id",
        "return_date",
        "",
        "",
        {"negative_refunded_amount": "m_refunded_amount < 0"},
        {"order": "order_id", "customer": "customer_id"},
    ),
    "return_items": (
        "return_id order_id",
        "",
        "return_item_id product_id quantity_returned",
        "",
        {
            "nonpositive_return_item_id": "i_return_item_id <= 0",
            "nonpositive_product_id": "i_product_id <= 0",
            "nonpositive_quantity_returned": "i_quantity_returned <= 0",
            "negative_unit_price": "m_unit_price < 0",
            "negative_cost_price": "m_cost_price < 0",
            "negative_refunded_amount": "m_refunded_amount < 0",
        },
        {"return": "return_id", "order": "order_id", "product": "product_id"},
    ),
}
PARENT = {
    "customer": "customers",
    "product": "product_catalog",
    "order": "orders",
    "cart": "shopping_carts",
    "return": "returns",
}
