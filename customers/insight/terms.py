"""The SQL of points and levels: the ledger is settled before the row of facts is written."""

from __future__ import annotations

from customers.insight import formulas as f

MINE = "BETWEEN %(first)s AND %(last)s"  # ids of customers: a statement with it works on one range of them

EARN = f"""
INSERT INTO customers_pointsentry (customer_id, origin, kind, points, qualifying, at, expires_at, ref, reason, actor)
SELECT customer_id, customer_id, 'earn', amount_fen / {f.FEN_A_POINT}, true, at, at + interval '{f.POINTS_LIVE_DAYS} days',
    'transaction:' || id, kind, 'insight'
FROM customers_transaction WHERE kind IN ('purchase', 'top_up') AND amount_fen >= {f.FEN_A_POINT}
    AND at > %(long_ago)s AND at <= %(now)s
    AND NOT EXISTS (SELECT FROM customers_pointsentry AS held WHERE held.kind = 'earn' AND held.ref = 'transaction:' || customers_transaction.id)
ON CONFLICT (kind, ref) DO NOTHING
"""

# First in, first out: what ran out by now, less what is gone already: spent, run out before, and put right when customers
# came apart. What was taken back counts on neither side. The mirror of `lots`, for everybody at once.
_RAN_OUT = """
(SELECT customer_id, coalesce(sum(points) FILTER (WHERE points > 0 AND expires_at <= {until}), 0) AS ran_out,
        -coalesce(sum(points) FILTER (WHERE points < 0 OR expires_at IS NULL), 0) AS gone
      FROM customers_pointsentry WHERE {whose} AND kind <> 'reverse'
          AND id NOT IN (SELECT substr(ref, 7)::bigint FROM customers_pointsentry WHERE kind = 'reverse')
      GROUP BY customer_id)
"""
_EXPIRE = f"""
INSERT INTO customers_pointsentry (customer_id, origin, kind, points, qualifying, at, expires_at, ref, reason, actor)
SELECT customer_id, customer_id, 'expire', -(ran_out - greatest(gone, 0)), false, %(now)s, NULL,
    'expire:' || customer_id || ':' || %(now)s::timestamptz, 'expired', 'insight'
FROM {_RAN_OUT.format(until="%(now)s", whose="{whose}")} AS own WHERE ran_out > greatest(gone, 0)
ON CONFLICT (kind, ref) DO NOTHING
"""
# What runs out by a day if nobody spends anything, of everybody together.
RUNS_OUT = f"""
SELECT coalesce(sum(ran_out - greatest(gone, 0)), 0)::bigint FROM {_RAN_OUT.format(until="%(until)s", whose="true")} AS own
WHERE ran_out > greatest(gone, 0)
"""
EXPIRE = _EXPIRE.format(whose="true")
EXPIRE_OF_ONE = _EXPIRE.format(whose="customer_id = %(customer)s")

# Weeks first, then people: the spread of a pace is that of its weeks.
POINTS = f"""
SELECT customer_id, sum(total)::bigint AS balance, coalesce(sum(year), 0)::bigint AS year,
    coalesce(sum(paced), 0) / {f.PACE_WEEKS} AS mean,
    sqrt(greatest(0, coalesce(sum(paced ^ 2), 0) / {f.PACE_WEEKS} - (coalesce(sum(paced), 0) / {f.PACE_WEEKS}) ^ 2)) AS deviation
FROM (SELECT customer_id, sum(points) AS total, sum(points) FILTER (WHERE counts AND age < {f.TERM_DAYS}) AS year,
        sum(points) FILTER (WHERE counts AND age < {f.PACE_WEEKS * 7}) AS paced
      FROM (SELECT customer_id, points::float8 AS points, qualifying AND kind <> 'redeem' AS counts,
                floor(date_part('epoch', %(now)s - at) / 86400)::int AS age
            FROM customers_pointsentry WHERE customer_id {MINE} AND at <= %(now)s OFFSET 0) AS entry
      GROUP BY customer_id, age / 7) AS week
GROUP BY customer_id
"""

_TERMS = f"""
SELECT term.id, term.customer_id, term.level, term.ends,
    coalesce(sum(entry.points) FILTER (WHERE entry.qualifying AND entry.kind <> 'redeem'
        AND entry.at::date > term.ends - {f.TERM_DAYS} AND entry.at::date <= term.ends), 0)::bigint AS points
FROM customers_levelterm AS term LEFT JOIN customers_pointsentry AS entry
    ON entry.customer_id = term.customer_id AND entry.at <= %(now)s
WHERE term.customer_id {MINE} AND term.closed_on IS NULL{{whose}} GROUP BY term.id
"""
TERM = _TERMS.format(whose="")

_REACHED = "CASE " + " ".join(f"WHEN {{points}} >= {needs} THEN '{level}'" for level, needs in f.LEVELS) + " END"
NEEDS = "CASE {level} " + " ".join(f"WHEN '{level}' THEN {needs}" for level, needs in f.LEVELS) + " ELSE 0 END"

# The mirror of `formulas.settled`, for everybody at once.
SETTLED = f"""
SELECT id, customer_id, reached, CASE WHEN {NEEDS.format(level="reached")} > needs THEN 'reached'
    WHEN reached = level THEN 'renewed' ELSE 'missed' END AS reason
FROM (SELECT term.*, {_REACHED.format(points="term.points")} AS reached, {NEEDS.format(level="term.level")} AS needs
      FROM i_term_mine AS term) AS judged
WHERE {NEEDS.format(level="reached")} > needs OR ends + {f.GRACE_DAYS} < %(today)s
"""
CLOSE_TERMS = """
UPDATE customers_levelterm AS term SET closed_on = %(today)s FROM i_settled_mine AS settled WHERE settled.id = term.id
"""
NEXT_TERMS = f"""
INSERT INTO customers_levelterm (customer_id, level, since, ends, reason)
SELECT customer_id, reached, %(today)s, %(today)s::date + {f.TERM_DAYS}, reason FROM i_settled_mine
"""

# Who begins anew is counted anew.
END_TERMS = "DELETE FROM i_term_mine AS term USING i_settled_mine AS settled WHERE settled.id = term.id"
TERM_AGAIN = "INSERT INTO i_term_mine" + _TERMS.format(
    whose=" AND term.customer_id IN (SELECT customer_id FROM i_settled_mine)"
)

BEGIN_TERMS = f"""
INSERT INTO customers_levelterm (customer_id, level, since, ends, reason)
SELECT person.customer_id, CASE WHEN person.level IN ('diamond', 'gold', 'silver', 'standard') AND
        {NEEDS.format(level="person.level")} > coalesce(points.year, 0) THEN person.level
        ELSE {_REACHED.format(points="coalesce(points.year, 0)")} END,
    %(today)s, %(today)s::date + {f.TERM_DAYS}, CASE WHEN {NEEDS.format(level="person.level")} > coalesce(points.year, 0)
        THEN 'given' ELSE 'reached' END
FROM i_person_mine AS person LEFT JOIN i_points_mine AS points USING (customer_id)
WHERE (person.level <> '' OR points.customer_id IS NOT NULL)
    AND NOT EXISTS (SELECT FROM customers_levelterm AS term WHERE term.customer_id = person.customer_id AND term.closed_on IS NULL)
"""
