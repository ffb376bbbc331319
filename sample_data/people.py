"""Customers: who they are, how they change, and the deliveries of the customer master.

Any customer can be computed from its number and a day alone: changes come in a fixed rhythm, so the state
on a day is a closed form and nothing has to be remembered. `persons` also serves guests in orders and carts.
Late customers belong to the order or cart that missed them; who that is, `stories` says.
"""

import datetime as dt

import polars as pl

from .config import SampleConfig
from .dirt import allot, at_least_one, soil
from .draws import below, bits, names, pick, row_key, spellings, word
from .parts import Part, valid, with_older_copies
from .stories import late_parents

CUSTOMER, STRANGER = 1, 6
_RHYTHM, _STEP = 101, 37
_PHASE = pow(_STEP, -1, _RHYTHM)

FIRST = names("Ana Ben Carla David Emma Felix Grace Hugo Ines Jack Kira Liam Maya Noah Olga Paul Rosa Sam Tara Uwe")
LAST = names("Adams Boyd Chen Diaz Evans Ford Garcia Hill Ito Jones Klein Lopez Moore Novak Owens Patel Reed Stone")
HOSTS = ("gmail.com", "yahoo.com", "hotmail.com", "example.com", "example.net", "example.org")
STREETS = ("Oak Street", "Mill Road", "Hill Lane", "Lake Drive", "Main Street", "Park Avenue", "River Way")
CITIES = ("Springfield", "Fairview", "Lake Carla", "Port Owens", "New Amber", "Eastville", "Georgetown")
STATES = names("CA TX NY FL IL PA OH GA NC MI NJ VA WA AZ MA TN IN MO MD WI CO MN SC AL LA KY OR OK CT UT")
GENDERS = {"Female": 42, "Male": 42, "Unknown": 16}
CHANNELS = {"Website": 55, "email": 20, "Social Media": 15, "Phone": 10}
BUCKETS = {"Low": 90, "Medium": 6, "High": 4}
TIERS = {"Bronze": 60, "Silver": 20, "Gold": 12, "Platinum": 8}


def persons(frame: pl.DataFrame, config: SampleConfig) -> pl.DataFrame:
    """Adds first_name, last_name, email, _address, _tier for the key `_person` and versions _v0.._v3."""
    who, seed = pl.col("_person"), config.seed

    def version(kind: int) -> pl.Expr:
        return who + pl.col(f"_v{kind}").cast(pl.UInt64) * pl.lit(0x9E3779B97F4A7C15, dtype=pl.UInt64)

    first, last = below(who, seed, "first", len(FIRST)), below(who, seed, "last", len(LAST))
    where, tag = version(2), below(version(3), seed, "tag", 1000).cast(pl.String)
    lower_first, lower_last = [n.lower() for n in FIRST], [n.lower() for n in LAST]
    street = pl.concat_str(
        below(where, seed, "house", 9999).cast(pl.String),
        pl.lit(" "),
        pick(below(where, seed, "street", len(STREETS)), STREETS),
        pl.lit(", "),
        pick(below(where, seed, "city", len(CITIES)), CITIES),
        pl.lit(", "),
        pick(below(where, seed, "state", len(STATES)), STATES),
        pl.lit(" "),
        (below(where, seed, "zip", 89999) + 10000).cast(pl.String),
    )
    military = pl.lit("Unit 2097 Box 9139, DPO AE 56769")
    return frame.with_columns(
        pick(first, FIRST).alias("first_name"),
        pick(last, LAST).alias("last_name"),
        pl.concat_str(
            pick(first, lower_first),
            pl.lit("."),
            pick(last, lower_last),
            tag,
            pl.lit("@"),
            pick(below(version(3), seed, "host", len(HOSTS)), HOSTS),
        ).alias("email"),
        pl.when(bits(where, seed, "abroad") % 100 == 0).then(military).otherwise(street).alias("_address"),
        word(version(0), seed, "tier", spellings(TIERS, cosmetic=False)).alias("_tier"),
    )


def versions(number: pl.Expr, day: pl.Expr, config: SampleConfig) -> list[pl.Expr]:
    """_v0 (tier), _v1 (status), _v2 (address), _v3 (e-mail): how often each has changed by a day.

    Each of the initial customers is re-sent every 101 days; five re-sends in turn change one thing each, and
    the fifth changes nothing.
    """
    wait = (number * _PHASE) % _RHYTHM
    wait = pl.when(wait == 0).then(_RHYTHM).otherwise(wait)
    sent = ((day - wait + _RHYTHM) // _RHYTHM).clip(0)
    sent = pl.when(number < config.customers).then(sent).otherwise(0)
    turn = number % 5 + 5
    return [((turn + sent - k) // 5 - (turn - k) // 5).alias(f"_v{k}") for k in range(4)]


def known(config: SampleConfig, numbers: pl.Expr, day: pl.Expr) -> list[pl.Expr]:
    """_person and the four versions of registered customers as of a day."""
    return [row_key(CUSTOMER, pl.lit(0), numbers).alias("_person"), *versions(numbers, day, config)]


def customer_parts(config: SampleConfig, day: int) -> list[Part]:
    """All customer files that arrive on a day, clean order: sign-up folders, then the day's updates."""
    regular = pl.concat([_newcomers(config, day), _updates(config, day)]).with_columns(pl.lit("").alias("_fate"))
    everyone = pl.concat([regular, _dirty(config, day), _late(config, day)], how="vertical")
    frame = _master(everyone, config, day)
    clean, dirty = frame.filter(pl.col("_fate") == ""), frame.filter(pl.col("_fate") != "")
    dirty = soil(dirty.with_columns(pl.col("_fate").alias("_reasons")), "customers", config, ())
    twice = at_least_one(config, clean.height, 0.001)
    clean = with_older_copies(clean, pl.int_range(pl.len()) < twice, "customer_id")
    frame = pl.concat([clean, dirty])
    parts = []
    for folder in sorted(frame["_folder"].unique().to_list()):
        rows = frame.filter(pl.col("_folder") == folder)
        date = folder.split("=")[1]
        parts.append(Part("customers", day, day, folder, "part-0000", rows, event_days=(date, date)))
    return parts


def _people(config: SampleConfig, numbers: pl.Expr, count: int, day: int) -> pl.DataFrame:
    frame = pl.select(pl.int_range(count, dtype=pl.Int64).alias("_k")).select(numbers.alias("_n"))
    return frame.select(
        "_n",
        ("CUST-" + (pl.col("_n") + 1).cast(pl.String)).alias("customer_id"),
        *known(config, pl.col("_n"), pl.lit(day)),
        _signup(config).alias("_signup"),
    )


def _signup(config: SampleConfig) -> pl.Expr:
    """Initial customers signed up on the same weekday of up to 104 weeks, later ones on their day."""
    number, start = pl.col("_n"), pl.lit(config.start)
    weeks = min(104, max(1, config.customers // 40))
    since = (number - config.customers) // config.new_customers_per_day
    before = -7 * (number % weeks + 1)
    return start + pl.duration(days=pl.when(number < config.customers).then(before).otherwise(since))


def _newcomers(config: SampleConfig, day: int) -> pl.DataFrame:
    first, size = config.customers + day * config.new_customers_per_day, config.new_customers_per_day
    frame = _people(config, pl.col("_k") + first, size, day)
    if day == 0:
        frame = pl.concat([_people(config, pl.col("_k"), config.customers, day), frame])
    return frame.with_columns(("signup_date=" + pl.col("_signup").dt.to_string("%Y-%m-%d")).alias("_folder"))


def _updates(config: SampleConfig, day: int) -> pl.DataFrame:
    first = (_STEP * day) % _RHYTHM
    count = len(range(first, config.customers, _RHYTHM)) if day else 0
    frame = _people(config, pl.col("_k") * _RHYTHM + first, count, day)
    return frame.with_columns(pl.lit(f"ingest_dt={config.date(day)}").alias("_folder"))


def _strangers(config: SampleConfig, ids: list[str], day: int, fates: list[str], first: int) -> pl.DataFrame:
    """Customers outside the numbering: dirty ones and late ones."""
    frame = pl.DataFrame({"customer_id": ids, "_fate": fates}, schema={"customer_id": pl.String, "_fate": pl.String})
    frame = frame.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("_n"),
        "customer_id",
        row_key(STRANGER, pl.lit(day), pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("_person"),
        *[pl.lit(0, dtype=pl.Int64).alias(f"_v{k}") for k in range(4)],
        pl.lit(config.date(day) - dt.timedelta(days=30)).alias("_signup"),
        pl.lit(f"ingest_dt={config.date(day)}").alias("_folder"),
        "_fate",
    )
    return frame


def _dirty(config: SampleConfig, day: int) -> pl.DataFrame:
    rows = config.customers if day == 0 else config.customers / _RHYTHM
    fates = [r for reason, n in allot(config, "customers", day, rows, all_at_once=day == 0) for r in [reason] * n]
    # Number 0, to which orders of unknown customers refer, has an id and is invalid for another reason.
    fates.reverse()
    return _strangers(config, [f"CUST-D{day:05d}N{i}" for i in range(len(fates))], day, fates, 0)


def _late(config: SampleConfig, day: int) -> pl.DataFrame:
    ids = [f"CUST-L{parent}" for parent in late_parents(config, "late_customer", day)]
    return _strangers(config, ids, day, [""] * len(ids), 1_000_000)


def _master(frame: pl.DataFrame, config: SampleConfig, day: int) -> pl.DataFrame:
    """The customer columns in the real drops' order."""
    who, seed, neat = pl.col("_person"), config.seed, not config.clean
    phone = below(who, seed, "phone", 8_999_999) + 1_000_000
    status = spellings({"Active": 68, "Inactive": 20, "Dormant": 12}, cosmetic=neat)
    tier_then = spellings({"Bronze": 35, "Silver": 30, "Gold": 20, "Platinum": 15}, 4, neat)
    known_since = pl.col("_signup").dt.offset_by("30d").dt.to_string("%Y-%m-%d")
    flag = {name: bits(who, seed, name) % 100 for name in ("verified", "opt_in", "enrolled")}
    return valid(persons(frame, config)).select(
        "customer_id",
        "first_name",
        "last_name",
        "email",
        ("+1-555-" + phone.cast(pl.String)).alias("phone_number"),
        pl.col("_signup").dt.to_string("%Y-%m-%d").alias("signup_date"),
        word(who, seed, "gender", spellings(GENDERS, cosmetic=False)).alias("gender"),
        (below(who, seed, "age", 53) + 18).cast(pl.Float64).alias("age"),
        pl.lit(False).alias("is_guest"),
        word(who + pl.col("_v1").cast(pl.UInt64) * 7919, seed, "status", status).alias("customer_status"),
        word(who, seed, "signed", spellings(CHANNELS, cosmetic=neat)).alias("signup_channel"),
        pl.col("_tier").alias("loyalty_tier"),
        word(who, seed, "tier_then", tier_then).alias("initial_loyalty_tier"),
        pl.when(flag["verified"] < 96).then(flag["verified"] < 80).alias("email_verified"),
        pl.when(flag["opt_in"] < 96).then(flag["opt_in"] < 48).alias("marketing_opt_in"),
        pl.col("_address").alias("mailing_address"),
        pl.col("_address").alias("billing_address"),
        pl.when(flag["enrolled"] < 90).then(known_since).alias("loyalty_enrollment_date"),
        word(who, seed, "clv", spellings(BUCKETS, cosmetic=False)).alias("clv_bucket"),
        (who + day * pl.lit(1 << 32, dtype=pl.UInt64)).alias("_event"),
        *("_reasons", "_released", "_older", "_n", "_fate", "_folder"),
    )
