"""What speaks for people belonging together, as data: signals with their weights, and what each kind of group needs. Pure."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = "2026-11.1"


@dataclass(frozen=True, kw_only=True)
class Signal:
    """Something that people share. `query` answers (what is shared, customer), each pair once; see `reading.py`."""

    code: str
    query: str


@dataclass(frozen=True, kw_only=True)
class GroupRule:
    """How one kind of group is found: people whose signals together reach `needs`, in groups of `least` to `most`.

    `chained`: pairs that reach it are joined to groups; else all who share one thing are one group. `at_most_sharing`: what
    more people share than that says nothing (a dormitory's address, a hotline).
    """

    kind: str
    role: str  # of a member
    weights: dict[str, float]  # by signal
    needs: float
    least: int
    most: int
    chained: bool
    at_most_sharing: int
    heads: str = ""  # the signal whose shared thing is a customer: that one is the head


_OPEN = "customer.status = 'active' AND customer.kind = 'individual'"
_HELD = f"""
SELECT own.value, own.customer_id FROM customers_identifier AS own
JOIN customers_customer AS customer ON customer.id = own.customer_id AND {_OPEN}
WHERE own.kind = '{{kind}}' AND own.scope = '' AND (own.valid_to IS NULL OR own.valid_to > %(now)s)
"""  # noqa: S608 (made of constants)
_ADDRESS = "regexp_replace(record.fields->>'address', '[\\s,，。.·#-]', '', 'g')"
_LIVES = f"""
SELECT {{what}}, record.customer_id FROM customers_sourcerecord AS record
JOIN customers_customer AS customer ON customer.id = record.customer_id AND {_OPEN}
WHERE length({_ADDRESS}) >= 6 {{only}}
"""  # noqa: S608
# Whoever pays, and whoever uses what is paid.
_PAYS = f"""
WITH used AS (
    SELECT payer.customer_id AS payer, use.customer_id AS customer FROM customers_partyrole AS payer
    JOIN customers_subscription AS line ON line.account_id = payer.account_id
    JOIN customers_partyrole AS use ON use.subscription_id = line.id AND use.until IS NULL
    WHERE payer.role = 'payer' AND payer.until IS NULL AND use.customer_id <> payer.customer_id
    UNION
    SELECT a_id, b_id FROM customers_relationship WHERE role = 'payer' AND (valid_to IS NULL OR valid_to > %(today)s)
)
SELECT used.payer::text, party.id FROM used JOIN customers_customer AS customer ON customer.id = used.payer
    AND customer.status = 'active'
CROSS JOIN LATERAL (VALUES (used.customer), (used.payer)) AS party (id)
WHERE party.id IN (SELECT id FROM customers_customer AS customer WHERE {_OPEN})
"""  # noqa: S608
_SCHOOL = "substring(record.fields->>'address' from '^(.*?(?:大学|学院|学校|University|College))')"

SIGNALS = (
    Signal(code="payer", query=_PAYS),
    Signal(code="broadband", query=_HELD.format(kind="broadband")),
    Signal(code="landline", query=_HELD.format(kind="landline")),
    Signal(code="mobile", query=_HELD.format(kind="phone")),
    Signal(code="address", query=_LIVES.format(what=f"md5({_ADDRESS})", only="")),
    Signal(
        code="surname_address",
        query=_LIVES.format(what=f"left(customer.name, 1) || md5({_ADDRESS})", only="AND customer.name <> ''"),
    ),
    Signal(
        code="school",
        query=_LIVES.format(
            what=_SCHOOL,
            only=f"AND {_SCHOOL} IS NOT NULL AND extract(year FROM %(now)s::timestamptz) - customer.birth_year BETWEEN 16 AND 26",
        ),
    ),
    Signal(code="credit_code", query=_HELD.format(kind="credit_code")),
)

RULES = (
    GroupRule(
        kind="household", role="member", needs=2, least=2, most=10, chained=True, at_most_sharing=10, heads="payer",
        weights={"payer": 2, "broadband": 2, "landline": 1, "mobile": 1, "address": 1, "surname_address": 1},
    ),
    GroupRule(
        kind="campus", role="student", needs=1, least=5, most=5_000, chained=False, at_most_sharing=5_000,
        weights={"school": 1},
    ),
    GroupRule(
        kind="enterprise", role="employee", needs=1, least=2, most=5_000, chained=False, at_most_sharing=5_000,
        weights={"credit_code": 1},
    ),
    GroupRule(
        kind="enterprise", role="employee", needs=2, least=20, most=5_000, chained=False, at_most_sharing=5_000,
        weights={"payer": 2},
    ),
)  # fmt: skip
