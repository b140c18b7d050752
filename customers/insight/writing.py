"""The SQL that judges and writes: all that was gathered about a customer side by side, then one wide row of facts."""

from __future__ import annotations

from customers.insight import formulas as f
from customers.insight.terms import MINE, NEEDS

# Everything from here in double precision: PostgreSQL takes a decimal literal for an exact number, and powers of those to
# hundreds of digits, thirty times as slowly.
_Z = " + ".join(
    [
        f"'{f.CHURN_INTERCEPT}'::float8",
        *(f"CASE WHEN {term.sql} THEN '{term.weight}'::float8 ELSE 0 END" for term in f.CHURN_TERMS),
    ]
)
_REASONS = ", ".join(
    f"CASE WHEN {term.sql} THEN '{term.key}' END"
    for term in sorted(f.CHURN_TERMS, key=lambda term: -term.weight)
    if term.weight > 0
)
_Q = f"(({{stays}}) ^ (1 / 3.0::float8) / {1 + f.DISCOUNT}::float8)"


def _worth(churn: str) -> str:
    """Expected margin of 24 months, in SQL, of `margin` at this risk."""
    q = _Q.format(stays=f"1 - {churn}")
    return f"(margin * {q} * (1 - {q} ^ {f.MONTHS}) / (1 - {q}))"


# Everything about one customer side by side: what follows reads a single table. Which stage that is shows when it is written:
# yesterday's row is read there anyway.
JOINED = f"""
SELECT *, {_worth("churn")} AS value, {_worth(f"least(0.99::float8, churn * {f.HAZARD_SPREAD})")} AS low,
    {_worth(f"churn / {f.HAZARD_SPREAD}")} AS high
FROM (SELECT person.*, 1 / (1 + exp(-({_Z}))) AS churn, array_remove(ARRAY[{_REASONS}], NULL) AS churn_reasons,
    (used.middle_fen * coalesce(held.share, {f.MARGIN_SHARE}))::float8 AS margin,
    CASE WHEN coalesce(held.holdings, 0) = 0 THEN CASE WHEN held.customer_id IS NULL THEN 'prospect' ELSE 'lost' END
         WHEN person.tenure_days <= {f.NEW_DAYS} THEN 'new'
         WHEN NOT coalesce(used.active, false) AND coalesce(told.quiet_days, 999) > 60 THEN 'dormant'
         WHEN used.bill_slope > {f.TREND} THEN 'growing' WHEN used.bill_slope < -{f.TREND} THEN 'declining'
         ELSE 'mature' END AS seen,
    used.bill_fen, used.bill_slope, used.data_gb, used.voice_min, used.messages, used.overage_months,
    held.holdings, held.products, held.families, held.plan, held.plan_fee_fen, held.contract_days, held.new_device,
    told.contacts_30, told.contacts_90, told.calls_90, told.complaints_365, told.open_complaint, told.quiet_days,
    told.channel, told.channel_share, told.situations
FROM i_person_mine AS person LEFT JOIN i_used_mine AS used USING (customer_id)
    LEFT JOIN i_held_mine AS held USING (customer_id) LEFT JOIN i_told_mine AS told USING (customer_id) OFFSET 0) AS own
"""

# From which value on a customer is of a tier or tenth of their kind; equal values are of the same.
MARKS = f"""
SELECT kind, own.* FROM (SELECT DISTINCT kind FROM i_joined WHERE value IS NOT NULL) AS kinds, LATERAL (
    SELECT ARRAY[{", ".join(f"min(value) FILTER (WHERE ceil(10 * place) > {tenth})" for tenth in range(1, 10))}] AS tenths,
        {", ".join(f"min(value) FILTER (WHERE place > {1 - share}) AS {tier}" for tier, share in f.TIERS)}
    FROM (SELECT value, cume_dist() OVER (ORDER BY value) AS place FROM i_joined
          WHERE value IS NOT NULL AND i_joined.kind = kinds.kind) AS placed) AS own
"""

_WEEKS = "greatest(0, term.ends - %(today)s::date) / 7.0::float8"
_SHORT = f"(term.needs - term.points - {_WEEKS} * points.mean)"
_COLUMNS: dict[str, str] = {
    "at": "%(now)s", "version": "%(version)s", "kind": "person.kind", "region": "person.region",
    "language": "person.language", "age": "person.age", "tenure_days": "person.tenure_days",
    "in_household": "person.in_household", "household": "person.household", "campus": "person.campus",
    "enterprise": "person.enterprise", "is_open": "person.status = 'active'",
    "products": "coalesce(person.products, '{}')", "families": "coalesce(person.families, '{}')",
    "holdings": "coalesce(person.holdings, 0)", "plan": "coalesce(person.plan, '')", "plan_fee_fen": "person.plan_fee_fen",
    "contract_days": "person.contract_days", "bill_fen": "person.bill_fen", "bill_slope": "person.bill_slope",
    "data_gb": "person.data_gb", "voice_min": "person.voice_min", "messages": "person.messages",
    "overage_months": "coalesce(person.overage_months, 0)", "contacts_30": "coalesce(person.contacts_30, 0)",
    "contacts_90": "coalesce(person.contacts_90, 0)", "calls_90": "coalesce(person.calls_90, 0)",
    "complaints_365": "coalesce(person.complaints_365, 0)", "open_complaint": "coalesce(person.open_complaint, false)",
    "quiet_days": "person.quiet_days", "channel": "coalesce(person.channel, '')", "channel_share": "person.channel_share",
    "best_blocks": "coalesce(blocks.best, '{}')", "r_days": "scored.r_days", "f_count": "scored.f_count",
    "m_fen": "scored.m_fen", "r": "scored.r", "f": "scored.f", "m": "scored.m", "rfm": "coalesce(scored.rfm, '')",
    "margin_fen": "person.margin", "value_fen": "person.value", "value_low_fen": "person.low",
    "value_high_fen": "person.high", "value_decile": "1 + width_bucket(person.value, mark.tenths)",
    "value_tier": "CASE WHEN person.value IS NULL THEN '' "
    + " ".join(f"WHEN person.value >= mark.{tier} THEN '{tier}'" for tier, _share in f.TIERS)
    + " ELSE 'standard' END",
    "level": "coalesce(term.level, '')", "points": "points.balance", "term_ends": "term.ends",
    "term_points": "term.points", "level_needs": "term.needs",
    "term_pace": f"term.points + {_WEEKS} * coalesce(points.mean, 0)",
    "term_low": f"term.points + greatest(0, {_WEEKS} * coalesce(points.mean, 0) - 1.28 * sqrt({_WEEKS}) * coalesce(points.deviation, 0))",
    "term_high": f"term.points + {_WEEKS} * coalesce(points.mean, 0) + 1.28 * sqrt({_WEEKS}) * coalesce(points.deviation, 0)",
    "downgrade_risk": f"CASE WHEN term.needs IS NULL OR term.needs = 0 THEN NULL WHEN term.points >= term.needs THEN 0"
    f" WHEN coalesce(points.deviation, 0) = 0 OR {_WEEKS} = 0 THEN ({_SHORT} > 0 OR points.mean IS NULL)::int"
    f" ELSE 0.5 * (1 + erf({_SHORT} / (points.deviation * sqrt({_WEEKS})) / sqrt(2))) END",
    "churn_reasons": "person.churn_reasons", "motive": "coalesce(scored.motive, '')",
    "scenarios": "array_remove(ARRAY[CASE WHEN person.situations & 4 > 0 THEN 'roaming' END,"
    " CASE WHEN person.situations & 8 > 0 THEN 'moving' END, CASE WHEN person.situations & 16 > 0 THEN 'arrears' END,"
    " CASE WHEN person.contract_days <= 60 THEN 'contract_ends' END,"
    " CASE WHEN person.overage_months >= 2 THEN 'overage' END, CASE WHEN person.new_device THEN 'new_device' END,"
    " CASE WHEN person.age BETWEEN 17 AND 26 AND extract(month FROM %(today)s::date) IN (8, 9) THEN 'campus' END], NULL)",
    "tags": "coalesce(tagged.tags, '{}')", "consent_voice": "coalesce(wish.voice AND NOT wish.refused, false)",
    "consent_sms": "coalesce(wish.sms AND NOT wish.refused, false)",
    "consent_wechat": "coalesce(wish.wechat AND NOT wish.refused, false)",
    "refused_marketing": "coalesce(wish.refused, false)", "do_not_call": "silent.customer_id IS NOT NULL",
}  # fmt: skip
# What others write and a computation leaves as it is.
_OTHERS: dict[str, str] = {"circle_role": "''", "fraud_open": "false"}
# What the stage is worked out from, out of the fresh row.
_FOR_STAGE = {"churn": "person.churn", "seen": "person.seen", "told": "coalesce(person.lifecycle, '')"}


def _stage(*, stood: str, seen_before: str, since: str) -> dict[str, str]:
    """The columns that depend on the row that stands: its stage, what that evaluation saw, and since when it stands.

    Nearly everybody is seen where they stood: that is asked first, once a column instead of three times.
    """
    back = (
        f"fresh.seen NOT IN ('prospect', 'lost') AND ({stood} = 'lost'"
        f" OR ({stood} = 'won_back' AND {since} > %(today)s::date - {f.NEW_DAYS}))"
    )
    stands = f"coalesce(nullif({stood}, ''), fresh.told)"
    at_once = ", ".join(f"'{one}'" for one in sorted(f.AT_ONCE))
    stage = (
        f"CASE WHEN fresh.seen = {stood} THEN fresh.seen WHEN {back} THEN 'won_back'"
        f" WHEN fresh.seen = {seen_before} OR {stands} = '' OR fresh.seen IN ({at_once}) THEN fresh.seen ELSE {stands} END"
    )
    return {
        "lifecycle": stage,
        "lifecycle_seen": f"CASE WHEN fresh.seen = {stood} THEN fresh.seen WHEN {back} THEN 'won_back' ELSE fresh.seen END",
        "lifecycle_since": f"CASE WHEN fresh.seen = {stood} OR {stage} = {stands} THEN coalesce({since}, %(today)s)"
        " ELSE %(today)s::date END",
        "churn": f"CASE WHEN {stage} IN ('prospect', 'lost') THEN NULL ELSE fresh.churn END",
    }


def _written(stage: dict[str, str]) -> dict[str, str]:
    return {name: f"fresh.{name}" for name in _COLUMNS} | stage


_KNOWN = _written(_stage(stood="stands.lifecycle", seen_before="stands.lifecycle_seen", since="stands.lifecycle_since"))
_NEW = _written(_stage(stood="NULL::text", seen_before="NULL::text", since="NULL::date")) | _OTHERS

WRITE = f"""
MERGE INTO customers_facts AS stands USING (
    SELECT customer_id, {", ".join(f"{told} AS {name}" for name, told in (_COLUMNS | _FOR_STAGE).items())}
    FROM i_joined_mine AS person LEFT JOIN i_mark AS mark USING (kind)
    LEFT JOIN i_block_mine AS blocks USING (customer_id) LEFT JOIN i_scored_mine AS scored USING (customer_id)
    LEFT JOIN i_points_mine AS points USING (customer_id) LEFT JOIN i_wish_mine AS wish USING (customer_id)
    LEFT JOIN i_silent AS silent USING (customer_id) LEFT JOIN i_tagged_mine AS tagged USING (customer_id)
    LEFT JOIN (SELECT *, {NEEDS.format(level="level")} AS needs FROM i_term_mine) AS term USING (customer_id)
) AS fresh ON stands.customer_id = fresh.customer_id AND stands.customer_id {MINE}
WHEN MATCHED THEN UPDATE SET {", ".join(f"{name} = {told}" for name, told in _KNOWN.items())}
WHEN NOT MATCHED THEN INSERT (customer_id, {", ".join(_NEW)}) VALUES (fresh.customer_id, {", ".join(_NEW.values())})
"""
# Whom the facts know and the customers do not any more is merged or erased.
GONE = f"""
DELETE FROM customers_facts AS facts
WHERE customer_id {MINE} AND NOT EXISTS (SELECT FROM i_person_mine AS person WHERE person.customer_id = facts.customer_id)
"""

# What the rest of the house reads at the customer; only where it changes.
TELL = """
UPDATE customers_customer AS customer SET
    level = CASE WHEN facts.level = '' THEN customer.level ELSE facts.level END,
    value_tier = CASE WHEN facts.value_tier = '' THEN customer.value_tier ELSE facts.value_tier END,
    lifecycle = facts.lifecycle
FROM customers_facts AS facts WHERE facts.customer_id = customer.id AND (
    (facts.level <> '' AND facts.level <> customer.level) OR facts.lifecycle <> customer.lifecycle
    OR (facts.value_tier <> '' AND facts.value_tier <> customer.value_tier))
"""
