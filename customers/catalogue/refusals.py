"""What the catalogue refuses, in Chinese by the English sentence, gaps alike. A test names what is missing."""

from __future__ import annotations

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    # reading
    "an object in braces is needed, not {raw}.": "此处需为花括号内的对象，而不是{raw}。",
    "an object in braces is needed.": "此处需为花括号内的对象。",
    "this field is missing.": "缺少此字段。",
    "this field is not known here; known are {known}.": "此处没有这个字段；可用的字段：{known}。",
    "a whole number is needed, not {found}; money is in fen, never a fraction.": (
        "需为整数，而不是{found}；金额以分为单位，不得有小数。"
    ),
    "{found} is not allowed; it must be {least} or more and at most {most}.": "{found}不在范围内，须在{least}至{most}之间。",
    "{found} is not allowed; it must be {least} or more.": "{found}不在范围内，须不小于{least}。",
    'write {found} in quotes, "{found}", so that it stays exact.': '请将{found}写在引号内："{found}"，以免失真。',
    "a text is needed, not {found}.": "需为文字，而不是{found}。",
    "true or false is needed, not {found}.": "需为true或false，而不是{found}。",
    "{found} is none of {listed}.": "{found}不可用；可选：{listed}。",
    'a day like "2018-05-31" is needed, not {found}.': '需为日期，如"2018-05-31"，而不是{found}。',
    'a month like "2018-11" is needed, not {found}.': '需为月份，如"2018-11"，而不是{found}。',
    "a list of names is needed, not {found}.": "需为名称列表，而不是{found}。",
    "a name stands here twice.": "此处有重复的名称。",
    "a list is needed, not {found}.": "需为列表，而不是{found}。",
    # terms
    "versions {earlier} and {later} of {code} both count on {valid_from}.": (
        "{code}的版本{earlier}与{later}在{valid_from}同时生效。"
    ),
    "no version of {code} counts from {valid_to} to {valid_from}.": "{valid_to}至{valid_from}期间{code}没有生效的版本。",
    "{end} is not after {start}; the plan would never count.": "{end}不晚于{start}，套餐将永不生效。",
    "the services are {listed}.": "用量种类只有：{listed}。",
    "{unit} does not measure {service}; use {own}.": "{unit}不能计量{service}；请用{own}。",
    "{amount} {unit} is not a whole number of {base}s above nothing.": "{amount}{unit}须折合为大于零的整数{base}。",
    "give either one price or tiers, not both.": "单一价格与阶梯价只能二选一。",
    "it overlaps the tier before: units from {start} on would have two prices.": (
        "与上一档重叠：自{start}起会有两个价格。"
    ),
    "a gap: units from {expected} to {start} have no price.": "档位有空缺：{expected}至{start}没有价格。",
    "it ends at {end}, before it begins at {start}.": "止于{end}，早于起点{start}。",
    "its bounds must be whole blocks of {block}.": "档位边界须为计费单元{block}的整数倍。",
    "units from {expected} on have no price; the last tier has no end.": "自{expected}起没有价格；最后一档不设上限。",
    'no bucket is called "{wanted}"; there are {known}.': "没有名为“{wanted}”的套内量；现有：{known}。",
    "order, rates and caps must name the same services.": "order、rates与caps须列出相同的用量种类。",
    "{service} cannot be made from {source}.": "{source}不能换成{service}。",
    "the cap must be a whole number of converted lots.": "上限须为换算份额的整数倍。",
    "give either percent or fen.": "百分比与金额只能二选一，且须有其一。",
    "two discounts have one order; the bill would depend on chance.": "两项优惠的次序相同，账单将无法确定。",
    "a penalty needs a contract of some months.": "有违约金就须有合约月数。",
    "the day on which the terms were read is missing.": "缺少资费的查阅日期。",
    "two buckets have one id; give each an `id`.": "两项套内量的id相同，请分别指定`id`。",
    "two buckets of one service have one order; which is drawn first?": (
        "同一种用量的两项套内量次序相同：先用哪一项？"
    ),
    "a bucket is carried over twice.": "同一项套内量重复结转。",
    "a shared bucket cannot be carried over: whose rest would it be?": "共享的套内量不能结转：余量归谁？",
    "a shared bucket cannot be converted: the months' sums do not say by whom first.": (
        "共享的套内量不能换算：月用量无法说明谁先使用。"
    ),
    "{service} ({scope}) has two prices.": "{service}（{scope}）有两个价格。",
    "{service} ({scope}) past its allowance has no price; add one, or after_cap THROTTLE.": (
        "{service}（{scope}）超出套内后没有价格；请补上价格，或设为超量降速。"
    ),
    "with VOLUME tiers nobody can say from which unit on it is throttled.": (
        "全量按到达档位计价时，无法确定从何处开始降速。"
    ),
    "{service} is charged without end, so it never comes to THROTTLE; add a cap or say CHARGE.": (
        "{service}无封顶持续计费，永远不会降速；请设封顶，或取消降速。"
    ),
    "{num}/{den} fen a block is no price: a bill could leave 64 bits.": (
        "每单元{num}/{den}分不是合理的价格：账单会超出可计算范围。"
    ),
    "{amount} units are more than anyone can use in a month.": "{amount}已超过一个月可能的用量。",
    "these prices are too large: a bill could leave 64 bits.": "价格过大：账单会超出可计算范围。",
    # sheets
    "it names no month; give `seen_on`.": "未写明月份；请给出`seen_on`。",
    "only proration by day is known, fee half-up and allowances up.": "首月只支持按天折算：费用四舍五入，套内量向上取整。",
    "a fee is whole fen.": "费用须精确到分。",
    "local data of which place?": "本地流量属于哪个地区？",
    "say how much is carried over, carry_over_national_gb_max.": "请写明结转多少：carry_over_national_gb_max。",
    "say on which day the terms were read.": "请写明资费的查阅日期。",
    "{seen} has not come yet.": "{seen}尚未到来。",
    "a rival's plan needs its source: an address or the title of the sheet.": "竞品套餐须写明来源：网址或资料标题。",
    "{expires} is not after {seen}.": "{expires}不晚于{seen}。",
    "say whose plan it is.": "请写明是哪家运营商的套餐。",
    "a name in both languages is needed.": "名称需有中英文两种。",
    '"{code}" is no code: 2 to 48 small letters, digits and hyphens.': "“{code}”不能作代码：2至48个小写字母、数字或连字符。",
    "the terms are an object in braces.": "资费须为花括号内的对象。",
    "{entered} is not the fee less the cost ({margin}); leave one of them out.": (
        "{entered}不等于费用减成本（{margin}）；请只填其一。"
    ),
    "{margin} is more than the fee of {fee}.": "{margin}超过了费用{fee}。",
    "say from which day it is sold.": "请写明开始销售的日期。",
    "{end} is not after {start}: it would never be sold.": "{end}不晚于{start}：永远不会销售。",
    "{listed} cannot be among those it suits as well.": "{listed}不能同时列为适合人群。",
    "{listed} cannot be needed as well.": "{listed}不能同时列为需要的产品。",
    "no such tag: {listed}.": "没有这些标签：{listed}。",
    "a bundle names the products in it, and nothing else does.": "只有组合产品才列出，且必须列出所含产品。",
    "a bundle is made of two other products or more.": "组合产品须含两个或以上其他产品。",
    '"{one}" is neither the code of a product nor a family with a kind, as mobile:plan.': (
        "“{one}”既不是产品代码，也不是“产品族:类别”，如mobile:plan。"
    ),
    "{one} is the product itself or a part of it.": "{one}是产品本身或其组成部分。",
    # use and bills
    "say whose month it is.": "请写明是谁的月用量。",
    "{text} has not closed: a part of a month is never rated.": "{text}尚未出账：不对部分月份计费。",
    '"{rounding}" is no rounding; it is raw, or event:60 for calls rounded up one by one.': (
        "“{rounding}”不是取整方式；可为raw，或event:60（每次通话按分钟取整）。"
    ),
    "nobody uses so much in a month.": "一个月内不可能用这么多。",
    "a line of a bill has a kind: fee, voice, messages, data, discount, or its own.": (
        "账单的每一行须有类别：fee、voice、messages、data、discount或自定类别。"
    ),
    "{service} ({scope}, {rounding}) stands here twice.": "{service}（{scope}，{rounding}）在此出现两次。",
    "{service} ({scope}, {rounding}) stands twice in {month:%Y-%m}.": (
        "{month:%Y-%m}中{service}（{scope}，{rounding}）出现两次。"
    ),
    "{service} is counted in {base}s, not in {unit}s.": "{service}以{base}计量，不能用{unit}。",
    "{units} {unit}s of {service} cannot have been used.": "{service}用量不可能为{units}{unit}。",
    "{service} ({scope}) holds a sum that cannot have been used.": "{service}（{scope}）含有不可能的用量。",
    "{service} ({scope}) is {dtype}; sums are int64.": "{service}（{scope}）为{dtype}；合计须为int64。",
    "The columns of a block need one length.": "各列长度须一致。",
    "{code} has no price for {service} ({scope}).": "{code}没有{service}（{scope}）的价格。",
    "{code} counts {service} ({scope}) as {rounding}; that sum is not stored for this month yet.": (
        "{code}按{rounding}计量{service}（{scope}）；该月尚无这一合计。"
    ),
    "{code}: {units} units carried into {bucket} cannot be.": "{code}：结转到{bucket}的{units}不合理。",
    "{some} of {days} days is no part of a month.": "{days}天中的{some}天不是一个月的一部分。",
    "{k} best of {n} plans cannot be kept.": "不能从{n}个套餐中保留{k}个。",
    "{code} is billed in {currency}, {other} in {currency2}.": "{code}以{currency}计费，{other}以{currency2}计费。",
    "{n} lines cannot be rated as one group; one to {most} can.": "{n}个号码不能作为一组计费；可为1至{most}个。",
    "The lines of a group are rated for one month.": "同组号码须为同一个月。",
    "A sum is missing.": "缺少用量合计。",
    "Bill of {month} not explained: {told}.": "{month}账单有未能对平的项：{told}。",
    "Only {n} closed bills; three are needed.": "只有{n}期已出账单，需要3期。",
    # contact rules
    "a limit by calendar day counts one day.": "按自然日计数的上限只能为1天。",
    "hours need at least one span.": "时段至少要有一个。",
    "{day} is both a holiday and a working day.": "{day}既是放假日又是上班日。",
    "{day} lies outside {first} to {last}.": "{day}不在{first}至{last}之间。",
    'days like "2027-02-06" are needed.': '须为"2027-02-06"这样的日期。',
    "no hours for calls: then nobody may ever be called; say when.": "没有外呼时段：将永远不能外呼；请写明何时可以。",
    'span {number} must be two times like ["09:00", "12:00"].': '第{number}个时段须为两个时间，如["09:00", "12:00"]。',
    "two limits have one id; a denial must name one of them.": "两条上限的id相同；拒绝时须能指明是哪一条。",
    "two spans overlap.": "时段重叠。",
    "{end} is not after {start}: nobody could be reached then.": "{end}不晚于{start}：该时段无人可联系。",
    "{listed} is not one of {known}.": "{listed}不可用；可选：{known}。",
}
