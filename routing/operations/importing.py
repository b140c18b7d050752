"""Skills, agents and queues out of tables: each row is taken or refused by itself, and the same row again is the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid
from routing import skills as skill_book
from routing.journal import domain_named
from routing.models import Agent, AgentSkill, AgentTrait, Domain, Queue, Skill, Team, check_condition
from routing.operations.queue_changes import keep_first, keep_version
from routing.sheets import COLUMNS, Kind, Value, Wrong, known_columns, read, written

MOST_ROWS = 20_000
Cells = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """A row that was not taken: its place in the file (the header is line 1), why, and what stood in it."""

    line: int
    sentence: str
    cells: Cells


@dataclass(kw_only=True)
class ImportReport:
    """What became of a table. rows = added + changed + same + refused."""

    kind: Kind
    dry_run: bool
    added: int = 0
    changed: int = 0
    same: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.same + len(self.refused)


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A row that could not be read: why, and what stood there."""

    sentence: str
    cells: Cells


class _Undo(Exception):
    """A dry run has seen everything."""


@command
def import_table(
    *, kind: Kind, domain: str, rows: Iterable[Cells | Unread], dry_run: bool, now: datetime, actor: str
) -> ImportReport:
    """Take a table. Raises Invalid for the whole.

    A dry run does everything and undoes it, so that what it says is what would be.
    """
    home = domain_named(domain)
    if home is None:
        raise Invalid(_("There is no such routing domain."), code="unknown_domain", field="/domain")
    report = ImportReport(kind=kind, dry_run=dry_run)
    try:
        with transaction.atomic():
            _take_all(report, home, rows, now, actor)
            if dry_run:
                raise _Undo
    except _Undo:
        return report
    counts = {"added": report.added, "changed": report.changed, "same": report.same, "refused": len(report.refused)}
    audit.write(actor=actor, action=f"{kind}.imported", now=now, subject=f"domain:{domain}", data=counts)
    return report


def _take_all(report: ImportReport, home: Domain, rows: Iterable[Cells | Unread], now: datetime, actor: str) -> None:
    columns: dict[str, str] | None = None
    for line, cells in enumerate(rows, start=2):
        if line > MOST_ROWS + 1:
            raise Invalid(_("A table may have at most %(most)s rows.") % {"most": MOST_ROWS}, field="/file")
        if isinstance(cells, Unread):
            report.refused.append(RefusedRow(line=line, sentence=cells.sentence, cells=cells.cells))
            continue
        try:
            if columns is None:
                columns = known_columns(report.kind, list(cells))
        except Wrong as why:
            raise Invalid(_sentence(why), field="/file") from None
        try:
            with transaction.atomic():
                became = _TAKE[report.kind](home, read(report.kind, cells, columns), now, actor)
        except (Wrong, Invalid, IntegrityError) as why:
            report.refused.append(RefusedRow(line=line, sentence=_sentence(why), cells=cells))
        else:
            setattr(report, became, getattr(report, became) + 1)


def _sentence(why: Exception) -> str:
    if isinstance(why, Wrong):
        return _(why.sentence) % why.values
    if isinstance(why, Invalid):
        return why.sentence
    rule = getattr(getattr(why.__cause__, "diag", None), "constraint_name", "") or ""
    return _("The database keeps a rule against this row: %(rule)s.") % {"rule": rule}  # as one account, two agents


# --- one row --------------------------------------------------------------------------------------------------------
def _skill(home: Domain, said: dict[str, Value], now: datetime, actor: str) -> str:
    return _upsert(Skill, {"key": said["key"]}, _plain(said, "name_en", "name_zh"))


def _agent(home: Domain, said: dict[str, Value], now: datetime, actor: str) -> str:
    plain = _plain(said, "name_en", "name_zh", "contact")
    if "team" in said:
        plain["team"] = _one(Team, home, said["team"], "team") if said["team"] else None
    if "user" in said:
        plain["user"] = _user(said["user"]) if said["user"] else None
    became = _upsert(Agent, {"domain": home, "key": said["key"]}, plain)
    agent = Agent.objects.get(domain=home, key=said["key"])
    changed = False
    if isinstance(levels := said.get("skills"), dict) and skill_book.of_agent(agent_id=agent.pk) != levels:
        skill_book.set_skills(agent_id=agent.pk, skills=levels, now=now, actor=actor)
        changed = True
    if isinstance(traits := said.get("traits"), tuple):
        changed |= _set_traits(agent, set(traits))
    if isinstance(keys := said.get("queues"), tuple):
        wanted = {_one(Queue, home, key, "queues").pk for key in keys}
        changed |= wanted != set(Queue.objects.filter(members=agent).values_list("pk", flat=True))
        _set_queues(agent, wanted)
    return "changed" if became == "same" and changed else became


def _level(home: Domain, said: dict[str, Value], now: datetime, actor: str) -> str:
    """What stands word for word is the same, however long ago it began; anything else is a change from today on."""
    agent = _one(Agent, home, said["key"], "key")
    skill, level = said.get("skill"), said.get("level")
    if not (isinstance(skill, str) and isinstance(level, int)):
        raise Wrong(gettext_noop("A row needs a skill and a level: 1 to 5, or 0 to take the skill away."))
    begins, lapses = (
        day if isinstance(day := said.get(name), date) else None for name in ("valid_from", "valid_until")
    )
    own = AgentSkill.objects.filter(agent=agent, skill__key=skill)
    if own.filter(level=level, valid_from=begins, valid_until=lapses).exists():
        return "same"
    if not Skill.objects.filter(key=skill).exists():
        raise Wrong(gettext_noop("skill: there is no skill “%(key)s”."), key=skill[:40])
    fresh = not own.exists()
    change = skill_book.SkillChange(skill=skill, level=level, since=begins, until=lapses)
    if not skill_book.change_skills(
        domain=home.key, agents=[agent.pk], change=change, why="import", now=now, actor=actor
    ):
        return "same"
    return "added" if fresh else "changed"


def _queue(home: Domain, said: dict[str, Value], now: datetime, actor: str) -> str:
    for name in ("required", "preferred"):
        if isinstance(asked := said.get(name), dict):
            try:
                check_condition(name, asked, home.pk)
            except ValidationError as why:
                raise Invalid(f"{name}: {'; '.join(why.messages)}", field=f"/{name}") from None
    present = Queue.objects.filter(domain=home, key=said["key"]).first()
    if present is not None:
        keep_first(present, now=now)
    became = _upsert(Queue, {"domain": home, "key": said["key"]}, {k: v for k, v in said.items() if k != "key"})
    keep_version(Queue.objects.get(domain=home, key=said["key"]), why="import", now=now, actor=actor)
    return became


_TAKE = {Kind.SKILLS: _skill, Kind.AGENTS: _agent, Kind.LEVELS: _level, Kind.QUEUES: _queue}


def _upsert(model: Any, which: dict[str, Any], plain: dict[str, Any]) -> str:
    """added, changed or same. A new row without a name is called by its key."""
    row = model.objects.select_for_update(no_key=True).filter(**which).first()
    if row is None:
        named = {"name_en": plain.get("name_zh", which["key"]), "name_zh": plain.get("name_en", which["key"])} | plain
        model.objects.create(**which, **named)
        return "added"
    changed = [name for name, value in plain.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, plain[name])
    if changed:
        row.save(update_fields=changed)
    return "changed" if changed else "same"


def _plain(said: dict[str, Value], *names: str) -> dict[str, Any]:
    return {name: said[name] for name in names if name in said}


def _one(model: Any, home: Domain, key: Value, column: str) -> Any:
    row = model.objects.filter(domain=home, key=key).first()
    if row is None:
        raise Wrong(
            gettext_noop("%(column)s: “%(key)s” is not known in this domain."), column=column, key=str(key)[:40]
        )
    return row


def _user(name: Value) -> Any:
    found = get_user_model().objects.filter(username=name).first()
    if found is None:
        raise Wrong(gettext_noop("user: there is no account “%(name)s”."), name=str(name)[:40])
    return found


def _set_traits(agent: Agent, wanted: set[str]) -> bool:
    stands = set(agent.traits.values_list("trait", flat=True))
    agent.traits.exclude(trait__in=wanted).delete()
    AgentTrait.objects.bulk_create([AgentTrait(agent=agent, trait=trait) for trait in sorted(wanted - stands)])
    return stands != wanted


def _set_queues(agent: Agent, wanted: set[int]) -> None:
    members: Any = Queue.members.through
    through = members.objects
    through.filter(agent_id=agent.pk).exclude(queue_id__in=wanted).delete()
    stands = set(through.filter(agent_id=agent.pk).values_list("queue_id", flat=True))
    through.bulk_create([members(agent_id=agent.pk, queue_id=queue) for queue in sorted(wanted - stands)])


# --- out again ------------------------------------------------------------------------------------------------------
def export_table(*, kind: Kind, domain: str) -> Iterator[list[str]]:
    """What stands, header first, in the form that `import_table` takes."""
    names = [column.name for column in COLUMNS[kind]]
    yield names
    if kind is Kind.SKILLS:
        yield from (list(row) for row in Skill.objects.order_by("key").values_list(*names))
    elif kind is Kind.QUEUES:
        for queue in Queue.objects.filter(domain__key=domain).order_by("key"):
            yield [written(getattr(queue, name)) for name in names]
    elif kind is Kind.LEVELS:
        levels = AgentSkill.objects.filter(agent__domain__key=domain).order_by("agent__key", "skill__key", "valid_from")
        for row in levels.values_list("agent__key", "skill__key", "level", "valid_from", "valid_until"):
            yield [written(value) if value is not None else "" for value in row]
    else:
        rows = Agent.objects.filter(domain__key=domain).select_related("team", "user").order_by("key")
        for agent in rows.prefetch_related("traits", "queues"):
            yield [written(value) for value in _agent_cells(agent)]


def _agent_cells(agent: Any) -> list[Value]:
    return [
        agent.key,
        agent.name_en,
        agent.name_zh,
        agent.team.key if agent.team else "",
        agent.contact,
        agent.user.username if agent.user else "",
        skill_book.of_agent(agent_id=agent.pk),
        tuple(one.trait for one in agent.traits.all()),
        tuple(queue.key for queue in agent.queues.all()),
    ]
