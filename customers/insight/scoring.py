"""The SQL of RFM and of what moves purchases: what was bought, ranked inside a kind of customer."""

from __future__ import annotations

from customers.insight import formulas as f
from customers.insight.terms import MINE

# By customer first, then who that is: people are joined once each, not once a purchase.
BOUGHT = f"""
SELECT customer_id, person.kind, floor(date_part('epoch', %(now)s - newest) / 86400)::int AS r_days, f_count, m_fen,
    discounts, novelties, gifts, coalesce(told.compared, 0)::float8 AS compared
FROM (SELECT customer_id, max(at) FILTER (WHERE bought) AS newest, count(*) FILTER (WHERE bought)::int AS f_count,
        sum(CASE WHEN bought THEN amount ELSE -amount END)::bigint AS m_fen,
        count(*) FILTER (WHERE discount_fen > 0 AND bought)::float8 / count(*) AS discounts,
        count(*) FILTER (WHERE early AND bought)::float8 / count(*) AS novelties,
        count(*) FILTER (WHERE gift AND bought)::float8 / count(*) AS gifts
      FROM (SELECT customer_id, amount_fen::float8 AS amount, discount_fen, early, gift, at, kind IN ('purchase', 'top_up') AS bought
            FROM customers_transaction WHERE customer_id {MINE} AND at > %(year_ago)s AND at <= %(now)s
                AND kind IN ('purchase', 'top_up', 'refund') OFFSET 0) AS moved
      GROUP BY customer_id HAVING count(*) FILTER (WHERE bought) > 0) AS own
JOIN i_person_mine AS person USING (customer_id)
LEFT JOIN (SELECT customer_id, compared FROM i_told_mine WHERE compared > 0) AS told USING (customer_id)
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
SCORED = """
SELECT customer_id, r_days, f_count, m_fen, r, f, m, CASE {classes} END AS rfm,
    CASE WHEN (p > top - 0.5)::int + (n > top - 0.5)::int + (g > top - 0.5)::int + (c > top - 0.5)::int > 1
    THEN 'mixed' WHEN p = top THEN 'price' WHEN n = top THEN 'novelty' WHEN g = top THEN 'gift' WHEN c = top THEN 'comparison'
    ELSE '' END AS motive
FROM (SELECT *, greatest(p, n, g, c) AS top FROM (
    SELECT own.*, (discounts - d) / nullif(ds, 0) AS p, (novelties - n) / nullif(ns, 0) AS n,
        (gifts - g) / nullif(gs, 0) AS g, (compared - c) / nullif(cs, 0) AS c,
        (1 + width_bucket(-r_days::float8, rank_r.marks))::smallint AS r,
        (1 + width_bucket(f_count::float8, rank_f.marks))::smallint AS f,
        (1 + width_bucket(m_fen::float8, rank_m.marks))::smallint AS m
    FROM i_bought_mine AS own JOIN i_rank_r AS rank_r USING (kind) JOIN i_rank_f AS rank_f USING (kind)
        JOIN i_rank_m AS rank_m USING (kind), i_moved
    OFFSET 0) AS scaled OFFSET 0) AS own
""".format(
    classes=" ".join(
        f"WHEN (r >= {f.HIGH_FROM}) = {r} AND (f >= {f.HIGH_FROM}) = {often} AND (m >= {f.HIGH_FROM}) = {m} THEN '{name}'"
        for (r, often, m), name in f.CLASSES.items()
    )
)
