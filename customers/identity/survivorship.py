"""Setting which word counts: which rule a field goes by, which sources come first, how far each is trusted.

What it would change is shown on the customers as they are before it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from customers.identity import assembling, rulebook
from customers.identity.golden import OWN, RULE_NAMES, FieldRule, Word, choose
from customers.identity.models import Customer
from customers.identity.pins import FieldPin, GoldenSetting
from customers.quality import sources
from customers.quality.models import Source
from customers.reading import rows

MOST_LOOKED_AT = 10_000  # customers; of more, so many by a lot that falls the same each time
MOST_IN_ORDER = 10
_PIECE = 1_000
_SEVERAL = """
SELECT customer_id, count(*) OVER () FROM (
    SELECT record.customer_id FROM customers_sourcerecord AS record
    JOIN customers_customer AS customer ON customer.id = record.customer_id AND customer.status = 'active'
    GROUP BY record.customer_id HAVING count(DISTINCT record.source) > 1) AS several
ORDER BY md5(customer_id::text) LIMIT %(most)s
"""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How it shall be: a rule for every field, and the trust (0–1) of the sources that are named."""

    rules: Mapping[str, FieldRule]
    trust: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What would read otherwise: field → customers, of `looked` who were looked at among `of` whom several sources tell of."""

    looked: int
    of: int
    changed: Mapping[str, int]
    customers: int  # with any field that changes

    @property
    def is_sample(self) -> bool:
        return self.looked < self.of

    @property
    def about(self) -> int:
        """Customers in all, as the sample has it; exact where everybody was looked at."""
        return round(self.customers * self.of / self.looked) if self.looked else 0


def wish_now() -> Wish:
    """How it is."""
    return Wish(rules=rulebook.present().rules, trust={one.code: one.trust for one in sources.described()})


def try_out(*, wish: Wish) -> Effect:
    """How many golden values would read otherwise; nothing is written. Raises Invalid."""
    wanted = _checked(wish)
    held = rulebook.present().rules
    found = rows(_SEVERAL, most=MOST_LOOKED_AT)
    looked: list[UUID] = [row[0] for row in found]
    changed = dict.fromkeys(wanted.rules, 0)
    customers = 0
    for part in (looked[start : start + _PIECE] for start in range(0, len(looked), _PIECE)):
        for fields in _changes(part, held, wanted):
            customers += bool(fields)
            for field in fields:
                changed[field] += 1
    return Effect(looked=len(looked), of=int(found[0][1]) if found else 0, changed=changed, customers=customers)


def _changes(part: Sequence[UUID], held: Mapping[str, FieldRule], wanted: Wish) -> Iterable[list[str]]:
    """Of each customer the fields that would read otherwise; what a person pinned stays."""
    customers = list(Customer.objects.filter(pk__in=part))
    pinned = set(FieldPin.objects.filter(customer__in=part, closed_at__isnull=True).values_list("customer", "field"))
    for customer, told in assembling.words_of(customers).items():
        yield [
            field for field, words in told.items()
            if (customer, field) not in pinned and _reads_otherwise(field, words, held, wanted)
        ]  # fmt: skip


def _reads_otherwise(field: str, words: Sequence[Word], held: Mapping[str, FieldRule], wanted: Wish) -> bool:
    before = choose(field=field, words=words, rules=held)
    trusted = [replace(one, trust=wanted.trust.get(one.source, one.trust)) for one in words]
    then = choose(field=field, words=trusted, rules=wanted.rules)
    return before is not None and then is not None and before.word.value != then.word.value


@command
def publish(*, wish: Wish, version: int, actor: str, now: datetime) -> rulebook.Rulebook:
    """It holds for whatever is chosen from now on, and for everybody after the next night. `version` was looked at.

    Raises Invalid, Conflict where somebody set it meanwhile.
    """
    wanted = _checked(wish)
    if rulebook.present().version != version:
        raise Conflict(_("Somebody set this meanwhile: look at it again."), code="version_conflict")
    told = {field: {"rule": one.rule, "order": list(one.order)} for field, one in wanted.rules.items()}
    trust = {code: float(one) for code, one in wanted.trust.items()}
    GoldenSetting.objects.create(version=version + 1, rules=told, trust=trust, actor=actor, at=now)
    for code, one in trust.items():
        Source.objects.update_or_create(code=code, defaults={"trust": one})
    audit.write(
        actor=actor, action="golden_rules.set", subject="golden:rules", data={"rules": told, "trust": trust}, now=now
    )
    return rulebook.present()


def _checked(wish: Wish) -> Wish:
    known = {one.code for one in sources.described()}
    if set(wish.rules) != set(OWN) or not all(one.rule in RULE_NAMES for one in wish.rules.values()):
        raise Invalid(_("Choose a rule for every field."), field="/rules")
    for field, one in wish.rules.items():
        strange = [code for code in one.order if code not in known]
        if strange:
            raise Invalid(
                _("No source is called %(name)s. Sources are: %(sources)s.")
                % {"name": strange[0][:32], "sources": ", ".join(sorted(known))},
                field=f"/rules/{field}",
            )  # fmt: skip
        if len(set(one.order)) != len(one.order) or len(one.order) > MOST_IN_ORDER:
            raise Invalid(
                _("Name each source once, and at most %(most)s.") % {"most": MOST_IN_ORDER}, field=f"/rules/{field}"
            )
    if set(wish.trust) - known or not all(0 <= one <= 1 for one in wish.trust.values()):
        raise Invalid(_("Trust is 0 to 1, of sources that are known."), field="/trust")
    return wish
