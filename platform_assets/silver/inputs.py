"""What a day of a silver table is computed from.

Here: the inputs of each silver table, for freshness. Not here: reading them (picture.py).
"""

from platform_assets.contracts import Contracts, SilverModel
from platform_assets.lake import Input, Lake, Scope


def silver_inputs(lake: Lake, contracts: Contracts, model: SilverModel) -> list[Input]:
    """The day's bronze rows; all parents known by the day; earlier rows that wait for a parent."""
    source = contracts.sources[model.source[1]]
    inputs = [Input(lake.bronze(source.source, source.name), Scope.DAY)]
    for key in model.foreign_keys:
        scope = Scope.DAY if key.layer == "dims" else Scope.THROUGH
        inputs.append(Input(lake.table(key.layer, key.table), scope))
    if model.foreign_keys:
        inputs.append(Input(lake.table("quarantine", model.quarantine), Scope.WAITING_BEFORE))
    return inputs
