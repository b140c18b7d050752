"""What the hand-made rules know of a customer and of what is on sale. Pure, frozen, read once per screen-pop."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from customers.catalogue.fitting import Fitting
from customers.catalogue.tariffs import Allowance, Sheet
from customers.offers.consents.asking import Said
from customers.offers.trials.coin import Saved
from customers.results import RivalBill, UsageView

FULL_MONTHS = 3
GROUP = "group"  # tag of products that several of a household use together
RETENTION = "retention"  # tag of gifts that may be given to keep a customer


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product as the rules see it. `fee_fen` a month."""

    code: str
    family: str
    kind: str
    name_en: str
    name_zh: str
    fee_fen: int
    allowance: Allowance = field(default_factory=Allowance)
    margin_fen: int | None = None  # a month; None: nobody has entered it
    terms: str = ""  # the tariff's JSON; "" where nothing is rated
    tags: frozenset[str] = frozenset()
    suits: frozenset[str] = frozenset()
    not_for: frozenset[str] = frozenset()
    valid_from: date = date.min
    valid_to: date | None = None  # first day it is no longer sold
    parts: frozenset[str] = frozenset()  # codes of the products in a bundle
    requires: frozenset[str] = frozenset()  # codes or "family:kind": one of these must be there with it
    excludes: frozenset[str] = frozenset()  # codes or "family:kind": none of these may be there with it
    earlier: tuple[tuple[date, str], ...] = ()  # (until, terms as JSON) that counted before, of a held product

    def __hash__(self) -> int:
        """By code: shelves of hundreds of products are keys of what is kept for them."""
        return hash(self.code)

    @property
    def sheet(self) -> Sheet:
        return Sheet(code=self.code, text=self.terms, name_en=self.name_en, name_zh=self.name_zh)

    def sheet_in(self, month: date) -> Sheet:
        """As it counted in a month, by its first day."""
        text = next((terms for until, terms in self.earlier if month < until), self.terms)
        return Sheet(code=self.code, text=text, name_en=self.name_en, name_zh=self.name_zh)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A product this customer has now."""

    product: Product
    since: date
    term_end: date | None = None


@dataclass(frozen=True, kw_only=True)
class Tagged:
    key: str
    name_en: str
    name_zh: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Matter:
    """A complaint or ticket that waits for us."""

    kind: str  # complaint | ticket
    code: str
    since: date


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A circumstance that weighs more than any offer."""

    kind: str  # outage | arrears | bereavement | fraud | open_complaint
    since: date
    until: date
    source: str


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A product that waits for this customer to come."""

    code: str
    since: date
    until: date
    because: str  # the rule that barred telling it before; "" where the customer put it off


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What last night's insight says of the customer; None where it could not be said."""

    level: str = ""
    term_ends: date | None = None  # the level is looked at again
    term_pace: int | None = None  # points this pace leads to by then
    level_needs: int | None = None  # points the level asks for
    value_fen: int | None = None  # expected margin of 24 months
    churn: float | None = None  # risk of 90 days


@dataclass(frozen=True, kw_only=True)
class Comeback:
    """What a former customer would have paid on their last months of use with the plan of ours that suits them best."""

    code: str
    mean_fen: int  # a month
    until: date  # first day of the last month of use
    rival: RivalBill | None = None  # the cheapest fresh plan of a rival on the same months
    months: int = FULL_MONTHS  # that were rated


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One customer at one moment. `today` is the day where the operator is."""

    today: date
    intent: str = ""
    held: tuple[Held, ...] = ()
    usage: tuple[UsageView, ...] = ()  # by customer and month
    tags: tuple[Tagged, ...] = ()
    matters: tuple[Matter, ...] = ()  # newest first
    worth: Worth = field(default_factory=Worth)
    consents: tuple[Said, ...] | None = None  # that hold today; None: not asked for, so nothing is known to be unknown
    consent_asked: bool = False  # in another call, less than the pause ago
    saved: Saved | None = None  # what a gift changes in this customer; None: the entered figure
    circle_ideas: tuple[str, ...] = ()  # products common in the customer's circle, the most common first
    often_with: tuple[str, ...] = ()  # products that go with what is held, the likeliest first
    comeback: Comeback | None = None  # who was with us and holds no plan now
    standing: tuple[Standing, ...] = ()  # newest first
    waiting: tuple[Kept, ...] = ()  # oldest first
    in_household: bool = False
    household_families: frozenset[str] = frozenset()  # product families others of the household hold
    on_sale: tuple[Product, ...] = ()
    refused_lately: frozenset[tuple[str, str]] = frozenset()  # (rule, offering code), other calls of the last 30 days
    decided_in_call: frozenset[tuple[str, str]] = frozenset()  # answered in this call, whatever the answer
    refused_in_call: bool = False
    fitting: Fitting | None = None  # what the engine found on the last three bills; None where it could not look

    @cached_property
    def unsettled(self) -> bool:
        """Something must be put right before anything is sold."""
        return bool(self.standing) or any(matter.kind == "complaint" for matter in self.matters)

    @cached_property
    def tag_keys(self) -> frozenset[str]:
        return frozenset(tag.key for tag in self.tags)

    @cached_property
    def held_products(self) -> tuple[Product, ...]:
        return tuple(held.product for held in self.held)

    @cached_property
    def excludes(self) -> bool:
        """Something held does not go with something else."""
        return any(one.excludes for one in self.held_products)

    @cached_property
    def needy(self) -> tuple[Product, ...]:
        """What is held and needs something else."""
        return tuple(one for one in self.held_products if one.requires)

    @cached_property
    def held_codes(self) -> frozenset[str]:
        return frozenset(held.product.code for held in self.held)

    def mobile_plan(self) -> Held | None:
        """The one mobile plan the monthly usage belongs to; None where there are several, or a bundle hides one."""
        plans = [h for h in self.held if h.product.family == "mobile" and h.product.kind == "plan"]
        bundled = any(h.product.kind == "bundle" for h in self.held)
        return plans[0] if len(plans) == 1 and not bundled else None

    def mobile_packs(self) -> tuple[Product, ...]:
        return tuple(h.product for h in self.held if (h.product.family, h.product.kind) == ("mobile", "pack"))

    def mobile_allowance(self) -> Allowance:
        """What plan and packs grant together."""
        granted = Allowance()
        for held in self.held:
            if held.product.family == "mobile":
                granted += held.product.allowance
        return granted

    def full_months(self) -> tuple[UsageView, ...]:
        """The last three closed months, newest first, if all were spent on today's mobile products; else nothing.

        A first month is never full, a missing month is not a month without use.
        """
        mobile = [held for held in self.held if held.product.family == "mobile"]
        if not mobile:
            return ()
        wanted = months_before(self.today, FULL_MONTHS)
        by_month = {row.month: row for row in self.usage}
        since = max(held.since for held in mobile)
        if since > wanted[-1] or any(month not in by_month for month in wanted):
            return ()
        return tuple(by_month[month] for month in wanted)


def months_before(today: date, count: int) -> tuple[date, ...]:
    """First days of the closed months before `today`'s, newest first."""
    index = today.year * 12 + today.month - 1
    return tuple(date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(1, count + 1))
