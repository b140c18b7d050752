"""The contract of imports and of the quality of what they bring."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.foundation.uploads import MOST_BYTES
from callcenter.telephony.api.lines import EVERYWHERE, PLAIN_COMMANDS, READS, Json, Operation, parameter, whole
from callcenter.telephony.fields import Choice, Request, Text, Word, YesNo
from callcenter.telephony.requests import Count
from callcenter.telephony.shapes import Shape, moment, one_of, word
from customers.imports import kinds
from customers.imports.models import ImportJob
from customers.imports.steps import DOES
from customers.quality import formulas
from customers.quality.rules import SEVERITIES

_SOURCE = r"^[a-z0-9_-]{1,32}$"
STATES = tuple(ImportJob.State.values)
KINDS = kinds.CODES
_LANGUAGES = ("en", "zh-hans")
_MOST = 2**31


class Steps(serializers.ListField):
    child = serializers.DictField(child=Text(allow_blank=True, max_length=2_000))


_STEPS_HELP = f"What is done to cells first, in order: `do` ({', '.join(DOES)}), `column`, `with`, `into`."


class ImportForm(Request):
    """`multipart/form-data`."""

    file = serializers.FileField(
        help_text="CSV, TSV, NDJSON, XLSX or Parquet, told by its name; text also as .gz or .zip with one file. "
        f"At most {MOST_BYTES // 1_000_000} MB."
    )
    source = Word(  # type: ignore[assignment]  # the API calls it so; fields have an attribute of that name
        max_length=32, help_text="Who says so: crm, shop, web …"
    )
    kind = Choice(
        choices=("", *KINDS), default="",
        help_text="What its rows are. Left out: what is remembered of its columns, else what their names speak of.",
    )  # fmt: skip
    begin = Choice(
        choices=("no", "dry_run", "run"), default="no",
        help_text="no: keep the file and answer its columns; dry_run: judge every row; run: take it in.",
    )  # fmt: skip
    mapping = Text(
        required=False, default="", allow_blank=True, max_length=20_000,
        help_text='JSON, `{"column": "field"}`. Left out: what is remembered of these columns, else what their names propose.',
    )  # fmt: skip
    steps = Text(required=False, default="", allow_blank=True, max_length=50_000, help_text=f"JSON. {_STEPS_HELP}")


class StartForm(Request):
    mapping = serializers.DictField(
        child=Text(allow_blank=True, max_length=40), required=False, default=None, allow_null=True,
        help_text="Column → field. Left out: as it stands in the import.",
    )  # fmt: skip
    steps = Steps(required=False, default=None, allow_null=True, max_length=50, help_text=_STEPS_HELP)
    dry_run = YesNo(default=False, help_text="true: judge every row and write nothing, in an import of its own.")


class ImportsQuery(Request):
    limit = Count(least=1, most=200, default=50)
    before = Count(least=0, most=_MOST, default=0)
    source = serializers.RegexField(_SOURCE, required=False, default="")  # type: ignore[assignment]  # as above


class ErrorsQuery(Request):
    rows = Choice(choices=("refused", "unplaced"), default="refused")
    language = Choice(choices=_LANGUAGES, default="en")


class QualityQuery(Request):
    source = serializers.RegexField(_SOURCE, required=False, default="")  # type: ignore[assignment]  # as above
    days = Count(least=1, most=90, default=14)


class CountsShape(Shape):
    read = serializers.IntegerField(help_text="The sum of all others.")
    stored = serializers.IntegerField()
    updated = serializers.IntegerField()
    same = serializers.IntegerField()
    superseded = serializers.IntegerField(help_text="An older word than one that is held, or than a later row.")
    refused = serializers.IntegerField()
    unplaced = serializers.IntegerField(
        help_text="Facts of nobody we know, or of several at once: `errors.csv?rows=unplaced`."
    )
    withheld = serializers.IntegerField(help_text="Facts of people who do not allow that they are kept; kept nowhere.")


class GateShape(Shape):
    code = word("few_rows, many_rows, refused or drift.")
    now = serializers.FloatField()
    before = serializers.FloatField()
    field = word("Of a drift.")


class ImportShape(Shape):
    id = serializers.IntegerField()
    source = word()  # type: ignore[assignment]  # as above
    kind = one_of(KINDS)
    name = word("Of the file, as it was called.")
    state = one_of(STATES)
    dry_run = serializers.BooleanField()
    tries = serializers.IntegerField(allow_null=True, help_text="The waiting import that this one only judges.")
    encoding = word("Decided over the whole file.")
    rows_about = serializers.IntegerField(allow_null=True, help_text="By its lines; null where nothing tells it.")
    done = serializers.FloatField(allow_null=True, help_text="0–1.")
    counts = CountsShape()
    trouble = word("Why the file as a whole could not be read.", null=True)
    gates = GateShape(many=True, help_text="In what it is unlike the deliveries before; a held one waits for `let-in`.")
    let_in_by = word(null=True)
    taken_back = serializers.DictField(
        allow_null=True, help_text="What went and what could not: records, customers, identifiers …"
    )
    by = word()
    at = moment(null=False)
    finished_at = moment()


class ColumnShape(Shape):
    name = word()
    field = word("What it is taken for.", null=True)


class ImportDetailShape(ImportShape):
    mapping = serializers.DictField(child=serializers.CharField())
    steps = serializers.ListField(child=serializers.DictField())
    columns = ColumnShape(many=True, help_text="Of a file that waits.")
    last_try = serializers.IntegerField(allow_null=True)


class ImportsAnswer(Shape):
    imports = ImportShape(many=True, help_text="The newest first.")


class ImportAnswer(Shape):
    # the name is a keyword of Python: the field is added below
    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        return {"import": ImportDetailShape()}


class DimensionShape(Shape):
    key = word()
    weight = serializers.FloatField(help_text="Its exponent in the score.")
    en = word()
    zh = word()
    definition_en = word()
    definition_zh = word()


class SourceShape(Shape):
    source = word()  # type: ignore[assignment]  # as above
    owner = word("Who answers for it.")
    promised_days = serializers.IntegerField(help_text="A record older than this is stale.")
    cadence_days = serializers.IntegerField(help_text="It delivers so often.")
    trust = serializers.FloatField(help_text="0–1.")
    one_record_per_person = serializers.BooleanField()


class ScoreShape(Shape):
    source = word()  # type: ignore[assignment]  # as above
    dimension = one_of((*(one.key for one in formulas.DIMENSIONS), "score"))
    day = word()
    value = serializers.FloatField(help_text="0–1.")
    of = serializers.IntegerField(help_text="Rows or values that were judged.")


class FieldDayShape(Shape):
    source = word()  # type: ignore[assignment]  # as above
    field = word()
    day = word()
    checked = serializers.IntegerField(help_text="Values, by each rule of the field.")
    failed = serializers.IntegerField()
    kept = serializers.FloatField(help_text="1 − failed ÷ checked.")


class QualityAnswer(Shape):
    formulas = word("Their version.")
    dimensions = DimensionShape(many=True)
    field_weights = serializers.DictField(child=serializers.FloatField())
    sources = SourceShape(many=True)
    scores = ScoreShape(many=True)
    fields = FieldDayShape(many=True)  # type: ignore[assignment]  # as above


class RuleOfSource(Shape):
    source = word()  # type: ignore[assignment]  # as above
    checked = serializers.IntegerField()
    failed = serializers.IntegerField()


class RuleShape(Shape):
    code = word()
    field = word()
    severity = one_of(SEVERITIES)
    weight = serializers.FloatField()
    version = serializers.IntegerField()
    en = word()
    zh = word()
    applies = word("The condition under which a record is judged; {name} is a field.")
    holds = word("The condition it must keep.")
    formula = word()
    checked = serializers.IntegerField(help_text="On the newest day.")
    failed = serializers.IntegerField()
    sources = RuleOfSource(many=True)


class RulesAnswer(Shape):
    rules = RuleShape(many=True)


SHOWN_IMPORT: Json = {
    "id": 41, "source": "crm", "kind": "people", "name": "people.csv", "state": "running", "dry_run": False, "tries": None,
    "encoding": "gb18030", "rows_about": 200_000, "done": 0.45,
    "counts": {"read": 90_000, "stored": 70_000, "updated": 1_200, "same": 18_000, "superseded": 0, "refused": 800, "unplaced": 0,
               "withheld": 0},
    "trouble": None, "gates": [], "let_in_by": None, "taken_back": None, "by": "key:ab12cd34",
    "at": "2026-11-22T20:10:00.000Z", "finished_at": None,
}  # fmt: skip
_DETAIL: Json = SHOWN_IMPORT | {
    "mapping": {"编号": "key", "姓名": "name", "手机号": "phone"}, "steps": [], "columns": [], "last_try": None,
}  # fmt: skip
_WAITING: Json = _DETAIL | {
    "state": "uploaded", "done": 0.0, "counts": dict.fromkeys(SHOWN_IMPORT["counts"], 0),
    "columns": [{"name": "编号", "field": "key"}, {"name": "备注", "field": None}],
}  # fmt: skip
_ACTS = (*PLAIN_COMMANDS, "import_moved_on")


def _act(summary: str, description: str, state: str, *problems: str) -> Operation:
    return Operation(
        tag="imports", summary=summary, description=description, problems=(*PLAIN_COMMANDS, *problems), repeatable=True,
        answers={202: (ImportAnswer, {"import": _DETAIL | {"state": state}})},
    )  # fmt: skip


IMPORTS: dict[str, Operation] = {
    "imports": Operation(
        tag="imports",
        summary="Imports, with their counts and how far they are",
        answers={200: (ImportsAnswer, {"imports": [SHOWN_IMPORT]})},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field"),
        query=(
            whole("limit", "1–200.", least=1, most=200, default=50),
            whole("before", "Only those with a smaller id: the last one of the page before.", least=0, most=_MOST, default=0),
            parameter("source", "Only of this source."),
        ),
    ),
    "import_sent": Operation(
        tag="imports",
        summary="Send a file of customers, or of facts about them",
        description=(
            "Nothing is taken in by guess: with `begin` no the answer says what each column is taken for. `dry_run` judges every"
            " row; `run` takes the file in, and holds it where it is unlike the deliveries before. The same file again changes"
            " nothing; one that stands half done goes on where it stopped (200)."
        ),
        answers={
            200: (ImportAnswer, {"import": _DETAIL}), 201: (ImportAnswer, {"import": _WAITING}),
            202: (ImportAnswer, {"import": _DETAIL | {"state": "ready"}}),
        },
        problems=tuple(code for code in PLAIN_COMMANDS if code != "not_found"),
        example={"file": "编号,姓名,手机号\n1,陈美丽,13800138000\n", "source": "crm", "begin": "run"},
        repeatable=True,
    ),
    "import": Operation(
        tag="imports", summary="One import", answers={200: (ImportAnswer, {"import": _DETAIL})}, problems=READS
    ),
    "import_start": Operation(
        tag="imports",
        summary="Take a waiting file in, or judge it",
        description="What is said of the columns is remembered for the source's next file with the same ones.",
        answers={202: (ImportAnswer, {"import": _DETAIL | {"state": "ready"}})},
        problems=_ACTS,
        example={"mapping": {"编号": "key", "姓名": "name", "手机号": "phone"}, "dry_run": True},
        repeatable=True,
    ),
    "import_pause": _act(
        "Hold an import", "The chunk under way is finished, and no more.", "paused", "import_moved_on"
    ),
    "import_resume": _act("Let an import go on", "At its checkpoint.", "ready", "import_moved_on"),
    "import_let_in": _act(
        "Let a held delivery in", "It is as it should be although it is unlike those before.", "ready", "import_moved_on"
    ),
    "import_cancel": _act(
        "Stop an import for good", "A worker takes back what it had stored.", "cancelled", "import_moved_on"
    ),
    "import_undo": _act(
        "Take an import back",
        "Within seven days, by a worker: rows it brought go, rows it changed say what they said before; where something newer"
        " stands it stays and is counted in `taken_back`.",
        "done",
        "import_moved_on",
        "import_undone",
        "import_runs",
        "import_empty",
        "import_too_old",
    ),
    "import_errors": Operation(
        tag="imports",
        summary="Refused rows as CSV, to be corrected and sent again; or those of nobody we know",
        description="With their own columns and one more that says why, which is ignored when the file comes back.",
        answers={(200, "text/csv"): (str, "编号,姓名,手机号,why it was refused\r\n2,张三,12,\"2: 手机号 …\"\r\n")},
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(
            parameter("rows", "Which.", words=("refused", "unplaced"), default="refused"),
            parameter("language", "Of the reasons.", words=_LANGUAGES, default="en"),
        ),
    ),
    "quality": Operation(
        tag="imports",
        summary="How good each source's data is",
        description=(
            "By source, dimension and day, and by source, field and day; every dimension with its definition. Measured every"
            " night."
        ),
        answers={200: (QualityAnswer, {
            "formulas": formulas.VERSION,
            "dimensions": [vars(formulas.DIMENSIONS[0])],
            "field_weights": formulas.FIELD_WEIGHTS,
            "sources": [{
                "source": "crm", "owner": "Ada", "promised_days": 180, "cadence_days": 30, "trust": 0.8,
                "one_record_per_person": True,
            }],
            "scores": [{"source": "crm", "dimension": "validity", "day": "2026-11-22", "value": 0.982, "of": 200_000}],
            "fields": [{
                "source": "crm", "field": "phone", "day": "2026-11-22", "checked": 200_000, "failed": 120, "kept": 0.9994,
            }],
        })},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field"),
        query=(
            parameter("source", "Only of this source."),
            whole("days", "1–90, today among them.", least=1, most=90, default=14),
        ),
    ),
    "quality_rules": Operation(
        tag="imports",
        summary="The rules that every record is judged by",
        answers={200: (RulesAnswer, {"rules": [{
            "code": "name_no_digits", "field": "name", "severity": "warn", "weight": 1.0, "version": 1,
            "en": "No digits in a name", "zh": "姓名不含数字", "applies": "{name} <> ''", "holds": "{name} !~ '[0-9]'",
            "formula": "count({name} <> '' AND {name} !~ '[0-9]') ÷ count({name} <> '')", "checked": 200_000, "failed": 7,
            "sources": [{"source": "crm", "checked": 200_000, "failed": 7}],
        }]})},
        problems=EVERYWHERE,
    ),
}  # fmt: skip
