{{ cleaned('shop', 'shopping_carts') }}
