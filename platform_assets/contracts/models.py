"""Silver models: columns, key, parents, rules and limits as declared in dbt's YAML, checked.

Here: one model on its own, with one clear message per mistake. Not here: what takes several models to judge
(project.py), or the SQL that is written from the same declarations (dbt/macros/scoring.sql).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platform_assets.contracts.declarations import LINEAGE, Column, DeclarationError, ForeignKey, SilverModel, meta_of

COLUMN_TYPES = re.compile(r"text|integer|bigint|double|boolean|date|timestamp|decimal\(\d+, ?\d+\)")
FOREIGN_KEY = re.compile(r"(ref|source)\(['\"](\w+)['\"](?:, *['\"](\w+)['\"])?\)")
SILVER_MACROS = tuple(f"macros/{name}.sql" for name in ("cleaning", "scoring", "day_partitions"))
MOST_TYPED_COLUMNS = 62  # `_unparsed` has one bit for each, in a bigint
MOST_REASONS = 126  # `_failed` has one bit for each, in a hugeint


def silver_model(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> SilverModel:
    """The silver table of a model node. Raises DeclarationError."""
    file = node["patch_path"].split("://")[1] if node.get("patch_path") else node["original_file_path"]
    return _Reader(node, manifest, file, node["name"]).model()


@dataclass(frozen=True)
class _Reader:
    """Reads one model; `file` and `name` are what a message names."""

    node: Mapping[str, Any]
    manifest: Mapping[str, Any]
    file: str
    name: str

    @property
    def columns(self) -> Mapping[str, Any]:
        return dict(self.node["columns"])

    def model(self) -> SilverModel:
        if not self.name.startswith("stg_"):
            raise self._mistake(None, "a silver model's name starts with stg_", f"stg_{self.name}")
        source, keys = self._source(), self._key()
        for needed in ("ingestion_ts", "event_id"):
            if needed not in self.columns:
                raise self._mistake(None, f"{needed} is missing", f"a column {needed}: it orders versions of a row")
        self._check_constraints()
        foreign_keys = tuple(key for column in self.columns.values() for key in self._foreign_keys(column))
        columns = tuple(self._column(column, keys) for column in self.columns.values())
        self._check_reasons(source, foreign_keys, keys)
        return SilverModel(
            name=self.name,
            source=(source["source_name"], source["name"]),
            description=self.node["description"],
            columns=columns,
            key=tuple(keys),
            foreign_keys=foreign_keys,
            is_master="masters" in self.node["tags"],
            max_quarantined=self._share("max_quarantined", 0.05),
            min_known_keys=self._share("min_known_keys", 0.99),
            version=_version(self.node, self.manifest),
            file=self.file,
        )

    def _mistake(self, column: str | None, problem: str, instead: str) -> DeclarationError:
        return DeclarationError(self.file, f"{self.name}.{column}" if column else self.name, problem, instead)

    def _source(self) -> Mapping[str, Any]:
        known = self.manifest["sources"]
        parents = [known[parent] for parent in self.node["depends_on"]["nodes"] if parent in known]
        bronze: list[Mapping[str, Any]] = [source for source in parents if source["schema"] == "bronze"]
        if len(bronze) != 1:
            raise self._mistake(None, f"reads {len(bronze)} bronze tables", "one {{ cleaned(source, table) }}")
        return bronze[0]

    def _key(self) -> list[str]:
        keys: list[str] = []
        for constraint in self.node["constraints"]:
            keys += constraint["columns"] if constraint["type"] == "primary_key" else []
        keys += [key for key, column in self.columns.items() if _has(column, "primary_key")]
        if not keys or any(key not in self.columns for key in keys):
            raise self._mistake(None, "the primary key is missing or not a column", "a primary_key constraint")
        return keys

    def _check_constraints(self) -> None:
        """Checks are complete, and a parent is declared where it is read: at its column."""
        for constraint in self.node["constraints"]:
            self._check_check(None, constraint)
            if constraint["type"] in ("foreign_key", "not_null"):
                raise self._mistake(None, f"{constraint['type']} stands at the table", "it at the column it is about")
        for name, column in self.columns.items():
            for constraint in column["constraints"]:
                self._check_check(name, constraint)

    def _check_check(self, column: str | None, constraint: Mapping[str, Any]) -> None:
        if constraint["type"] == "check" and not (constraint.get("name") and constraint.get("expression")):
            instead = '`{type: check, name: negative_price, expression: "price >= 0"}`'
            raise self._mistake(column, "a check needs a name (its reason) and an expression", instead)

    def _column(self, column: Mapping[str, Any], keys: list[str]) -> Column:
        name, declared = column["name"], column.get("data_type") or ""
        if not COLUMN_TYPES.fullmatch(declared):
            instead = "text, integer, bigint, double, boolean, date, timestamp or decimal(18,2)"
            raise self._mistake(name, f"data_type {column.get('data_type')!r} is not known", instead)
        if name in LINEAGE or name == "ingest_dt":
            raise self._mistake(name, "the name is the platform's own", "another name")
        nullable = not (_has(column, "not_null") or name in keys)
        return Column(name, declared.replace(" ", ""), column["description"], nullable)

    def _foreign_keys(self, column: Mapping[str, Any]) -> list[ForeignKey]:
        keys = []
        for constraint in column["constraints"]:
            if constraint["type"] != "foreign_key":
                continue
            parent = FOREIGN_KEY.fullmatch((constraint.get("to") or "").strip())
            if not parent or len(constraint["to_columns"]) != 1 or not constraint.get("name"):
                instead = "`{type: foreign_key, name: unknown_order, to: ref('stg_orders'), to_columns: [order_id]}`"
                raise self._mistake(column["name"], "the foreign key is not complete", instead)
            unknown = (meta_of(column).get("foreign_key") or {}).get("unknown", "quarantine")
            if unknown not in ("quarantine", "warn"):
                problem = f"meta.foreign_key.unknown {unknown!r} is not known"
                raise self._mistake(column["name"], problem, "quarantine or warn")
            kind, first, second = parent.groups()
            layer, table = ("silver", first) if kind == "ref" else (first, second)
            parent_column = constraint["to_columns"][0]
            keys.append(ForeignKey(constraint["name"], column["name"], layer, table, parent_column))
        return keys

    def _check_reasons(self, source: Mapping[str, Any], foreign_keys: tuple[ForeignKey, ...], keys: list[str]) -> None:
        """A row's reasons are told apart by name, and fit the bits that scoring.sql has for them."""
        typed = [name for name, column in self.columns.items() if name in source["columns"] and not _is_text(column)]
        if len(typed) > MOST_TYPED_COLUMNS:
            problem = f"{len(typed)} columns of its source are not plain text"
            raise self._mistake(None, problem, f"at most {MOST_TYPED_COLUMNS}, the others as text")
        reasons = ["unparsable"]
        for name, column in self.columns.items():
            if _has(column, "not_null"):
                reasons += [f"missing_{name}", f"bad_{name}"] if name in typed else [f"missing_{name}"]
            reasons += [constraint["name"] for constraint in column["constraints"] if constraint["type"] == "check"]
        reasons += [constraint["name"] for constraint in self.node["constraints"] if constraint["type"] == "check"]
        if len(reasons) > MOST_REASONS:
            raise self._mistake(None, f"{len(reasons)} reasons to refuse a row", f"at most {MOST_REASONS}")
        reasons += [key.name for key in foreign_keys] + [f"duplicate_{'_'.join(keys)}"]
        twice = sorted({reason for reason in reasons if reasons.count(reason) > 1})
        if twice:
            raise self._mistake(None, f"the reason {twice[0]} is given twice", "a name of its own for each")

    def _share(self, name: str, default: float) -> float:
        value = meta_of(self.node).get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise self._mistake(None, f"meta.{name} {value!r} is not a share", "a number from 0 to 1")
        return float(value)


def _version(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """Changes when the SQL, a column, a rule or what makes SQL of them (macros) changes."""
    macros = sorted(
        macro["macro_sql"]
        for macro in manifest["macros"].values()
        if macro["package_name"] == node["package_name"] and macro["original_file_path"] in SILVER_MACROS
    )
    declared = [node["checksum"]["checksum"], node["columns"], node["constraints"], macros]
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()[:12]


def _has(column: Mapping[str, Any], kind: str) -> bool:
    return any(constraint["type"] == kind for constraint in column["constraints"])


def _is_text(column: Mapping[str, Any]) -> bool:
    return column.get("data_type") == "text" and not meta_of(column).get("integer_key")
