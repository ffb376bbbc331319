{{ cleaned('shop', 'return_items') }}
