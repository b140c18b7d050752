"""What stewards of customers' data look after, for their own systems: merges to look at, what stands for nobody, feeds."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from callcenter import hall
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_stewardship import AuditQuery, FeedForm, GenericForm, RightForm, WordForm
from callcenter.telephony.requests import NothingForm
from customers import tasks
from customers.identity import generic, sampling
from customers.identity.generic_models import GenericIdentifier
from customers.identity.sampling import Band, Drawn
from customers.imports import arranging, queries
from customers.imports.arranging import Wish
from customers.imports.feed_models import Feed


class Audits(ApiView):
    scope = "identity:read"

    @operation("merge_audits")
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = self.query(AuditQuery)
        found = sampling.waiting(why=asked["why"], most=asked["limit"])
        return answer({"merges": [_drawn(one) for one in found], "bands": [_band(one) for one in sampling.bands()]})


class AuditDecision(ApiView):
    scope = "identity:write"

    @operation("merge_audited", request=RightForm)
    def post(self, request: HttpRequest, audit: int) -> HttpResponse:
        asked, actor = self.body(RightForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            parted = hall.customer.merge_audited(audit_id=audit, **asked, actor=actor, now=now)
            return 200, {"verdict": asked["verdict"], "restored": str(parted.restored) if parted else None}

        return self.command(act)


class Generics(ApiView):
    scope = "identity:read"
    scopes: ClassVar[dict[str, str]] = {"POST": "identity:write"}

    @operation("generic_identifiers")
    def get(self, request: HttpRequest) -> HttpResponse:
        shelf = generic.shelf()
        return answer({"identifiers": [_entry(one) for one in (*shelf.proposed, *shelf.listed, *shelf.dismissed)]})

    @operation("generic_listed", request=GenericForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, actor = self.body(GenericForm), self.principal.name
        told = {"kind": asked["kind"], "text": asked["value"], "scope": asked["scope"], "note": asked["note"]}

        def act(now: datetime) -> tuple[int, Json]:
            return 201, _entry(generic.add(**told, actor=actor, now=now))

        return self.command(act)


class GenericDecision(ApiView):
    scope = "identity:write"

    @operation("generic_decided", request=WordForm)
    def post(self, request: HttpRequest, entry: int) -> HttpResponse:
        asked, actor = self.body(WordForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            return 200, _entry(generic.decide(entry_id=entry, **asked, actor=actor, now=now))

        return self.command(act)


class Feeds(ApiView):
    scope = "customers:read"
    scopes: ClassVar[dict[str, str]] = {"POST": "config:write"}

    @operation("feeds")
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer({"feeds": [_feed(one) for one in Feed.objects.order_by("name")]})

    @operation("feed_made", request=FeedForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        return _kept(self, None, 201)


class OneFeed(ApiView):
    scope = "customers:read"
    scopes: ClassVar[dict[str, str]] = {"PUT": "config:write", "DELETE": "config:write"}
    http_method_names = ["get", "head", "put", "delete"]

    @operation("feed")
    def get(self, request: HttpRequest, feed: int) -> HttpResponse:
        return answer(_feed(arranging.find(feed_id=feed)))

    @operation("feed_set", request=FeedForm)
    def put(self, request: HttpRequest, feed: int) -> HttpResponse:
        return _kept(self, feed, 200)

    @operation("feed_removed")
    def delete(self, request: HttpRequest, feed: int) -> HttpResponse:
        self.body(NothingForm)
        actor = self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            arranging.remove(feed_id=feed, actor=actor, now=now)
            return 200, {"removed": feed}

        return self.command(act)


class FeedLook(ApiView):
    scope = "config:write"

    @operation("feed_look", request=NothingForm)
    def post(self, request: HttpRequest, feed: int) -> HttpResponse:
        self.body(NothingForm)

        def act(_now: datetime) -> tuple[int, Json]:
            found = arranging.find(feed_id=feed)
            transaction.on_commit(partial(tasks.look_for_feed.delay, found.pk))
            return 202, _feed(found)

        return self.command(act)


def _kept(view: ApiView, feed: int | None, status: int) -> HttpResponse:
    """Set it, new or as it shall be from now on; the connection goes in and never comes out."""
    asked, actor = view.body(FeedForm), view.principal.name
    wish = Wish(**asked)

    def act(now: datetime) -> tuple[int, Json]:
        return status, _feed(arranging.keep(wish=wish, actor=actor, now=now, feed_id=feed))

    return view.command(act)


def _drawn(one: Drawn) -> Json:
    return {
        "id": one.id, "survivor": str(one.survivor), "absorbed": str(one.absorbed), "names": list(one.masked_names),
        "bits": one.bits, "evidence": one.evidence, "lost": list(one.lost), "merged_by": one.actor,
        "at": answers.instant(one.at),
    }  # fmt: skip


def _band(one: Band) -> Json:
    return {
        "from_bits": one.low, "to_bits": one.high, "right": one.right, "judged": one.judged, "precision": one.precision,
        "interval": list(one.interval), "too_low": one.is_too_low,
    }  # fmt: skip


def _entry(one: GenericIdentifier) -> Json:
    return {
        "id": one.pk, "kind": one.kind, "scope": one.scope or None, "value": one.shown, "state": one.state,
        "people": one.people, "source": one.source or None, "note": one.note, "by": one.actor, "at": answers.instant(one.at),
    }  # fmt: skip


def _feed(one: Feed) -> Json:
    last: dict[str, Any] = {"at": answers.instant(one.last_at), "outcome": one.last_outcome or "never"}
    return {
        "id": one.pk, "name": one.name, "way": one.way, "source": one.source, "kind": one.kind or None,
        "folder": one.folder or None, "place": one.place or None, "query": one.query or None, "mapping": one.mapping,
        "every_minutes": one.every_minutes, "is_on": one.is_on, "by": one.actor, "set_at": answers.instant(one.at),
        "last": last | {"trouble": queries.refusal(one) if one.sentence else None},
    }  # fmt: skip
