"""What every address of the API shares: the key, its rate, the clock, repeated and conditional commands."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import Throttled
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from callcenter.foundation import idempotency
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.middleware import request_id
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Principal
from callcenter.telephony import deprecations, fields, inspecting, rates, reading

Json = dict[str, Any]
Act = Callable[[datetime], tuple[int, Any]]


class AlwaysJson(BaseContentNegotiation):
    """One form of answer, whatever Accept says: a switch that sends odd headers is still served."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        return next(iter(parsers))

    def select_renderer(self, request: Request, renderers: Iterable[Any], format_suffix: Any = None) -> Any:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class ApiView(APIView):
    """One address. Subclasses state `scope` (and `scopes` by method where they differ) and whether they are urgent."""

    content_negotiation_class = AlwaysJson
    scope: str | None = None
    scopes: ClassVar[dict[str, str]] = {}
    http_method_names = ["get", "head", "post", "put"]  # and "patch" where a view says so
    urgent = False  # endings, accepts, events: refused last
    most_bytes = reading.MOST_BYTES
    allowance: rates.Allowance | None = None

    @property
    def principal(self) -> Principal:
        who: Principal = self.request.user.principal  # type: ignore[union-attr]
        return who

    # --- around the handler -------------------------------------------------------------------------------------
    def check_throttles(self, request: Request) -> None:
        if getattr(request.user, "principal", None) is None:
            return
        self.allowance = rates.take(self.principal.name, urgent=self.urgent)
        if not self.allowance.granted:
            raise Throttled

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.allowance is not None:
            response["RateLimit-Limit"] = str(self.allowance.limit)
            response["RateLimit-Remaining"] = str(self.allowance.remaining)
            response["RateLimit-Reset"] = str(self.allowance.reset_s)
        self._tell_what_goes_away(response)
        response.setdefault("Cache-Control", "no-store")
        response._csp_exempt = True  # JSON is no document: the policy of pages would cost more than it guards
        self._inspect(response)
        return response

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        self.began = time.monotonic()
        self.used: set[str] = set()  # fields of body and query that the request has
        return super().initialize_request(request, *args, **kwargs)

    def _tell_what_goes_away(self, response: HttpResponse) -> None:
        if not deprecations.TABLE:
            return
        handler = getattr(self, (self.plain_request.method or "").lower(), None)
        going = dict(deprecations.concerned(getattr(handler, "operation", ""), self.used))
        for name in going:
            deprecations.USES.labels(name, getattr(getattr(self.request.user, "principal", None), "name", "")).inc()
        for header, value in deprecations.headers(going.values()).items():
            response[header] = value

    def _inspect(self, response: HttpResponse) -> None:
        """Write the request down for its engineer, where it was refused or somebody looks on."""
        request = self.plain_request
        prefix = inspecting.prefix_in(request.headers.get("Authorization", ""))
        is_watched = getattr(self.request.user, "is_watched", False) if response.status_code != 401 else False
        if not prefix or response.status_code == 503 or not (is_watched or response.status_code >= 400):
            return
        if not inspecting.may_write(prefix, is_watched=is_watched):
            return
        refusal = {} if response.streaming or response.status_code < 400 else _parsed(response.content)
        inspecting.write(
            prefix=prefix,
            trunk=getattr(getattr(self.request.user, "principal", None), "trunk", ""),
            method=request.method or "",
            path=request.get_full_path(),
            status=response.status_code,
            code=str(refusal.get("code", "")),
            sentence=str(refusal.get("detail", "")),
            took_ms=round((time.monotonic() - self.began) * 1000),
            request_id=request_id.get(),
        )

    # --- reading ------------------------------------------------------------------------------------------------
    def body(self, form: type[fields.Request]) -> Json:
        """The checked fields of the request's body."""
        value = self.raw_json()
        self.used |= value.keys() if isinstance(value, dict) else set()
        return fields.read(form, value)

    def raw_json(self) -> Any:
        self.raw, value = reading.read_json(self.plain_request, most=self.most_bytes)
        return value

    def query(self, form: type[fields.Request]) -> Json:
        """The checked query parameters; a parameter given twice counts by its last value."""
        value = self.plain_request.GET.dict()
        self.used |= value.keys()
        return fields.read(form, value)

    @property
    def plain_request(self) -> HttpRequest:
        request: HttpRequest = self.request._request
        return request

    def expected_version(self) -> int | None:
        """The version that `If-Match: "7"` names; None where the command is unconditional."""
        stated = self.request.headers.get("If-Match", "").strip()
        if stated in {"", "*"}:
            return None
        number = whole(stated.removeprefix("W/").strip('"'))
        if number is None:
            raise Invalid('If-Match names a version as `"7"`.', field="If-Match")
        return number

    # --- commands -----------------------------------------------------------------------------------------------
    def command(self, act: Act, *, one_transaction: bool = True, frozen: bool = True) -> HttpResponse:
        """Run a command once per Idempotency-Key, in one transaction, and answer after it is committed.

        A conditional one sees one unchanging view of the database, unless it is not to be `frozen` because it judges the
        version under a lock.
        """
        now = db_now()
        return self._once(lambda: act(now), now=now, one_transaction=one_transaction, frozen=frozen)

    def timed_by_itself(self, act: Callable[[], tuple[int, Any]]) -> HttpResponse:
        """As `command`, for what reads the clock under a lock of its own: a caller waits a question less for it."""
        return self._once(act, now=None, one_transaction=True, frozen=True)

    def _once(
        self, act: Callable[[], tuple[int, Any]], *, now: datetime | None, one_transaction: bool, frozen: bool
    ) -> HttpResponse:
        request = self.plain_request
        done = idempotency.once(
            principal=self.principal.sender,
            key=request.headers.get("Idempotency-Key", ""),
            fingerprint=idempotency.fingerprint(
                method=request.method or "", path=request.get_full_path(), body=getattr(self, "raw", b"")
            ),
            now=now,
            act=act,
            one_transaction=one_transaction,
            frozen=frozen and self.expected_version() is not None,
        )
        response = answer(done.body, status=done.status)
        if done.replayed:
            response["Idempotent-Replay"] = "true"
        return response


def _parsed(content: bytes) -> Json:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def answer(body: Any, *, status: int = 200) -> HttpResponse:
    text = json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, status=status, content_type="application/json")


def check_version(*, expected: int | None, present: int, state: str) -> None:
    """Raises Conflict (version_conflict) where the command was meant for another version."""
    if expected is not None and expected != present:
        raise Conflict(
            f"It is at version {present} by now, not {expected}: read it again, then decide.",
            code="version_conflict",
            state=state,
            version=present,
        )
