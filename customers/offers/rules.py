"""Hand-made rules: what could suit this customer now, and the true sentence why. Pure.

A rule reads the snapshot and answers a proposal or nothing; nothing is the usual answer. Sentences hold only figures
that are in the data or exact differences of them. A saving is promised by the rating engine alone. To add a rule:
one function here, one row in `rule_table`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from customers.catalogue.tariffs import plan_tariff
from customers.insight import tags
from customers.offers import wording
from customers.offers.consents import asking
from customers.offers.eligibility import eligible
from customers.offers.facts import FULL_MONTHS, GROUP, RETENTION, Held, Product, Snapshot, Tagged
from customers.offers.moments import Moment, moment
from customers.offers.trials.coin import Saved, odds_of
from customers.offers.wording import Text
from customers.results import RivalBill

RENEWAL_DAYS = 60
FAR_BELOW = 2  # the busiest month used at most 1/2 of what the plan grants
AT_RISK = 0.15  # churn risk of 90 days from which somebody is held
UPLIFT = 0.04  # share of customers about to go whom a gift keeps: entered, until a trial has taught it
ENTERED = Saved(value=UPLIFT, low=UPLIFT, high=UPLIFT, source="entered", why="no_trial")
LEVEL_WORDS = {"diamond": "钻石", "gold": "金卡", "silver": "银卡", "standard": "普通"}
LEAST_SHARED_KB = wording.KB_PER_GB  # below a gigabyte a month there is nothing to share
HEADROOM = (6, 5)  # the smaller plan must still grant six fifths of the busiest month


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What one rule would put on the screen."""

    why: Text
    product: Product | None = None
    facts: dict[str, object] = field(default_factory=dict)
    worth_fen: int | None = None  # of a yes, where it is this customer's own and not the action's
    chance: float | None = None  # of what is hoped for, where it is this customer's own and not learned from answers
    odds: float | None = None  # with which it is named at all: it is on trial; None: always


# --- notices and service --------------------------------------------------------------------------------------------
def open_complaint(snapshot: Snapshot) -> Proposal | None:
    return _matter(snapshot, "complaint", Text(en="complaint", zh="投诉"))


def open_ticket(snapshot: Snapshot) -> Proposal | None:
    return _matter(snapshot, "ticket", Text(en="fault report", zh="工单"))


def _matter(snapshot: Snapshot, kind: str, noun: Text) -> Proposal | None:
    """Say how it stands before the customer has to ask."""
    waiting = [matter for matter in snapshot.matters if matter.kind == kind]
    if not waiting:
        return None
    since = min(matter.since for matter in waiting)
    days = (snapshot.today - since).days
    why = Text(
        en=f"Open {noun.en} since {since} ({_days(days)}): say first how it stands.",
        zh=f"{since}起有未结{noun.zh}（{days}天）：请先说明处理进展。",
    )
    return Proposal(why=why, facts={"open": len(waiting), "since": since.isoformat(), "days": days})


def outage(snapshot: Snapshot) -> Proposal | None:
    """The line is down where the customer lives: say so before they do."""
    return _standing(
        snapshot, "outage", en="An outage at the customer's place since {since}, expected until {until} ({source}).",
        zh="客户所在地{since}起有故障，预计至{until}（{source}）。",
    )  # fmt: skip


def bereavement(snapshot: Snapshot) -> Proposal | None:
    return _standing(
        snapshot, "bereavement", en="A bereavement, told on {since} ({source}): condolence first, offer nothing.",
        zh="客户家有丧事，{since}得知（{source}）：先致哀，不推荐。",
    )  # fmt: skip


def arrears(snapshot: Snapshot) -> Proposal | None:
    return _standing(
        snapshot, "arrears", en="A bill is overdue since {since} ({source}): help to settle it, sell nothing.",
        zh="{since}起欠费（{source}）：协助处理，不推荐。",
    )  # fmt: skip


def _standing(snapshot: Snapshot, kind: str, *, en: str, zh: str) -> Proposal | None:
    found = next((one for one in snapshot.standing if one.kind == kind), None)
    if found is None:
        return None
    words = {"since": found.since, "until": found.until, "source": found.source}
    facts: dict[str, object] = {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "source": found.source,
    }
    return Proposal(why=Text(en=en.format(**words), zh=zh.format(**words)), facts=facts)


def better_plan(snapshot: Snapshot) -> Proposal | None:
    """A plan or pack that would have cost less on each of the last three bills, with what may be promised of it."""
    current = snapshot.mobile_plan()
    best = snapshot.fitting.best if snapshot.fitting else None
    if current is None or best is None or _bound(current, snapshot):
        return None
    code, claim = best
    product = next((one for one in snapshot.on_sale if one.code == code), None)
    if product is None:
        return None
    now, then = (
        "/".join(wording.yuan(fen) for fen in fens)
        for fens in ([month.current for month in claim.evidence], [month.candidate for month in claim.evidence])
    )
    saves = wording.yuan(claim.promise).removesuffix(".00")
    why = Text(
        en=f"Saves at least {saves} yuan a month on the last {FULL_MONTHS} bills: {now} yuan as billed, {then} yuan with "
        f"{product.name_en}.",
        zh=f"按最近{FULL_MONTHS}个月账单，每月至少省{saves}元：现为{now}元，改用{product.name_zh}为{then}元。",
    )
    facts: dict[str, object] = {
        "promise_fen": claim.promise,
        "p_dearer": claim.p_dearer,
        "months": [
            {"month": one.month, "now_fen": one.current, "then_fen": one.candidate} for one in claim.evidence
        ],
        "versions": list(claim.versions),
    }  # fmt: skip
    return Proposal(why=why, product=product, facts=facts)


def smaller_plan(snapshot: Snapshot) -> Proposal | None:
    """Three full months far below the allowance, no contract in the way, and a cheaper plan that still has room.

    For bills that the engine cannot explain: it names fees and promises nothing.
    """
    current, months = snapshot.mobile_plan(), snapshot.full_months()
    if current is None or not months or _bound(current, snapshot) or better_plan(snapshot) is not None:
        return None
    data, voice = max(m.data_kb for m in months), max(m.voice_s for m in months)
    messages = max(m.messages for m in months)
    granted = current.product.allowance
    if data * FAR_BELOW > granted.data_kb or voice * FAR_BELOW > granted.voice_s:
        return None
    fits = [
        product
        for product in snapshot.on_sale
        if (product.family, product.kind) == ("mobile", "plan")
        and product.fee_fen < current.product.fee_fen
        and _has_room(data, product.allowance.data_kb)
        and _has_room(voice, product.allowance.voice_s)
        and (messages <= product.allowance.messages or granted.messages <= product.allowance.messages)
        and eligible(product, snapshot)
        and not _dearer(product, snapshot)
    ]
    if not fits:
        return None
    product = min(fits, key=lambda one: (one.fee_fen, one.code))
    less = current.product.fee_fen - product.fee_fen
    used, plan = product.allowance, current.product
    why = Text(
        en=f"At most {wording.gigabytes_at_most(data)} GB and {wording.minutes_at_most(voice)} minutes used in each of "
        f"the last {FULL_MONTHS} full months; {plan.name_en} grants {wording.gigabytes(granted.data_kb)} GB and "
        f"{wording.minutes(granted.voice_s)} minutes. {product.name_en} grants {wording.gigabytes(used.data_kb)} GB "
        f"and {wording.minutes(used.voice_s)} minutes; its fee is {wording.yuan(less)} yuan a month lower.",
        zh=f"最近{FULL_MONTHS}个完整月每月最多使用{wording.gigabytes_at_most(data)}GB流量、"
        f"{wording.minutes_at_most(voice)}分钟通话，{plan.name_zh}含{wording.gigabytes(granted.data_kb)}GB、"
        f"{wording.minutes(granted.voice_s)}分钟。{product.name_zh}含{wording.gigabytes(used.data_kb)}GB、"
        f"{wording.minutes(used.voice_s)}分钟，月费低{wording.yuan(less)}元。",
    )
    facts: dict[str, object] = {
        "months": FULL_MONTHS,
        "data_kb_max": data,
        "voice_s_max": voice,
        "fee_fen_now": plan.fee_fen,
        "fee_fen_lower_by": less,
    }
    return Proposal(why=why, product=product, facts=facts)


def contract_ends(snapshot: Snapshot) -> Proposal | None:
    """A contract that runs out within sixty days: better told by us than found on a bill."""
    last = snapshot.today + timedelta(days=RENEWAL_DAYS)
    ending = [(h.term_end, h) for h in snapshot.held if h.term_end is not None and snapshot.today <= h.term_end <= last]
    if not ending:
        return None
    end, held = min(ending, key=lambda one: (one[0], one[1].product.code))
    days = (end - snapshot.today).days
    why = Text(
        en=f"The contract for {held.product.name_en} ends on {end}, in {_days(days)}.",
        zh=f"{held.product.name_zh}的合约将于{end}到期，还有{days}天。",
    )
    return Proposal(why=why, product=held.product, facts={"term_end": end.isoformat(), "days": days})


def waiting_offer(snapshot: Snapshot) -> Proposal | None:
    """What was kept for this customer until they come: put off by themselves, or not allowed to be told before."""
    for kept in snapshot.waiting:
        product = next((one for one in snapshot.on_sale if one.code == kept.code), None)
        if product is None or not eligible(product, snapshot) or _dearer(product, snapshot):
            continue
        fee = wording.yuan(product.fee_fen)
        why = Text(
            en=f"Kept for this customer since {kept.since}, until {kept.until}. {product.name_en} costs {fee} yuan a month.",
            zh=f"{kept.since}起为该客户保留，至{kept.until}。{product.name_zh}月费{fee}元。",
        )
        facts: dict[str, object] = {
            "since": kept.since.isoformat(),
            "until": kept.until.isoformat(),
            "barred": kept.because,
        }
        return Proposal(why=why, product=product, facts=facts)
    return None


def keep_level(snapshot: Snapshot) -> Proposal | None:
    """The level is reviewed within sixty days and this pace does not keep it: better told by us, with what is missing."""
    worth, today = snapshot.worth, snapshot.today
    if worth.term_ends is None or worth.term_pace is None or worth.level_needs is None:
        return None
    if not today <= worth.term_ends <= today + timedelta(days=RENEWAL_DAYS) or worth.term_pace >= worth.level_needs:
        return None
    missing = worth.level_needs - worth.term_pace
    zh_level = LEVEL_WORDS.get(worth.level, worth.level)
    why = Text(
        en=f"The {worth.level} level is reviewed on {worth.term_ends}: at this pace {worth.term_pace} of "
        f"{worth.level_needs} points, {missing} are missing. Say what counts, and what the level brings.",
        zh=f"{zh_level}级将于{worth.term_ends}复核：按目前进度{worth.term_pace}分，需{worth.level_needs}分，还差{missing}分。"
        f"请说明如何积分及等级权益。",
    )
    return Proposal(why=why, facts={"missing": missing, "term_ends": worth.term_ends.isoformat()})


def keep_customer(snapshot: Snapshot) -> Proposal | None:
    """For who is about to go and would be missed: first what is open, then the right plan, only then a gift.

    Worth saying if what it changes is worth more than it costs: uplift × value − cost (Ascarza 2018: who is most at risk
    is not who is saved most). The uplift is what trials have shown, or the figure entered before there were any; what
    is not shown pays for nothing. The gift is on trial: `trials.coin` decides who gets it.
    """
    worth, leaving = snapshot.worth, snapshot.intent in {"leave", "cancel_service"}
    at_risk = leaving or (worth.churn or 0.0) >= AT_RISK
    if not at_risk or not worth.value_fen or snapshot.unsettled or snapshot.matters:
        return None
    plan = better_plan(snapshot)
    if plan is not None and ("better_plan", plan.product.code if plan.product else "") not in snapshot.decided_in_call:
        return None  # the rung before: the plan that suits
    gifts = [one for one in snapshot.on_sale if RETENTION in one.tags and eligible(one, snapshot)]
    if not gifts:
        return None
    product = min(gifts, key=lambda one: (_given(one), one.code))  # the smallest that may do
    saved = snapshot.saved or ENTERED
    uplift = saved.value if saved.is_shown else 0.0
    gain = round(uplift * worth.value_fen) - _given(product)
    return _gift(product, saved, uplift=uplift, gain=gain, worth_fen=worth.value_fen)


def _gift(product: Product, saved: Saved, *, uplift: float, gain: int, worth_fen: int) -> Proposal:
    known = saved.source != "entered" and uplift > 0
    share = f"{100 * uplift:.1f} %" if known else ""
    why = Text(
        en=f"About to leave and worth keeping, nothing else is open: {product.name_en}."
        + (f" In trials it kept {share} of customers like this one." if known else ""),
        zh=f"客户可能离开且值得挽留，其他问题均已处理：{product.name_zh}。"
        + (f"试验显示可多留住{share}的同类客户。" if known else ""),
    )
    facts: dict[str, object] = {
        "uplift": round(uplift, 4), "uplift_low": round(saved.low, 4), "uplift_high": round(saved.high, 4),
        "uplift_from": saved.source, "uplift_why": saved.why, "gain_fen": gain, "cost_fen": _given(product),
    }  # fmt: skip
    return Proposal(
        why=why, product=product, facts=facts, chance=uplift, odds=odds_of(pays=gain > 0),
        worth_fen=worth_fen - round(_given(product) / uplift) if uplift else 0,
    )  # fmt: skip


def _given(product: Product) -> int:
    """What a gift costs in a year, fen: the margin it takes away."""
    return max(0, -(product.margin_fen or 0)) * 12


def ask_consent_voice(snapshot: Snapshot) -> Proposal | None:
    return _ask_consent(snapshot, "ask_consent_voice")


def ask_consent_sms(snapshot: Snapshot) -> Proposal | None:
    """Only where something waits that could be told by message: nobody is asked for the sake of asking."""
    if not any(kept.because == "unknown_consent" for kept in snapshot.waiting):
        return None
    return _ask_consent(snapshot, "ask_consent_sms")


def _ask_consent(snapshot: Snapshot, key: str) -> Proposal | None:
    """Nobody knows whether we may: one sentence at the end of a good call. What was answered here stays in sight."""
    question = asking.BY_KEY[key]
    answered = (key, "") in snapshot.decided_in_call
    if not answered:
        easy = moment(intent=snapshot.intent, refused_in_call=snapshot.refused_in_call, unsettled=snapshot.unsettled)
        another = any(rule in asking.BY_KEY for rule, _code in snapshot.decided_in_call)
        if snapshot.consents is None or snapshot.consent_asked or another or easy is not Moment.OPEN:
            return None
        if asking.next_question(snapshot.consents) != question:
            return None
    why = Text(
        en=f"Nothing is on record. When all is done, ask: “{question.words.en}”",
        zh=f"尚无授权记录。问题办妥后请问：“{question.words.zh}”",
    )
    return Proposal(why=why, facts={"purpose": question.purpose, "channel": question.channel})


# --- sales ----------------------------------------------------------------------------------------------------------
def more_data(snapshot: Snapshot) -> Proposal | None:
    """Data beyond plan and packs in each of three full months: the smallest pack that holds what was over.

    Where the plan charges for what is over, the pack must not have made the bills dearer; where it slows down, the
    customer buys speed and sees the price.
    """
    used = [month.data_kb for month in snapshot.full_months()]
    over = _over_every_month(used, snapshot.mobile_allowance().data_kb, snapshot)
    product = _smallest(_packs(snapshot), lambda pack: pack.allowance.data_kb, over)
    if product is None or (not _slows_down(snapshot) and _dearer(product, snapshot)):
        return None
    most = wording.gigabytes_at_most(over)
    size = wording.gigabytes(product.allowance.data_kb)
    why = Text(
        en=f"Data was over the allowance in {FULL_MONTHS} of the last {FULL_MONTHS} full months, by at most {most} GB. "
        f"{product.name_en} adds {size} GB for {wording.yuan(product.fee_fen)} yuan a month.",
        zh=f"最近{FULL_MONTHS}个完整月每月流量都超出套餐，最多超出{most}GB。{product.name_zh}增加{size}GB，"
        f"月费{wording.yuan(product.fee_fen)}元。",
    )
    return Proposal(why=why, product=product, facts={"months": FULL_MONTHS, "over_kb_max": over})


def more_minutes(snapshot: Snapshot) -> Proposal | None:
    """The same for minutes."""
    used = [month.voice_s for month in snapshot.full_months()]
    over = _over_every_month(used, snapshot.mobile_allowance().voice_s, snapshot)
    product = _smallest(_packs(snapshot), lambda pack: pack.allowance.voice_s, over)
    if product is None or _dearer(product, snapshot):
        return None
    most = wording.minutes_at_most(over)
    size = wording.minutes(product.allowance.voice_s)
    why = Text(
        en=f"Calls were over the allowance in {FULL_MONTHS} of the last {FULL_MONTHS} full months, by at most {most} "
        f"minutes. {product.name_en} adds {size} minutes for {wording.yuan(product.fee_fen)} yuan a month.",
        zh=f"最近{FULL_MONTHS}个完整月每月通话都超出套餐，最多超出{most}分钟。{product.name_zh}增加{size}分钟，"
        f"月费{wording.yuan(product.fee_fen)}元。",
    )
    return Proposal(why=why, product=product, facts={"months": FULL_MONTHS, "over_s_max": over})


def higher_plan(snapshot: Snapshot) -> Proposal | None:
    """Data over the allowance in each of three full months on a plan that slows down, and no pack holds what is needed:
    the smallest plan of more that does. The customer buys speed and sees the price; where it is cheaper, that is told
    by `better_plan`."""
    current, used = snapshot.mobile_plan(), [month.data_kb for month in snapshot.full_months()]
    over = _over_every_month(used, snapshot.mobile_allowance().data_kb, snapshot)
    if current is None or not over or not _slows_down(snapshot) or _bound(current, snapshot):
        return None
    if _smallest(_packs(snapshot), lambda pack: pack.allowance.data_kb, over) is not None:
        return None
    plans = [
        one for one in snapshot.on_sale if (one.family, one.kind) == ("mobile", "plan") and eligible(one, snapshot)
    ]
    dearer = [one for one in plans if one.fee_fen > current.product.fee_fen]
    product = _smallest(dearer, lambda plan: plan.allowance.data_kb, max(used))
    if product is None:
        return None
    size, more = wording.gigabytes(product.allowance.data_kb), wording.yuan(product.fee_fen - current.product.fee_fen)
    most = wording.gigabytes_at_most(max(used))
    why = Text(
        en=f"Used up to {most} GB in each of {FULL_MONTHS} months and was slowed down. {product.name_en} has {size} GB "
        f"for {more} yuan more a month.",
        zh=f"最近{FULL_MONTHS}个完整月最多使用{most}GB，均被限速。{product.name_zh}含{size}GB，每月多{more}元。",
    )
    facts: dict[str, object] = {
        "data_kb_max": max(used), "fee_fen_more": product.fee_fen - current.product.fee_fen
    }  # fmt: skip
    return Proposal(why=why, product=product, facts=facts)


def often_together(snapshot: Snapshot) -> Proposal | None:
    """What is often held beside what this customer holds, mined and judged on later months; no plan, no dearer bill."""
    shelf = [one for one in snapshot.on_sale if one.kind != "plan" and RETENTION not in one.tags]
    product = _first_idea(snapshot.often_with, shelf, snapshot)
    if product is None:
        return None
    fee = wording.yuan(product.fee_fen)
    why = Text(
        en=f"Often taken beside what this customer has. {product.name_en} costs {fee} yuan a month.",
        zh=f"与客户现有产品常一同办理。{product.name_zh}月费{fee}元。",
    )
    return Proposal(why=why, product=product, facts={"often_with": sorted(snapshot.held_codes)})


def come_back(snapshot: Snapshot) -> Proposal | None:
    """Was with us, has no plan now and rings us: the plan that would have cost least on their own last months."""
    found = snapshot.comeback
    product = next((one for one in snapshot.on_sale if found and one.code == found.code), None)
    if found is None or product is None or not eligible(product, snapshot):
        return None
    fee = wording.yuan(found.mean_fen)
    why = Text(
        en=f"Was with us until {found.until:%Y-%m}. On the last months of use {product.name_en} would have cost "
        f"{fee} yuan a month.",
        zh=f"{found.until:%Y-%m}前为我方客户。按当时用量，{product.name_zh}平均每月{fee}元。",
    )
    facts: dict[str, object] = {"mean_fen": found.mean_fen, "until": found.until.isoformat()}
    if found.rival is not None and found.rival.total_fen is not None:
        why, mean = _beside_rival(why, found.rival, found.rival.total_fen, found.months)
        facts |= {"rival_fen": mean, "rival": found.rival.name_en, "rival_seen_on": found.rival.seen_on.isoformat()}
    return Proposal(why=why, product=product, facts=facts)


def _beside_rival(why: Text, rival: RivalBill, total: int, months: int) -> tuple[Text, int]:
    """The same months with a rival, cheaper or not: the customer knows that price already."""
    mean = round(total / months)
    cost = wording.yuan(mean)
    told = Text(
        en=f"{why.en} The same use costs {cost} with {rival.operator}, {rival.name_en} (read on {rival.seen_on}).",
        zh=f"{why.zh}同样用量在{rival.operator}的{rival.name_zh}为{cost}元（{rival.seen_on}所见）。",
    )
    return told, mean


def broadband_at_home(snapshot: Snapshot) -> Proposal | None:
    """A household of several in which nobody has broadband from us."""
    families = {held.product.family for held in snapshot.held} | snapshot.household_families
    if "broadband" in families or not (snapshot.in_household or tags.FAMILY in snapshot.tag_keys):
        return None
    lines = [p for p in snapshot.on_sale if (p.family, p.kind) == ("broadband", "plan") and eligible(p, snapshot)]
    product = _best_suited(lines, snapshot)
    if product is None:
        return None
    fee = wording.yuan(product.fee_fen)
    why = Text(
        en=f"A household of several without broadband from us. {product.name_en} costs {fee} yuan a month.",
        zh=f"家庭客户，尚未在我方办理宽带。{product.name_zh}月费{fee}元。",
    )
    return Proposal(why=why, product=product, facts={"fee_fen": product.fee_fen})


def share_at_home(snapshot: Snapshot) -> Proposal | None:
    """Several of a household are with us and this customer leaves data unused each month: it can be shared.

    Worked out on the own account alone; who the others are, and what they use, is nobody's business here.
    """
    together = snapshot.in_household or tags.FAMILY in snapshot.tag_keys
    if not together or "mobile" not in snapshot.household_families:
        return None
    granted, used = snapshot.mobile_allowance().data_kb, [month.data_kb for month in snapshot.full_months()]
    spare = min((granted - kb for kb in used), default=0)
    if snapshot.mobile_plan() is None or spare < LEAST_SHARED_KB:
        return None
    shared = [one for one in snapshot.on_sale if GROUP in one.tags and eligible(one, snapshot)]
    product = _best_suited(shared, snapshot)
    if product is None:
        return None
    whole, fee = spare // wording.KB_PER_GB, wording.yuan(product.fee_fen)
    why = Text(
        en=f"At least {whole} GB were left in each of {FULL_MONTHS} months. With {product.name_en} the household uses them; "
        f"it costs {fee} yuan a month.",
        zh=f"最近{FULL_MONTHS}个完整月每月至少剩余{whole}GB。办理{product.name_zh}后家人可共用，月费{fee}元。",
    )
    return Proposal(why=why, product=product, facts={"spare_kb_min": spare, "months": FULL_MONTHS})


def bundle(snapshot: Snapshot) -> Proposal | None:
    """Some parts of a bundle are held, and the whole costs no more than its parts one by one."""
    prices = {one.code: one for one in snapshot.on_sale}
    prices |= {held.product.code: held.product for held in snapshot.held}
    found = []
    for whole in (one for one in snapshot.on_sale if one.kind == "bundle"):
        parts = [prices[code] for code in whole.parts if code in prices]
        have = [one for one in parts if one.code in snapshot.held_codes]
        apart = sum(one.fee_fen for one in parts)
        missing = len(parts) < len(whole.parts)
        if missing or not have or len(have) == len(parts) or whole.fee_fen >= apart:
            continue
        if any(_bound(held, snapshot) for held in snapshot.held if held.product in have) or not eligible(
            whole, snapshot
        ):
            continue
        found.append((apart - whole.fee_fen, whole, parts, have))
    if not found:
        return None
    less, whole, parts, have = max(found, key=lambda one: (len(one[3]), one[0], one[1].code))
    new = [one for one in parts if one not in have]
    why = Text(
        en=f"Has {_and(have, 'en')}; {whole.name_en} adds {_and(new, 'en')} and costs {wording.yuan(whole.fee_fen)} yuan a "
        f"month, {wording.yuan(less)} less than its parts one by one.",
        zh=f"已有{_and(have, 'zh')}；{whole.name_zh}另含{_and(new, 'zh')}，月费{wording.yuan(whole.fee_fen)}元，"
        f"比分别办理少{wording.yuan(less)}元。",
    )
    facts: dict[str, object] = {
        "parts": sorted(whole.parts),
        "held": sorted(one.code for one in have),
        "less_fen": less,
    }
    return Proposal(why=why, product=whole, facts=facts)


def _and(products: Iterable[Product], language: str) -> str:
    zh = language == "zh"
    return ("、" if zh else ", ").join(
        one.name_zh if zh else one.name_en for one in sorted(products, key=lambda o: o.code)
    )


def _first_idea(codes: Iterable[str], shelf: Iterable[Product], snapshot: Snapshot) -> Product | None:
    """The first of these products on the shelf that this customer may have and that makes no bill dearer."""
    by_code = {one.code: one for one in shelf}
    ideas = (by_code[code] for code in codes if code in by_code)
    return next((one for one in ideas if eligible(one, snapshot) and not _dearer(one, snapshot)), None)


def circle_idea(snapshot: Snapshot) -> Proposal | None:
    """What is common among people this customer is in touch with; never who, never how many."""
    product = _first_idea(snapshot.circle_ideas, snapshot.on_sale, snapshot)
    if product is None:
        return None
    fee = wording.yuan(product.fee_fen)
    why = Text(
        en=f"Liked by customers with habits like these. {product.name_en} costs {fee} yuan a month.",
        zh=f"习惯相近的客户喜欢。{product.name_zh}月费{fee}元。",
    )
    return Proposal(why=why, product=product)


def roaming(snapshot: Snapshot) -> Proposal | None:
    """Often abroad: a roaming pack before the next journey."""
    return _for_habit(snapshot, tags.TRAVELLER, needs="roaming")


def calls_abroad(snapshot: Snapshot) -> Proposal | None:
    return _for_habit(snapshot, tags.CALLS_ABROAD, needs="voice")


def _for_habit(snapshot: Snapshot, habit: str, *, needs: str) -> Proposal | None:
    tag = next((tag for tag in snapshot.tags if tag.key == habit), None)
    if tag is None:
        return None
    packs = [p for p in _packs(snapshot) if habit in p.suits and needs in p.tags]
    product = _best_suited(packs, snapshot)
    return None if product is None else _because_of_tag(tag, product)


def content(snapshot: Snapshot) -> Proposal | None:
    """A fan gets to know the new ring tones of the singer, a reader the library: by tag, the newest first."""
    for tag in sorted(snapshot.tags, key=lambda tag: (not tags.is_music_fan(tag.key), -tag.at.timestamp(), tag.key)):
        definition = tags.DEFINITIONS.get(tag.key)
        if not tags.is_music_fan(tag.key) and (definition is None or definition.layer != "hobby"):
            continue
        fitting = [
            product
            for product in snapshot.on_sale
            if product.kind == "content" and tag.key in product.suits | product.tags and eligible(product, snapshot)
        ]
        if fitting:
            return _because_of_tag(tag, max(fitting, key=lambda one: (one.valid_from, one.code)))
    return None


def _because_of_tag(tag: Tagged, product: Product) -> Proposal:
    noted, fee = tag.at.date(), wording.yuan(product.fee_fen)
    why = Text(
        en=f"{tag.name_en} (noted {noted}). {product.name_en} costs {fee} yuan a month.",
        zh=f"{tag.name_zh}（{noted}记录）。{product.name_zh}月费{fee}元。",
    )
    return Proposal(why=why, product=product, facts={"tag": tag.key, "noted": noted.isoformat()})


# --- what the rules share -------------------------------------------------------------------------------------------
def _bound(held: Held, snapshot: Snapshot) -> bool:
    """A contract that runs on may cost a penalty nobody here can compute: then nothing is proposed."""
    return held.term_end is not None and held.term_end > snapshot.today + timedelta(days=RENEWAL_DAYS)


def _dearer(product: Product, snapshot: Snapshot) -> bool:
    """The harm test: the last three bills in sum would have been higher. False where the engine could not rate it."""
    return snapshot.fitting is not None and bool(snapshot.fitting.dearer(product.code))


def _slows_down(snapshot: Snapshot) -> bool:
    """Past the allowance today's plan slows data down instead of charging for it."""
    held = snapshot.mobile_plan()
    return held is not None and bool(held.product.terms) and "data" in plan_tariff(held.product.sheet).throttled


def _has_room(used: int, granted: int) -> bool:
    numerator, denominator = HEADROOM
    return used * numerator <= granted * denominator


def _over_every_month(used: list[int], granted: int, snapshot: Snapshot) -> int:
    """By how much the worst month was over; 0 unless every one of the full months was, on a plan we can read."""
    if not used or snapshot.mobile_plan() is None or min(used) <= granted:
        return 0
    return max(used) - granted


def _packs(snapshot: Snapshot) -> Iterator[Product]:
    for one in snapshot.on_sale:
        if one.kind == "pack" and one.family == "mobile" and RETENTION not in one.tags and eligible(one, snapshot):
            yield one


def _smallest(packs: Iterable[Product], size: Callable[[Product], int], needed: int) -> Product | None:
    """The cheapest pack that holds what is needed; none for no need."""
    if needed <= 0:
        return None  # before any pack is looked at
    fitting = [pack for pack in packs if needed <= size(pack)]
    return min(fitting, key=lambda pack: (pack.fee_fen, pack.code), default=None)


def _best_suited(products: Iterable[Product], snapshot: Snapshot) -> Product | None:
    """The one made for most of what we know of the customer; the cheaper of two alike."""
    return min(products, key=lambda one: (-len(one.suits & snapshot.tag_keys), one.fee_fen, one.code), default=None)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
