"""The marts' select statements as plain SQL, rendered by dbt once, before any clock starts.

Here: rendering. Not here: facts, customers and products, which the bare script states in its own words.
"""

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from platform_assets.contracts import current_manifest
from platform_assets.dbt_process import close_session
from platform_assets.gold.warehouse import gold_models
from platform_assets.settings import PROJECT

OWN_WORDS = ("dim_customers", "dim_products", "fact_orders", "fact_order_headers", "fact_carts", "fact_returns",
             "fact_customers")  # fmt: skip


def write_marts(folder: Path) -> list[str]:
    """Write `<number>-<table or view>-<name>.sql` for every other gold model, parents first; their names."""
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    project = PROJECT / "dbt"
    models = [name for name in gold_models(current_manifest(project)) if name not in OWN_WORDS]
    manifest = Manifest.from_msgpack((project / "target" / "partial_parse.msgpack").read_bytes())
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    folder.mkdir(parents=True, exist_ok=True)
    scratch = str(folder / ".dbt")
    arguments = [
        *("compile", "--quiet", "--no-populate-cache", "--no-introspect", "--select", *models),
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", scratch, "--log-path", scratch, "--log-level-file", "none", "--no-write-json"),
    ]
    try:
        with redirect_stdout(io.StringIO()):  # compile prints what it compiles
            outcome = dbtRunner(manifest=manifest).invoke(arguments)
    finally:
        close_session()
    if outcome.exception:
        raise outcome.exception
    compiled: dict[str, Any] = {result.node.name: result.node for result in outcome.result.results}  # type: ignore[union-attr]
    for number, name in enumerate(models):
        kind = "view" if compiled[name].config.materialized == "view" else "table"
        (folder / f"{number:02d}-{kind}-{name}.sql").write_text(compiled[name].compiled_code)
    return models
