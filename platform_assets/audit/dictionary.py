"""The data dictionary: every table and column of every layer, as one Markdown page made from the declarations.

Here: what stands on the page. Not here: a second description of anything: words come from dbt's YAML, from the
enriched tables and from their Pandera models. No data is read, and defaults stand where a deployment may have its own
thresholds.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from platform_assets.audit.column_rules import (
    Node,
    check_in_words,
    code,
    dbt_rules,
    meta,
    pandera_rules,
    silver_rules,
    type_in_words,
)
from platform_assets.contracts import Contracts, SilverModel, SourceTable
from platform_assets.enriched.tables import EnrichedTable, enriched_tables
from platform_assets.gold.warehouse import gold_models

INTRODUCTION = """\
# Data dictionary

Made from the declarations by `make dictionary`: do not edit. Change the YAML in `dbt/models`, the enriched table in
`platform_assets/enriched/tables.py`, or the fields of its Pandera model in `platform_assets/enriched/transforms`.

- Money is in the shop's currency, `decimal(18,2)`. Timestamps are UTC without a zone. Rates are fractions, 6 places.
- `ingest_dt` (bronze, silver, quarantine, enriched) and `snapshot_dt` (dims) are the day partitions: folders of the lake,
  columns of the warehouse's views.
- `rule → reason`: a row of silver that breaks the rule is quarantined with that reason. An optional value that cannot
  be read as its type is null, and named in `_unreadable`.
- `dims.customers` and `dims.product_catalog` are the snapshots of these masters.
"""
BRONZE = """\
Rows as received, one partition per ingest day; every value as it came. Types are those of Parquet drops: text formats
bring text. Beside them: `_source_file`, `_source_row`, `_batch_id` (sha256 of the landed file), and `_error` and `_line` for
text that could not be parsed. What a column means stands with its silver table.
"""
SILVER = """\
Clean rows of the day, with `_unreadable`, the lineage `_source_file`, `_source_row`, `_batch_id`, and `_arrived_dt`, the day they
were received: later than that is the `ingest_dt` of rows that waited for a parent. A key is unique within a day; the newest
version of a key is the greatest (`_arrived_dt`, `ingestion_ts`, `event_id`). `quarantine_<table>` has the same columns and
`_reasons` (list), `_waiting` (lacks a parent only) and `_row` (as it came, JSON). Besides the reasons below there are
`unparsable` and `duplicate_<key>`, which does not count as quarantined.
"""
DIMS = """\
All rows of a master known by the end of the day, the newest valid version of each: the columns of its silver table, and
`first_ingest_dt` and `version_ingest_dt`, the days from which the key and this version were known.
"""
ENRICHED = """\
(E) the events that arrived on the day; (S) the full state as of the day; (R) the event dates that the day's arrivals touch,
stated again: of two partitions that state a date, the newer one holds. Thresholds are defaults: `PLATFORM_THRESHOLDS`.
"""
GOLD = """\
Tables and views of the warehouse file, over all days. Keys to a dimension are those as of the event; `-1` is the unknown
member.
"""


def dictionary(contracts: Contracts) -> str:
    """The page. Raises nothing of its own: the declarations have been checked."""
    parts = [INTRODUCTION, "## Bronze", BRONZE, *map(_bronze, contracts.sources.values())]
    parts += ["## Silver", SILVER, *(_silver(contracts, model) for model in contracts.silver.values())]
    masters = [model for model in contracts.silver.values() if model.is_master]
    parts += ["## Dimension snapshots", DIMS, _grid(("table", "of", "key"), map(_snapshot, masters))]
    parts += ["## Enriched", ENRICHED, *(_enriched(table) for table in enriched_tables({}))]
    models = gold_models(contracts.manifest).values()
    shown = sorted(models, key=lambda node: (GOLD_ROOMS.index(node["fqn"][2]), node["name"]))
    parts += ["## Gold", GOLD, *(_gold(contracts, node) for node in shown)]
    seeds = [node for node in contracts.manifest["nodes"].values() if node["resource_type"] == "seed"]
    parts += ["## Seeds", "Constant tables, `dbt/seeds`.\n", *map(_seed, sorted(seeds, key=lambda node: node["name"]))]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


GOLD_ROOMS = ("dims", "facts", "marts", "metrics")


def _bronze(table: SourceTable) -> str:
    landing = table.landing
    facts = [
        f"Source {table.source}; delivery {landing.delivery}"
        + (f"; folders `{landing.folder}` or `ingest_dt`" if landing.folder else "; folders `ingest_dt`")
        + f"; manifest {'required' if landing.manifest_required else 'optional'}"
        + f"; days without a drop {'are normal' if landing.empty_days_allowed else 'fail'}."
    ]
    if volume := table.volume:
        most = f" to {volume.most:,}" if volume.most is not None else " or more"
        unusual = (
            f"; within {volume.zscore:g} standard deviations of {volume.trailing_days} days" if volume.zscore else ""
        )
        facts.append(f"Volume (advisory): {volume.least:,}{most} rows a day{unusual}.")
    if fresh := table.freshness:
        limits = [("warns", fresh.warn_after), ("fails", fresh.fail_after)]
        words = [f"{word} after {after / timedelta(hours=1):g} h" for word, after in limits if after]
        facts.append(f"Freshness: {', '.join(words)}.")
    columns = ", ".join(f"{code(name)} {kind}" for name, kind in table.columns.items())
    return _table(f"bronze/{table.name}", table.description, facts, columns)


def _silver(contracts: Contracts, model: SilverModel) -> str:
    node = contracts.manifest["nodes"][f"model.platform_assets.{model.name}"]
    source = contracts.sources[model.source[1]]
    facts = [
        f"Key {_key(model.key)}; reads `bronze/{source.name}`; at most {model.max_quarantined:.0%} quarantined"
        + (f", at least {model.min_known_keys:.0%} of each foreign key known." if model.foreign_keys else ".")
    ]
    if checks := [check_in_words(given) for given in node["constraints"] if given["type"] == "check"]:
        facts.append(f"Rows: {'; '.join(checks)}.")
    rows = [
        (code(column["name"]), column["data_type"], column["description"], silver_rules(column, name in source.columns))
        for name, column in node["columns"].items()
    ]
    return _table(f"silver/{model.name}", model.description, facts, _columns(rows))


def _snapshot(model: SilverModel) -> Sequence[str]:
    name = model.name.removeprefix("stg_")
    return (code(f"dims/{name}"), code(f"silver/{model.name}"), _key(model.key))


def _enriched(table: EnrichedTable) -> str:
    schema = table.load()[1].to_schema()
    reads = ", ".join(f"{code(f'{given.layer}/{given.table}')}" for given in table.inputs.values())
    least = f" At least {table.min_rows} row." if table.min_rows else ""
    facts = [f"Key {_key(table.key)}; reads {reads}.{least}"]
    if rules := [check.name.replace("_", " ") for check in schema.checks]:
        facts.append(f"Rows: {'; '.join(rules)}.")
    if table.zscores:
        facts.append(f"Advisory: {_key(table.zscores)} beyond ± {table.limits.anomaly_zscore:g}.")
    if table.limits:
        given = dataclasses.asdict(table.limits)
        facts.append(f"Thresholds: {', '.join(f'`{name}` {_value(value)}' for name, value in given.items())}.")
    rows = [
        (code(name), type_in_words(column.dtype.type), column.description or "", pandera_rules(column))
        for name, column in schema.columns.items()
    ]
    return _table(f"enriched/{table.name}", table.description, facts, _columns(rows))


def _gold(contracts: Contracts, node: Node) -> str:
    tests = list(_tests(contracts, node["name"]))
    kind = {"view": "View", "incremental": "Table, made anew by key"}.get(node["config"]["materialized"], "Table")
    resources = contracts.manifest["sources"] | contracts.manifest["nodes"]
    parents = [resources[parent] for parent in node["depends_on"]["nodes"]]
    reads = [f"{parent['schema']}/{parent['name']}" for parent in parents if parent["schema"] not in ("run", "seeds")]
    facts = [f"{kind}; reads {', '.join(map(code, sorted(reads))) or 'nothing'}."]
    if rules := [_model_test(test) for test in tests if not test.get("column_name")]:
        facts.append(f"Rows: {'; '.join(rules)}.")
    rows = [
        (code(name), column["data_type"], column["description"] + _history(column), dbt_rules(column, iter(tests)))
        for name, column in node["columns"].items()
    ]
    return _table(f"gold/{node['name']}", node["description"], facts, _columns(rows))


def _tests(contracts: Contracts, table: str) -> Iterator[Node]:
    for node in contracts.manifest["nodes"].values():
        if node["resource_type"] == "test":
            attached = str(node.get("attached_node") or "").rsplit(".", 1)[-1]
            if (meta(node).get("table") or attached) == table:
                yield node


def _model_test(test: Node) -> str:
    generic = test.get("test_metadata")
    if not generic:
        return f"[{test['name'].replace('_', ' ')}](../dbt/{test['original_file_path']})"
    given = generic["kwargs"].get("columns") or [generic["kwargs"]["key"]]
    words = {"unique_together": "key", "one_current_row": "one current row per", "no_overlap": "no overlap within"}
    return f"{words[generic['name']]} {_key(given)}"


def _history(column: Node) -> str:
    kind = meta(column).get("scd")
    return "" if kind is None else f" (type {kind})"


def _seed(node: Node) -> str:
    types = node["config"]["column_types"]
    rows = [(code(name), types[name], column["description"], "") for name, column in node["columns"].items()]
    return _table(f"seeds/{node['name']}", node["description"], [], _columns(rows))


def _table(name: str, description: str, facts: Sequence[str], columns: str) -> str:
    heading = [f"### {name}", " ".join(description.split())]
    return "\n\n".join([*heading, *(["\n".join(facts)] if facts else []), columns, ""])


def _columns(rows: Iterable[Sequence[str]]) -> str:
    return _grid(("column", "type", "meaning", "rules"), rows)


def _grid(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [[re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, ["---"] * len(titles), *cells))


def _key(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def _value(value: Any) -> str:
    return " ".join(f"({', '.join(map(str, part))})" for part in value) if isinstance(value, tuple) else str(value)
