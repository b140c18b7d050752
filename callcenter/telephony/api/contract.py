"""The contract of each address: summary, request, answers, errors and an example of each. OpenAPI is made of this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from callcenter.telephony import deprecations, shapes
from callcenter.telephony.api.contract_agents import AGENTS
from callcenter.telephony.api.contract_calls import CALLS
from callcenter.telephony.api.contract_customers import CUSTOMERS
from callcenter.telephony.api.contract_feed import FEED
from callcenter.telephony.api.contract_flows import FLOWS
from callcenter.telephony.api.contract_identity import IDENTITY
from callcenter.telephony.api.contract_imports import IMPORTS
from callcenter.telephony.api.contract_membership import MEMBERSHIP
from callcenter.telephony.api.contract_offers import OFFERS
from callcenter.telephony.api.contract_parties import PARTIES
from callcenter.telephony.api.contract_paths import PATHS
from callcenter.telephony.api.contract_privacy import PRIVACY
from callcenter.telephony.api.contract_queues import QUEUES
from callcenter.telephony.api.contract_routing import ROUTING
from callcenter.telephony.api.contract_segments import SEGMENTS
from callcenter.telephony.api.contract_staffing import STAFFING
from callcenter.telephony.api.contract_stewardship import STEWARDSHIP
from callcenter.telephony.api.contract_surveys import SURVEYS
from callcenter.telephony.api.contract_webhooks import WEBHOOKS
from callcenter.telephony.api.lines import Json, Operation, patterned
from callcenter.telephony.fields import Request
from callcenter.telephony.problems import CODES

Handler = TypeVar("Handler", bound=Callable[..., Any])

_HEADERS = {
    "repeatable": patterned(
        "Idempotency-Key",
        "Any printable ASCII text of your own, at most 255 characters: a repeat within 24 h gets the first answer.",
        "^([!-~]([ -~]{0,253}[!-~])?)?$",
        location="header",
    ),
    "conditional": patterned(
        "If-Match",
        '`"7"`: only if it still is at version 7.',
        r'^(\*|(W/)?"?[0-9]{1,18}"?)?$',
        location="header",
    ),
}

OPERATIONS: dict[str, Operation] = {
    **CALLS, **AGENTS, **FEED, **CUSTOMERS, **SEGMENTS, **PARTIES, **OFFERS, **WEBHOOKS, **SURVEYS, **ROUTING, **FLOWS,
    **PRIVACY, **PATHS, **QUEUES, **STAFFING, **STEWARDSHIP, **IDENTITY, **MEMBERSHIP, **IMPORTS,
}  # fmt: skip


def operation(
    name: str, *, request: type[Request] | Any = None, media: str = "application/json"
) -> Callable[[Handler], Handler]:
    """Mark a handler as this operation of the contract; its body comes as `media`."""
    line = OPERATIONS[name]
    shown = (
        [OpenApiExample("request", value=line.example, request_only=True, media_type=media)]
        if line.example is not None
        else []
    )
    shown += [
        OpenApiExample(
            str(_number(status)),
            value=example,
            response_only=True,
            status_codes=[str(_number(status))],
            media_type="application/json" if isinstance(status, int) else status[1],
        )
        for status, (shape, example) in line.answers.items()
        if shape is not None
    ]
    parameters = [header for flag, header in _HEADERS.items() if getattr(line, flag)]
    responses: dict[Any, Any] = {
        status: OpenApiResponse(shape, description="Done." if _number(status) < 202 else "Taken.")
        for status, (shape, _) in line.answers.items()
    }
    decorator: Callable[[Handler], Handler] = extend_schema(
        operation_id=name,
        summary=line.summary,
        description=" ".join(filter(None, (line.description or f"{line.summary}.", deprecations.note(name)))),
        deprecated=True if name in deprecations.TABLE else None,
        tags=[line.tag],
        request={media: request} if request is not None else None,
        parameters=[*line.query, *parameters],
        responses=responses | _problem_responses(line.problems),
        examples=shown,
        auth=[] if name == "limits" else None,
    )

    def marked(handler: Handler) -> Handler:
        made = decorator(handler)
        made.operation = name  # type: ignore[attr-defined]
        return made

    return marked


def _number(status: int | tuple[int, str]) -> int:
    return status if isinstance(status, int) else status[0]


def _problem_responses(codes: tuple[str, ...]) -> dict[Any, OpenApiResponse]:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(CODES[code][0], []).append(code)
    return {
        (status, "application/problem+json"): OpenApiResponse(
            shapes.ProblemShape, description=" · ".join(f"`{code}`" for code in sorted(names))
        )
        for status, names in sorted(by_status.items())
    }


class _ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "callcenter.accounts.api_keys.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> Json:
        return {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer zk_…`"}
