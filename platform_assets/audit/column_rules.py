"""Column rules in words: what must hold of a column, as its layer declares it.

Here: constraints of silver, Pandera fields of enriched, dbt tests of gold. Not here: the pages they stand on
(dictionary.py), or judging anything.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]


def code(text: object) -> str:
    return f"`{text}`"


def meta(declared: Node) -> Node:
    return dict((declared.get("config") or {}).get("meta") or declared.get("meta") or {})


def silver_rules(column: Node, received: bool) -> str:
    """What must hold, each rule with the reason of rows that break it; `received`: the source delivers the column."""
    options = meta(column)
    rules = ["lower case"] if options.get("vocabulary") else []
    typed = received and (column["data_type"] != "text" or options.get("integer_key"))
    for constraint in column["constraints"]:
        if constraint["type"] == "not_null":
            reasons = [f"missing_{column['name']}"] + ([f"bad_{column['name']}"] if typed else [])
            rules.append(f"required → {', '.join(map(code, reasons))}")
        elif constraint["type"] == "check":
            rules.append(check_in_words(constraint))
        elif constraint["type"] == "foreign_key":
            rules.append(_parent(constraint, options.get("foreign_key") or {}))
    return "; ".join(rules)


def check_in_words(constraint: Node) -> str:
    return f"{code(constraint['expression'])} → {code(constraint['name'])}"


def _parent(constraint: Node, options: Node) -> str:
    parent = ".".join(re.findall(r"'(\w+)'", constraint["to"]))
    but = f", except {code(options['exempt'])}" if "exempt" in options else ""
    warned = ", warned of only" if options.get("unknown") == "warn" else ""
    place = f"{parent}.{constraint['to_columns'][0]}"
    return f"known in {code(place)}{but}{warned} → {code(constraint['name'])}"


def pandera_rules(column: Any) -> str:
    """The rules of a Pandera column: nulls, uniqueness, bounds and values."""
    rules = ["may be null"] if column.nullable else []
    rules += ["unique"] if column.unique else []
    return "; ".join([*rules, *map(_pandera_check, column.checks)])


def _pandera_check(check: Any) -> str:
    known = check.statistics or {}
    words = {
        "greater_than_or_equal_to": "≥ {min_value}",
        "greater_than": "> {min_value}",
        "less_than_or_equal_to": "≤ {max_value}",
        "less_than": "< {max_value}",
        "str_matches": "like `{pattern}`",
    }
    if check.name == "isin":
        return _one_of(known["allowed_values"])
    return words[check.name].format(**known) if check.name in words else str(check.name).replace("_", " ")


def dbt_rules(column: Node, tests: Iterator[Node]) -> str:
    """The rules of a gold column: its contract's, and its dbt tests."""
    required = ["required" for constraint in column["constraints"] if constraint["type"] == "not_null"]
    tested = [_dbt_test(test["test_metadata"]) for test in tests if test.get("column_name") == column["name"]]
    return "; ".join(required + tested)


def _dbt_test(test: Node) -> str:
    name, given = test["name"], test["kwargs"]
    if name == "relationships":
        parent = re.findall(r"'(\w+)'", given["to"])[-1]
        return f"in {code(parent + '.' + given['field'])}"
    if name == "accepted_values":
        return _one_of(given["values"])
    if name == "in_range":
        return re.sub(r"\{\{ var\('(\w+)'\) \}\}", r"`\1`", f"{given['least']} to {given['most']}")
    return f"≤ {code(given['other'])}" if name == "at_most" else str(name).replace("_", " ")


def _one_of(values: Any) -> str:
    return f"one of {', '.join(map(str, values))}"


def type_in_words(dtype: Any) -> str:
    """A Polars type by the name that declarations give it."""
    name = str(dtype).split("(")[0]
    if name == "Decimal":
        return f"decimal({dtype.precision},{dtype.scale})"
    names = {"String": "text", "Int64": "bigint", "Float64": "double", "Datetime": "timestamp"}
    return names.get(name, name.lower())
