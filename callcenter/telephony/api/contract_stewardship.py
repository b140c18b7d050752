"""The contract of what stewards look after: merges to look at, identifiers that stand for nobody, feeds."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.contract_customers import CUSTOMER_ID
from callcenter.telephony.api.lines import EVERYWHERE, LIMIT, PLAIN_COMMANDS, READS, Json, Operation, parameter
from callcenter.telephony.fields import Choice, Request, Text, Whole, Word, YesNo
from callcenter.telephony.requests import MOST_PER_PAGE, Count
from callcenter.telephony.shapes import Shape, moment, one_of, word
from customers.identity.generic import LONGEST_NOTE
from customers.identity.generic_models import GenericIdentifier
from customers.identity.ledger import MergeAudit
from customers.identity.merging import LONGEST_REASON
from customers.identity.models import Identifier
from customers.imports import arranging, kinds
from customers.imports.feed_models import Feed

_OTHER = "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f406"
_WHYS = tuple(MergeAudit.Why.values)
RIGHT_OR_WRONG = tuple(MergeAudit.Verdict.values)
IDENTIFIER_KINDS = tuple(Identifier.Kind.values)


class AuditQuery(Request):
    why = Choice(choices=_WHYS, default=MergeAudit.Why.DRAWN)
    limit = Count(least=1, most=MOST_PER_PAGE, default=50)


class RightForm(Request):
    verdict = Choice(choices=RIGHT_OR_WRONG, help_text="wrong: the two come apart at once.")
    reason = Word(max_length=LONGEST_REASON)


class GenericForm(Request):
    kind = Choice(choices=IDENTIFIER_KINDS, help_text="A landline is kept as a phone.")
    value = Word(max_length=160, help_text="A value in any spelling, or a pattern with stars: 400*, test@*.")
    scope = Word(required=False, allow_blank=True, default="", max_length=48,
                 help_text="App or corporation, of kinds that have one.")  # fmt: skip
    note = Word(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class WordForm(Request):
    verdict = Choice(choices=("list", "dismiss", "end"))
    note = Word(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class FeedForm(Request):
    name = Word(max_length=80)
    way = Choice(choices=tuple(Feed.Way.values))
    source = Word(max_length=32)  # type: ignore[assignment]  # the API calls it so; fields have an attribute of that name
    kind = Choice(choices=("", *kinds.CODES), default="", help_text="Left out: as its columns say.")
    folder = Word(required=False, allow_blank=True, default="", max_length=200, help_text="Below IMPORT_FOLDER.")
    dsn = Text(
        required=False, allow_blank=True, default="", max_length=1_000,
        help_text="postgresql://reader:password@host/database. Sealed, never told again; left out it stays as it is.",
    )  # fmt: skip
    query = Text(required=False, allow_blank=True, default="", max_length=10_000, help_text="One SELECT.")
    mapping = serializers.DictField(
        child=Text(max_length=40), required=False, default=dict, help_text="Column → field; {}: as remembered or named."
    )
    every_minutes = Whole(min_value=1, max_value=arranging.LONGEST_PACE, default=60)
    is_on = YesNo(default=True)


class DrawnShape(Shape):
    id = serializers.IntegerField()
    survivor = word()
    absorbed = word()
    names = serializers.ListField(child=serializers.CharField(), help_text="Masked: the survivor's, the other's.")
    bits = serializers.FloatField(
        help_text="Of the pair that joined them; of what vanished, of the strongest that is left."
    )
    evidence = serializers.JSONField(help_text="`field`, `agreement`, `bits` of each; no value of anybody.")
    lost = serializers.ListField(child=serializers.CharField(), help_text="Fields that agreed then and do not now.")
    merged_by = word()
    at = moment(null=False)


class BandShape(Shape):
    from_bits = serializers.FloatField()
    to_bits = serializers.FloatField()
    right = serializers.IntegerField()
    judged = serializers.IntegerField()
    precision = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), help_text="95 %, by Wilson.")
    too_low = serializers.BooleanField(help_text="Surely below 95 %: leave more to people.")


class AuditsAnswer(Shape):
    merges = DrawnShape(many=True)
    bands = BandShape(many=True)


class AuditedAnswer(Shape):
    verdict = one_of(RIGHT_OR_WRONG)
    restored = word("Of the verdict wrong: who has their own id again.", null=True)


class GenericShape(Shape):
    id = serializers.IntegerField()
    kind = one_of(IDENTIFIER_KINDS)
    scope = word(null=True)
    value = word("As somebody wrote it; masked where linking proposed it.")
    state = one_of(GenericIdentifier.State.values)
    people = serializers.IntegerField(
        allow_null=True, help_text="Who had it when it was listed, or at the last linking."
    )
    source = word("Who told it most often, of a proposal.", null=True)  # type: ignore[assignment]  # as above
    note = word()
    by = word()
    at = moment(null=False)


class GenericsAnswer(Shape):
    identifiers = GenericShape(many=True)


class LastLook(Shape):
    at = moment()
    outcome = one_of(("never", *(one for one in Feed.Outcome.values if one)))
    trouble = word(null=True)


class FeedShape(Shape):
    id = serializers.IntegerField()
    name = word()
    way = one_of(Feed.Way.values)
    source = word()  # type: ignore[assignment]  # as above
    kind = word(null=True)
    folder = word(null=True)
    place = word("Host and database, without user and password.", null=True)
    query = word(null=True)
    mapping = serializers.DictField(child=serializers.CharField())
    every_minutes = serializers.IntegerField()
    is_on = serializers.BooleanField()
    by = word()
    set_at = moment(null=False)
    last = LastLook()


class FeedsAnswer(Shape):
    feeds = FeedShape(many=True)


class RemovedAnswer(Shape):
    removed = serializers.IntegerField()


_DRAWN: Json = {
    "id": 3, "survivor": CUSTOMER_ID, "absorbed": _OTHER, "names": ["陈**", "陈*"], "bits": 1.4, "lost": [],
    "evidence": [{"field": "phone", "agreement": "same", "bits": 13.5}], "merged_by": "linking",
    "at": "2026-11-22T20:10:00.000Z",
}  # fmt: skip
_BAND: Json = {"from_bits": 0.0, "to_bits": 2.0, "right": 49, "judged": 50, "precision": 0.98, "interval": [0.895, 0.996],
               "too_low": False}  # fmt: skip
_ENTRY: Json = {
    "id": 12, "kind": "phone", "scope": None, "value": "020-8765-4321", "state": "listed", "people": 14, "source": None,
    "note": "Shop Tianhe", "by": "key:ab12cd34", "at": "2026-11-23T02:00:00.000Z",
}  # fmt: skip
_FEED: Json = {
    "id": 4, "name": "CRM", "way": "pull", "source": "crm", "kind": "people", "folder": None, "place": "crm.example.com/crm",
    "query": "SELECT id, name, phone FROM people WHERE updated_at >= %(since)s", "mapping": {"id": "key"},
    "every_minutes": 60, "is_on": True, "by": "key:ab12cd34", "set_at": "2026-11-23T02:00:00.000Z",
    "last": {"at": "2026-11-23T03:00:00.000Z", "outcome": "taken", "trouble": None},
}  # fmt: skip
_WISH: Json = {
    "name": "CRM", "way": "pull", "source": "crm", "kind": "people", "every_minutes": 60, "mapping": {"id": "key"},
    "dsn": "postgresql://reader:password@crm.example.com/crm", "query": _FEED["query"],
}  # fmt: skip

STEWARDSHIP: dict[str, Operation] = {
    "merge_audits": Operation(
        tag="identity",
        summary="Merges that a person is to look at",
        description="Automatic ones drawn by lot (`drawn`), or whose evidence has vanished and that no run may undo"
        " (`vanished`); and how right the judged ones were, by band of weight.",
        answers={200: (AuditsAnswer, {"merges": [_DRAWN], "bands": [_BAND]})},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field"),
        query=(parameter("why", "Drawn by lot, or without evidence.", words=_WHYS, default="drawn"), LIMIT),
    ),
    "merge_audited": Operation(
        tag="identity",
        summary="A person's word on a merge",
        description="`right` lets it stand; `wrong` takes it apart, and open calls follow. The first word counts.",
        answers={200: (AuditedAnswer, {"verdict": "right", "restored": None})},
        problems=(*PLAIN_COMMANDS, "already_decided", "not_merged"),
        repeatable=True,
        example={"verdict": "right", "reason": "asked her"},
    ),
    "generic_identifiers": Operation(
        tag="identity",
        summary="Identifiers that stand for nobody",
        description="What linking proposes, what is listed, what was said to be somebody's. What is listed links nobody and"
        " opens nobody: a look-up by it answers `several`, even of one.",
        answers={200: (GenericsAnswer, {"identifiers": [_ENTRY]})},
        problems=EVERYWHERE,
    ),
    "generic_listed": Operation(
        tag="identity",
        summary="Put one on the list",
        description="Numbers without a plus are Chinese ones. The next linking undoes what it alone had joined.",
        answers={201: (GenericShape, _ENTRY)},
        problems=(*PLAIN_COMMANDS, "already_listed"),
        repeatable=True,
        example={"kind": "phone", "value": "400*", "note": "service numbers"},
    ),
    "generic_decided": Operation(
        tag="identity",
        summary="A person's word on an entry",
        description="`list` a proposal, `dismiss` it (it is somebody's, and not proposed again), `end` what is listed.",
        answers={200: (GenericShape, _ENTRY)},
        problems=(*PLAIN_COMMANDS, "already_decided"),
        repeatable=True,
        example={"verdict": "list", "note": "Shop Tianhe"},
    ),
    "feeds": Operation(
        tag="imports",
        summary="What comes by itself, and how the last look went",
        answers={200: (FeedsAnswer, {"feeds": [_FEED]})},
        problems=EVERYWHERE,
    ),
    "feed": Operation(tag="imports", summary="One feed", answers={200: (FeedShape, _FEED)}, problems=READS),
    "feed_made": Operation(
        tag="imports",
        summary="Watch a folder, or read another database",
        description="As on the page Imports: a query is one SELECT in a read-only transaction, its host is resolved once and"
        " must be a public one or named by IMPORT_PULL_HOSTS. The connection is sealed.",
        answers={201: (FeedShape, _FEED)},
        problems=PLAIN_COMMANDS,
        repeatable=True,
        example=_WISH,
    ),
    "feed_set": Operation(
        tag="imports",
        summary="Set a feed as a whole",
        description="Only the connection may be left out: it stays.",
        answers={200: (FeedShape, _FEED)},
        problems=PLAIN_COMMANDS,
        repeatable=True,
        example=_WISH,
    ),
    "feed_removed": Operation(
        tag="imports",
        summary="Look for it no more",
        description="What it brought stays.",
        answers={200: (RemovedAnswer, {"removed": 4})},
        problems=(*READS, "in_progress", "idempotency_mismatch"),
        repeatable=True,
    ),
    "feed_look": Operation(
        tag="imports",
        summary="Look for it now",
        description="By a worker, whether it is due or not; `last` tells how it went.",
        answers={202: (FeedShape, _FEED)},
        problems=(*READS, "in_progress", "idempotency_mismatch"),
        repeatable=True,
    ),
}  # fmt: skip
