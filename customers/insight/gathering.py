"""The SQL that gathers: each source of insight read once, into a table of the night.

By set, never customer by customer: the cost is that of a few passes over usage, contacts and money. What names MINE or a
table `…_mine` works on the customers of one range and runs for all ranges side by side (`plan`); what asks about everybody
runs once, between them.
"""

from __future__ import annotations

from customers.insight import formulas as f
from customers.insight.terms import MINE

# Who refuses conclusions, or must be left alone, is nobody here: what stood of them goes.
PERSON = f"""
SELECT customer.id AS customer_id, kind, region, language, status, level, lifecycle,
    extract(year FROM %(today)s::date)::int - birth_year AS age, %(today)s::date - since AS tenure_days,
    coalesce(tie.at_home, false) AS in_household, tie.household, tie.campus, tie.enterprise
FROM customers_customer AS customer LEFT JOIN (
    SELECT side.id, bool_or(role IN ('head', 'member')) AS at_home,
        {", ".join(f"(array_agg(party.id ORDER BY valid_from DESC NULLS LAST, tied.id DESC) FILTER (WHERE party.kind = '{kind}'))[1] AS {kind}" for kind in ("household", "campus", "enterprise"))}
    FROM customers_relationship AS tied, LATERAL (VALUES (a_id, b_id), (b_id, a_id)) AS side (id, other)
        LEFT JOIN customers_customer AS party ON party.id = side.other AND party.kind <> 'individual' AND party.status = 'active'
    WHERE role IN ('head', 'member', 'student', 'employee') AND (valid_to IS NULL OR valid_to > %(today)s)
    GROUP BY side.id) AS tie USING (id)
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
    count(*) FILTER (WHERE is_late) AS late, sum(bill) FILTER (WHERE is_late) AS bill,
    min(bill) FILTER (WHERE is_late) AS low, max(bill) FILTER (WHERE is_late) AS high,
    sum(data) FILTER (WHERE is_late) AS data, sum(voice) FILTER (WHERE is_late) AS voice,
    sum(messages) FILTER (WHERE is_late) AS messages, count(*) FILTER (WHERE above AND is_late) AS overage_months,
    bool_or(used) FILTER (WHERE ago <= 2) AS active
FROM (SELECT customer_id, ago, is_late, bill_fen::float8 AS bill, data_kb::float8 AS data, voice_s::float8 AS voice,
        messages::float8 AS messages, voice_s + data_kb + messages > 0 AS used, above
      FROM customers_usagemonth JOIN (
        SELECT (date_trunc('month', %(today)s::date) - make_interval(months => n))::date AS month, n::float8 AS ago, n <= 3 AS is_late
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
    FROM i_spoken_mine LEFT JOIN i_preferred AS base USING (channel) GROUP BY customer_id) AS own
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
BLOCKS = """
SELECT customer_id, (array_agg(block ORDER BY (reached + 6 * share) / (tries + 6) * (tries + habit) DESC, block))[:3] AS best
FROM i_tried_mine JOIN i_habit USING (block) GROUP BY customer_id
"""

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
