"""Whom no list contains, whatever its condition: added by the server, not removable, each with its count. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from customers.segments.fields import FIELDS
from customers.segments.grammar import All, Leaf, Node, Not

VOICE = "voice"
CHANNELS = (VOICE, "sms", "wechat")
ADULT = 18


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """One standing reason to leave somebody out; the first that holds is the one counted."""

    key: str
    node: Node
    en: str
    zh: str


def _is(key: str, value: bool = True) -> Leaf:
    return Leaf(field=FIELDS[key], op="is", value=value)


def standing(channel: str) -> tuple[Exclusion, ...]:
    """The exclusions for a marketing list on this channel; unknown consent is no consent. Raises KeyError."""
    consent = {"voice": "consent_voice", "sms": "consent_sms", "wechat": "consent_wechat"}[channel]
    return (
        Exclusion(key="not_open", node=_is("is_open", False), en="Restricted or provisional", zh="受限或临时客户"),
        Exclusion(key="refused", node=_is("refused_marketing"), en="Refused marketing", zh="拒绝营销"),
        Exclusion(key="do_not_call", node=_is("do_not_call"), en="On the do-not-call list", zh="免打扰名单"),
        Exclusion(key="no_consent", node=_is(consent, False), en="No consent for this channel", zh="未获该渠道授权"),
        Exclusion(key="open_complaint", node=_is("open_complaint"), en="Open complaint", zh="有未结投诉"),
        Exclusion(key="fraud", node=_is("fraud_open"), en="Fraud under review", zh="欺诈核查中"),
        Exclusion(
            key="minor", node=Leaf(field=FIELDS["age"], op="<", value=float(ADULT)), en="Under age", zh="未成年人"
        ),
    )


def reachable(node: Node, channel: str) -> Node:
    """The condition with every standing exclusion."""
    return All(parts=(node, *(Not(part=one.node) for one in standing(channel))))
