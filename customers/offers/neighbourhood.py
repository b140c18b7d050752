"""What is common in a customer's circle: codes of products, never who or how many. Empty where nobody is placed."""

from __future__ import annotations

from uuid import UUID

from customers.reading import rows

LEAST_NEIGHBOURS, LARGEST = 5, 500  # fewer say nothing and could be guessed; more is no circle
LEAST_SHARE = 0.3
BOUNDS = {"least": LEAST_NEIGHBOURS, "largest": LARGEST, "share": LEAST_SHARE}

# Asked of %(customer)s, with BOUNDS beside; also as a part of a larger statement.
COMMON = """
SELECT offering.code
FROM customers_circlemember AS mine
JOIN customers_circlemember AS other ON other.circle_id = mine.circle_id AND other.customer_id <> mine.customer_id
JOIN customers_holding AS held ON held.customer_id = other.customer_id AND held.status <> 'ended'
JOIN customers_offering AS offering ON offering.id = held.offering_id AND offering.kind IN ('content', 'pack')
CROSS JOIN LATERAL (SELECT count(*) - 1 AS n FROM customers_circlemember WHERE circle_id = mine.circle_id) AS size
WHERE mine.customer_id = %(customer)s AND size.n BETWEEN %(least)s AND %(largest)s
GROUP BY offering.code, size.n
HAVING count(DISTINCT other.customer_id) >= greatest(3, %(share)s * size.n)
ORDER BY count(DISTINCT other.customer_id) DESC, offering.code LIMIT 20
"""


def common_in_circle(*, customer_id: UUID) -> tuple[str, ...]:
    """Products many of the customer's circle have, the most common first. One statement."""
    found = rows(COMMON, customer=customer_id, **BOUNDS)
    return tuple(code for (code,) in found)
