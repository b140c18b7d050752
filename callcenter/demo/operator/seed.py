"""Builds the operator: floor, catalogue, words, menus, and as many customers as asked for. Same seed, same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

import ivr.flows.operations
from callcenter.demo.operator import (
    acquaintances,
    advice,
    campaigns,
    doubles,
    floor,
    gifts,
    habits,
    handwork,
    history,
    money,
    parties,
    past_days,
    paths,
    products,
    promises,
    queue_history,
    scripts,
    served,
    sources,
    stories,
    surveys,
)
from callcenter.demo.operator.bulk import copy
from callcenter.demo.operator.people import Person
from callcenter.demo.operator.queues import DOMAIN
from customers import models as tables
from customers.catalogue import operations as catalogue
from customers.catalogue import stocking
from customers.circles.operations import draw_talks
from customers.households.operations import propose as find_groups
from customers.insight import tags
from customers.insight.computing import compute
from customers.insight.tagging import install_rules
from customers.offers.learning import operations as learning
from customers.offers.trials import operations as trials
from customers.quality.measuring import measure
from customers.rights.forgetting import forget
from customers.segments.operations import count_again

SEED = 1999
BATCH = 2_000
FEWEST = len(stories.STORIES)


def is_empty() -> bool:
    """No operator has been built here yet."""
    return not tables.Customer.objects.exclude(status="provisional").exists()


@transaction.atomic
def build(
    *, customers: int, now: datetime, seed: int = SEED, progress: Callable[[int], None] = lambda done: None
) -> None:
    """Everything or nothing. `progress` hears how many customers are written. Needs an empty database.

    The first customers are those of `stories`; a market smaller than they are is made up to their number.
    """
    floor.set_up()
    queue_history.write(now=now, actor=floor.actors()["ada"])
    ivr.flows.operations.publish_shipped(now=now)
    offering_ids, tag_ids = _catalogue(now), _tags()
    today = timezone.localdate(now)
    stocking.note_rivals(rows=products.rivals(today), author="demo", today=today, now=now)
    _scripts(now, offering_ids)
    agents = floor.agent_ids(DOMAIN)
    people = (
        stories.person(seed=seed, index=index, today=timezone.localdate(now)) for index in range(max(customers, FEWEST))
    )
    done = 0
    while batch := list(islice(people, BATCH)):
        _write(batch, seed=seed, now=now, offering_ids=offering_ids, tag_ids=tag_ids, agents=agents)
        done += len(batch)
        progress(done)
    copy(tables.Relationship, ("a_id", "b_id", "role", "valid_from"), stories.relations(seed=seed))
    catalogue.build_pool(now=now)
    advice.link()
    if customers >= advice.LEARNS_FROM:
        learning.learn(now=now)
    served.write(now=now, seed=seed)
    promises.write(now=now, seed=seed)
    past_days.write(now=now, seed=seed)
    trials.learn(now=now)
    paths.build(calls=min(paths.MOST_CALLS, 2 * customers), now=now, seed=seed)
    surveys.write(now=now, seed=seed)
    parties.write(now=now)
    sources.write(now=now, seed=seed)
    _found_out(now, seed=seed, offering_ids=offering_ids)
    told = [stories.person(seed=seed, index=index, today=today).id for index in range(FEWEST)]
    campaigns.write(now=now, seed=seed, people=floor.actors(), agents=agents, but=told)
    transaction.on_commit(_analyse)
    renewed = _renew(max(customers, FEWEST), seed=seed, now=now, offering_ids=offering_ids)
    transaction.on_commit(lambda: _conclude(now))
    transaction.on_commit(lambda: _acquaint(max(customers, FEWEST), renewed, seed=seed, now=now))


def _found_out(now: datetime, *, seed: int, offering_ids: dict[str, int]) -> None:
    """Groups and doubles as the nights find them, and what people said of some."""
    actors = floor.actors()
    handwork.earlier_terms(now=now)
    find_groups(now=now)
    doubles.write(now=now, seed=seed, actors=actors, offering_ids=offering_ids)
    mrs_chen = stories.person(seed=seed, index=0, today=timezone.localdate(now))
    handwork.before_the_night(mrs_chen=mrs_chen.id, actors=actors, now=now)


def _write(
    batch: list[Person],
    *,
    seed: int,
    now: datetime,
    offering_ids: dict[str, int],
    tag_ids: dict[str, int],
    agents: list[int],
) -> None:
    companions = [other for person in batch if (other := stories.companion(person, seed=seed))]
    everybody = batch + companions
    copy(tables.Customer, history.CUSTOMER, (history.customer(person, now) for person in everybody))
    copy(tables.Identifier, history.IDENTIFIER, _identifiers(batch, companions, now))
    copy(tables.Holding, history.HOLDING, _holdings(everybody, now, offering_ids))
    copy(tables.UsageMonth, history.USAGE, (row for person in everybody for row in history.usage(person, now)))
    copy(tables.Interaction, history.INTERACTION, _contacts(batch, now, agents))
    copy(tables.Transaction, money.TRANSACTION, (row for person in batch for row in money.transactions(person, now)))
    copy(tables.LevelTerm, money.LEVEL_TERM, (money.level_term(person, now) for person in batch))
    copy(tables.Consent, history.CONSENT, _consents(batch, now))
    copy(tables.Consent, history.CONSENT, (row for person in batch for row in habits.consents(person, now)))
    copy(tables.Activity, habits.ACTIVITY, (row for person in batch for row in habits.activity(person, now)))
    copy(tables.Identifier, habits.PAPER, (row for person in batch for row in habits.odd_papers(person, now)))
    copy(tables.DoNotCall, history.DO_NOT_CALL, (row for person in batch for row in stories.do_not_call(person, now)))
    copy(
        tables.TagAssignment,
        history.TAGGED,
        (row for person in everybody for row in history.tagged(person, now, tag_ids)),
    )
    _advice(batch, now, offering_ids, agents)


def _advice(batch: list[Person], now: datetime, offering_ids: dict[str, int], agents: list[int]) -> None:
    """Of written people their story alone is told."""
    told = [
        one
        for person in batch
        if not stories.is_story(person)
        for one in advice.past(
            person, now=now, salt=settings.OFFERS_SALT, offering_ids=offering_ids, agents=agents[: -campaigns.NEWCOMERS]
        )
    ]
    copy(tables.Arbitration, advice.ARBITRATION, (one.decision for one in told))
    copy(tables.GiftTrial, gifts.TRIAL, (row for person in batch for row in gifts.trials(person, now=now)))
    copy(tables.Offer, advice.OFFER, (one.offer for one in told if one.offer is not None))
    copy(tables.Holding, history.HOLDING, (one.holding for one in told if one.holding is not None))


def _identifiers(batch: list[Person], companions: list[Person], now: datetime) -> Iterator[history.Row]:
    for person in batch:
        for row in history.identifiers(person, now):
            kind, role = row[1], row[4]
            yield (*row[:4], stories.role(person) if kind == "phone" else role, *row[5:])
    for person in companions:  # they have the number, and nothing else of their own
        yield next(iter(history.identifiers(person, now)))


def _holdings(people: list[Person], now: datetime, offering_ids: dict[str, int]) -> Iterator[history.Row]:
    """Plans of written people are as old as their story and end when it says; all else is drawn."""
    today = timezone.localdate(now)
    for person in people:
        for number, (who, offering, status, since, term, source) in enumerate(
            history.holdings(person, now, offering_ids)
        ):
            if stories.is_story(person) and number == 0:
                since = max(person.since, today - timedelta(days=400))
                term = stories.term_end(person, today)
            yield (who, offering, status, since, term, source)


def _contacts(batch: list[Person], now: datetime, agents: list[int]) -> Iterator[history.Row]:
    for person in batch:
        yield from history.contacts(person, now, agents)
        yield from stories.contacts(person, now, agents)


def _consents(batch: list[Person], now: datetime) -> Iterator[history.Row]:
    for person in batch:
        yield from (stories.consents if stories.is_story(person) else history.consents)(person, now)


def _catalogue(now: datetime) -> dict[str, int]:
    tables.Offering.objects.bulk_create(
        tables.Offering(
            code=product.code, family=product.family, kind=product.kind, name_en=product.name_en, name_zh=product.name_zh,
            summary_en=product.summary_en, summary_zh=product.summary_zh, fee_fen=product.fee_fen, tariff=product.tariff,
            tags=list(product.tags), suits=list(product.suits), not_for=list(product.not_for),
            requires=list(product.requires), excludes=list(product.excludes),
            parts=list(product.parts), margin_fen=product.margin_fen, valid_from=products.ON_SALE_SINCE,
        )
        for product in products.ALL
    )  # fmt: skip
    return dict(tables.Offering.objects.values_list("code", "id"))


def _tags() -> dict[str, int]:
    tables.Tag.objects.bulk_create(
        (
            tables.Tag(key=tag.key, name_en=tag.name_en, name_zh=tag.name_zh, layer=tag.layer)
            for tag in tags.DEFINITIONS.values()
        ),
        ignore_conflicts=True,
    )
    return dict(tables.Tag.objects.values_list("key", "id"))


def _scripts(now: datetime, offering_ids: dict[str, int]) -> None:
    for plan in scripts.SCRIPTS:
        script = tables.Script.objects.create(
            key=plan.key, intent=plan.intent, offering_id=offering_ids.get(plan.offering), moment=plan.moment
        )
        tables.ScriptVersion.objects.bulk_create(
            tables.ScriptVersion(
                script=script,
                number=1,
                language=language,
                state="published",
                lines=plan.lines(language),
                objections=plan.objections_in(language),
                cue=plan.cue_zh if language == scripts.CHINESE else plan.cue_en,
                author=scripts.AUTHOR,
                approver=scripts.APPROVER,
                published_at=now,
            )
            for language in (scripts.ENGLISH, scripts.CHINESE)
        )


def _analyse() -> None:
    """Tell the planner what came, or the first screen-pops pay for its ignorance."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _conclude(now: datetime) -> None:
    """Insight of the first day; from then on it comes overnight."""
    install_rules(now=now)
    compute(now=now)
    measure(now=now)  # once more: what is valuable is known now
    handwork.after_the_night(actors=floor.actors(), now=now)
    count_again(now=now)
    forget(now=now)


def _renew(customers: int, *, seed: int, now: datetime, offering_ids: dict[str, int]) -> dict[int, str]:
    """Two people who stand in the books a second time, with a new number; answers the numbers by index."""
    if customers < acquaintances.FEWEST:
        return {}
    again = [
        acquaintances.renewed(stories.person(seed=seed, index=index, today=timezone.localdate(now)), seed=seed)
        for index in acquaintances.RENUMBERED
    ]
    copy(tables.Customer, history.CUSTOMER, (history.customer(person, now) for person in again))
    copy(tables.Identifier, history.IDENTIFIER, (next(iter(history.identifiers(person, now))) for person in again))
    copy(tables.Holding, history.HOLDING, _holdings(again, now, offering_ids))
    return {person.index - acquaintances.RENEWED_FROM: person.number for person in again}


def _acquaint(customers: int, renewed: dict[int, str], *, seed: int, now: datetime) -> None:
    """Circles of the first day; from then on they come out of the operator's files of calls."""
    if settings.CIRCLES_ENABLED:
        numbers = [
            stories.person(seed=seed, index=index, today=timezone.localdate(now)).number for index in range(customers)
        ]
        talks = list(acquaintances.talks(numbers, renewed, seed=seed))
        draw_talks(talks=talks, actor="demo", now=now)
