"""The contact policy once more, written apart and slowly: for comparison only.

It counts by walking over everything and looks for the next allowed instant by trying one quarter of an hour after the
other. It shares nothing with the policy but the names of the facts.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from customers.offers.contact.calendars import Calendar, shipped
from customers.offers.contact.facts import Ask, PolicyFacts
from customers.offers.contact.terms import Limit, Rules

CONSENTS = {"VOICE": {"voice", "any"}, "SMS": {"sms", "any"}, "EMAIL": {"mail", "any"}, "WECHAT": {"wechat", "any"}}


def denials(now: datetime, ask: Ask, facts: PolicyFacts, rules: Rules, calendars: dict[str, Calendar]) -> set[str]:
    """The names of the rules that say no at `now`."""
    selling = ask.purpose in ("MARKETING", "RETENTION", "MANDATORY")
    found: set[str] = set()
    if selling:
        found |= _about_the_person(now, ask, facts)
        found |= _about_the_past(now, ask, facts, rules)
    if ask.direction == "out" and ask.purpose != "TRANSACTIONAL":
        found |= _about_the_hour(now, ask, facts, rules, calendars)
        if ask.list_at and (now < ask.list_at or now - ask.list_at > rules.list_age):
            found.add("list_too_old")
    return found - (set(ask.passes) if ask.purpose == "MANDATORY" else set())


def _about_the_person(now: datetime, ask: Ask, facts: PolicyFacts) -> set[str]:
    found = set(facts.bars)
    for rule, holds in (
        ("unknown_caller", not facts.resolved),
        ("unknown_store", not facts.known),
        ("do_not_call", facts.do_not_call),
        ("restricted", facts.restricted),
        ("open_complaint", facts.complaint_since is not None),
        ("vulnerable", facts.vulnerable),
        ("minor", facts.birth_year is not None and now.timestamp() < _january(facts.birth_year + 19)),
    ):
        if holds:
            found.add(rule)
    voiced = {"granted": False, "refused": False}
    for said in facts.consents:
        lasts = said.until is None or said.until > now
        if lasts and said.purpose == "profiling" and said.state == "refused":
            found.add("no_profiling")
        if lasts and said.purpose == "marketing" and said.channel in CONSENTS.get(ask.channel, {"any"}):
            voiced[said.state] = True
    if voiced["refused"]:
        found.add("no_marketing")
    elif not voiced["granted"] and facts.resolved:
        found.add("unknown_consent")
    return found


def _january(year: int) -> float:
    return datetime.fromisoformat(f"{year}-01-01T00:00:00+00:00").timestamp()


def _about_the_past(  # noqa: C901  one plain loop a rule, on purpose
    now: datetime, ask: Ask, facts: PolicyFacts, rules: Rules
) -> set[str]:
    found = set()
    days = {"": rules.after_complaint, "marketing": rules.after_marketing_complaint, "regulator": rules.after_regulator}
    if any(now < at + days[about] for at, about in facts.complaints_closed):
        found.add("complaint_lately")
    recent = [at for at in facts.contacts if at <= now and now - at < rules.contacts_window]
    if len(recent) >= rules.contacts_before:
        found.add("repeat_contact")
    for limit in rules.limits:
        if limit.direction == ask.direction and limit.channel in ("ANY", ask.channel):
            for reach in ["household"] if limit.reach == "household" else ["party", "number"]:
                if _count(now, ask, facts, limit, reach) >= limit.n:
                    found.add(limit.id)
    said = [(at, "", "") for at in facts.refusals] + [(one.at, one.action, one.group) for one in facts.declined]
    for pause in rules.pauses:
        own = {"all": None, "action": ask.action, "group": ask.group}[pause.over]
        place = {"all": 0, "action": 1, "group": 2}[pause.over]
        if own == "":
            continue
        times = sorted(one[0] for one in said if one[0] <= now and (own is None or one[place] == own))
        for index in range(pause.n - 1, len(times)):
            if times[index] - times[index - pause.n + 1] <= pause.within and now < times[index] + pause.pause:
                found.add("cooling_off")
    for conflict in rules.conflicts:
        for mine, other in ((conflict.a, conflict.b), (conflict.b, conflict.a)):
            for touch in facts.touches:
                live = touch.at <= now and (touch.until is None or touch.until > now)
                if live and ask.action == mine and touch.action == other and now < touch.at + conflict.apart:
                    found.add("conflict")
    return found


def _count(now: datetime, ask: Ask, facts: PolicyFacts, limit: Limit, reach: str) -> int:
    over, by_day = limit.over, limit.by_day
    count = 0
    if limit.direction == "in" and over == "all":
        count += sum(at <= now and now - at < limit.window for at in facts.pitches)
    for touch in facts.touches:
        if touch.direction != limit.direction or reach not in touch.by or touch.at > now:
            continue
        if touch.until is not None and now >= touch.until:
            continue
        if limit.channel not in ("ANY", touch.channel):
            continue
        if over == "action" and (not ask.action or touch.action != ask.action):
            continue
        if over == "group" and (not ask.group or touch.group != ask.group):
            continue
        region = facts.regions[0] if facts.regions else None
        if by_day and region in shipped():
            zone = shipped()[str(region)].zone
            count += touch.at.astimezone(zone).date() == now.astimezone(zone).date()
        else:
            count += now - touch.at < limit.window
    return count


def _about_the_hour(
    now: datetime, ask: Ask, facts: PolicyFacts, rules: Rules, calendars: dict[str, Calendar]
) -> set[str]:
    if ask.channel not in ("VOICE", "SMS"):
        return set()
    if not facts.regions or any(region not in calendars for region in facts.regions):
        return {"unknown_region"}
    found = set()
    for region in facts.regions:
        calendar = calendars[str(region)]
        here = now.astimezone(calendar.zone)
        today = here.strftime("%Y-%m-%d")
        if not str(calendar.first) <= today <= str(calendar.last) or today in map(str, calendar.undecided):
            return {"unknown_day"}
        kind = calendar.marked.get(here.date()) or ("weekend" if here.strftime("%a") in ("Sat", "Sun") else "workday")
        clock = here.strftime("%H:%M:%S")
        own = [one for one in rules.hours if one.region == region and ask.channel in one.channels]
        own = own or [one for one in rules.hours if one.region == "*" and ask.channel in one.channels]
        if not any(kind in one.days and any(str(a) <= clock < str(b) for a, b in one.spans) for one in own):
            found.add("quiet_hours")
    return found


def next_allowed(
    now: datetime, ask: Ask, facts: PolicyFacts, rules: Rules, calendars: dict[str, Calendar]
) -> datetime | None:
    """The first quarter of an hour within 30 days at which nothing says no. `now` lies on one."""
    for step in range(30 * 24 * 4 + 1):
        at = now + timedelta(minutes=15 * step)
        if not denials(at, ask, facts, rules, calendars):
            return at
    return None
