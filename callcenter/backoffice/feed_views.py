"""What comes by itself: a watched folder or a query of another database, set, tried out and put away on its page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice import import_words
from callcenter.foundation import sealing
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers import tasks
from customers.imports import arranging, kinds
from customers.imports.arranging import Wish
from customers.imports.feed_models import Feed


@allow(Role.ANALYST, Role.ADMIN)
def feed(request: HttpRequest, feed: int | None = None) -> HttpResponse:
    """One of them: how it is set, how it went, its first rows when it is tried out."""
    try:
        found = arranging.find(feed_id=feed) if feed is not None else None
    except NotFound as refused:
        raise Http404(refused.sentence) from refused
    page: dict[str, Any] = {}
    status = 200
    wish = arranging.wish_of(found) if found else _new(request)
    if request.method == "POST":
        wish = _wish(request)
        try:
            done = _done(request, wish, feed)
        except Refused as refused:
            page["refusal"], status = refused.sentence, refused.status
        else:
            if isinstance(done, HttpResponse):
                return done
            page["look"] = done
    look = page.get("look")
    kind = look.kind if look else wish.kind
    page |= {
        "feed": found, "wish": wish, "kind": kind, "kinds": import_words.KINDS, "folder": settings.IMPORT_FOLDER,
        "fields": kinds.fields(kind or kinds.PEOPLE), "hosts": settings.IMPORT_PULL_HOSTS,
        "names": trail.names(actors=[found.actor] if found else []),
        "sealed": sealing.seal(wish.dsn, context=_tried_by(request)) if wish.dsn else "",
    }  # fmt: skip
    return render(request, "backoffice/feed.html", page, status=status)


def _new(request: HttpRequest) -> Wish:
    return Wish(name="", source="", mapping={}, way=request.GET.get("way", Feed.Way.FOLDER))


def _done(request: HttpRequest, wish: Wish, feed: int | None) -> HttpResponse | arranging.Look:
    actor, now = principal_of(request).name, db_now()
    match request.POST.get("act"), feed:
        case "look", _any:
            return arranging.look(wish=wish, actor=actor, now=now, feed_id=feed)
        case "remove", int(kept):
            arranging.remove(feed_id=kept, actor=actor, now=now)
            return redirect("backoffice:imports")
        case "now", int(kept):
            tasks.look_for_feed.delay(kept)
            return redirect("backoffice:feed", feed=kept)
        case _keep:
            made = arranging.keep(wish=wish, actor=actor, now=now, feed_id=feed)
            return redirect("backoffice:feed", feed=made.pk)


def _tried_by(request: HttpRequest) -> str:
    return f"feed tried by {principal_of(request).name}"


def _wish(request: HttpRequest) -> Wish:
    told = request.POST
    # what was typed before a try comes back sealed, for its own writer only
    dsn = told.get("dsn", "").strip() or sealing.unseal(told.get("sealed", ""), context=_tried_by(request))
    meant = zip(told.getlist("column"), told.getlist("field"), strict=False)
    return Wish(
        name=told.get("name", ""), way=told.get("way", ""), source=told.get("source", ""), kind=told.get("kind", ""),
        folder=told.get("folder", ""), dsn=dsn, query=told.get("query", ""),
        mapping={column: field for column, field in meant if field},
        every_minutes=whole(told.get("every_minutes", ""), most=99_999_999) or 0,
        is_on=told.get("is_on") == "on",
    )  # fmt: skip
