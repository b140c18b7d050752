"""The SQL of interests and places: who is what, with its evidence, into `tag_holds` of the transaction."""

from __future__ import annotations

from customers.activity import meaning as m

# Evidence is written as key=value and said in the reader's language on the page.
INTERESTS = f"""
WITH used AS (
    SELECT customer_id, what, sum(times * 2 ^ (-(%(today)s::date - day) / {m.HALF_LIFE_DAYS}.0)) AS s,
        sum(times) AS times, count(DISTINCT day) AS days
    FROM customers_activity WHERE kind = 'content' AND day > %(today)s::date - {m.LOOKED_BACK_DAYS}
    GROUP BY customer_id, what
), lifted AS (
    SELECT own.*, (s / sum(s) OVER (PARTITION BY customer_id)) / (sum(s) OVER (PARTITION BY what) / sum(s) OVER ()) AS lift
    FROM used AS own
), best AS (
    SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY s DESC, what) AS place FROM lifted
    WHERE lift >= {m.LEAST_LIFT} AND times >= {m.LEAST_TIMES} AND days >= {m.LEAST_DAYS}
)
SELECT customer_id, what, 'lift=' || round(lift::numeric, 1) || ' times=' || times || ' days=' || days FROM best
WHERE place <= {m.BEST}
"""
STAYS = f"""
WITH stayed AS (
    SELECT customer_id, part, what, count(*) AS days, sum(times) AS times FROM customers_activity
    WHERE kind = 'stay' AND day > %(today)s::date - {m.STAYS_DAYS} GROUP BY customer_id, part, what
), first AS (
    SELECT DISTINCT ON (customer_id, part) * FROM stayed ORDER BY customer_id, part, days DESC, times DESC, what
), home AS (
    SELECT customer_id, what, days FROM first WHERE part = 'night' AND days >= {m.LEAST_NIGHTS}
), away AS (
    SELECT stayed.customer_id, sum(days) FILTER (WHERE stayed.what !~ '^[0-9]') AS abroad,
        sum(days) FILTER (WHERE stayed.what ~ '^[0-9]' AND left(stayed.what, 2) <> left(home.what, 2)) AS elsewhere
    FROM stayed JOIN (SELECT customer_id, what FROM home) AS home USING (customer_id) WHERE part = 'night'
    GROUP BY stayed.customer_id
)
SELECT customer_id, 'home:' || what, 'nights=' || days FROM home
UNION ALL SELECT customer_id, 'work:' || what, 'workdays=' || days FROM first
    WHERE part = 'work' AND days >= {m.LEAST_WORK_DAYS}
UNION ALL SELECT customer_id, 'traveller', 'abroad=' || abroad FROM away WHERE abroad >= {m.LEAST_AWAY}
UNION ALL SELECT customer_id, 'roams_home', 'elsewhere=' || elsewhere FROM away WHERE elsewhere >= {m.LEAST_AWAY}
"""
