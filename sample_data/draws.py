"""Randomness without state: every value is a hash of (seed, name of the draw, key of the row).

Nothing here depends on row order, on the number of rows or on threads, so any row of any day can be drawn on
its own. The mixer is splitmix64, written out because the built-in hashes promise no stability across
versions. No shop knowledge here.
"""

import hashlib
import importlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import polars as pl

# Imported by name because pyarrow carries no types.
_pa: Any = importlib.import_module("pyarrow")

_MASK = (1 << 64) - 1
_SLOTS = 4096


def u64(value: int) -> pl.Expr:
    """A 64-bit literal."""
    return pl.lit(value & _MASK, dtype=pl.UInt64)


def mixed(key: pl.Expr) -> pl.Expr:
    """splitmix64's finaliser over an unsigned 64-bit expression; one value per row."""
    z = (key ^ (key // u64(1 << 30))) * u64(0xBF58476D1CE4E5B9)
    z = (z ^ (z // u64(1 << 27))) * u64(0x94D049BB133111EB)
    return z ^ (z // u64(1 << 31))


def salt(seed: int, name: str) -> int:
    """The 64-bit number that keeps one draw apart from every other draw."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest())


def bits(key: pl.Expr, seed: int, name: str) -> pl.Expr:
    """64 random bits per row for the draw `name`."""
    return mixed(key + u64(salt(seed, name)))


def below(key: pl.Expr, seed: int, name: str, bound: int | pl.Expr) -> pl.Expr:
    """A whole number in [0, bound) per row, as Int64."""
    limit = u64(bound) if isinstance(bound, int) else bound.cast(pl.UInt64)
    return (bits(key, seed, name) % limit).cast(pl.Int64)


def share(key: pl.Expr, seed: int, name: str) -> pl.Expr:
    """A fraction in [0, 1) per row, as Float64."""
    return (bits(key, seed, name) // u64(1 << 11)).cast(pl.Float64) / float(1 << 53)


def row_key(kind: int, day: pl.Expr, index: pl.Expr) -> pl.Expr:
    """The key of row `index` of day `day` of a kind of thing: distinct for all of them."""
    return u64(kind << 56) + day.cast(pl.UInt64) * u64(1 << 32) + index.cast(pl.UInt64)


def pick(index: pl.Expr, values: Sequence[str | None] | pl.Series) -> pl.Expr:
    """values[index] per row."""
    table = values if isinstance(values, pl.Series) else _table(tuple(values))
    return pl.lit(table).gather(index)


@lru_cache(maxsize=128)
def _table(values: tuple[str | None, ...]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


def names(text: str) -> list[str]:
    """The words of a text, for lists that read better without quotes."""
    return text.split()


def spellings(words: dict[str, int], blanks: int = 0, cosmetic: bool = True) -> pl.Series:
    """A table of 4096 words, each as often as its weight says, some spelt the way real drops spell them.

    `blanks` is the percentage of values meaning nothing: null, '', 'N/A', 'None'.
    """
    return _spelt(tuple(words.items()), blanks, cosmetic)


@lru_cache(maxsize=128)
def _spelt(words: tuple[tuple[str, int], ...], blanks: int, cosmetic: bool) -> pl.Series:
    ways: list[Callable[[str], str]] = [str.lower, str.upper, " {} ".format, "  {}  ".format, " {}  ".format]
    total, slots = sum(weight for _, weight in words), list[str | None]()
    for text, weight in words:
        count = round(_SLOTS * weight / total)
        odd = count // 12 if cosmetic else 0
        slots += [text] * (count - odd)
        slots += [ways[i % 5](text) for i in range(odd)]
    slots = (slots + [words[0][0]] * _SLOTS)[:_SLOTS]
    nothing = (None, None, "", "N/A", "None")
    for i in range(_SLOTS * blanks // 100 if cosmetic else 0):
        slots[i * 100 // blanks] = nothing[i % 5]
    return pl.Series(slots, dtype=pl.String)


def word(key: pl.Expr, seed: int, name: str, table: pl.Series) -> pl.Expr:
    """One word per row out of a table made by `spellings`."""
    return pick(below(key, seed, name, table.len()), table)


def event_ids(keys: pl.Series, seed: int) -> pl.Series:
    """'evt_' and 64 hex digits per row; equal keys give equal ids. Keys are unsigned 64-bit."""
    frame = pl.DataFrame({"k": keys})
    words = frame.select(pl.concat_arr([bits(pl.col("k"), seed, f"event{i}") for i in range(4)]))
    flat = words.to_series().explode().rechunk().to_arrow()
    if not len(keys):
        return pl.Series(dtype=pl.String)
    raw = _pa.Array.from_buffers(_pa.binary(32), len(keys), [None, flat.buffers()[1]])
    return pl.select("evt_" + pl.lit(pl.Series(pl.from_arrow(raw))).bin.encode("hex")).to_series()
