"""Transforms: pure functions, LazyFrame → LazyFrame, one file each, with the Pandera model of what they return.

Not here: reading, writing, days other than the one given.
"""
