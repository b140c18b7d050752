"""The form of a product or a rival's plan: fields in groups, rows with room below, and each refusal beside its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from callcenter.floor.templatetags.offers import FAMILY, KIND
from customers.catalogue.product_sheets import read_product, read_rival
from customers.catalogue.reading import TariffRefused
from customers.catalogue.sheet_fields import Built, FieldsRefused, build, flat
from customers.catalogue.terms import UNITS
from customers.insight.models import Tag
from customers.insight.tags import DEFINITIONS

SPARE = 1  # empty rows below the last
MOST_ROWS = 60
_FIRST = {"bucket": "service", "price": "service", "discount": "on"}
MANY = ("suits", "not_for")
UNREADABLE: Mapping[str, Promise] = {
    "money": _("An amount in yuan is needed, zero or more, with two places at most."),
    "price": _("A price in yuan is needed, zero or more: 0.15, or a fraction as 1/3."),
    "amount": _("A number above nothing is needed."),
    "whole": _("A whole number is needed."),
    "unit": _("This unit does not measure that use."),
    "json": _("One JSON object in braces is needed."),
}
SERVICE: Mapping[str, Promise] = {
    "voice": pgettext_lazy("use", "Calls"),
    "messages": pgettext_lazy("use", "Messages"),
    "data": pgettext_lazy("use", "Data"),
}
UNIT: Mapping[str, Promise] = {
    "second": _("seconds"),
    "minute": _("minutes"),
    "message": _("messages"),
    "KB": pgettext_lazy("unit", "KB"),
    "MB": pgettext_lazy("unit", "MB"),
    "GB": pgettext_lazy("unit", "GB"),
}
PER: Mapping[str, Promise] = {"EVENT": _("each call or session"), "MONTH": _("the month's sum")}
PRORATION: Mapping[str, Promise] = {"DAY": _("by days"), "NONE": _("whole")}
PENALTY: Mapping[str, Promise] = {
    "NONE": _("none"),
    "FIXED": _("one sum, yuan"),
    "PER_MONTH_LEFT": _("for each month left, yuan"),
    "PERCENT_OF_FEES_LEFT": _("a share of the fees left, percent"),
}
MODE: Mapping[str, Promise] = {"GRADUATED": _("each tier its own"), "VOLUME": _("all at the tier reached")}
ON: Mapping[str, Promise] = {"fee": _("the fee"), "total": _("the whole bill")}
ORDER: Mapping[str, Promise] = {"ceil": _("by days"), "none": _("whole")}

Choices = Iterable[tuple[str, object]]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input of the page."""

    name: str
    label: object
    value: str = ""
    kind: str = "text"  # text | date | select | check | many | area
    choices: tuple[tuple[str, object, bool], ...] = ()  # (value, words, chosen)
    fault: str = ""
    hint: object = ""
    narrow: bool = False
    focus: bool = False  # the first field of a row that was just added


@dataclass(frozen=True, kw_only=True)
class Table:
    title: object
    hint: object
    rows: tuple[tuple[Field, ...], ...]
    adds: str = ""  # the name under which another row is asked for


@dataclass(frozen=True, kw_only=True)
class SheetForm:
    """Everything the page shows in fields."""

    head: tuple[Field, ...]
    fit: tuple[Field, ...]
    terms: tuple[Field, ...]
    tables: tuple[Table, ...]
    further: Field
    faults: tuple[str, ...] = ()  # those of no field


@dataclass(kw_only=True)
class _Page:
    """What stands in the fields and what is wrong with them."""

    fields: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    focus: str = ""

    def one(self, name: str, label: object, kind: str = "text", choices: Choices = (), **more: Any) -> Field:
        self.used.add(name)
        value = self.fields.get(name, "")
        chosen = {one.strip() for one in value.split(",")} if kind == "many" else {value}
        listed = tuple((code, words, code in chosen) for code, words in choices)
        return Field(
            name=name, label=label, value=value, kind=kind, choices=listed, fault=self.faults.get(name, ""),
            focus=name == self.focus, **more,
        )  # fmt: skip


def read(post: QueryDict) -> dict[str, str]:
    """The fields as they were sent."""
    return {name: ", ".join(post.getlist(name)) if name in MANY else post.get(name, "") for name in post}


def sheet_from(fields: Mapping[str, str], *, before: Mapping[str, Any] | None, rival: bool = False) -> Built:
    """The sheet; terms nobody touched stay word for word as they were. Raises FieldsRefused."""
    built = build(fields, rival=rival)
    if before is None:
        return built
    standing = build(flat(before), rival=rival).sheet
    if standing["tariff"] == built.sheet["tariff"]:
        built.sheet["tariff"] = before["tariff"]
    return built


def faults_of(fields: Mapping[str, str], refused: Exception, built: Built | None) -> dict[str, str]:
    """By field; what was unreadable, or the engine's one refusal."""
    if isinstance(refused, FieldsRefused):
        return {one.field: str(UNREADABLE[one.code]) for one in refused.faults}
    if isinstance(refused, TariffRefused) and built is not None:
        return {built.field_of(refused.path): refused.to(get_language() or "en")}
    return {"": str(refused)}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field of a change, in the words of the form."""

    label: str
    before: str
    after: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What a change changes; `before` is {} for a new product."""
    old, new = flat(before) if before else {}, flat(after)
    labels = dict(_labels({**old, **new}))
    return tuple(
        Difference(label=label, before=old.get(name, ""), after=new.get(name, ""))
        for name, label in labels.items()
        if old.get(name, "") != new.get(name, "")
    )


def _labels(fields: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    made = form(fields)
    for one in (*made.head, *made.fit, *made.terms):
        yield one.name, str(one.label)
    for table in made.tables:
        for number, row in enumerate(table.rows, start=1):
            yield from ((one.name, f"{table.title} {number}: {one.label}") for one in row if one.kind != "hidden")
    yield made.further.name, str(made.further.label)


def judge(built: Built, *, today: Any, rival: bool = False) -> None:
    """Raises TariffRefused for what cannot be right in itself."""
    if rival:
        read_rival(built.sheet, today=today)
    else:
        known = frozenset(Tag.objects.values_list("key", flat=True)) | frozenset(DEFINITIONS)
        read_product(built.sheet, tags=known)


def form(
    fields: Mapping[str, str], *, faults: Mapping[str, str] | None = None, rival: bool = False, fixed: bool = False
) -> SheetForm:
    """The page's fields. `fixed`: the code stands, and what goes with it."""
    page = _Page(fields=fields, faults=dict(faults or {}))
    made = {
        "head": tuple(_rival(page, fixed) if rival else _head(page, fixed)),
        "fit": () if rival else tuple(_fit(page)),
        "terms": tuple(_terms(page)),
        "tables": (_counting(page), _buckets(page), _prices(page), _discounts(page)),
        "further": page.one("further", _("Further terms (JSON)"), "area", hint=_("conversion, rights, quality …")),
    }
    others = tuple(text for name, text in page.faults.items() if name not in page.used)
    return SheetForm(**made, faults=others)  # type: ignore[arg-type]


def _head(page: _Page, fixed: bool) -> Iterable[Field]:
    if not fixed:
        yield page.one("code", _("Code"), hint=_("small letters, digits, hyphens; stays for ever"))
        yield page.one("family", _("Family"), "select", FAMILY.items())
        yield page.one("kind", pgettext_lazy("offer", "Kind"), "select", KIND.items())
    yield page.one("name_zh", _("Name in Chinese"))
    yield page.one("name_en", _("Name in English"))
    yield page.one("summary_zh", _("In a sentence, Chinese"))
    yield page.one("summary_en", _("In a sentence, English"))
    yield page.one("valid_from", _("Sold from"), "date")
    yield page.one("valid_to", _("No longer sold from"), "date")
    if not page.fields.get("margin") or page.fields.get("cost"):
        yield page.one("cost", _("Cost a month, yuan"), hint=_("gives the margin"), narrow=True)
    yield page.one("margin", _("Margin a month, yuan"), narrow=True)


def _rival(page: _Page, fixed: bool) -> Iterable[Field]:
    if not fixed:
        yield page.one("operator", _("Operator"))
        yield page.one("code", _("Code"), hint=_("small letters, digits, hyphens"))
    yield page.one("name_zh", _("Name in Chinese"))
    yield page.one("name_en", _("Name in English"))
    yield page.one("source", _("Source"), hint=_("an address, or the title of the sheet"))
    yield page.one("seen_on", _("Read on"), "date")
    yield page.one("expires_on", _("Good until"), "date", hint=_("thirty days later at most"))


def _fit(page: _Page) -> Iterable[Field]:
    chinese = (get_language() or "en").startswith("zh")
    words = {key: one.name_zh if chinese else one.name_en for key, one in DEFINITIONS.items()}
    words |= {
        tag.key: tag.name_zh if chinese else tag.name_en
        for tag in Tag.objects.exclude(key__in=DEFINITIONS).order_by("key")
    }
    tags = sorted(words.items(), key=lambda one: one[1])
    yield page.one("suits", _("Suits"), "many", tags)
    yield page.one("not_for", _("Not for"), "many", tags)
    yield page.one("tags", _("Tags"), hint=_("codes with commas between"))
    yield page.one("parts", _("Parts"), hint=_("codes of the products in a bundle"))
    yield page.one("requires", _("Needs one of"), hint=_("codes, or a family and a kind: mobile:plan"))
    yield page.one("excludes", _("Does not go with"), hint=_("codes, or a family and a kind"))


def _terms(page: _Page) -> Iterable[Field]:
    yield page.one("fee", _("Fee a month, yuan"), narrow=True)
    yield page.one("one_off", _("Once on joining, yuan"), narrow=True)
    yield page.one("proration", _("Fee of a part of a month"), "select", PRORATION.items())
    yield page.one("contract_months", _("Contract, months"), narrow=True)
    yield page.one("penalty_rule", _("For leaving early"), "select", PENALTY.items())
    yield page.one("penalty", _("Sum or share"), narrow=True)
    yield page.one(
        "rights", _("Rights that go with it"), hint=_("codes with commas between: roaming, priority_service")
    )


_BASE: Mapping[str, Promise] = {"voice": UNIT["second"], "messages": UNIT["message"], "data": UNIT["KB"]}


def _lazy(sentence: Promise, words: Promise) -> str:
    return str(sentence).format(use=words)


def _rows(page: _Page, table: str) -> range:
    """As many as are filled and one to spare, as many as were there, and one more where that was asked for."""
    there = {name: int(name.split("-")[1]) for name in page.fields if name.startswith(f"{table}-")}
    filled = max((number for name, number in there.items() if page.fields[name]), default=-1) + 1 + SPARE
    if page.fields.get("add") != table:
        return range(max(filled, max(there.values(), default=-1) + 1))
    rows = min(max(there.values(), default=-1) + 2, MOST_ROWS)
    page.focus = f"{table}-{rows - 1}-{_FIRST[table]}"
    return range(rows)


def _counting(page: _Page) -> Table:
    rows = []
    for service, words in SERVICE.items():
        rows.append(
            (
                page.one(
                    f"round-{service}-per",
                    _lazy(_("{use} rounded up over"), words),
                    "select",
                    [("", "–"), *PER.items()],
                ),
                page.one(f"round-{service}-block", _lazy(_("{use}: to whole"), words), hint=_BASE[service]),
                page.one(f"slowed-{service}", _lazy(_("{use}: slowed past the allowance"), words), "check"),
            )
        )
    return Table(title=_("How use is counted"), hint="", rows=tuple(rows))


def _buckets(page: _Page) -> Table:
    rows = []
    for number in _rows(page, "bucket"):
        at = f"bucket-{number}-"
        hidden = tuple(page.one(at + name, "", "hidden") for name in ("id", "base", "prorate"))
        rows.append(
            (
                page.one(f"{at}service", _("Use"), "select", [("", "–"), *SERVICE.items()]),
                page.one(f"{at}scope", _("Where"), hint="national", narrow=True),
                page.one(f"{at}amount", _("Amount"), narrow=True),
                page.one(f"{at}unit", _("Unit"), "select", [("", "–"), *((unit, UNIT[unit]) for unit in UNITS)]),
                page.one(f"{at}order", _("Drawn as"), hint="1", narrow=True),
                page.one(f"{at}share_group", _("Shared by group"), narrow=True),
                page.one(f"{at}carry", _("Carried over at most"), narrow=True),
                page.one(f"{at}carry_unit", _("Unit"), "select", [("", "–"), *((unit, UNIT[unit]) for unit in UNITS)]),
                page.one(f"{at}carry_months", _("Months"), narrow=True),
                page.one(f"{at}carry_first", _("used first"), "check"),
                *hidden,
            )
        )
    return Table(title=_("Allowances"), hint=_("what the fee already pays for"), rows=tuple(rows), adds="bucket")


def _prices(page: _Page) -> Table:
    rows = []
    for number in _rows(page, "price"):
        at = f"price-{number}-"
        rows.append(
            (
                page.one(f"{at}service", _("Use"), "select", [("", "–"), *SERVICE.items()]),
                page.one(f"{at}scope", _("Where"), hint="national", narrow=True),
                page.one(f"{at}price", _("Yuan for each"), narrow=True),
                page.one(f"{at}block", _("Block"), hint="1", narrow=True),
                page.one(f"{at}unit", _("Unit"), "select", [("", "–"), *((unit, UNIT[unit]) for unit in UNITS)]),
                page.one(f"{at}from", _("Tier from"), narrow=True),
                page.one(f"{at}to", pgettext_lazy("tier", "to"), narrow=True),
                page.one(f"{at}mode", _("Tiers"), "select", [("", "–"), *MODE.items()]),
                page.one(f"{at}cap", _("At most a month, yuan"), narrow=True),
            )
        )
    hint = _("past the allowance; rows of one use below one another are tiers")
    return Table(title=_("Prices"), hint=hint, rows=tuple(rows), adds="price")


def _discounts(page: _Page) -> Table:
    rows = []
    for number in _rows(page, "discount"):
        at = f"discount-{number}-"
        rows.append(
            (
                page.one(f"{at}on", pgettext_lazy("discount", "Off"), "select", [("", "–"), *ON.items()]),
                page.one(f"{at}percent", _("Percent"), narrow=True),
                page.one(f"{at}yuan", _("or yuan"), narrow=True),
                page.one(f"{at}until", _("Last month"), hint="2027-03", narrow=True),
                page.one(f"{at}order", _("Order"), hint="1", narrow=True),
            )
        )
    return Table(title=_("Discounts"), hint="", rows=tuple(rows), adds="discount")
