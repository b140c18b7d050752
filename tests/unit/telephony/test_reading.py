"""Bodies that are no JSON, too large, too deep or not text are refused with a sentence, and never crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import RequestFactory

from callcenter.foundation.errors import Invalid
from callcenter.telephony import reading, wire


def post(body: bytes, content_type: str = "application/json") -> Any:
    return RequestFactory().generic("POST", "/api/v1/calls", body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe{\x00}\x00",
        '{"名": "知音"}'.encode("gb18030"),
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 50_000,
        b'{"a":1}{"b":2}',
        b"\x00",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_json_in_utf8_is_malformed(body: bytes) -> None:
    with pytest.raises(reading.Malformed) as refusal:
        reading.read_json(post(body))
    assert refusal.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"external_id": "a\\u0000b"}', "/external_id"),
        (b'{"a": {"b": ["x", "\\ud800"]}}', "/a/b/1"),
        (b'{"a": 99999999999999999999}', "/a"),
        (b'{"a~/b": "\\u0000"}', "/a~0~1b"),
        (b'{"queue": "billing", "queue": "vip"}', ""),
        (b'{"a": [{"x": 1, "y": 2, "x": 1}]}', "/a/0"),
        (b'{"a": ' + b"[" * 25 + b"]" * 25 + b"}", "/a" + "/0" * 19),
    ],
)
def test_what_no_database_can_keep_is_named_by_pointer(body: bytes, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        reading.read_json(post(body))
    assert refusal.value.facts["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"  ", "The body is empty: send JSON."),
        (b"\xef\xbb\xbf{}", "The body begins with a byte-order mark. Send UTF-8 without one."),
        (b"9" * 5000, "The body is not JSON that can be read: a number in it is larger than any computer's."),
        (b"[1e999]", "The body is not JSON that can be read: a number in it is larger than any computer's."),
        (b"[NaN]", "The body is not JSON: NaN is no number there."),
    ],
)
def test_the_sentence_says_what_to_send_instead(body: bytes, sentence: str) -> None:
    with pytest.raises(reading.Malformed) as refusal:
        reading.parse(body)
    assert refusal.value.sentence == sentence


def test_a_compressed_body_is_refused_as_such() -> None:
    packed = RequestFactory().generic(
        "POST", "/api/v1/calls", b"\x1f\x8b", content_type="application/json", headers={"Content-Encoding": "gzip"}
    )
    with pytest.raises(reading.UnsupportedType, match="Content-Encoding"):
        reading.read_json(packed)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/json; charset=gb18030", "multipart/form-data"]
)
def test_other_types_are_refused(kind: str) -> None:
    with pytest.raises(reading.UnsupportedType):
        reading.read_json(post(b"{}", kind))


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=UTF-8", "APPLICATION/JSON"])
def test_json_is_json_however_it_is_written(kind: str) -> None:
    assert reading.read_json(post(b'{"a": 1}', kind)) == (b'{"a": 1}', {"a": 1})


def test_no_body_stands_for_no_fields() -> None:
    assert reading.read_json(post(b"", "text/plain")) == (b"", {})


def test_a_body_too_large_is_refused_by_its_own_word_and_by_its_size() -> None:
    with pytest.raises(reading.TooLarge):
        reading.read_json(post(b" " * 65_537))
    chunked = post(b" " * 65_537)
    chunked.META["CONTENT_LENGTH"] = ""
    with pytest.raises(reading.TooLarge):
        reading.read_json(chunked)


def test_whatever_a_switch_sends_can_be_kept() -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]
    kept = wire.storable({"a\x00": "b\x00\ud800", "deep": deep, "n": 2**70})
    assert json.loads(json.dumps(kept)) == kept
    assert "\x00" not in json.dumps(kept)
    json.dumps(kept, ensure_ascii=False).encode()
