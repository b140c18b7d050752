"""Words of the contact policy and of offers on the supervisor's pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from callcenter.accounts import trail
from customers.catalogue.rating import Line
from customers.insight.tags import DEFINITIONS
from customers.offers.contact.calendars import Notice
from customers.offers.contact.terms import Hours, Limit, Pause
from customers.offers.evaluation import Interval
from customers.offers.rule_table import BY_KEY
from customers.offers.wording import INTENTS, WARNINGS, Text, yuan

register = template.Library()

CHANNEL: dict[str, Promise] = {
    "VOICE": later("Phone"),
    "SMS": later("SMS"),
    "PUSH": later("App notice"),
    "EMAIL": later("E-mail"),
    "WECHAT": later("WeChat"),
    "IVR": later("IVR"),
    "BILL": later("On the bill"),
    "COUNTER": later("Shop"),
    "ANY": later("All channels"),
    "WAIT": later("Waits for the customer"),
}
PURPOSE: dict[str, Promise] = {
    "MARKETING": later("Marketing"),
    "RETENTION": later("Keeping a customer"),
    "SERVICE": later("Service"),
    "TRANSACTIONAL": later("About an order"),
    "MANDATORY": later("Required by law"),
}
STATE: dict[str, Promise] = {
    "proposed": later("Proposed"),
    "approved": later("Approved"),
    "rejected": pgettext_lazy("rules", "Rejected"),
}
DAYS: dict[str, Promise] = {
    "workday": later("working days"),
    "weekend": later("weekends"),
    "holiday": later("holidays"),
}
NOTICED: dict[str, Promise] = {
    "holiday": later("days off {days}"),
    "workday": later("worked {days}"),
}
OVER: dict[str, Promise] = {
    "all": later("everything"),
    "action": later("the same product"),
    "group": later("the same kind"),
}


@register.filter
def channel_word(code: str) -> str:
    return str(CHANNEL.get(code, code))


@register.filter
def purpose_word(code: str) -> str:
    return str(PURPOSE.get(code, code))


@register.filter
def rules_state(code: str) -> str:
    return str(STATE.get(code, code))


def worded(table: Mapping[str, Text], code: str) -> str:
    """What a code is called in the reader's language; the code itself where the table has no word."""
    known = table.get(code)
    return known.to(get_language() or "en") if known else code


@register.filter
def denial_word(rule: str) -> str:
    """The sentence of a rule in the reader's language; its code where a floor has added a limit of its own."""
    return worded(WARNINGS, rule)


ORIGIN: dict[str, Promise] = {
    "later": pgettext_lazy("waiting", "the customer said later"),
    "campaign": pgettext_lazy("waiting", "a campaign"),
    "api": pgettext_lazy("waiting", "another channel"),
}


@register.filter
def waiting_origin(code: str) -> str:
    return str(ORIGIN.get(code, code))


@register.filter
def over_word(limit: Limit) -> str:
    """What a limit counts, and by whom."""
    over = str(OVER[limit.over])
    return _("{over}, by household").format(over=over) if limit.reach == "household" else over


@register.filter
def hours_channels(codes: Iterable[str]) -> str:
    return ", ".join(sorted(channel_word(code) for code in codes))


@register.filter
def hours_word(hours: Hours) -> str:
    days = ", ".join(str(DAYS[day]) for day in sorted(hours.days))
    spans = ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours.spans)
    where = "" if hours.region == "*" else f" ({hours.region})"
    return f"{days} {spans}{where}"


@register.filter
def pause_word(pause: Pause) -> str:
    """`3 refusals within 90 days: 180 days of silence about everything`."""
    sentence = ngettext(
        "{n} refusal within {within} days: {pause} days of silence about {over}",
        "{n} refusals within {within} days: {pause} days of silence about {over}",
        pause.n,
    )
    return sentence.format(n=pause.n, within=pause.within.days, pause=pause.pause.days, over=OVER[pause.over])


@register.filter
def notice_word(notice: Notice) -> str:
    """`CN by notice; decreed until 2027-12-31; days off 2027-02-05; worked 2027-02-07`."""
    parts = [_("{region} by notice").format(region=notice.region)]
    if notice.decreed_to:
        parts.append(_("decreed until {day}").format(day=notice.decreed_to))
    for kind, word in NOTICED.items():
        if days := sorted(day for day, marked in notice.marked.items() if marked == kind):
            parts.append(str(word).format(days=", ".join(str(day) for day in days)))
    return "; ".join(parts)


# --- results of offers ----------------------------------------------------------------------------------------------
ACTION: dict[str, Promise] = {
    "notice": later("Notice"),
    "service": later("Service"),
    "rightsize": later("Better-fitting plan"),
    "renew": later("Renewal"),
    "keep_level": later("Keeping a level"),
    "retain": later("Keeping a customer"),
    "upsell": later("Higher plan"),
    "win_back": later("Winning back"),
    "cross_sell": later("Additional product"),
    "content": later("Content"),
    "ask_consent": later("Asking for consent"),
}
TENURE: dict[str, Promise] = {"novice": later("Agents under 90 days"), "experienced": later("Agents from 90 days on")}
AGAINST: dict[str, Promise] = {
    "kept": later("took something new and kept it"),
    "complaint": later("complained within 30 days"),
    "repeat": later("called again within 7 days"),
    "opt_out": later("asked for no more offers within 30 days"),
}
VERDICT: dict[str, Promise] = {
    "better": later("better"),
    "worse": later("worse"),
    "no_difference": later("no difference shown"),
}
JUDGED: dict[str, Promise] = {
    "better": later("the best by priority alone would have done better"),
    "worse": later("the best by priority alone would have done worse"),
    "no_difference": later("no difference shown"),
    "not_enough": later("too little is known to say"),
}
POLICY: dict[str, Promise] = {
    "greedy": later("The best by priority, always"),
    "random": later("Any possible card, by chance"),
    "popularity": later("The most frequent card, always"),
    "best_constant": later("The best constant card"),
}
REFUSED: dict[str, Promise] = {
    "": later("yes"),
    "ess": later("no: fewer than 200 effective decisions"),
    "unsupported": later("no: never tried where it would go"),
    "one_weight": later("no: one decision outweighs the others"),
}
MODEL_STATE: dict[str, Promise] = {
    "champion": later("speaks"),
    "resting": later("rests"),
    "retired": later("replaced"),
    "silent": later("silent"),
}
SILENCE: dict[str, Promise] = {
    "few": later("too few answers"),
    "one_sided": later("answers all alike"),
    "no_better_than_chance": later("no better than chance"),
    "no_better_than_share": later("no better than the plain share"),
}
DRIFTED: dict[str, Promise] = {
    "people": later("other people come"),
    "answers": later("other answers come"),
    "guesses": later("worse guesses"),
    "broken": later("numbers cannot be read"),
}


UPLIFT: dict[str, Promise] = {
    "few": later("too few trials: the entered figure speaks"),
    "unsure": later("no effect shown, the entered figure not ruled out"),
    "none": later("no effect shown: no gift outside trials"),
    "average": later("an effect shown, alike for all"),
    "customer": later("an effect shown, told apart by customer"),
}
THIRDS: tuple[Promise, ...] = (
    later("… of the third ranked first"),
    later("… of the middle third"),
    later("… of the third ranked last"),
)
FACT: dict[str, Promise] = {
    "months_held": later("months on the plan"),
    "plan_yuan": later("fee of the plan"),
    "bill_yuan": later("mean bill"),
    "data_share": later("data used of granted"),
    "voice_share": later("minutes used of granted"),
    "interests": later("interests known"),
    "household": later("in a household"),
    "matters": later("open matters"),
    "promise_yuan": later("saving promised"),
    "price_yuan": later("price of the offer"),
    "fit": later("tags that fit"),
    "plan": later("plan"),
    "intent": later("reason of the call"),
    "rule": later("card"),
}


@register.filter
def uplift_verdict(code: str) -> str:
    return str(UPLIFT.get(code, code))


@register.filter
def third_word(place: int) -> str:
    return str(THIRDS[place])


@register.filter
def fact_word(name: str) -> str:
    """A column of a model in the reader's words: `plan_yuan` → fee of the plan, `intent=leave` → reason of the call: leave."""
    column, _sign, value = name.partition("=")
    words = INTENTS.get(value) if column == "intent" else BY_KEY[value].title if value in BY_KEY else None
    said = words.to(get_language() or "en") if words else value
    return f"{FACT.get(column, column)}: {said}" if value else str(FACT.get(column, column))


@register.filter
def stayed(card: dict[str, Any], side: str) -> str:
    """`81.2 % (240)`: who is still with us, of a side of the trials."""
    of = int(card[side])
    return f"{share(int(card[f'stayed_{side}']) / of)} ({of})" if of else "–"


@register.filter
def points_of(found: dict[str, float] | None) -> str:
    return points(Interval(**found)) if found else "–"


@register.filter
def action_word(code: str) -> str:
    return str(ACTION.get(code, code))


@register.filter
def tenure_word(code: str) -> str:
    return str(TENURE.get(code, code))


@register.filter
def against_word(code: str) -> str:
    return str(AGAINST.get(code, code))


@register.filter
def verdict_word(code: str) -> str:
    return str(VERDICT.get(code, code))


@register.filter
def judged_word(code: str) -> str:
    return str(JUDGED.get(code, code))


@register.filter
def policy_word(code: str) -> str:
    return str(POLICY.get(code, code))


@register.filter
def refused_word(code: str) -> str:
    return str(REFUSED.get(code, code))


@register.filter
def model_state(code: str) -> str:
    return str(MODEL_STATE.get(code, code))


@register.filter
def silence_word(code: str) -> str:
    return str(SILENCE.get(code, code))


@register.filter
def drift_word(watched: dict[str, Any]) -> str:
    """`other people come, worse guesses`; "none seen" where it was looked for; a dash before the first look."""
    if not watched:
        return "–"
    return ", ".join(str(DRIFTED.get(sign, sign)) for sign in watched["drifted"]) or _("none seen")


@register.filter
def rule_word(key: str) -> str:
    """A rule's title in the reader's language."""
    rule = BY_KEY.get(key)
    return rule.title.to(get_language() or "en") if rule else _("just serve")


@register.filter
def share(value: float) -> str:
    """`12.3 %`."""
    return f"{100 * value:.1f} %"


@register.filter
def band(of: Interval) -> str:
    """`12.3 % (10.1–14.9)`."""
    return f"{100 * of.value:.1f} % ({100 * of.low:.1f}–{100 * of.high:.1f})"


@register.filter
def points(of: Interval) -> str:
    """`+1.2 (−0.3 … +2.8)`, in points."""
    value, low, high = (f"{100 * one:+.1f}".replace("-", "−") for one in (of.value, of.low, of.high))
    return f"{value} ({low} … {high})"


# --- the catalogue --------------------------------------------------------------------------------------------------
FAMILY: dict[str, Promise] = {
    "mobile": later("Mobile"),
    "broadband": later("Broadband"),
    "tv": later("Television"),
    "content": later("Content"),
    "device": later("Device"),
    "service": later("Service"),
}
KIND: dict[str, Promise] = {
    "plan": later("Plan"),
    "pack": later("Pack"),
    "content": later("Content"),
    "device": later("Device"),
    "bundle": later("Bundle"),
    "service": later("Service"),
}


@register.filter
def family_word(code: str) -> str:
    return str(FAMILY.get(code, code))


@register.filter
def kind_word(code: str) -> str:
    return str(KIND.get(code, code))


@register.filter
def product_name(row: Any) -> str:
    """In the reader's language."""
    return str(row.name_zh if (get_language() or "en").startswith("zh") else row.name_en)


@register.filter
def fen(amount: int) -> str:
    """`¥30.50`, `−¥10`; whole yuan without places."""
    return ("−¥" if amount < 0 else "¥") + yuan(abs(amount)).removesuffix(".00")


@register.filter
def line_word(line: Line) -> str:
    """A line of a bill explains itself."""
    return line.because(get_language() or "en")


@register.filter
def tag_words(keys: Iterable[str]) -> str:
    """Tags in the reader's language; the key of one that the installation added itself."""
    chinese = (get_language() or "en").startswith("zh")
    known = [(key, DEFINITIONS.get(key)) for key in keys]
    named = [key if tag is None else tag.name_zh if chinese else tag.name_en for key, tag in known]
    return ("、" if chinese else ", ").join(named)


@register.filter
def person(actor: str) -> str:
    """`user:17` → the person's name; other words as they are."""
    return trail.names(actors=[actor]).get(actor, actor.removeprefix("user:"))


CIRCUMSTANCE: dict[str, Promise] = {
    "outage": later("Outage"),
    "arrears": later("Overdue bill"),
    "bereavement": later("Bereavement"),
    "fraud": later("Fraud case"),
    "open_complaint": later("Open complaint elsewhere"),
}


@register.filter
def circumstance_word(code: str) -> str:
    return str(CIRCUMSTANCE.get(code, code))


# --- campaigns ------------------------------------------------------------------------------------------------------
CAMPAIGN: dict[str, Promise] = {
    "draft": later("Draft"),
    "review": later("Waits for approval"),
    "approved": later("Approved"),
    "running": later("Running"),
    "paused": later("Paused"),
    "ended": later("Ended"),
}
MEMBER: dict[str, Promise] = {
    "control": later("left in peace"),
    "reserved": later("contact held"),
    "contacted": later("contacted"),
    "released": later("not reached"),
    "waiting": later("waits for the customer"),
    "barred": later("never to be told"),
}
ARM: dict[str, Promise] = {"treated": later("With the campaign"), "control": later("Left in peace")}
TRIGGER: dict[str, Promise] = {
    "bill_jump": later("when a bill jumps"),
    "allowance_80": later("when four fifths of the allowance are used early"),
    "contract_ends": later("when a contract ends soon"),
    "port_out": later("when somebody asks to take the number elsewhere"),
    "roaming_ahead": later("before a journey"),
    "new_device": later("when a new device appears"),
    "move": later("when somebody moves"),
    "level_at_risk": later("when a level may be lost"),
    "content_published": later("when new content appears"),
    "rival_question": later("when somebody asks about a rival"),
}


@register.filter
def campaign_state(code: str) -> str:
    return str(CAMPAIGN.get(code, code))


@register.filter
def member_state(code: str) -> str:
    return str(MEMBER.get(code, code))


@register.filter
def arm_word(code: str) -> str:
    return str(ARM.get(code, code))


@register.filter
def trigger_word(code: str) -> str:
    return str(TRIGGER.get(code, code))


@register.filter
def campaign_verdict(code: str) -> str:
    return str(JUDGED["not_enough"] if code == "not_enough" else VERDICT.get(code, code))
