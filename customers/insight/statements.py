"""The SQL of insight: each source gathered once into a table of the transaction, then one wide row a customer.

By set, never customer by customer: the cost is that of a few passes over usage, contacts and money.
"""

from __future__ import annotations

from customers.insight import formulas as f

PERSON = """
CREATE TEMP TABLE i_person ON COMMIT DROP AS
SELECT id AS customer_id, kind, region, language, status, level, lifecycle,
    extract(year FROM %(today)s::date)::int - birth_year AS age, %(today)s::date - since AS tenure_days,
    EXISTS (SELECT FROM customers_relationship AS tie WHERE (tie.a_id = customer.id OR tie.b_id = customer.id)
            AND tie.role IN ('head', 'member')
            AND (tie.valid_to IS NULL OR tie.valid_to > %(today)s)) AS in_household
FROM customers_customer AS customer WHERE status NOT IN ('merged', 'erased')
"""

# Months ago, by the calendar: 1 is the last closed month. OFFSET 0, here and below: what a subquery works out is worked
# out once a row; without it PostgreSQL writes the expression into each of a dozen filters.
USED = """
CREATE TEMP TABLE i_used ON COMMIT DROP AS
SELECT customer_id, avg(bill_fen::float8) FILTER (WHERE ago <= 3) AS bill_fen,
    CASE WHEN count(*) >= 3 THEN regr_slope(ln(greatest(bill_fen, 1)::float8), -ago) END AS bill_slope,
    avg(data_kb::float8) FILTER (WHERE ago <= 3) / 1048576 AS data_gb, avg(voice_s::float8) FILTER (WHERE ago <= 3) / 60 AS voice_min,
    avg(messages::float8) FILTER (WHERE ago <= 3) AS messages,
    count(*) FILTER (WHERE ago <= 3 AND
        lines @? '$[*] ? ((@.kind == "data" || @.kind == "voice" || @.kind == "messages") && @.fen > 0)') AS overage_months,
    CASE count(*) FILTER (WHERE ago <= 3) WHEN 3 THEN sum(bill_fen::float8) FILTER (WHERE ago <= 3)
        - min(bill_fen) FILTER (WHERE ago <= 3) - max(bill_fen) FILTER (WHERE ago <= 3)
        ELSE avg(bill_fen::float8) FILTER (WHERE ago <= 3) END AS middle_fen,
    coalesce(sum(voice_s + data_kb + messages) FILTER (WHERE ago <= 2), 0) > 0 AS active
FROM (SELECT *, (date_part('year', %(today)s::date) * 12 + date_part('month', %(today)s::date)
        - date_part('year', month) * 12 - date_part('month', month))::int AS ago
      FROM customers_usagemonth WHERE month >= %(today)s::date - interval '7 months' OFFSET 0) AS told
WHERE ago BETWEEN 1 AND 6 GROUP BY customer_id
"""

HELD = f"""
CREATE TEMP TABLE i_held ON COMMIT DROP AS
SELECT customer_id, count(*) FILTER (WHERE live)::int AS holdings,
    array_agg(DISTINCT code::text) FILTER (WHERE live) AS products, array_agg(DISTINCT family::text) FILTER (WHERE live) AS families,
    (array_agg(code ORDER BY fee_fen DESC) FILTER (WHERE live AND main))[1] AS plan,
    max(fee_fen) FILTER (WHERE live AND main) AS plan_fee_fen,
    min(term_end - %(today)s::date) FILTER (WHERE live AND main AND term_end >= %(today)s) AS contract_days,
    sum(coalesce(margin_fen, fee_fen * {f.MARGIN_SHARE})) FILTER (WHERE live) / nullif(sum(fee_fen) FILTER (WHERE live), 0) AS share,
    bool_or(live AND kind = 'device' AND since > %(today)s::date - 60) AS new_device
FROM (SELECT own.customer_id, own.since, own.term_end, own.status <> 'ended' AS live, sold.code, sold.family, sold.kind,
        sold.fee_fen, sold.margin_fen, sold.family = 'mobile' AND sold.kind IN ('plan', 'bundle') AS main
      FROM customers_holding AS own JOIN customers_offering AS sold ON sold.id = own.offering_id) AS held
GROUP BY customer_id
"""

TOLD = """
CREATE TEMP TABLE i_told ON COMMIT DROP AS
SELECT customer_id, count(*) FILTER (WHERE met AND age < 30)::int AS contacts_30,
    count(*) FILTER (WHERE met AND age < 90)::int AS contacts_90,
    count(*) FILTER (WHERE kind = 'call' AND met AND age < 90)::int AS calls_90,
    count(*) FILTER (WHERE kind = 'complaint' AND age < 365)::int AS complaints_365,
    bool_or(kind = 'complaint' AND outcome = 'open') AS open_complaint, (min(age) FILTER (WHERE met))::int AS quiet_days,
    count(*) FILTER (WHERE code IN ('leave', 'cancel_service', 'number_transfer_viewed') AND age < 60) AS leaving_60,
    count(*) FILTER (WHERE code = 'plans_viewed' AND age < 90) AS compared,
    array_remove(ARRAY[
        CASE WHEN bool_or(code = 'roaming' AND age < 90) THEN 'roaming' END,
        CASE WHEN bool_or(code IN ('moving', 'broadband_new') AND age < 90) THEN 'moving' END,
        CASE WHEN bool_or(code = 'arrears' AND age < 90) THEN 'arrears' END], NULL) AS scenarios
FROM (SELECT customer_id, kind, code, outcome, direction = 'in' AND kind <> 'path' AS met,
        floor(extract(epoch FROM %(now)s - at)::float8 / 86400) AS age
      FROM customers_interaction WHERE at > %(now)s - interval '400 days' AND at <= %(now)s OFFSET 0) AS contact
GROUP BY customer_id
"""

# p = (s + 10·p0) / (n + 10), weights halved every 90 days: a few contacts do not outweigh what everybody prefers.
CHANNEL = """
CREATE TEMP TABLE i_channel ON COMMIT DROP AS
WITH spoken AS (
    SELECT customer_id, channel, sum(2::float8 ^ (-extract(epoch FROM %(now)s - at)::float8 / 86400 / 90)) AS weight
    FROM customers_interaction WHERE at > %(now)s - interval '400 days' AND at <= %(now)s AND direction = 'in'
        AND kind <> 'path' GROUP BY customer_id, channel
), base AS (SELECT channel, sum(weight) / sum(sum(weight)) OVER () AS share FROM spoken GROUP BY channel)
SELECT DISTINCT ON (customer_id) customer_id, channel, (weight + 10 * share) / (total + 10) AS channel_share
FROM (SELECT *, sum(weight) OVER (PARTITION BY customer_id) AS total FROM spoken) AS own JOIN base USING (channel)
ORDER BY customer_id, channel_share DESC, channel
"""

# Two-hour blocks of the week in which somebody was reached or rang, against the population's habit (6 tries' worth).
BLOCKS = """
CREATE TEMP TABLE i_block ON COMMIT DROP AS
WITH tried AS (
    SELECT customer_id, (date_part('isodow', local) * 100 + floor(date_part('hour', local) / 2) * 2)::smallint AS block,
        count(*)::float8 AS tries, (count(*) FILTER (WHERE direction = 'in' OR outcome = 'completed'))::float8 AS reached
    FROM (SELECT customer_id, direction, outcome, at AT TIME ZONE %(zone)s AS local FROM customers_interaction
          WHERE kind = 'call' AND at > %(now)s - interval '400 days' AND at <= %(now)s OFFSET 0) AS call
    WHERE date_part('hour', local) BETWEEN 8 AND 20 GROUP BY 1, 2
), base AS (SELECT block, sum(reached) / sum(tries) AS share, sum(tries) / sum(sum(tries)) OVER () AS habit
            FROM tried GROUP BY block)
SELECT customer_id, (array_agg(block ORDER BY (reached + 6 * share) / (tries + 6) * (tries + habit) DESC, block))[:3] AS best
FROM tried JOIN base USING (block) GROUP BY customer_id
"""

BOUGHT = """
CREATE TEMP TABLE i_bought ON COMMIT DROP AS
SELECT customer_id, kind, (min(age) FILTER (WHERE bought))::int AS r_days, count(*) FILTER (WHERE bought)::int AS f_count,
    sum(CASE WHEN bought THEN amount_fen ELSE -amount_fen END)::bigint AS m_fen,
    avg(((discount_fen > 0) AND bought)::int::float8) AS discounts, avg((early AND bought)::int::float8) AS novelties,
    avg((gift AND bought)::int::float8) AS gifts
FROM (SELECT moved.customer_id, person.kind, amount_fen, discount_fen, early, gift, moved.kind IN ('purchase', 'top_up') AS bought,
        floor(extract(epoch FROM %(now)s - at)::float8 / 86400) AS age
      FROM customers_transaction AS moved JOIN i_person AS person USING (customer_id)
      WHERE at > %(now)s - interval '365 days' AND at <= %(now)s AND moved.kind IN ('purchase', 'top_up', 'refund') OFFSET 0) AS own
GROUP BY customer_id, kind HAVING count(*) FILTER (WHERE bought) > 0
"""

# What purchases are moved by, in standard deviations above everybody else's; two within half of one are "mixed".
MOTIVE = """
CREATE TEMP TABLE i_motive ON COMMIT DROP AS
SELECT customer_id, CASE WHEN (p > top - 0.5)::int + (n > top - 0.5)::int + (g > top - 0.5)::int + (c > top - 0.5)::int > 1
    THEN 'mixed' WHEN p = top THEN 'price' WHEN n = top THEN 'novelty' WHEN g = top THEN 'gift' WHEN c = top THEN 'comparison'
    ELSE '' END AS motive
FROM (SELECT *, greatest(p, n, g, c) AS top FROM (
    SELECT customer_id, (discounts - d) / nullif(ds, 0) AS p, (novelties - n) / nullif(ns, 0) AS n,
        (gifts - g) / nullif(gs, 0) AS g, (coalesce(compared, 0) - c) / nullif(cs, 0) AS c
    FROM i_bought LEFT JOIN i_told USING (customer_id), (
        SELECT avg(discounts) AS d, stddev_pop(discounts) AS ds, avg(novelties) AS n, stddev_pop(novelties) AS ns,
            avg(gifts) AS g, stddev_pop(gifts) AS gs, avg(coalesce(compared, 0)::float8) AS c, stddev_pop(coalesce(compared, 0)::float8) AS cs
        FROM i_bought LEFT JOIN i_told USING (customer_id)) AS everybody OFFSET 0) AS scaled OFFSET 0) AS own
"""

# Quintiles inside a kind of customer; ties share the mean rank, so that equal customers score alike.
SCORED = """
CREATE TEMP TABLE i_scored ON COMMIT DROP AS
SELECT customer_id, r_days, f_count, m_fen, r, f, m, CASE {classes} END AS rfm FROM (
    SELECT customer_id, r_days, f_count, m_fen, {r} AS r, {f} AS f, {m} AS m FROM (
        SELECT customer_id, r_days, f_count, m_fen, count(*) OVER (PARTITION BY kind) AS everybody,
            rank() OVER (PARTITION BY kind ORDER BY r_days DESC) + (count(*) OVER (PARTITION BY kind, r_days) - 1) / 2.0::float8 AS r_rank,
            rank() OVER (PARTITION BY kind ORDER BY f_count) + (count(*) OVER (PARTITION BY kind, f_count) - 1) / 2.0::float8 AS f_rank,
            rank() OVER (PARTITION BY kind ORDER BY m_fen) + (count(*) OVER (PARTITION BY kind, m_fen) - 1) / 2.0::float8 AS m_rank
        FROM i_bought
    ) AS ranked OFFSET 0
) AS own
""".format(
    classes=" ".join(
        f"WHEN (r >= {f.HIGH_FROM}) = {r} AND (f >= {f.HIGH_FROM}) = {often} AND (m >= {f.HIGH_FROM}) = {m} THEN '{name}'"
        for (r, often, m), name in f.CLASSES.items()
    ),
    **{name: f"greatest(1, ceil({f.QUINTILES} * {name}_rank / everybody))::smallint" for name in ("r", "f", "m")},
)

WISHES = """
CREATE TEMP TABLE i_wish ON COMMIT DROP AS
SELECT customer_id, bool_or(state = 'granted' AND channel IN ('voice', 'any')) AS voice,
    bool_or(state = 'granted' AND channel IN ('sms', 'any')) AS sms,
    bool_or(state = 'granted' AND channel IN ('wechat', 'any')) AS wechat,
    bool_or(state = 'refused') AS refused
FROM customers_consent WHERE purpose = 'marketing' AND (until IS NULL OR until > %(now)s) GROUP BY customer_id
"""

SILENT = """
CREATE TEMP TABLE i_silent ON COMMIT DROP AS
SELECT DISTINCT customer_id FROM customers_donotcall WHERE customer_id IS NOT NULL
UNION SELECT own.customer_id FROM customers_donotcall AS no JOIN customers_identifier AS own
    ON own.value = no.number AND own.kind IN ('phone', 'landline') WHERE no.number <> ''
"""

TAGGED = """
CREATE TEMP TABLE i_tagged ON COMMIT DROP AS
SELECT given.customer_id, array_agg(tag.key::text ORDER BY tag.key) AS tags
FROM customers_tagassignment AS given JOIN customers_tag AS tag ON tag.id = given.tag_id
WHERE given.expires_at IS NULL OR given.expires_at > %(now)s GROUP BY given.customer_id
"""

# --- membership: the ledger settled before the row is written -----------------------------------------------------------
EARN = f"""
INSERT INTO customers_pointsentry (customer_id, origin, kind, points, qualifying, at, expires_at, ref, reason, actor)
SELECT customer_id, customer_id, 'earn', amount_fen / {f.FEN_A_POINT}, true, at, at + interval '{f.POINTS_LIVE_DAYS} days',
    'transaction:' || id, kind, 'insight'
FROM customers_transaction WHERE kind IN ('purchase', 'top_up') AND amount_fen >= {f.FEN_A_POINT}
    AND at > %(now)s - interval '400 days' AND at <= %(now)s
    AND NOT EXISTS (SELECT FROM customers_pointsentry AS held WHERE held.kind = 'earn' AND held.ref = 'transaction:' || customers_transaction.id)
ON CONFLICT (kind, ref) DO NOTHING
"""

# First in, first out: what ran out by now, less what was spent or had run out before.
EXPIRE = """
INSERT INTO customers_pointsentry (customer_id, origin, kind, points, qualifying, at, expires_at, ref, reason, actor)
SELECT customer_id, customer_id, 'expire', -(ran_out - gone), false, %(now)s, NULL,
    'expire:' || customer_id || ':' || %(today)s::date, 'expired', 'insight'
FROM (SELECT customer_id, coalesce(sum(points) FILTER (WHERE points > 0 AND expires_at <= %(now)s), 0) AS ran_out,
        -coalesce(sum(points) FILTER (WHERE points < 0), 0) AS gone
      FROM customers_pointsentry GROUP BY customer_id) AS own WHERE ran_out > gone
ON CONFLICT (kind, ref) DO NOTHING
"""

# Weeks first, then people: the spread of a pace is that of its weeks.
POINTS = f"""
CREATE TEMP TABLE i_points ON COMMIT DROP AS
SELECT customer_id, sum(total)::bigint AS balance, coalesce(sum(year), 0)::bigint AS year,
    coalesce(sum(paced), 0) / {f.PACE_WEEKS} AS mean,
    sqrt(greatest(0, coalesce(sum(paced ^ 2), 0) / {f.PACE_WEEKS} - (coalesce(sum(paced), 0) / {f.PACE_WEEKS}) ^ 2)) AS deviation
FROM (SELECT customer_id, sum(points) AS total, sum(points) FILTER (WHERE counts AND age < {f.TERM_DAYS}) AS year,
        (sum(points) FILTER (WHERE counts AND age < {f.PACE_WEEKS * 7}))::float8 AS paced
      FROM (SELECT customer_id, points, qualifying AND kind <> 'redeem' AS counts,
                floor(extract(epoch FROM %(now)s - at)::float8 / 86400)::int AS age
            FROM customers_pointsentry WHERE at <= %(now)s OFFSET 0) AS entry
      GROUP BY customer_id, age / 7) AS week
GROUP BY customer_id
"""

_TERMS = f"""
SELECT term.id, term.customer_id, term.level, term.ends,
    coalesce(sum(entry.points) FILTER (WHERE entry.qualifying AND entry.kind <> 'redeem'
        AND entry.at::date > term.ends - {f.TERM_DAYS} AND entry.at::date <= term.ends), 0) AS points
FROM customers_levelterm AS term LEFT JOIN customers_pointsentry AS entry
    ON entry.customer_id = term.customer_id AND entry.at <= %(now)s
WHERE term.closed_on IS NULL{{whose}} GROUP BY term.id
"""
TERM = "CREATE TEMP TABLE i_term ON COMMIT DROP AS" + _TERMS.format(whose="")

_REACHED = "CASE " + " ".join(f"WHEN {{points}} >= {needs} THEN '{level}'" for level, needs in f.LEVELS) + " END"
_NEEDS = "CASE {level} " + " ".join(f"WHEN '{level}' THEN {needs}" for level, needs in f.LEVELS) + " ELSE 0 END"

# The mirror of `formulas.settled`, for everybody at once.
SETTLED = f"""
CREATE TEMP TABLE i_settled ON COMMIT DROP AS
SELECT id, customer_id, reached, CASE WHEN {_NEEDS.format(level="reached")} > needs THEN 'reached'
    WHEN reached = level THEN 'renewed' ELSE 'missed' END AS reason
FROM (SELECT term.*, {_REACHED.format(points="term.points")} AS reached, {_NEEDS.format(level="term.level")} AS needs
      FROM i_term AS term) AS judged
WHERE {_NEEDS.format(level="reached")} > needs OR ends + {f.GRACE_DAYS} < %(today)s
"""
CLOSE_TERMS = "UPDATE customers_levelterm AS term SET closed_on = %(today)s FROM i_settled WHERE i_settled.id = term.id"
NEXT_TERMS = f"""
INSERT INTO customers_levelterm (customer_id, level, since, ends, reason)
SELECT customer_id, reached, %(today)s, %(today)s::date + {f.TERM_DAYS}, reason FROM i_settled
"""

# Who begins anew is counted anew.
END_TERMS = "DELETE FROM i_term USING i_settled WHERE i_settled.id = i_term.id"
TERM_AGAIN = "INSERT INTO i_term" + _TERMS.format(whose=" AND term.customer_id IN (SELECT customer_id FROM i_settled)")

BEGIN_TERMS = f"""
INSERT INTO customers_levelterm (customer_id, level, since, ends, reason)
SELECT person.customer_id, CASE WHEN person.level IN ('diamond', 'gold', 'silver', 'standard') AND
        {_NEEDS.format(level="person.level")} > coalesce(points.year, 0) THEN person.level
        ELSE {_REACHED.format(points="coalesce(points.year, 0)")} END,
    %(today)s, %(today)s::date + {f.TERM_DAYS}, CASE WHEN {_NEEDS.format(level="person.level")} > coalesce(points.year, 0)
        THEN 'given' ELSE 'reached' END
FROM i_person AS person LEFT JOIN i_points AS points USING (customer_id)
WHERE (person.level <> '' OR points.customer_id IS NOT NULL)
    AND NOT EXISTS (SELECT FROM customers_levelterm AS term WHERE term.customer_id = person.customer_id AND term.closed_on IS NULL)
"""

# Everything from here in double precision: PostgreSQL takes a decimal literal for an exact number, and powers of those to
# hundreds of digits, thirty times as slowly.
_Z = " + ".join(
    [str(f.CHURN_INTERCEPT), *(f"CASE WHEN {term.sql} THEN {term.weight} ELSE 0 END" for term in f.CHURN_TERMS)]
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


JOINED = f"""
CREATE TEMP TABLE i_joined ON COMMIT DROP AS
SELECT customer_id, 1 / (1 + exp(-({_Z})::float8)) AS churn, array_remove(ARRAY[{_REASONS}], NULL) AS churn_reasons,
    (used.middle_fen * coalesce(held.share, {f.MARGIN_SHARE}))::float8 AS margin,
    CASE WHEN coalesce(held.holdings, 0) = 0 THEN CASE WHEN held.customer_id IS NULL THEN 'prospect' ELSE 'lost' END
         WHEN stands.lifecycle = 'lost' OR (stands.lifecycle = 'won_back' AND stands.lifecycle_since > %(today)s::date - {f.NEW_DAYS})
            THEN 'won_back'
         WHEN person.tenure_days <= {f.NEW_DAYS} THEN 'new'
         WHEN NOT coalesce(used.active, false) AND coalesce(told.quiet_days, 999) > 60 THEN 'dormant'
         WHEN used.bill_slope > {f.TREND} THEN 'growing' WHEN used.bill_slope < -{f.TREND} THEN 'declining'
         ELSE 'mature' END AS seen,
    coalesce(nullif(stands.lifecycle, ''), person.lifecycle, '') AS stands, stands.lifecycle_seen AS seen_before,
    stands.lifecycle_since AS stands_since
FROM i_person AS person LEFT JOIN i_used AS used USING (customer_id) LEFT JOIN i_held AS held USING (customer_id)
    LEFT JOIN i_told AS told USING (customer_id) LEFT JOIN customers_facts AS stands USING (customer_id)
"""

VALUED = f"""
CREATE TEMP TABLE i_valued ON COMMIT DROP AS
SELECT customer_id, value, low, high, ceil(10 * place)::smallint AS decile,
    CASE {" ".join(f"WHEN place > {1 - share} THEN '{tier}'" for tier, share in f.TIERS)} ELSE 'standard' END AS tier
FROM (SELECT own.*, cume_dist() OVER (PARTITION BY kind ORDER BY value) AS place FROM (
        SELECT customer_id, kind, {_worth("churn")} AS value, {_worth(f"least(0.99::float8, churn * {f.HAZARD_SPREAD})")} AS low,
            {_worth(f"churn / {f.HAZARD_SPREAD}")} AS high
        FROM i_joined JOIN i_person USING (customer_id) WHERE margin IS NOT NULL) AS own) AS placed
"""

STAGED = f"""
CREATE TEMP TABLE i_staged ON COMMIT DROP AS
SELECT customer_id, seen, stage, CASE WHEN stage = stands THEN coalesce(stands_since, %(today)s) ELSE %(today)s::date END AS since
FROM (SELECT *, CASE WHEN stands = '' OR seen IN ({", ".join(f"'{one}'" for one in sorted(f.AT_ONCE))}) OR seen = seen_before
        THEN seen ELSE stands END AS stage FROM i_joined) AS own
"""

_WEEKS = "greatest(0, term.ends - %(today)s::date) / 7.0::float8"
_SHORT = f"(term.needs - term.points - {_WEEKS} * points.mean)"
_COLUMNS: dict[str, str] = {
    "at": "%(now)s", "version": "%(version)s", "kind": "person.kind", "region": "person.region",
    "language": "person.language", "age": "person.age", "tenure_days": "person.tenure_days",
    "in_household": "person.in_household", "is_open": "person.status = 'active'",
    "products": "coalesce(held.products, '{}')", "families": "coalesce(held.families, '{}')",
    "holdings": "coalesce(held.holdings, 0)", "plan": "coalesce(held.plan, '')", "plan_fee_fen": "held.plan_fee_fen",
    "contract_days": "held.contract_days", "bill_fen": "used.bill_fen", "bill_slope": "used.bill_slope",
    "data_gb": "used.data_gb", "voice_min": "used.voice_min", "messages": "used.messages",
    "overage_months": "coalesce(used.overage_months, 0)", "contacts_30": "coalesce(told.contacts_30, 0)",
    "contacts_90": "coalesce(told.contacts_90, 0)", "calls_90": "coalesce(told.calls_90, 0)",
    "complaints_365": "coalesce(told.complaints_365, 0)", "open_complaint": "coalesce(told.open_complaint, false)",
    "quiet_days": "told.quiet_days", "channel": "coalesce(likes.channel, '')", "channel_share": "likes.channel_share",
    "best_blocks": "coalesce(blocks.best, '{}')", "r_days": "scored.r_days", "f_count": "scored.f_count",
    "m_fen": "scored.m_fen", "r": "scored.r", "f": "scored.f", "m": "scored.m", "rfm": "coalesce(scored.rfm, '')",
    "margin_fen": "joined.margin", "value_fen": "valued.value", "value_low_fen": "valued.low",
    "value_high_fen": "valued.high", "value_decile": "valued.decile", "value_tier": "coalesce(valued.tier, '')",
    "level": "coalesce(term.level, '')", "points": "points.balance", "term_ends": "term.ends",
    "term_points": "term.points", "level_needs": "term.needs",
    "term_pace": f"term.points + {_WEEKS} * coalesce(points.mean, 0)",
    "term_low": f"term.points + greatest(0, {_WEEKS} * coalesce(points.mean, 0) - 1.28 * sqrt({_WEEKS}) * coalesce(points.deviation, 0))",
    "term_high": f"term.points + {_WEEKS} * coalesce(points.mean, 0) + 1.28 * sqrt({_WEEKS}) * coalesce(points.deviation, 0)",
    "downgrade_risk": f"CASE WHEN term.needs IS NULL OR term.needs = 0 THEN NULL WHEN term.points >= term.needs THEN 0"
    f" WHEN coalesce(points.deviation, 0) = 0 OR {_WEEKS} = 0 THEN ({_SHORT} > 0 OR points.mean IS NULL)::int"
    f" ELSE 0.5 * (1 + erf({_SHORT} / (points.deviation * sqrt({_WEEKS})) / sqrt(2))) END",
    "lifecycle": "staged.stage", "lifecycle_since": "staged.since", "lifecycle_seen": "staged.seen",
    "churn": "CASE WHEN staged.stage IN ('prospect', 'lost') THEN NULL ELSE joined.churn END",
    "churn_reasons": "joined.churn_reasons", "motive": "coalesce(motive.motive, '')",
    "scenarios": "array_remove(coalesce(told.scenarios, '{}') || ARRAY[CASE WHEN held.contract_days <= 60 THEN 'contract_ends' END,"
    " CASE WHEN used.overage_months >= 2 THEN 'overage' END, CASE WHEN held.new_device THEN 'new_device' END,"
    " CASE WHEN person.age BETWEEN 17 AND 26 AND extract(month FROM %(today)s::date) IN (8, 9) THEN 'campus' END], NULL)",
    "tags": "coalesce(tagged.tags, '{}')", "consent_voice": "coalesce(wish.voice AND NOT wish.refused, false)",
    "consent_sms": "coalesce(wish.sms AND NOT wish.refused, false)",
    "consent_wechat": "coalesce(wish.wechat AND NOT wish.refused, false)",
    "refused_marketing": "coalesce(wish.refused, false)", "do_not_call": "silent.customer_id IS NOT NULL",
}  # fmt: skip
# What others write and a computation leaves as it is.
_OTHERS: dict[str, str] = {"circle_role": "''", "fraud_open": "false"}

WRITE = f"""
INSERT INTO customers_facts (customer_id, {", ".join([*_COLUMNS, *_OTHERS])})
SELECT customer_id, {", ".join([*_COLUMNS.values(), *_OTHERS.values()])}
FROM i_person AS person JOIN i_joined AS joined USING (customer_id) JOIN i_staged AS staged USING (customer_id)
    LEFT JOIN i_used AS used USING (customer_id) LEFT JOIN i_held AS held USING (customer_id)
    LEFT JOIN i_told AS told USING (customer_id) LEFT JOIN i_channel AS likes USING (customer_id)
    LEFT JOIN i_block AS blocks USING (customer_id) LEFT JOIN i_scored AS scored USING (customer_id)
    LEFT JOIN i_motive AS motive USING (customer_id) LEFT JOIN i_valued AS valued USING (customer_id)
    LEFT JOIN i_points AS points USING (customer_id) LEFT JOIN i_wish AS wish USING (customer_id)
    LEFT JOIN i_silent AS silent USING (customer_id) LEFT JOIN i_tagged AS tagged USING (customer_id)
    LEFT JOIN (SELECT *, {_NEEDS.format(level="level")} AS needs FROM i_term) AS term USING (customer_id)
ON CONFLICT (customer_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _COLUMNS)}
"""

# Whom the facts know and the customers do not any more: merged or erased.
FORGET = "DELETE FROM customers_facts WHERE customer_id NOT IN (SELECT customer_id FROM i_person)"

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

GATHER = (PERSON, USED, HELD, TOLD, CHANNEL, BLOCKS, BOUGHT, WISHES, SILENT, TAGGED)
SETTLE = (EARN, EXPIRE, POINTS, BEGIN_TERMS, TERM, SETTLED, CLOSE_TERMS, NEXT_TERMS, END_TERMS, TERM_AGAIN)
JUDGE = (MOTIVE, SCORED, JOINED, VALUED, STAGED)
MADE = (
    "i_person", "i_used", "i_held", "i_told", "i_channel", "i_block", "i_bought", "i_wish", "i_silent", "i_tagged",
    "i_points", "i_term", "i_settled", "i_motive", "i_scored", "i_joined", "i_valued", "i_staged",
)  # fmt: skip
