"""Shop drops to try, test and measure the platform with: deterministic, and dirty and late on purpose.

`generate(config, landing)` writes the drops of a `SampleConfig` and returns a `Ledger` that says exactly what
a correct platform makes of them. `python -m sample_data --help` does the same from a shell. The platform
never imports this package.
"""

from .config import TINY, ConfigError, SampleConfig
from .generation import generate
from .ledger import DayCount, Ledger, Totals

__all__ = ["TINY", "ConfigError", "DayCount", "Ledger", "SampleConfig", "Totals", "generate"]
