"""Who is like somebody: the nearest on scaled facts, amounts by their logarithm, an unknown fact at everybody's mean. Pure."""

from __future__ import annotations

# What is compared; of these the logarithm of 1 + x, since half as much again is as far at 50 as at 500.
COMPARED = ("age", "tenure_days", "plan_fee_fen", "bill_fen", "data_gb", "voice_min", "contacts_90", "f_count", "m_fen")
LOGGED = frozenset(COMPARED) - {"age"}


def _told(column: str, row: str) -> str:
    value = f"{row}.{column}"
    known = f"CASE WHEN {value} > 0 THEN {value} ELSE 0 * {value} END"  # greatest() would take an unknown for 0
    return f"ln(1 + ({known})::double precision)" if column in LOGGED else f"{value}::double precision"


def statement(*, table: str, who: str, most: str) -> str:
    """SQL for either database: (customer, distance) of the nearest of the same kind who may be seen.

    Distance: the root of the mean square of differences in standard deviations; 0 is the same in everything.
    """
    means = ", ".join(
        f"avg({_told(one, 'f')}) AS m_{one}, stddev_pop({_told(one, 'f')}) AS s_{one}" for one in COMPARED
    )
    apart = " + ".join(
        f"coalesce(power((coalesce({_told(one, 'f')}, m_{one}) - coalesce({_told(one, 'one')}, m_{one}))"
        f" / nullif(s_{one}, 0), 2), 0)"
        for one in COMPARED
    )
    return f"""
        WITH one AS (SELECT * FROM {table} WHERE customer_id = {who}),
        everybody AS (SELECT {means} FROM {table} AS f WHERE f.kind = (SELECT kind FROM one))
        SELECT f.customer_id, sqrt(({apart}) / {len(COMPARED)}) AS distance
        FROM {table} AS f, one, everybody
        WHERE f.kind = one.kind AND f.is_open AND f.customer_id <> one.customer_id
        ORDER BY distance, f.customer_id LIMIT {most}"""  # noqa: S608
