"""Small words of the pages of satisfaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from callcenter.floor.templatetags.floor import DASH, label, number, share
from callcenter.satisfaction import asking
from callcenter.satisfaction.meanings import MEANINGS, Meaning
from callcenter.satisfaction.words import KINDS
from ivr.flows.definition import Label
from ivr.paths.statistics import Share
from ivr.surveys.forms import Question
from ivr.surveys.ranking import Ranked
from ivr.surveys.scores import Net

register = template.Library()


@register.filter
def called(code: str, kind: str) -> str:
    """`{{ row.reason|called:"reason" }}`"""
    return str(KINDS[kind].get(code, code))


@register.simple_tag(takes_context=True)
def behind(context: Any, shown: object, result: str, **narrow: str) -> str | SafeString:
    """A number, leading to its calls for those who may open calls. `by_agent="1017"` and the like narrow."""
    text = number(shown) if isinstance(shown, int) else str(shown)
    if not context.get("opens") or shown in (0, None):
        return text
    question: asking.Question = context["question"]
    asked = question.narrowed(result=result, **narrow)
    return format_html('<a href="{}?{}">{}</a>', reverse("satisfaction:calls"), asked, text)


@register.simple_tag(takes_context=True)
def group_behind(context: Any, shown: object, result: str, dimension: str, value: str) -> str | SafeString:
    return behind(context, shown, result, **{f"by_{dimension}": value})


@register.inclusion_tag("floor/meanings.html")
def meanings() -> dict[str, tuple[Meaning, ...]]:
    """What the figures of the page mean."""
    return {"meanings": MEANINGS}


@register.filter
def narrowed_to(question: asking.Question, pair: str) -> str:
    """`{{ question|narrowed_to:"agent=1017" }}`: the address of the page for fewer calls."""
    dimension, _sign, value = pair.partition("=")
    return f"?{question.narrowed(**{f'by_{dimension}': value})}"


@register.filter
def shown_share(of: Share) -> str | SafeString:
    """A share; below ten a dash that says why."""
    if of.hidden:
        title = _("n = {n}, shown from 10").format(n=of.n)
        return format_html('<span class="none" title="{}">–</span>', title)
    return share(of.value)


@register.filter
def between(of: Any) -> str:
    """The 95 % interval; a dash where the value is hidden."""
    return "–" if of.hidden else f"{share(of.low)} – {share(of.high)}"


@register.filter
def shown_net(of: Net) -> str:
    return "–" if of.hidden or of.value is None else f"{100 * of.value:+.0f}"


@register.filter
def net_between(of: Net) -> str:
    return "–" if of.hidden else f"{100 * of.low:+.0f} … {100 * of.high:+.0f}"


@register.filter
def in_points(value: float | None) -> str:
    """0.034 → +3.4"""
    return "–" if value is None else f"{100 * value:+.1f}"


@register.filter
def width_of(one: Ranked) -> float:
    """How wide an interval is, 0–100."""
    return round(100 * (one.high - one.low), 1)


@register.filter
def texts(of: Label) -> str:
    return label(of)


@register.filter
def named(code: str, names: Mapping[str, Label]) -> str:
    """A reason of calls by its name in the menus; the code where they do not know it."""
    return label(names[code]) if code in names else code or DASH


@register.filter
def answered(question: Question, value: int | str) -> str:
    """An answer as a person reads it: yes or no, a place on its scale, words."""
    if question.kind == "yes_no":
        return pgettext("answer", "yes") if value else pgettext("answer", "no")
    return f"{value} / {question.scale.most}" if question.scale else str(value)
