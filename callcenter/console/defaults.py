"""What a floor works with before it has written its own labels and dispositions."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.console.models import Disposition, StateLabel


@dataclass(frozen=True, kw_only=True)
class Label:
    """A floor's word for a state. `category` is what it means to the product."""

    key: str
    name_en: str
    name_zh: str
    category: str  # available | break | offline
    max_minutes: int | None = None


@dataclass(frozen=True, kw_only=True)
class DispositionView:
    """How a call may have ended; `initials` are pinyin initials for typing."""

    code: str
    name_en: str
    name_zh: str
    initials: str
    do_not_contact: bool = False


LABELS = (
    Label(key="available", name_en="Available", name_zh="就绪", category="available"),
    Label(key="break", name_en="Break", name_zh="小休", category="break", max_minutes=15),
    Label(key="lunch", name_en="Lunch", name_zh="午餐", category="break", max_minutes=60),
    Label(key="training", name_en="Training", name_zh="培训", category="break"),
    Label(key="meeting", name_en="Meeting", name_zh="会议", category="break"),
    Label(key="back_office", name_en="Back office", name_zh="后台处理", category="break"),
    Label(key="offline", name_en="Sign out of calls", name_zh="签出", category="offline"),
)
DISPOSITIONS = (
    DispositionView(code="solved", name_en="Solved", name_zh="已解决", initials="yjj"),
    DispositionView(code="information", name_en="Information given", name_zh="已解答咨询", initials="yjdzx"),
    DispositionView(code="bill_explained", name_en="Bill explained", name_zh="账单已解释", initials="zdyjs"),
    DispositionView(code="plan_changed", name_en="Plan changed", name_zh="套餐已变更", initials="tcybg"),
    DispositionView(code="fault_reported", name_en="Fault reported", name_zh="故障已报修", initials="gzybx"),
    DispositionView(code="complaint_taken", name_en="Complaint taken", name_zh="投诉已受理", initials="tsysl"),
    DispositionView(code="callback_promised", name_en="Callback promised", name_zh="已约回拨", initials="yyhb"),
    DispositionView(code="passed_on", name_en="Passed on", name_zh="已转交", initials="yzj"),
    DispositionView(code="not_solved", name_en="Not solved", name_zh="未解决", initials="wjj"),
    DispositionView(code="wrong_number", name_en="Wrong number", name_zh="打错电话", initials="dcdh"),
    DispositionView(
        code="no_more_offers", name_en="Wants no offers", name_zh="拒绝营销", initials="jjyx", do_not_contact=True
    ),
)


def labels() -> tuple[Label, ...]:
    """The floor's own words for states, in its order; the defaults while it has none."""
    rows = StateLabel.objects.order_by("position", "id")
    own = tuple(
        Label(key=r.key, name_en=r.name_en, name_zh=r.name_zh, category=r.category, max_minutes=r.max_minutes)
        for r in rows
    )
    return own or LABELS


def dispositions() -> tuple[DispositionView, ...]:
    """The floor's own dispositions, in its order; the defaults while it has none."""
    rows = Disposition.objects.order_by("position", "id")
    own = tuple(
        DispositionView(
            code=r.code, name_en=r.name_en, name_zh=r.name_zh, initials=r.initials, do_not_contact=r.do_not_contact
        )
        for r in rows
    )
    return own or DISPOSITIONS
