"""How a call can have ended, in the words of this floor. Its states are the product's own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DispositionPlan:
    code: str
    name_en: str
    name_zh: str
    initials: str  # pinyin initials, for typing
    resolved: bool = True
    do_not_contact: bool = False


DISPOSITIONS = (
    DispositionPlan(code="solved", name_en="Solved", name_zh="已解决", initials="yjj"),
    DispositionPlan(code="information", name_en="Information given", name_zh="已解答咨询", initials="yjdzx"),
    DispositionPlan(code="bill_explained", name_en="Bill explained", name_zh="账单已解释", initials="zdyjs"),
    DispositionPlan(code="plan_changed", name_en="Plan changed", name_zh="套餐已变更", initials="tcybg"),
    DispositionPlan(code="pack_taken", name_en="Pack or service taken", name_zh="已办理增值业务", initials="yblzzyw"),
    DispositionPlan(code="top_up_helped", name_en="Top-up helped", name_zh="已协助充值", initials="yxzcz"),
    DispositionPlan(code="service_cancelled", name_en="Service cancelled", name_zh="业务已退订", initials="ywytd"),
    DispositionPlan(code="fault_reported", name_en="Fault reported", name_zh="故障已报修", initials="gzybx", resolved=False),
    DispositionPlan(code="complaint_taken", name_en="Complaint taken", name_zh="投诉已受理", initials="tsysl", resolved=False),
    DispositionPlan(code="retained", name_en="Customer stays", name_zh="挽留成功", initials="wlcg"),
    DispositionPlan(code="leaving", name_en="Customer leaves", name_zh="客户离网", initials="khlw", resolved=False),
    DispositionPlan(code="callback_promised", name_en="Callback promised", name_zh="已约回拨", initials="yyhb", resolved=False),
    DispositionPlan(code="passed_on", name_en="Passed on", name_zh="已转交", initials="yzj", resolved=False),
    DispositionPlan(code="not_solved", name_en="Not solved", name_zh="未解决", initials="wjj", resolved=False),
    DispositionPlan(code="wrong_number", name_en="Wrong number", name_zh="打错电话", initials="dcdh"),
    DispositionPlan(
        code="no_more_offers", name_en="Wants no offers", name_zh="拒绝营销", initials="jjyx", do_not_contact=True
    ),
)  # fmt: skip
