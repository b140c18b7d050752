"""Accounts, subscriptions and who is what to them, out of a judged chunk of an import; by set.

A row speaks of one person: with `account` they hold and pay it, with `subscription` they use it, unless `role` says which.
"""

from __future__ import annotations

_SAID = "verdict IN ('new', 'changed') AND fields ? "

_NEW_ACCOUNTS = f"""
INSERT INTO customers_account (source, number, received_at, job)
SELECT DISTINCT %(source)s, fields->>'account', %(now)s::timestamptz, %(job)s::bigint
FROM import_judged WHERE {_SAID} 'account'
ON CONFLICT (source, number) DO NOTHING
"""  # noqa: S608 (made of constants)

_NEW_SUBSCRIPTIONS = rf"""
INSERT INTO customers_subscription (kind, number, account_id, since, source, job)
SELECT DISTINCT ON (told.number)
       CASE WHEN told.number ~ '^\+861[3-9]' THEN 'mobile' WHEN told.number LIKE '+%%' THEN 'landline' ELSE 'broadband' END,
       told.number, account.id, told.observed::date, %(source)s, %(job)s::bigint
FROM (SELECT fields->>'subscription' AS number, fields->>'account' AS account, observed, row_no
      FROM import_judged WHERE {_SAID} 'subscription') AS told
LEFT JOIN customers_account AS account ON account.source = %(source)s AND account.number = told.account
ORDER BY told.number, told.row_no DESC
ON CONFLICT (kind, number) WHERE until IS NULL
DO UPDATE SET account_id = coalesce(excluded.account_id, customers_subscription.account_id)
"""  # noqa: S608

_WANTED = f"""
CREATE TEMP TABLE IF NOT EXISTS import_party (
    customer uuid, role text, account bigint, subscription bigint, since date
) ON COMMIT DELETE ROWS;
TRUNCATE import_party;
INSERT INTO import_party
SELECT DISTINCT ON (part.role, account.id) told.customer, part.role, account.id, NULL::bigint, told.observed::date
FROM import_judged AS told
JOIN customers_account AS account ON account.source = %(source)s AND account.number = told.fields->>'account'
JOIN (VALUES ('holder'), ('payer')) AS part (role) ON coalesce(told.fields->>'role', part.role) = part.role
WHERE told.{_SAID} 'account' ORDER BY part.role, account.id, told.row_no DESC;
INSERT INTO import_party
SELECT DISTINCT ON (used.id) told.customer, 'user', NULL::bigint, used.id, told.observed::date
FROM import_judged AS told
JOIN customers_subscription AS used ON used.number = told.fields->>'subscription' AND used.until IS NULL
WHERE told.{_SAID} 'subscription' AND coalesce(told.fields->>'role', 'user') = 'user' ORDER BY used.id, told.row_no DESC
"""  # noqa: S608

# Who was it before is it no longer, from the day the file speaks of.
_ENDED = """
UPDATE customers_partyrole AS held SET until = greatest(held.since, wanted.since), ended_by_job = %(job)s::bigint
FROM import_party AS wanted
WHERE held.until IS NULL AND held.role = wanted.role AND held.customer_id <> wanted.customer
  AND held.account_id IS NOT DISTINCT FROM wanted.account AND held.subscription_id IS NOT DISTINCT FROM wanted.subscription
"""
_BEGUN = """
INSERT INTO customers_partyrole (customer_id, role, account_id, subscription_id, since, source, job)
SELECT customer, role, account, subscription, since, %(source)s, %(job)s::bigint FROM import_party ON CONFLICT DO NOTHING
"""

ACCOUNTS = (_NEW_ACCOUNTS, _NEW_SUBSCRIPTIONS, *_WANTED.split(";"), _ENDED, _BEGUN)

# --- taking an import back ------------------------------------------------------------------------------------------
TAKE_BACK = (
    "DELETE FROM customers_partyrole WHERE job = %(job)s AND until IS NULL",
    """UPDATE customers_partyrole AS held SET until = NULL, ended_by_job = NULL WHERE ended_by_job = %(job)s
       AND NOT EXISTS (SELECT FROM customers_partyrole AS other WHERE other.until IS NULL AND other.role = held.role
                       AND other.account_id IS NOT DISTINCT FROM held.account_id
                       AND other.subscription_id IS NOT DISTINCT FROM held.subscription_id)""",
    """DELETE FROM customers_subscription AS own WHERE job = %(job)s
       AND NOT EXISTS (SELECT FROM customers_partyrole WHERE subscription_id = own.id)""",
    """DELETE FROM customers_account AS own WHERE job = %(job)s
       AND NOT EXISTS (SELECT FROM customers_partyrole WHERE account_id = own.id)
       AND NOT EXISTS (SELECT FROM customers_subscription WHERE account_id = own.id)""",
)
