{{ cleaned('shop', 'customers') }}
