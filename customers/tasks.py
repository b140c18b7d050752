"""Slow and scheduled work of this room."""

from __future__ import annotations

from celery import shared_task

from callcenter.foundation import background
from callcenter.foundation.clock import db_now
from customers.catalogue import operations as catalogue
from customers.offers import outcomes


@shared_task(name="customers.build_usage_pool")
def build_usage_pool() -> int:
    """Write the pool that saving promises are tried on. Runs every night."""
    return catalogue.build_pool(now=db_now())


@shared_task(name="customers.import_file", time_limit=6 * 3600)
def import_file(job_id: int) -> str:
    """Work through one import; after a kill the task comes again and goes on at the checkpoint. Answers the state.

    One that somebody paused or cancelled before its turn is left alone.
    """
    from callcenter.foundation.errors import Conflict
    from customers.imports import gates, operations, queries

    with background.alone(f"import:{job_id}") as mine:
        if not mine:
            return "elsewhere"
        try:
            if gates.hold_if_nobody_looked(job_id=job_id, now=db_now()):
                return "held"
            job = operations.run(job_id=job_id, now=db_now())
        except Conflict as refusal:
            return refusal.code
        queries.drop_file(job)
        return job.state


@shared_task(name="customers.go_on")
def go_on() -> int:
    """Send imports whose worker died to another, and cancelled ones that were not taken back; answers how many. Every minute."""
    from customers.imports import queries

    left, half = queries.left_behind(now=db_now()), queries.half_undone()
    for job in left:
        import_file.apply_async((job,), expires=background.SENT_FOR_S)
    for job, actor in half:
        undo_import.apply_async((job, actor), expires=background.SENT_FOR_S)
    return len(left) + len(half)


@shared_task(name="customers.undo_import", time_limit=3600)
def undo_import(job_id: int, actor: str) -> dict[str, int]:
    """Take back what one import stored; answers what went and what could not. After a kill it comes again."""
    from callcenter.foundation.errors import Conflict
    from customers.imports import control

    with background.alone(f"undo:{job_id}") as mine:
        try:
            return control.undo(job_id=job_id, actor=actor, now=db_now())._asdict() if mine else {}
        except Conflict:  # taken back by the task that was killed after its last word
            return {}


@shared_task(name="customers.insight", time_limit=3600)
def compute_insight() -> int:
    """Compute facts, scores, levels and rule tags of every customer; answers how many. Nightly."""
    from customers.activity import operations as activity
    from customers.insight.computing import compute
    from customers.insight.tagging import install_rules

    now = db_now()
    activity.take_newest(now=now)
    activity.forget(now=now)
    install_rules(now=now)
    done = compute(now=now).customers
    build_mirror.delay()
    return done


@shared_task(name="customers.quality", time_limit=3600)
def measure_quality() -> int:
    """Measure the data of every source; answers how many sources. Nightly."""
    from customers.quality.measuring import measure

    return measure(now=db_now())


@shared_task(name="customers.build_mirror", time_limit=1800)
def build_mirror() -> int:
    """Copy the facts to where segments are counted, and count kept segments anew; how many customers. Hourly, after insight."""
    from customers.segments import mirror, operations

    copied = mirror.build(now=db_now()).customers
    operations.count_again(now=db_now())
    return copied


@shared_task(name="customers.learn_propensities", time_limit=3600)
def learn_propensities() -> dict[str, str]:
    """Watch the models for drift and train them anew from the outcome log. Runs every night, after the labels."""
    from customers.offers.learning import operations  # its libraries are heavy: only who learns loads them
    from customers.offers.trials import operations as trials

    now = db_now()
    return {**operations.learn(now=now), "gift": trials.learn(now=now)}


@shared_task(name="customers.label_offers")
def label_offers() -> int:
    """Find out which yes has become an order, and which order was kept. Runs every night."""
    return outcomes.label(now=db_now())


@shared_task(name="customers.fetch", time_limit=6 * 3600)
def fetch_customers() -> int:
    """Import what lies in the watched folder and what other databases have anew; answers how many deliveries."""
    from customers.imports import feeds

    return len(feeds.fetch(now=db_now()))


@shared_task(name="customers.look_for_feed", time_limit=6 * 3600)
def look_for_feed(feed_id: int) -> int:
    """Look for one delivery now, whether it is due or not; answers how many came."""
    from customers.imports import feeds

    return len(feeds.look(feed_id=feed_id, now=db_now()))


@shared_task(name="customers.circles", time_limit=3600)
def draw_circles() -> int:
    """Find circles in the newest file of calls in `VAR_DIR/calls`, once; answers how many customers are placed. Nightly."""
    from customers.circles import nightly

    return nightly.draw_newest(now=db_now())


@shared_task(name="customers.clusters", time_limit=3600)
def search_clusters() -> int:
    """Search for customers who are alike; answers how many were compared, 0 where there are too few. Weekly."""
    from callcenter.foundation.errors import Conflict
    from customers.clusters.operations import search  # its libraries are heavy: only who searches loads them

    try:
        return search(now=db_now()).customers
    except Conflict:
        return 0


@shared_task(name="customers.forget", time_limit=3600)
def forget() -> dict[str, int]:
    """Take away what has been kept long enough; answers how much went by class. Nightly."""
    from customers.rights.forgetting import forget as forget_all

    return dict(forget_all(now=db_now()).removed)


@shared_task(name="customers.run_campaigns", time_limit=600)
def run_campaigns() -> dict[str, int]:
    """One bounded batch of every running campaign; answers how many each considered. Every minute."""
    from customers.offers.campaigns import running
    from customers.offers.campaigns.models import Campaign

    found = Campaign.objects.filter(state=Campaign.State.RUNNING).values_list("pk", flat=True)
    return {str(pk): running.advance(campaign_id=pk, now=db_now()).considered for pk in found}


@shared_task(name="customers.guard_campaigns", time_limit=600)
def guard_campaigns() -> int:
    """Pause what does harm; answers how many were paused. Every quarter of an hour."""
    from customers.offers.campaigns import guarding

    return guarding.watch(now=db_now())


@shared_task(name="customers.mine_together", time_limit=3600)
def mine_together() -> bool:
    """Mine what goes together and judge it on what was taken since; answers whether it may be used. Weekly."""
    from customers.offers.together import operations

    return operations.mine(now=db_now()).speaks


@shared_task(name="customers.turn_the_shelf")
def turn_the_shelf() -> int:
    """Put approved prices and terms into force whose day has come; answers how many. Every few minutes."""
    from customers.catalogue import changing

    return changing.apply_due(now=db_now())


@shared_task(name="customers.find_groups", time_limit=3600)
def find_groups() -> int:
    """Propose households, campuses and enterprises; answers how many are new. Nightly."""
    from customers.households.operations import propose

    return propose(now=db_now()).fresh


@shared_task(name="customers.assemble_golden", time_limit=3600)
def assemble_golden() -> dict[str, int]:
    """Let pins go that ran out, and choose between sources anew. Nightly, before insight."""
    from customers.identity.assembling import assemble

    return assemble(now=db_now())
