"""Tariffs made ready for rating: names become positions, orders become steps. One bill and a million read this form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

from customers.catalogue.reading import TariffRefused
from customers.catalogue.terms import Bucket, Carry, ConvertTo, Mode, Overage, Per, Tariff, Tier, ceil_div, half_up
from customers.catalogue.usage import MAX_UNITS, SumKey, rounding_id

SAFE = 2**62  # what int64 holds with room for one addition
MAX_BILL = 2**48  # fen; leaves room for a percentage, and for a plan's number beside the sum


@dataclass(frozen=True, kw_only=True)
class Column:
    """One use as this plan counts it."""

    service: str
    scope: str
    key: SumKey  # the stored sum
    month_block: int  # the month's sum is rounded up to this

    @property
    def use(self) -> tuple[str, str]:
        return self.service, self.scope


@dataclass(frozen=True, kw_only=True)
class Pocket:
    """Units to draw on: a bucket's own of this month, or what was carried in."""

    bucket: Bucket
    columns: tuple[int, ...]
    carried: bool


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One overage: the columns it sums and its price."""

    over: Overage
    columns: tuple[int, ...]

    def blocks(self, units: int) -> int:
        return ceil_div(units, self.over.block)

    def by_tier(self, units: int) -> Iterator[tuple[Tier, int, int]]:
        """Each tier reached with its blocks and fen, before the cap. One tier is one line of the bill, rounded half-up."""
        blocks, block = self.blocks(units), self.over.block
        if self.over.mode is Mode.VOLUME:
            # The tier of the last unit used: "up to 100" includes the hundredth.
            tier = next(t for t in reversed(self.over.tiers) if blocks * block > t.start or t.start == 0)
            yield tier, blocks, half_up(blocks, tier.num, tier.den)
            return
        for tier in self.over.tiers:
            last = blocks if tier.end is None else min(blocks, tier.end // block)
            inside = last - tier.start // block
            if inside <= 0:
                break
            yield tier, inside, half_up(inside, tier.num, tier.den)

    def fen(self, units: int) -> int:
        """The charge with its cap."""
        total = sum(fen for _, _, fen in self.by_tier(units)) if units else 0
        return total if self.over.cap is None else min(total, self.over.cap)


@dataclass(frozen=True, kw_only=True)
class Target:
    """One use of converted units."""

    terms: ConvertTo
    columns: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """Draw on `pocket`, or convert for `target`."""

    pocket: int | None = None
    target: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class CompiledTariff:
    """A plan ready for rating; read by `rating` for one bill and by `bulk` for many."""

    tariff: Tariff
    columns: tuple[Column, ...]
    pockets: tuple[Pocket, ...]
    charges: tuple[Charge, ...]
    source: int | None  # the pocket that is converted
    targets: tuple[Target, ...]
    # The declared order first (own use, then conversion as listed). Monthly sums do not tell who came first in the
    # month, so every other order is tried too and the dearest counts.
    orders: tuple[tuple[Step, ...], ...]

    @property
    def code(self) -> str:
        return self.tariff.code

    @property
    def bounded(self) -> bool:
        """Whether the month's sums may leave the order open, so that a bill is the dearest of several."""
        return len(self.orders) > 1

    @property
    def uses(self) -> frozenset[tuple[str, str]]:
        return frozenset(column.use for column in self.columns)


@dataclass(frozen=True, kw_only=True, eq=False)
class CompiledTariffs:
    """Many plans, and every stored sum that one of them needs."""

    plans: tuple[CompiledTariff, ...]
    keys: tuple[SumKey, ...]

    def __len__(self) -> int:
        return len(self.plans)

    def __getitem__(self, index: int) -> CompiledTariff:
        return self.plans[index]


def compile_tariffs(tariffs: Iterable[Tariff]) -> CompiledTariffs:
    """Raises TariffRefused for prices so large that a bill could leave 64 bits."""
    plans = tuple(compile_tariff(tariff) for tariff in tariffs)
    keys = dict.fromkeys(column.key for plan in plans for column in plan.columns)
    return CompiledTariffs(plans=plans, keys=tuple(keys))


def compile_tariff(tariff: Tariff) -> CompiledTariff:
    return _compiled(_Same(tariff))


class _Same:
    """A tariff as a key: two are the same plan if their JSON, code and names are."""

    def __init__(self, tariff: Tariff) -> None:
        self.tariff = tariff
        self._key = (tariff.code, tuple(sorted(tariff.names.items())), tariff.sha256)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._key == other._key


@lru_cache(maxsize=4096)
def _compiled(same: _Same) -> CompiledTariff:
    tariff = same.tariff
    columns = _columns(tariff)
    place = {column.use: index for index, column in enumerate(columns)}
    pockets = tuple(_pockets(tariff, place))
    charges = tuple(
        Charge(over=over, columns=tuple(place[over.service, scope] for scope in over.scopes)) for over in tariff.overage
    )
    _check_bounds(tariff, charges)
    targets: tuple[Target, ...] = ()
    source = None
    if tariff.convert:
        targets = tuple(
            Target(terms=terms, columns=tuple(place[terms.service, scope] for scope in terms.scopes))
            for terms in tariff.convert.targets
        )
        source = next(
            index for index, p in enumerate(pockets) if p.bucket.id == tariff.convert.source and not p.carried
        )
    return CompiledTariff(
        tariff=tariff,
        columns=columns,
        pockets=pockets,
        charges=charges,
        source=source,
        targets=targets,
        orders=_orders(pockets, source, len(targets)),
    )


def _columns(tariff: Tariff) -> tuple[Column, ...]:
    uses = [(bucket.service, scope) for bucket in tariff.buckets for scope in bucket.scopes]
    uses += [(over.service, scope) for over in tariff.overage for scope in over.scopes]
    if tariff.convert:
        uses += [(target.service, scope) for target in tariff.convert.targets for scope in target.scopes]
    found = []
    for service, scope in dict.fromkeys(uses):
        rounding = tariff.rounding[service]
        month_block = rounding.block if rounding.per is Per.MONTH else 1
        key = SumKey(service, scope, rounding_id(rounding))
        found.append(Column(service=service, scope=scope, key=key, month_block=month_block))
    return tuple(found)


def _pockets(tariff: Tariff, place: dict[tuple[str, str], int]) -> Iterator[Pocket]:
    carried: dict[str, Carry] = {carry.bucket: carry for carry in tariff.carry}
    for bucket in tariff.buckets:
        columns = tuple(place[bucket.service, scope] for scope in bucket.scopes)
        own = Pocket(bucket=bucket, columns=columns, carried=False)
        carry = carried.get(bucket.id)
        if carry is None:
            yield own
            continue
        old = Pocket(bucket=bucket, columns=columns, carried=True)
        yield from (old, own) if carry.used_first else (own, old)


def _orders(pockets: tuple[Pocket, ...], source: int | None, targets: int) -> tuple[tuple[Step, ...], ...]:
    draws = tuple(Step(pocket=index) for index in range(len(pockets)))
    if source is None:
        return (draws,)
    service = pockets[source].bucket.service
    own = tuple(step for step in draws if step.pocket is not None and pockets[step.pocket].bucket.service == service)
    others = tuple(step for step in draws if step not in own)
    # -1 stands for the source's own service among the users of what it holds.
    return tuple(
        others + tuple(step for turn in turns for step in (own if turn < 0 else (Step(target=turn),)))
        for turns in permutations(range(-1, targets))
    )


def _check_bounds(tariff: Tariff, charges: tuple[Charge, ...]) -> None:
    worst = tariff.fee + tariff.one_off
    for charge in charges:
        units = MAX_UNITS * len(charge.columns)
        # Every tier with all units: more than any bill, and simple to trust.
        for tier in charge.over.tiers:
            product = 2 * charge.blocks(units) * tier.num + 3 * tier.den
            if product > SAFE:
                raise TariffRefused(
                    "overage",
                    "{num}/{den} fen a block is no price: a bill could leave 64 bits.",
                    num=tier.num,
                    den=tier.den,
                )
            worst += product // (2 * tier.den) + 1
    for amount in [bucket.units() for bucket in tariff.buckets] + [carry.cap for carry in tariff.carry]:
        if amount > MAX_UNITS:
            raise TariffRefused("buckets", "{amount} units are more than anyone can use in a month.", amount=amount)
    if worst > MAX_BILL:
        raise TariffRefused("fee", "these prices are too large: a bill could leave 64 bits.")
