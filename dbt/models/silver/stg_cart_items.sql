{{ cleaned('shop', 'cart_items') }}
