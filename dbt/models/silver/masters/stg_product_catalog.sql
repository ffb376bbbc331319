{{ cleaned('shop', 'product_catalog') }}
