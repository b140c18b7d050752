"""What the ivr room says to people, in the reader's language.

The room says why it refuses in English: its pure modules know no Django, and what it set aside stays in the tables for
years. Pages know these sentences again, with what stands in their gaps; `said` is their filter. A test reads the room and
names the sentence that is missing here.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

SENTENCES: tuple[str | Promise, ...] = (
    _("There is no such report."),
    _("{address} is no mail address."),
    _("Choose what came of it."),
    _("Write down what came of it; whoever meets this caller next will read it."),
    _("A note holds at most 480 characters."),
    _("Somebody else took this task; look at the list again."),
    _("Take this task first; it is nobody's or somebody else's."),
    _("There is no such task."),
    _("This task is closed already."),
    _("Choose a language and a flow from the list."),
    _("A report is made of one day to thirteen weeks."),
    _("{key} cannot be the key of a flow: small letters, digits, - and _ only."),
    _("{key} cannot be the key of a flow."),
    _("The definition has {n} faults; nothing was imported."),
    _("The file is larger than 1 MB; no definition of menus is."),
    _("The file is not JSON in UTF-8: {why}."),
    _("The file holds no definition: it must be one JSON object."),
    _("You wrote this draft; somebody else must agree to it."),
    _("Say what should be different."),
    _("This draft is what a proposal became; decide on the proposal."),
    _("There is no such draft."),
    _("This version was published; start a new draft to change the menus."),
    _("The draft is {state} by now."),
    _("No version of the flow {key} is published."),
    _("There is no such version of a flow."),
    _("This version was published before."),
    _("The flow was not published: node {node}, field {field}: {sentence}"),
    _("The flow was not published: field {field}: {sentence}"),
    _("No path of this call was reported."),
    _("There is no such proposal."),
    _("You made this proposal; somebody else must approve it."),
    _("Say why; whoever looks for a better menu next will ask."),
    _("The menus changed since this was proposed; propose afresh."),
    _("This proposal is {state} by now."),
    _("The log holds {choices} choices on {days} days; {least} on {fewest} days are needed."),
    _("The model misses the mean time of the last days by {error} %; 5 % is the most. Nothing is proposed."),
    _("All calls were about the same: there is nothing to predict."),
    _("There is no survey form by the name {key}."),
    _("There is no such invitation."),
    _("This address leads nowhere. Please open the link as it stands in the message."),
    _("There is no node {node}. Did you mean {near}?"),
    _("There is no node {node}."),
    _("A query holds at most {most} characters."),
    _("The quotation mark is never closed."),
    _("{text} means nothing here."),
    _("Write at least one node, for instance: main > billing."),
    _("Brackets go at most {most} deep."),
    _("At most {most} times 'not'."),
    _("The bracket is never closed."),
    _("After @ comes a node."),
    _("After {name} = comes a word."),
    _("Here comes <, <=, >, >= or =."),
    _("Here comes a number, for instance 20s."),
    _("A way holds at most {most} times '*'; join two ways by 'and'."),
    _("The bracket of the time is never closed."),
    _("Here comes the key that was pressed."),
    _("The bracket of the key is never closed."),
    _("Inside [ ] come nodes, parted by |."),
    _("After | comes a node."),
    _("The bracket [ is never closed."),
    _("Here comes a node, * or [a|b]."),
    _("The second number is smaller than the first."),
    _("The bracket {{ is never closed."),
    _("Here comes a whole number."),
    _("At most {most} times."),
    _("Say which source the events come from: 1 to 48 characters."),
    _("There is no time zone {name}; write Asia/Shanghai."),
    _("This import is {state} already."),
    _("Another run of this import is at work."),
    _("There is no such import."),
    _("The row names no call."),
    _("The file has no column {name}; it has {columns}."),
    _("There is no field {name}; there are {fields}."),
    _("No column is understood as {name}; say which one it is."),
    _("Only CSV, TSV, NDJSON and Parquet files can be read."),
    _("The file is empty, or its first line names no columns."),
    _("The row has {cells} values, the header names {columns} columns."),
    _("The line is no JSON object."),
    _("Parquet needs the analytics set of packages (pyarrow); send CSV or NDJSON."),
    _("The file is no Parquet: {why}"),
    _("{value} is no time; write 2026-03-02T09:15:00Z."),
    _("{value} is no number of milliseconds since 1970."),
    _("The time is missing."),
    _("The time has no zone; send UTC, or say which zone the file means."),
    _("The field {name} holds {value}, which is no whole number."),
    _("The detail must be a JSON object."),
    _("{kind} is not in the vocabulary of path events."),
    _("The time has no zone; send UTC, for instance 2026-03-02T09:15:00Z."),
    _("The time {at} is more than 5 minutes ahead of ours."),
    _("The time {at} is more than 7 days ago; the path is settled."),
    _("The field {name} holds {length} characters; {most} is the most."),
    _("The field {name} holds a NUL character."),
    _("An 'enter' must name the node that is entered."),
    _("The sequence number must lie between 0 and 2147483647."),
    _("The detail must be at most 4 KB of JSON without NUL characters."),
    _("An event with this identity was stored before and says something else."),
    _("The time lies before the year 2000: the clock or the format is wrong."),
    _("This name of a call belongs to another call already."),
    _("The share lies between 1 and 90 percent of callers."),
    _("Nobody hears these menus yet; publish a version first."),
    _("Only a draft that somebody agreed to can be tried."),
    _("Another version of these menus is on trial; end that first."),
    _("This trial is over."),
    _("There is no such trial."),
    _("Version {version} is on trial; end the trial before you publish another."),
    _("{who} saved this draft meanwhile; look at it again before you change it."),
    _(
        "Version {number} was published after this draft was begun. Export the draft and import it as a new "
        "one, so that its differences from today's menus are seen."
    ),
    _("{calls} calls with a written reason are too few to learn from; {least} are needed."),
    _("No better menu was found within the limits: {now} s now, {best} s at best, {bound} s the bound."),
    _("{text} does not follow here; join parts by 'and', 'or' or '>'."),
    _("{text} is no outcome; write agent, done, hung_up, system or unknown."),
    _("{text} is no unit; write s, m, h or d."),
    _("Stored; the node is not in the definition of the flow."),
)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str | Promise], ...]:
    """Each sentence as an expression that finds its gaps, those with the most words of their own first."""
    with override("en"):
        known = [(str(one), one) for one in SENTENCES]
    known.sort(key=lambda one: -len(re.sub(r"{\w+}", "", one[0])))
    return tuple((re.compile(_expression(text), re.DOTALL), one) for text, one in known)


def _expression(text: str) -> str:
    return "".join(
        re.escape(literal) + (f"(?P<{name}>.+)" if name else "") for literal, name, *_rest in Formatter().parse(text)
    )


def said(text: object) -> str:
    """The sentence in the reader's language; as it is where it is none of the room's."""
    sentence = str(text)
    for pattern, one in _patterns():
        if found := pattern.fullmatch(sentence):
            return str(one).format(**found.groupdict())
    return sentence
