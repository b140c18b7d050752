"""The contract says what is refused as plainly as what is taken: a generated client then never sends it."""

from __future__ import annotations

from typing import Any

from callcenter.telephony.api.lines import Json
from callcenter.telephony.fields import Request


def say_what_is_refused(result: Json, **_: Any) -> Json:
    """Close the bodies of commands, and require a body where a list of items is taken (hook of drf-spectacular)."""
    strict = {form.__name__ for form in _all_forms(Request)}
    for name, component in result["components"]["schemas"].items():
        if name.removeprefix("Patched") in strict:
            component["additionalProperties"] = False
    for path in result["paths"].values():
        for operation in path.values():
            body = operation.get("requestBody", {}) if isinstance(operation, dict) else {}
            shape = body.get("content", {}).get("application/json", {}).get("schema", {})
            if shape and _takes_items(shape, result["components"]["schemas"]):
                body["required"] = True
    return result


def _takes_items(shape: Json, components: Json) -> bool:
    """Whether one item or a list of them is taken: for these an empty body stands for nothing."""
    shape = components.get(shape.get("$ref", "").rpartition("/")[2], shape)
    return any(choice.get("type") == "array" for choice in shape.get("oneOf", ()))


def _all_forms(form: type[Request]) -> set[type[Request]]:
    return {form}.union(*(_all_forms(child) for child in form.__subclasses__()))
