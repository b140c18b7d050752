"""Words of the back office."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from callcenter.backoffice import import_words
from callcenter.backoffice.insight_words import EVIDENCE, LAYERS, WEEKDAYS
from callcenter.backoffice.rights_words import (
    ASKED,
    GROUNDS,
    KEPT,
    RIGHTS,
    STATES,
    TROUBLES,
    kind_of_data,
    kinds_of_data,
)
from callcenter.backoffice.words import (
    GOLDEN,
    LIMITS,
    LINES,
    PARTIES,
    PURPOSES,
    SEVERITIES,
    SHARES,
    SOURCES,
    TIED,
    TIES,
    UNITS,
    WORDS,
    WORKERS,
)
from customers.imports.feed_models import Feed
from customers.imports.models import ImportJob, RowError
from customers.imports.pulling import PULL_ACTOR
from customers.imports.queries import refusal
from customers.insight.models import TagAssignment
from customers.quality.formulas import DIMENSIONS
from customers.quality.models import QualityAlert
from customers.quality.rules import BY_CODE, settled
from customers.segments.fields import FIELDS

register = template.Library()
_LINKED = re.compile(r"(?P<bits>-?\d+\.\d) bits, (?P<version>\S+)")


@register.filter
def said(code: object) -> str:
    """A code in the reader's language; what has no word is shown as it is."""
    return str(WORDS.get(str(code), code))


@register.filter
def short_id(key: object) -> str:
    """The end of an id, enough to tell two apart."""
    return str(key).replace("-", "")[-8:]


@register.filter
def count(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}"


@register.filter
def data_kinds(rows: Mapping[str, int]) -> list[tuple[str, int]]:
    """Counts by table as counts by what stands there."""
    return kinds_of_data(rows)


@register.filter
def data_kind(table: str) -> str:
    """What stands in a table."""
    return kind_of_data(table)


@register.filter
def import_state(code: str) -> str:
    """Where an import stands."""
    return str(import_words.STATES.get(code, code))


@register.filter
def import_name(job: ImportJob) -> str:
    """What a delivery is called: its file, or that it was read from another database."""
    return _("Read-only query") if job.actor == PULL_ACTOR else job.name


@register.filter
def import_kind(code: str) -> str:
    """What the rows of a file are."""
    return str(import_words.KINDS.get(code, code))


@register.filter
def import_field(field: str) -> str:
    """What a column of a file can mean."""
    return str(import_words.FIELDS.get(field) or WORDS.get(field, field))


@register.filter
def feed_outcome(code: str) -> str:
    """How it went when it was looked for."""
    return str(import_words.OUTCOMES.get(code, code))


@register.filter
def quality_alert(one: QualityAlert) -> str:
    """What is wrong with a source, in the reader's language."""
    zh = (get_language() or "").startswith("zh")
    if one.what == QualityAlert.What.DELIVERY:
        return _("It has not delivered as it should")
    if one.what == QualityAlert.What.SHARED:
        kind, _space, masked = one.code.partition(" ")
        return _("%(kind)s %(masked)s stands with too many people") % {"kind": said(kind), "masked": masked}
    if one.what == QualityAlert.What.RULE:
        rule = settled(BY_CODE[one.code]) if one.code in BY_CODE else None
        return one.code if rule is None else rule.zh if zh else rule.en
    named = {dimension.key: dimension.zh if zh else dimension.en for dimension in DIMENSIONS}
    return named.get(one.code) or _("Score")


@register.filter
def import_step(do: str) -> str:
    """What is done to the cells of a file."""
    return str(import_words.STEPS.get(do, do))


@register.filter
def import_step_help(do: str) -> str:
    """What such a step takes."""
    return str(import_words.STEP_HELP.get(do, ""))


@register.filter
def why_refused(one: RowError | ImportJob | Feed) -> str:
    """Why a row of a file was refused, or the whole of it, or why a delivery came to nothing."""
    return refusal(one, name=import_field)


@register.filter
def line_kind(kind: str) -> str:
    """What a subscription is of."""
    return str(LINES.get(kind, kind))


@register.filter
def party_role(role: str) -> str:
    """What somebody is to an account or a subscription."""
    return str(PARTIES.get(role, role))


@register.filter
def shares(signal: str) -> str:
    """What people of a proposed group share."""
    return str(SHARES.get(signal, signal))


@register.filter
def severity(code: str) -> str:
    """How bad it is to break a rule."""
    return str(SEVERITIES.get(code, code))


@register.filter
def at(held: Mapping[str, Any], key: str) -> Any:
    """What a mapping holds under a key; None where it holds nothing."""
    return held.get(key)


@register.filter
def golden_rule(code: str) -> str:
    """Which word about a field counts."""
    return str(GOLDEN.get(code, code))


@register.filter
def gate(one: Mapping[str, Any]) -> str:
    """Why a delivery is held."""
    return import_words.gate(one, import_field(str(one.get("field", ""))))


@register.filter
def person(actor: str, names: Mapping[str, str]) -> str:
    """Who did it, by name where they are one of us; a job's own name in words."""
    return names.get(actor) or str(WORKERS.get(actor, actor))


@register.filter
def source(code: str) -> str:
    """Where something comes from, in words; a source that an installation named itself stays as it is."""
    return str(SOURCES.get(code) or WORDS.get(code, code))


@register.filter
def product(code: str, names: Mapping[str, str]) -> str:
    """The name of a product by its code; "" for what is no product."""
    return names.get(code, "")


@register.filter
def right(kind: str) -> str:
    """What a person asked of us."""
    return str(RIGHTS.get(kind, kind))


@register.filter
def asked_for(kind: str) -> str:
    """What a request that a worker answers asks for."""
    return str(ASKED.get(kind, RIGHTS.get(kind, kind)))


@register.filter
def request_state(code: str) -> str:
    """How far a request is."""
    return str(STATES.get(code, code))


@register.filter
def request_trouble(code: str) -> str:
    """Why a request was not done."""
    return str(TROUBLES.get(code, code))


@register.filter
def ground(code: str) -> str:
    """Why use is restricted."""
    return str(GROUNDS.get(code, code))


@register.filter
def kept_class(key: str) -> str:
    """A class of what is kept for a time."""
    return str(KEPT.get(key, key))


@register.filter
def total(counts: Iterable[int]) -> int:
    return sum(counts)


@register.filter
def purpose(code: str) -> str:
    """What somebody agreed to or refused."""
    return str(PURPOSES.get(code, code))


@register.filter
def tie(role: str) -> str:
    """What a customer is to another party: pays for, lives in …"""
    return str(TIES.get(role, role))


@register.filter
def tied(role: str) -> str:
    """What another party is to the customer: paid by, member …"""
    return str(TIED.get(role, role))


@register.filter
def yuan(fen: int | None) -> str:
    """An amount in yuan without fen; a dash for what is not known."""
    return "–" if fen is None else f"¥{fen / 100:,.0f}"


@register.filter
def percent(share: float | None) -> str:
    """A share as whole per cent; a dash for what is not known."""
    return "–" if share is None else f"{100 * share:.0f} %"


@register.filter
def limit(gap: str) -> str:
    """What a limit of a rule says."""
    return str(LIMITS.get(gap, gap))


@register.filter
def finely(share: float | None) -> str:
    """A share with two places, where small differences are what one looks for."""
    return "–" if share is None else f"{100 * share:.2f} %"


@register.filter
def weekday(number: int) -> str:
    """An ISO weekday, short."""
    return str(WEEKDAYS.get(number, number))


@register.filter
def unit(code: str) -> str:
    """What a fact is counted in."""
    return str(UNITS.get(code, code))


@register.filter
def fact(key: str) -> str:
    """The name of a fact that conditions ask for."""
    one = FIELDS.get(key)
    return key if one is None else one.zh if get_language() == "zh-hans" else one.en


@register.filter
def because(one: TagAssignment, conditions: Mapping[int, str]) -> str:
    """Why a tag is there: the condition of its rule, or what the computation or the person wrote."""
    told, condition = evidence(one.evidence), conditions.get(one.pk)
    if condition is None:
        return told or _("it came with the data; no reason was kept")
    return f"{condition} · {told}"


@register.filter
def whole(number: float) -> int:
    """A count that is kept as a number with a point."""
    return int(number)


@register.filter
def merge_reason(text: str) -> str:
    """Why two became one: what linking wrote (`6.3 bits, cn-1`) in words; what people wrote stays as it is."""
    told = _LINKED.fullmatch(text)
    return text if told is None else str(_("%(bits)s bits, by weights %(version)s")) % told.groupdict()


@register.filter
def tag_layer(layer: str) -> str:
    """What a tag speaks of."""
    return str(LAYERS.get(layer, layer))


@register.filter
def evidence(text: str) -> str:
    """Why a computation gave a tag: `lift=2.3 times=14` in words; what people wrote stays as it is."""
    version = text.removeprefix("rule v")
    if version != text and version.isdigit():
        return str(_("rule, version %s") % version)
    parts = [part.partition("=") for part in text.split(" ")]
    if not all(value and key in EVIDENCE for key, _sign, value in parts):
        return text
    return " · ".join(str(EVIDENCE[key]) % value for key, _sign, value in parts)
