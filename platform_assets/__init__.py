"""A medallion data platform of partitioned Dagster assets; start reading at `definitions.py`."""
