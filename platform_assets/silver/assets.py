"""Silver assets: dbt models as Dagster assets, published by us.

Here: the asset factories for masters and the rest of silver. Not here: computing a day (refresh.py).
"""
