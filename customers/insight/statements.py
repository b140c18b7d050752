"""The SQL of insight: each source gathered once into a table of the night, then one wide row a customer.

By set, never customer by customer: the cost is that of a few passes over usage, contacts and money. What names MINE works
on the customers of one range and runs for all ranges side by side; what asks about everybody runs once, between them.
"""

from __future__ import annotations

from customers.insight import formulas as f
from customers.insight.terms import MINE, NEEDS

# Who refuses conclusions, or must be left alone, is nobody here: what stood of them goes.
PERSON = f"""
SELECT customer.id AS customer_id, kind, region, language, status, level, lifecycle,
    extract(year FROM %(today)s::date)::int - birth_year AS age, %(today)s::date - since AS tenure_days,
    tie.id IS NOT NULL AS in_household
FROM customers_customer AS customer LEFT JOIN (
    SELECT DISTINCT unnest(ARRAY[a_id, b_id]) AS id FROM customers_relationship
    WHERE role IN ('head', 'member') AND (valid_to IS NULL OR valid_to > %(today)s)) AS tie USING (id)
WHERE customer.id {MINE} AND status NOT IN ('merged', 'erased', 'restricted')
    AND NOT EXISTS (SELECT FROM customers_consent AS no WHERE no.customer_id = customer.id AND no.purpose = 'profiling'
                    AND no.state = 'refused')
"""

# Months ago, by the calendar: 1 is the last closed month. OFFSET 0, here and below: what a subquery works out is worked
# out once a row; without it PostgreSQL writes the expression into each of a dozen filters. Everything is a double: sums of
# 64-bit numbers, and seconds by EXTRACT, are exact numbers of any length to PostgreSQL, and ten times as slow.
USED = f"""
SELECT customer_id, bill / nullif(late, 0) AS bill_fen, bill_slope, data / nullif(late, 0) / 1048576 AS data_gb,
    voice / nullif(late, 0) / 60 AS voice_min, messages / nullif(late, 0) AS messages, overage_months,
    CASE WHEN late = 3 THEN bill - low - high ELSE bill / nullif(late, 0) END AS middle_fen, coalesce(active, false) AS active
FROM (
SELECT customer_id, CASE WHEN count(*) >= 3 THEN regr_slope(ln(greatest(bill, 1)), -ago) END AS bill_slope,
    count(*) FILTER (WHERE ago <= 3) AS late, sum(bill) FILTER (WHERE ago <= 3) AS bill,
    min(bill) FILTER (WHERE ago <= 3) AS low, max(bill) FILTER (WHERE ago <= 3) AS high,
    sum(data) FILTER (WHERE ago <= 3) AS data, sum(voice) FILTER (WHERE ago <= 3) AS voice,
    sum(messages) FILTER (WHERE ago <= 3) AS messages, count(*) FILTER (WHERE above AND ago <= 3) AS overage_months,
    bool_or(used) FILTER (WHERE ago <= 2) AS active
FROM (SELECT customer_id, ago, bill_fen::float8 AS bill, data_kb::float8 AS data, voice_s::float8 AS voice,
        messages::float8 AS messages, voice_s + data_kb + messages > 0 AS used, above
      FROM customers_usagemonth JOIN (
        SELECT (date_trunc('month', %(today)s::date) - make_interval(months => n))::date AS month, n::float8 AS ago
        FROM generate_series(1, 6) AS n OFFSET 0) AS asked USING (month) WHERE customer_id {MINE} OFFSET 0) AS told
GROUP BY customer_id) AS own
"""

HELD = f"""
SELECT customer_id, count(*) FILTER (WHERE live)::int AS holdings,
    array_agg(DISTINCT code::text) FILTER (WHERE live) AS products, array_agg(DISTINCT family::text) FILTER (WHERE live) AS families,
    (array_agg(code ORDER BY fee_fen DESC) FILTER (WHERE live AND main))[1] AS plan,
    max(fee_fen) FILTER (WHERE live AND main) AS plan_fee_fen,
    min(term_end - %(today)s::date) FILTER (WHERE live AND main AND term_end >= %(today)s) AS contract_days,
    sum(coalesce(margin_fen::float8, fee_fen * {f.MARGIN_SHARE}::float8)) FILTER (WHERE live)
        / nullif(sum(fee_fen::float8) FILTER (WHERE live), 0) AS share,
    bool_or(live AND kind = 'device' AND since > %(today)s::date - 60) AS new_device
FROM (SELECT own.customer_id, own.since, own.term_end, own.status <> 'ended' AS live, sold.code, sold.family, sold.kind,
        sold.fee_fen, sold.margin_fen, sold.family = 'mobile' AND sold.kind IN ('plan', 'bundle') AS main
      FROM customers_holding AS own JOIN customers_offering AS sold ON sold.id = own.offering_id
      WHERE own.customer_id {MINE}) AS held
GROUP BY customer_id
"""

# One pass over the contacts: by customer and channel here, by customer below.
SPOKEN = f"""
SELECT customer_id, channel, sum(exp(age * -0.0077016353395549478)) FILTER (WHERE met) AS weight,
    count(*) FILTER (WHERE met AND age < 30)::int AS contacts_30, count(*) FILTER (WHERE met AND age < 90)::int AS contacts_90,
    count(*) FILTER (WHERE kind = 'call' AND met AND age < 90)::int AS calls_90, min(age) FILTER (WHERE met) AS quiet,
    count(*) FILTER (WHERE complains AND age < 365)::int AS complaints_365,
    bool_or(complains AND outcome = 'open') AS open_complaint,
    count(*) FILTER (WHERE about = 1 AND age < 60)::int AS leaving_60, count(*) FILTER (WHERE about = 2 AND age < 90)::int AS compared,
    bit_or(about) FILTER (WHERE about > 2 AND age < 90) AS situations
FROM (SELECT customer_id, channel, kind, outcome, kind = 'complaint' AS complains, direction = 'in' AND kind <> 'path' AS met,
        date_part('epoch', %(now)s - at) / 86400 AS age, CASE WHEN code IN ('leave', 'cancel_service', 'number_transfer_viewed') THEN 1
            WHEN code = 'plans_viewed' THEN 2 WHEN code = 'roaming' THEN 4 WHEN code IN ('moving', 'broadband_new') THEN 8
            WHEN code = 'arrears' THEN 16 ELSE 0 END AS about
      FROM customers_interaction WHERE customer_id {MINE} AND at > %(long_ago)s AND at <= %(now)s OFFSET 0) AS contact
GROUP BY customer_id, channel
"""

# The channel is the one with the most of p = (s + 10·p0) / (n + 10), weights halved every 90 days: a few contacts do not
# outweigh what everybody prefers. The most of weight and place is looked for as one whole number, billionths of a contact
# before the place: no sorting, no arrays, and equal weights stay equal in whichever order they were added up.
_WHOLE, _PLACES = 1_000_000_000, 1_000
PREFERRED = """
SELECT channel, weight / sum(weight) OVER () * 10 AS prior, row_number() OVER (ORDER BY channel DESC) AS place
FROM (SELECT channel, sum(weight) AS weight FROM i_spoken GROUP BY channel) AS by_channel WHERE weight > 0
"""
TOLD = f"""
SELECT own.*, base.channel, (best / {_PLACES}) / {_WHOLE}::float8 / (total + 10) AS channel_share FROM (
    SELECT customer_id, sum(contacts_30)::int AS contacts_30, sum(contacts_90)::int AS contacts_90, sum(calls_90)::int AS calls_90,
        sum(complaints_365)::int AS complaints_365, bool_or(open_complaint) AS open_complaint,
        floor(min(quiet))::int AS quiet_days, sum(leaving_60)::int AS leaving_60, sum(compared)::int AS compared,
        coalesce(bit_or(situations), 0) AS situations, max(((weight + prior) * {_WHOLE}::float8)::bigint * {_PLACES} + place) AS best,
        sum(weight) AS total
    FROM i_spoken LEFT JOIN i_preferred AS base USING (channel) WHERE customer_id {MINE} GROUP BY customer_id) AS own
LEFT JOIN i_preferred AS base ON base.place = best %% {_PLACES}
"""

# Two-hour blocks of the week in which somebody was reached or rang, against the population's habit (6 tries' worth).
TRIED = f"""
SELECT customer_id, (weekday * 100 + hour - hour %% 2)::smallint AS block,
    count(*)::float8 AS tries, (count(*) FILTER (WHERE reached))::float8 AS reached
FROM (SELECT customer_id, date_part('isodow', local)::int AS weekday, date_part('hour', local)::int AS hour,
        direction = 'in' OR outcome = 'completed' AS reached
      FROM (SELECT customer_id, direction, outcome, at AT TIME ZONE %(zone)s AS local FROM customers_interaction
            WHERE customer_id {MINE} AND kind = 'call' AND at > %(long_ago)s AND at <= %(now)s OFFSET 0) AS call
      OFFSET 0) AS told
WHERE hour BETWEEN 8 AND 20 GROUP BY 1, 2
"""
HABIT = """
SELECT block, sum(reached) / sum(tries) AS share, sum(tries) / sum(sum(tries)) OVER () AS habit FROM i_tried GROUP BY block
"""
BLOCKS = f"""
SELECT customer_id, (array_agg(block ORDER BY (reached + 6 * share) / (tries + 6) * (tries + habit) DESC, block))[:3] AS best
FROM i_tried JOIN i_habit USING (block) WHERE customer_id {MINE} GROUP BY customer_id
"""

BOUGHT = f"""
SELECT own.*, coalesce(told.compared, 0)::float8 AS compared FROM (
SELECT customer_id, kind, (min(age) FILTER (WHERE bought))::int AS r_days, count(*) FILTER (WHERE bought)::int AS f_count,
    sum(CASE WHEN bought THEN amount ELSE -amount END)::bigint AS m_fen,
    count(*) FILTER (WHERE discount_fen > 0 AND bought)::float8 / count(*) AS discounts,
    count(*) FILTER (WHERE early AND bought)::float8 / count(*) AS novelties,
    count(*) FILTER (WHERE gift AND bought)::float8 / count(*) AS gifts
FROM (SELECT moved.customer_id, person.kind, amount_fen::float8 AS amount, discount_fen, early, gift, moved.kind IN ('purchase', 'top_up') AS bought,
        floor(date_part('epoch', %(now)s - at) / 86400) AS age
      FROM customers_transaction AS moved JOIN i_person AS person USING (customer_id)
      WHERE person.customer_id {MINE} AND moved.customer_id {MINE} AND at > %(year_ago)s AND at <= %(now)s AND moved.kind IN ('purchase', 'top_up', 'refund') OFFSET 0) AS own
GROUP BY customer_id, kind HAVING count(*) FILTER (WHERE bought) > 0) AS own LEFT JOIN i_told AS told USING (customer_id)
"""

# Quintiles inside a kind of customer; ties share the mean rank, so that equal customers score alike. What is kept is from
# which value on a score begins: there are few scores, and a million customers. One kind after another: numbers alone are
# sorted several times as fast as words with numbers.
_RANKS = """
SELECT kind, marks FROM (SELECT kind, count(*)::float8 AS everybody FROM i_bought GROUP BY kind) AS kinds, LATERAL (
    SELECT array_remove(ARRAY[{marks}], NULL) AS marks FROM (
        SELECT value, ceil({quintiles} * (upto - (same - 1) / 2) / everybody) AS score FROM (
            SELECT {value} AS value, count(*)::float8 AS same, sum(count(*)::float8) OVER (ORDER BY {value}) AS upto
            FROM i_bought WHERE i_bought.kind = kinds.kind GROUP BY {value}) AS ranked) AS scored) AS own
"""
RANKS = {
    name: _RANKS.format(
        value=value, quintiles=f.QUINTILES,
        marks=", ".join(f"min(value) FILTER (WHERE score > {score})" for score in range(1, f.QUINTILES)),
    )
    for name, value in (("r", "-r_days::float8"), ("f", "f_count::float8"), ("m", "m_fen::float8"))
}  # fmt: skip
# What purchases are moved by, in standard deviations above everybody else's; two within half of one are "mixed".
MOVED = """
SELECT avg(discounts) AS d, stddev_pop(discounts) AS ds, avg(novelties) AS n, stddev_pop(novelties) AS ns,
    avg(gifts) AS g, stddev_pop(gifts) AS gs, avg(compared) AS c, stddev_pop(compared) AS cs FROM i_bought
"""
SCORED = f"""
SELECT customer_id, r_days, f_count, m_fen, r, f, m, CASE {{classes}} END AS rfm,
    CASE WHEN (p > top - 0.5)::int + (n > top - 0.5)::int + (g > top - 0.5)::int + (c > top - 0.5)::int > 1
    THEN 'mixed' WHEN p = top THEN 'price' WHEN n = top THEN 'novelty' WHEN g = top THEN 'gift' WHEN c = top THEN 'comparison'
    ELSE '' END AS motive
FROM (SELECT *, greatest(p, n, g, c) AS top FROM (
    SELECT own.*, (discounts - d) / nullif(ds, 0) AS p, (novelties - n) / nullif(ns, 0) AS n,
        (gifts - g) / nullif(gs, 0) AS g, (compared - c) / nullif(cs, 0) AS c,
        (1 + width_bucket(-r_days::float8, rank_r.marks))::smallint AS r,
        (1 + width_bucket(f_count::float8, rank_f.marks))::smallint AS f,
        (1 + width_bucket(m_fen::float8, rank_m.marks))::smallint AS m
    FROM i_bought AS own JOIN i_rank_r AS rank_r USING (kind) JOIN i_rank_f AS rank_f USING (kind)
        JOIN i_rank_m AS rank_m USING (kind), i_moved
    WHERE customer_id {MINE} OFFSET 0) AS scaled OFFSET 0) AS own
""".format(
    classes=" ".join(
        f"WHEN (r >= {f.HIGH_FROM}) = {r} AND (f >= {f.HIGH_FROM}) = {often} AND (m >= {f.HIGH_FROM}) = {m} THEN '{name}'"
        for (r, often, m), name in f.CLASSES.items()
    )
)

WISHES = f"""
SELECT customer_id, bool_or(state = 'granted' AND channel IN ('voice', 'any')) AS voice,
    bool_or(state = 'granted' AND channel IN ('sms', 'any')) AS sms,
    bool_or(state = 'granted' AND channel IN ('wechat', 'any')) AS wechat,
    bool_or(state = 'refused') AS refused
FROM customers_consent WHERE customer_id {MINE} AND purpose = 'marketing' AND (until IS NULL OR until > %(now)s)
GROUP BY customer_id
"""

SILENT = """
SELECT DISTINCT customer_id FROM customers_donotcall WHERE customer_id IS NOT NULL
UNION SELECT own.customer_id FROM customers_donotcall AS no JOIN customers_identifier AS own
    ON own.value = no.number AND own.kind IN ('phone', 'landline') WHERE no.number <> ''
"""

TAGGED = f"""
SELECT given.customer_id, array_agg(tag.key::text ORDER BY tag.key) AS tags
FROM customers_tagassignment AS given JOIN customers_tag AS tag ON tag.id = given.tag_id
WHERE given.customer_id {MINE} AND (given.expires_at IS NULL OR given.expires_at > %(now)s) GROUP BY given.customer_id
"""

# Everything from here in double precision: PostgreSQL takes a decimal literal for an exact number, and powers of those to
# hundreds of digits, thirty times as slowly.
_Z = " + ".join(
    [f"'{f.CHURN_INTERCEPT}'::float8", *(f"CASE WHEN {term.sql} THEN '{term.weight}'::float8 ELSE 0 END" for term in f.CHURN_TERMS)]
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


def _mine(table: str, name: str) -> str:
    """The rows of one range: what is joined is hashed, and half of it is half the work."""
    return f"(SELECT * FROM {table} WHERE customer_id {MINE}) AS {name}"


# Everything about one customer side by side: what follows reads a single table.
JOINED = f"""
SELECT *, {_worth("churn")} AS value, {_worth(f"least(0.99::float8, churn * {f.HAZARD_SPREAD})")} AS low,
    {_worth(f"churn / {f.HAZARD_SPREAD}")} AS high
FROM (SELECT person.*, 1 / (1 + exp(-({_Z}))) AS churn, array_remove(ARRAY[{_REASONS}], NULL) AS churn_reasons,
    (used.middle_fen * coalesce(held.share, {f.MARGIN_SHARE}))::float8 AS margin,
    CASE WHEN coalesce(held.holdings, 0) = 0 THEN CASE WHEN held.customer_id IS NULL THEN 'prospect' ELSE 'lost' END
         WHEN stands.lifecycle = 'lost' OR (stands.lifecycle = 'won_back' AND stands.lifecycle_since > %(today)s::date - {f.NEW_DAYS})
            THEN 'won_back'
         WHEN person.tenure_days <= {f.NEW_DAYS} THEN 'new'
         WHEN NOT coalesce(used.active, false) AND coalesce(told.quiet_days, 999) > 60 THEN 'dormant'
         WHEN used.bill_slope > {f.TREND} THEN 'growing' WHEN used.bill_slope < -{f.TREND} THEN 'declining'
         ELSE 'mature' END AS seen,
    coalesce(nullif(stands.lifecycle, ''), person.lifecycle, '') AS stands, stands.lifecycle_seen AS seen_before,
    stands.lifecycle_since AS stands_since,
    used.bill_fen, used.bill_slope, used.data_gb, used.voice_min, used.messages, used.overage_months,
    held.holdings, held.products, held.families, held.plan, held.plan_fee_fen, held.contract_days, held.new_device,
    told.contacts_30, told.contacts_90, told.calls_90, told.complaints_365, told.open_complaint, told.quiet_days,
    told.channel, told.channel_share, told.situations
FROM {_mine("i_person", "person")} LEFT JOIN {_mine("i_used", "used")} USING (customer_id)
    LEFT JOIN {_mine("i_held", "held")} USING (customer_id) LEFT JOIN {_mine("i_told", "told")} USING (customer_id)
    LEFT JOIN {_mine("customers_facts", "stands")} USING (customer_id) OFFSET 0) AS own
"""

# From which value on a customer is of a tier or tenth of their kind; equal values are of the same.
MARKS = f"""
SELECT kind, own.* FROM (SELECT DISTINCT kind FROM i_joined WHERE value IS NOT NULL) AS kinds, LATERAL (
    SELECT ARRAY[{", ".join(f"min(value) FILTER (WHERE ceil(10 * place) > {tenth})" for tenth in range(1, 10))}] AS tenths,
        {", ".join(f"min(value) FILTER (WHERE place > {1 - share}) AS {tier}" for tier, share in f.TIERS)}
    FROM (SELECT value, cume_dist() OVER (ORDER BY value) AS place FROM i_joined
          WHERE value IS NOT NULL AND i_joined.kind = kinds.kind) AS placed) AS own
"""

_STAGE = f"""CASE WHEN person.stands = '' OR person.seen IN ({", ".join(f"'{one}'" for one in sorted(f.AT_ONCE))})
    OR person.seen = person.seen_before THEN person.seen ELSE person.stands END"""
_WEEKS = "greatest(0, term.ends - %(today)s::date) / 7.0::float8"
_SHORT = f"(term.needs - term.points - {_WEEKS} * points.mean)"
_COLUMNS: dict[str, str] = {
    "at": "%(now)s", "version": "%(version)s", "kind": "person.kind", "region": "person.region",
    "language": "person.language", "age": "person.age", "tenure_days": "person.tenure_days",
    "in_household": "person.in_household", "is_open": "person.status = 'active'",
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
    "lifecycle": _STAGE, "lifecycle_seen": "person.seen",
    "lifecycle_since": f"CASE WHEN {_STAGE} = person.stands THEN coalesce(person.stands_since, %(today)s) ELSE %(today)s::date END",
    "churn": f"CASE WHEN {_STAGE} IN ('prospect', 'lost') THEN NULL ELSE person.churn END",
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

WRITE = f"""
MERGE INTO customers_facts AS stands USING (
    SELECT customer_id, {", ".join(f"{told} AS {name}" for name, told in _COLUMNS.items())}
    FROM {_mine("i_joined", "person")} LEFT JOIN i_mark AS mark USING (kind)
    LEFT JOIN {_mine("i_block", "blocks")} USING (customer_id) LEFT JOIN {_mine("i_scored", "scored")} USING (customer_id)
    LEFT JOIN {_mine("i_points", "points")} USING (customer_id) LEFT JOIN {_mine("i_wish", "wish")} USING (customer_id)
    LEFT JOIN i_silent AS silent USING (customer_id) LEFT JOIN {_mine("i_tagged", "tagged")} USING (customer_id)
    LEFT JOIN {_mine(f"(SELECT *, {NEEDS.format(level='level')} AS needs FROM i_term) AS own", "term")} USING (customer_id)
) AS fresh ON stands.customer_id = fresh.customer_id AND stands.customer_id {MINE}
WHEN MATCHED THEN UPDATE SET {", ".join(f"{name} = fresh.{name}" for name in _COLUMNS)}
WHEN NOT MATCHED THEN INSERT (customer_id, {", ".join([*_COLUMNS, *_OTHERS])})
    VALUES (fresh.customer_id, {", ".join([*(f"fresh.{name}" for name in _COLUMNS), *_OTHERS.values()])})
"""
# Whom the facts know and the customers do not any more is merged or erased.
GONE = f"""
DELETE FROM customers_facts AS facts WHERE customer_id {MINE} AND NOT EXISTS (SELECT FROM i_person WHERE i_person.customer_id = facts.customer_id)
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
