"""Benchmarks: what the platform costs beside a bare script that does the same work, and how its cost grows.

Here: drops of a size, the two runs as measured child processes, the comparison of their results, the report. Not here:
the bare script itself (bare/), nor anything the platform needs: nothing imports this package.
"""
