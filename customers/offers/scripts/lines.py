"""The shape of a script: stages, steps with branches, conditions, answers to objections; and what is said when. Pure.

A line is `{"stage", "text", "mandatory"}` and may have `when` (a condition), `instead` (said where a figure of the text
is not known), `step` (a name: here a step begins) and `answers` (`[{"says", "to"}]`: what the customer may answer, and
the later step that follows). Steps lead forward only, so that no script runs in a circle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from customers.offers.scripts import templates
from customers.offers.scripts.slots import SLOTS, Value
from customers.offers.wording import Text

STAGES = (
    "greet", "verify", "ask", "explain", "offer", "disclose", "read_back", "close", "no_sale", "comply",
)  # fmt: skip
SELLING_STAGES = frozenset({"offer", "disclose", "read_back"})  # said only where selling is allowed
BINDING_STAGES = frozenset({"disclose", "read_back"})  # must be said before a yes counts
OBJECTIONS = ("too_dear", "contract", "rival", "think", "no_need", "refused_before", "mistrust", "family")
MOST_LINES = 40
MOST_ANSWERS = 4
ANSWERS_TO_OBJECTION = 2
_NEEDED, _MORE = frozenset({"stage", "text", "mandatory"}), frozenset({"when", "instead", "step", "answers"})
_STEP = re.compile(r"[a-z][a-z0-9-]{0,31}")
# Words that promise too much, press, or run others down: refused wherever they stand.
_BARRED = re.compile(
    r"永久|终身|最低价|最便宜|全网最|第一品牌|仅此一天|最后机会|不办就|默认同意|视为同意"
    r"|\b(?:forever|for life|cheapest|the best in|last chance|only today|today only|guaranteed lowest)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One line as it is said now. `number` is its place in the version, from 1."""

    number: int
    stage: str
    text: str
    mandatory: bool
    step: str = ""
    answers: tuple[tuple[str, str], ...] = ()  # (what the customer says, the step that follows)
    chosen: str = ""  # the step that was followed from here


def faults(lines: Any) -> list[Text]:
    """What bars these lines from being saved, each with its line; an empty list is a good script."""
    if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_LINES:
        return [Text(en=f"A script has 1 to {MOST_LINES} lines.", zh=f"话术应有1至{MOST_LINES}行。")]
    steps = _steps(lines)
    return [
        Text(en=f"Line {number}: {fault.en}", zh=f"第{number}行：{fault.zh}")
        for number, line in enumerate(lines, start=1)
        for fault in _line_faults(line, later=steps[number:], earlier=steps[: number - 1])
    ]


def cue_faults(cue: str) -> list[Text]:
    """The cue for experts obeys the same rules as a line."""
    return [Text(en=f"Cue: {one.en}", zh=f"提示语：{one.zh}") for one in _words_faults(cue)] if cue else []


def objection_faults(objections: Any) -> list[Text]:
    """`[{"kind", "says", "answers"}]`: of a known kind, in the customer's words, with one or two answers."""
    if not isinstance(objections, list) or len(objections) > 2 * len(OBJECTIONS):
        return [Text(en="Objections are a list, at most two of each kind.", zh="异议应为列表，每类最多两条。")]
    return [
        Text(en=f"Objection {number}: {fault.en}", zh=f"异议{number}：{fault.zh}")
        for number, one in enumerate(objections, start=1)
        for fault in _objection(one)
    ]


def twin_faults(lines: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]], *, language: str) -> list[Text]:
    """The other language must name the same figures and hold as many lines that must be said."""
    found = []
    mine, theirs = _figures(lines), _figures(other)
    if mine != theirs:
        apart = ", ".join(sorted(mine ^ theirs))
        found.append(
            Text(en=f"Only one language names {apart} (other: {language}).", zh=f"两种语言的变量不一致：{apart}。")
        )
    must, musts = (sum(bool(one["mandatory"]) for one in each) for each in (lines, other))
    if must != musts:
        found.append(
            Text(
                en=f"{must} lines must be said here, {musts} in the other language ({language}).",
                zh=f"此处必说{must}行，另一语言{musts}行。",
            )
        )
    return found


def said(
    lines: Sequence[Mapping[str, Any]],
    *,
    values: Mapping[str, Value | None],
    language: str,
    path: Sequence[str] = (),
) -> tuple[Said, ...]:
    """What is said, in order, down the steps of `path` (the answers chosen so far).

    A line whose condition fails, whose figure is unknown and that has no other wording, or that sells where selling is
    barred, is left out.
    """
    chosen, at, found = list(path), 0, []
    starts = {step: place for place, step in enumerate(_steps(lines)) if step}
    while at < len(lines):
        line = lines[at]
        branches = tuple((one["says"], one["to"]) for one in line.get("answers", ()))
        follows = chosen.pop(0) if branches and chosen and chosen[0] in {to for _says, to in branches} else ""
        text = _wording(line, values=values, language=language)
        if text is not None:
            found.append(
                Said(
                    number=at + 1, stage=line["stage"], text=text, mandatory=bool(line["mandatory"]),
                    step=line.get("step", ""), answers=branches, chosen=follows,
                )
            )  # fmt: skip
        if not branches:
            at += 1
        elif follows and starts.get(follows, -1) > at:
            at = starts[follows]
        else:
            break  # the customer's answer decides what comes next
    return tuple(found)


def binding(
    lines: Sequence[Mapping[str, Any]], *, values: Mapping[str, Value | None], language: str
) -> tuple[int, ...]:
    """The places of the lines that must be said before a yes counts, of those this customer would hear at all."""
    return tuple(
        number
        for number, line in enumerate(lines, start=1)
        if line["mandatory"]
        and line["stage"] in BINDING_STAGES
        and _wording(line, values=values, language=language) is not None
    )


def _wording(line: Mapping[str, Any], *, values: Mapping[str, Value | None], language: str) -> str | None:
    if line["stage"] in SELLING_STAGES and values.get("may_sell") is False:
        return None
    when = line.get("when", "")
    if when and not templates.holds(when, values=values, language=language):
        return None
    text = templates.render(line["text"], values=values, language=language)
    if text is None and line.get("instead"):
        text = templates.render(line["instead"], values=values, language=language)
    return text.strip() or None if text is not None else None


# --- what bars a line -----------------------------------------------------------------------------------------------
def _line_faults(line: Any, *, later: Sequence[str], earlier: Sequence[str]) -> Iterator[Text]:
    if not isinstance(line, dict) or not set(line) >= _NEEDED or set(line) - _NEEDED - _MORE:
        yield Text(
            en="it has stage, text and mandatory, and may have when, instead, step and answers.",
            zh="须含stage、text、mandatory，可含when、instead、step、answers。",
        )
        return
    if line["stage"] not in STAGES:
        known = ", ".join(STAGES)
        yield Text(en=f"the stage is one of {known}.", zh=f"环节只能是{known}之一。")
    if not isinstance(line["mandatory"], bool):
        yield Text(en="mandatory is true or false.", zh="mandatory只能是true或false。")
    if not isinstance(line["text"], str) or not line["text"].strip():
        yield Text(en="the text is missing.", zh="缺少文字。")
    else:
        yield from _words_faults(line["text"])
    yield from _extra_faults(line, earlier=earlier)
    yield from _branch_faults(line.get("answers", []), later=later)


def _extra_faults(line: Mapping[str, Any], *, earlier: Sequence[str]) -> Iterator[Text]:
    when, instead, step = (line.get(name, "") for name in ("when", "instead", "step"))
    if not all(isinstance(one, str) for one in (when, instead, step)):
        yield Text(en="when, instead and step are texts.", zh="when、instead、step须为文字。")
        return
    if when:
        yield from templates.condition_faults(when)
    if instead:
        yield from _words_faults(instead)
        if figures(instead):
            yield Text(en="the other wording names no figure.", zh="替代说法不得含数字变量。")
    if step and (not _STEP.fullmatch(step) or step in earlier):
        yield Text(en=f"the step {step} is no new name of small letters.", zh=f"步骤名{step}须为新的小写字母名。")


def _branch_faults(answers: Any, *, later: Sequence[str]) -> Iterator[Text]:
    if not isinstance(answers, list) or len(answers) > MOST_ANSWERS:
        yield Text(en=f"answers are a list of at most {MOST_ANSWERS}.", zh=f"客户回答最多{MOST_ANSWERS}项。")
        return
    for one in answers:
        if not isinstance(one, dict) or set(one) != {"says", "to"} or not all(isinstance(x, str) for x in one.values()):
            yield Text(en="an answer has says and to.", zh="客户回答须含says和to。")
        elif one["to"] not in later:
            yield Text(en=f"no later step is called {one['to']}.", zh=f"后面没有步骤{one['to']}。")
        else:
            yield from _words_faults(one["says"])


def _objection(one: Any) -> Iterator[Text]:
    if not isinstance(one, dict) or set(one) != {"kind", "says", "answers"}:
        yield Text(en="it has kind, says and answers.", zh="须含kind、says、answers。")
        return
    if one["kind"] not in OBJECTIONS:
        known = ", ".join(OBJECTIONS)
        yield Text(en=f"the kind is one of {known}.", zh=f"类别只能是{known}之一。")
    answers = one["answers"]
    if not isinstance(answers, list) or not 1 <= len(answers) <= ANSWERS_TO_OBJECTION:
        yield Text(en="it has one or two answers.", zh="须有一至两个回答。")
        return
    for words in (one["says"], *answers):
        if not isinstance(words, str) or not words.strip():
            yield Text(en="the text is missing.", zh="缺少文字。")
        else:
            yield from _words_faults(words)


def _words_faults(text: str) -> Iterator[Text]:
    yield from templates.faults(text)
    barred = _BARRED.search(text)
    if barred:
        word = barred.group(0)
        yield Text(en=f"“{word}” promises or presses too much.", zh=f"“{word}”属夸大或施压用语。")


def figures(text: str) -> frozenset[str]:
    """The slots of a text that may be without a value."""
    return frozenset(name for name in templates.slots_of(text) if SLOTS[name].missing is None)


def _figures(lines: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset().union(*(figures(one["text"]) for one in lines))


def _steps(lines: Sequence[Any]) -> list[str]:
    return [
        one.get("step", "") if isinstance(one, dict) and isinstance(one.get("step", ""), str) else "" for one in lines
    ]
