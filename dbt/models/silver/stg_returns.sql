{{ cleaned('shop', 'returns') }}
