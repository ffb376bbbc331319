"""Volume: is a day about as large as it should be?

Here: rows received against the declared bounds and against the days before. Advisory: a day of few orders is
something to look at, and no wrong day. Not here: rows that are wrong (silver/).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from statistics import fmean, stdev

from platform_assets.contracts import Volume
from platform_assets.gates import Check


def volume_check(volume: Volume, day: date, rows: int, received: Mapping[date, int]) -> Check:
    """Judge `rows` of `day`; `received` are the rows of published days, of which those of the trailing window count.

    The z-score needs `min_days` of them; over days that were all alike, any other number of rows is infinitely unusual.
    """
    window = [day - timedelta(days=back) for back in range(1, volume.trailing_days + 1)]
    before = [received[known] for known in window if known in received]
    numbers: dict[str, float] = {"rows": rows, "least": volume.least, "trailing_days": len(before)}
    problems = [f"{rows} rows, expected at least {volume.least}"] if rows < volume.least else []
    if volume.most is not None:
        numbers["most"] = volume.most
        problems += [f"{rows} rows, expected at most {volume.most}"] if rows > volume.most else []
    if volume.zscore is not None and len(before) >= max(2, volume.min_days):
        mean, spread = fmean(before), stdev(before)
        numbers["trailing_mean"] = round(mean, 3)
        unusual = abs(rows - mean) > volume.zscore * spread
        if spread:
            numbers["zscore"] = round((rows - mean) / spread, 3)
        problems += [f"{rows} rows, {mean:.1f} ± {spread:.1f} in the days before"] if unusual else []
    return Check(not problems, numbers, {"problems": "\n".join(problems) or "none"}, advisory=True)
