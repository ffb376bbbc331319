"""The bare script: the platform's work without Dagster, dbt, gates, quarantine, manifests or incremental state.

Here: everything it does, in DuckDB and Polars, written on its own: cleaning, validity, late parents, versions,
snapshots, facts and dimensions. It is a second opinion on the platform's results as well as its yardstick. Shared
with the platform are only the ten pure transforms and the marts' select statements, which are the work itself.
"""
