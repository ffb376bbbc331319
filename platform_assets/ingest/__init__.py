"""Ingest: from a landing zone that nobody controls to files of known content.

Here: which landed files count for which day, and reading them without losing a line. Not here: publishing bronze
partitions, or any opinion about values.
"""
