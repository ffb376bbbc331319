"""Staleness: is a published day still what its inputs say it should be?

Here: the comparison of what a day was computed from with what is published now. It is stateless, so it sees late
files, re-deliveries for old days, crashes and lost files alike. Not here: what to do about a stale day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from platform_assets.lake.manifests import Manifest, hash_of
from platform_assets.lake.tables import LakeTable


class Scope(Enum):
    """Which days of an input a day of the output depends on."""

    DAY = "the same day"
    THROUGH = "all days up to and including it"
    WAITING_BEFORE = "earlier days that hold rows waiting for a parent"


@dataclass(frozen=True)
class Input:
    """An upstream table and the days of it that matter."""

    table: LakeTable
    scope: Scope


class ReplacedInputError(OSError):
    """A day was replaced while a computation read it: the result is of no one state. To be computed again."""


class PublishedContent:
    """Content hashes of published days, each manifest read once.

    A computation takes one before it reads anything and notes in it what it publishes itself: what others publish
    meanwhile was not read, and must show as changed.
    """

    def __init__(self) -> None:
        self._manifests: dict[str, dict[date, Manifest]] = {}
        self._running: dict[tuple[str, Scope], tuple[list[date], list[str]]] = {}

    def manifests(self, table: LakeTable) -> dict[date, Manifest]:
        if table.key not in self._manifests:
            loaded = ((day, table.manifest(day)) for day in table.days())
            self._manifests[table.key] = {day: manifest for day, manifest in loaded if manifest}
        return self._manifests[table.key]

    def note(self, table: LakeTable, day: date, manifest: Manifest) -> None:
        manifests = self.manifests(table)
        manifests[day] = manifest
        for scope in (Scope.THROUGH, Scope.WAITING_BEFORE):
            if (table.key, scope) in self._running:
                days, hashes = self._running[table.key, scope]
                position = bisect_left(days, day)
                days[position:] = _counting(manifests, scope, since=day)
                del hashes[position + 1 :]

    def check_read(self, inputs: Iterable[Input], days: Sequence[date]) -> None:
        """Raise ReplacedInputError if a day that `days` were computed from is no longer as it was before it was read.

        To be asked when all is read and before anything is judged. Days that others publish for the first time were not
        read, and do not matter. A day whose old content is back does: what it held between may have been read.
        """
        for source in inputs:
            for day, manifest in self._read(source, days):
                now = source.table.recorded(day)
                if now is None or now.publication != manifest.publication:
                    raise ReplacedInputError(
                        f"{source.table.key} {day} was replaced while it was read: compute it again"
                    )

    def _read(self, source: Input, days: Sequence[date]) -> list[tuple[date, Manifest]]:
        manifests = self.manifests(source.table)
        if source.scope is Scope.DAY:
            return [(day, manifests[day]) for day in days if day in manifests]
        last = max(days)
        return [
            (day, manifest)
            for day, manifest in manifests.items()
            if day <= last and (source.scope is Scope.THROUGH or manifest.details.get("waiting"))
        ]

    def hash_for(self, source: Input, day: date) -> str:
        manifests, scope = self.manifests(source.table), source.scope
        if scope is Scope.DAY:
            return manifests[day].content_hash if day in manifests else "absent"
        place = source.table.key, scope
        if place not in self._running:
            self._running[place] = _counting(manifests, scope), [""]
        days, hashes = self._running[place]  # hashes[n] is that of the first n days, and goes as far as it was needed
        count = bisect_right(days, day) if scope is Scope.THROUGH else bisect_left(days, day)
        for known in days[len(hashes) - 1 : count]:
            hashes.append(hash_of([hashes[-1], f"{known} {manifests[known].content_hash}"]))
        return hashes[count]


def _counting(manifests: dict[date, Manifest], scope: Scope, since: date = date.min) -> list[date]:
    """The published days from `since` on whose content matters to later days, in order."""
    return sorted(
        day
        for day, manifest in manifests.items()
        if day >= since and (scope is Scope.THROUGH or manifest.details.get("waiting"))
    )


def day_inputs(inputs: Iterable[Input], day: date, published: PublishedContent) -> dict[str, str]:
    """What `day` depends on, as {input: content hash}; recorded in its manifest when it is published."""
    return {source.table.key: published.hash_for(source, day) for source in inputs}


def stale_reason(
    table: LakeTable,
    inputs: Iterable[Input],
    day: date,
    published: PublishedContent,
    contract_version: str = "",
    beside: LakeTable | None = None,
) -> str | None:
    """Why `day` of `table` must be computed (again), in words; None when it is fresh.

    `beside` is a table that the same computation publishes: the two must be of one run.
    """
    manifest = published.manifests(table).get(day)
    if manifest is None:
        return "not published, or not finished"
    other = published.manifests(beside).get(day) if beside else manifest
    if beside and (other is None or other.batch_hash != manifest.batch_hash):
        return f"not published together with {beside.key}"
    if manifest.contract_version != contract_version:
        return "changed since: its declaration"
    now = day_inputs(inputs, day, published)
    changed = sorted(name for name in now if manifest.inputs.get(name) != now[name])
    return f"changed since: {', '.join(changed)}" if changed else None
