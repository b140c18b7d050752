"""The signs of fraud: what each means, how much it weighs, and the SQL that finds it. Pure.

Score: 1 − Π (1 − weight · strength): signs add up, none alone reaches certainty. From .5 a case is opened for a person.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

VERSION = "fraud-1"
OPENS_AT = 0.5
HOLDS_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One sign. `sql` answers (customer_id, strength 0 … 1, evidence jsonb) as of %(now)s and %(today)s."""

    key: str
    weight: float
    en: str
    zh: str
    sql: str


_PHONES_OF_DOCUMENT = """
WITH held AS (
    SELECT paper.value, count(DISTINCT phone.value) AS numbers FROM customers_identifier AS paper
    JOIN customers_identifier AS phone ON phone.customer_id = paper.customer_id AND phone.kind = 'phone'
        AND phone.valid_to IS NULL
    WHERE paper.kind = 'id_document' AND paper.valid_to IS NULL GROUP BY 1 HAVING count(DISTINCT phone.value) > 5
)
SELECT own.customer_id, least(1, (max(numbers) - 4) / 4.0), jsonb_build_object('numbers', max(numbers))
FROM customers_identifier AS own JOIN held USING (value) WHERE own.kind = 'id_document' AND own.valid_to IS NULL GROUP BY 1
"""
_SHARED_ACCOUNT = """
WITH held AS (
    SELECT kind, scope, value, count(DISTINCT customer_id) AS people FROM customers_identifier
    WHERE kind IN ('web', 'wechat', 'email') AND valid_to IS NULL GROUP BY 1, 2, 3 HAVING count(DISTINCT customer_id) > 3
)
SELECT customer_id, least(1, (max(people) - 2) / 4.0), jsonb_build_object('people', max(people))
FROM customers_identifier JOIN held USING (kind, scope, value) WHERE valid_to IS NULL GROUP BY 1
"""
_BURST = """
SELECT customer_id, least(1, (count(*) - 3) / 4.0), jsonb_build_object('contracts', count(*), 'day', since)
FROM customers_holding WHERE since > %(today)s::date - 60 AND since <= %(today)s
GROUP BY customer_id, since HAVING count(*) > 4
"""
_ONE_WAY = """
SELECT customer_id, least(1, (count(*) - 60) / 60.0), jsonb_build_object('calls', count(*))
FROM customers_interaction WHERE kind = 'call' AND direction = 'in' AND at > %(now)s - interval '30 days' AND at <= %(now)s
GROUP BY 1 HAVING count(*) > 60
"""
_BIRTH = """
SELECT customer.id, 1.0, jsonb_build_object('years', abs(paper.born - customer.birth_year))
FROM customers_customer AS customer JOIN customers_identifier AS paper ON paper.customer_id = customer.id
WHERE paper.kind = 'id_document' AND paper.valid_to IS NULL AND customer.kind = 'individual'
    AND abs(paper.born - customer.birth_year) > 1
"""
_REFUNDS = """
SELECT customer_id, least(1, back / 4.0), jsonb_build_object('refunds', back, 'purchases', bought)
FROM (SELECT customer_id, count(*) FILTER (WHERE kind = 'refund') AS back,
        count(*) FILTER (WHERE kind = 'purchase') AS bought
      FROM customers_transaction WHERE at > %(now)s - interval '90 days' AND at <= %(now)s GROUP BY 1) AS own
WHERE back >= 3 AND 2 * back >= bought
"""
_ARREARS = """
SELECT told.customer_id, 1.0, jsonb_build_object('times', count(*))
FROM customers_interaction AS told JOIN customers_customer AS customer ON customer.id = told.customer_id
WHERE told.code = 'arrears' AND told.at > %(now)s - interval '90 days' AND told.at <= %(now)s
    AND customer.since > %(today)s::date - 180 GROUP BY 1
"""
_CONFIRMED_TIE = """
WITH bad AS (SELECT customer_id FROM customers_fraudcase WHERE state = 'confirmed')
SELECT own.customer_id, least(1, count(DISTINCT bad.customer_id) / 2.0),
    jsonb_build_object('cases', count(DISTINCT bad.customer_id))
FROM bad JOIN customers_identifier AS theirs ON theirs.customer_id = bad.customer_id AND theirs.valid_to IS NULL
    AND theirs.kind IN ('id_document', 'wechat', 'email', 'web')
JOIN customers_identifier AS own USING (kind, scope, value) WHERE own.customer_id <> bad.customer_id AND own.valid_to IS NULL
GROUP BY 1
"""

SIGNALS = (
    Signal(key="document_numbers", weight=0.6, sql=_PHONES_OF_DOCUMENT,
           en="one id document stands behind more than five numbers", zh="同一证件名下超过五个号码"),
    Signal(key="account_shared", weight=0.5, sql=_SHARED_ACCOUNT,
           en="more than three customers use one account", zh="同一账号被三位以上客户使用"),
    Signal(key="activation_burst", weight=0.5, sql=_BURST,
           en="more than four contracts begun on one day", zh="同一天办理四份以上业务"),
    Signal(key="calls_us_without_end", weight=0.4, sql=_ONE_WAY,
           en="rings us more than sixty times a month", zh="一个月内来电超过六十次"),
    Signal(key="birth_differs", weight=0.5, sql=_BIRTH,
           en="the id document tells another year of birth", zh="证件出生年份与登记不符"),
    Signal(key="refunds", weight=0.5, sql=_REFUNDS,
           en="gives back at least half of what is bought", zh="退款占购买一半以上"),
    Signal(key="early_arrears", weight=0.4, sql=_ARREARS,
           en="in arrears within half a year of joining", zh="入网半年内欠费"),
    Signal(key="tie_to_confirmed", weight=0.6, sql=_CONFIRMED_TIE,
           en="shares a document or account with a confirmed case", zh="与已确认案件共用证件或账号"),
)  # fmt: skip
BY_KEY = {signal.key: signal for signal in SIGNALS}


def score(found: Iterable[tuple[str, float]]) -> float:
    """1 − Π (1 − weight · strength) over (kind, strength); kinds nobody knows count nothing."""
    return 1 - math.prod(1 - BY_KEY[kind].weight * strength for kind, strength in found if kind in BY_KEY)
