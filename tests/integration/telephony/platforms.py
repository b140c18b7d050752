"""Platforms as their callers meet them: each asks our hooks in its own dialect and obeys the documents it gets."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as Xml

from django.test import Client

from callcenter.telephony.dialects import signatures

HOST = "http://testserver"
SECRET = "the platform's own secret"  # not a real one


@dataclass
class Act:
    """One thing a document tells the platform to do."""

    what: str  # say | ask | enqueue | pause | leave | dial | again | hangup
    text: str = ""  # what is said, or whom to ring
    url: str = ""  # where to ask next
    wait: str = ""  # where to ask while in the platform's queue
    status: str = ""  # where to tell of the agent's leg
    joins: str = ""  # where to ask, once it is answered, before two are joined


@dataclass
class Platform(ABC):
    """One caller on one platform. Tests say what people do; the platform does the rest."""

    trunk: str
    call: str = "CA0123456789abcdef"
    caller: str = "+8613812345678"
    dialled: str = "10011"
    secret: str = SECRET
    key: str = ""  # an API key of the trunk, for dialects that do not sign
    client: Client = field(default_factory=Client)
    heard: list[str] = field(default_factory=list)
    asking: Act | None = None
    queue: Act | None = None
    next: Act | None = None
    ringing: Act | None = None
    over: bool = False
    last: Any = None

    # --- what people do ---------------------------------------------------------------------------------------------
    def dial_in(self) -> None:
        self.obey(self.ask(f"{HOST}/telephony/{self.trunk}/voice", self.arrival()))

    def press(self, keys: str) -> None:
        """The caller presses keys; "" is silence until the time is over."""
        assert self.asking is not None, f"nobody asks for keys: {self.heard}"
        asking, self.asking = self.asking, None
        self.obey(self.ask(asking.url, self.keys(keys)))

    def wait(self) -> None:
        """Some seconds pass."""
        if self.queue is not None:
            self.obey(self.ask(self.queue.wait, self.waiting()))
        else:
            assert self.next is not None, "the caller does not wait"
            after, self.next = self.next, None
            self.obey(self.ask(after.url, self.waiting()))

    def ring_if_not_yet(self) -> None:
        """An agent is held already: the platform hears of it at once, or when it asks next."""
        if self.ringing is None:
            self.wait()
        assert self.ringing is not None

    def agent_answers(self) -> None:
        assert self.ringing is not None
        self.tell_leg("ringing")
        self.tell_leg("answered")

    def agent_hangs_up(self) -> None:
        self._dialled("ended")

    def agent_is(self, word: str) -> None:
        """busy | missed"""
        self._dialled(word)

    def caller_hangs_up(self) -> None:
        self.over = True
        if self.ringing is not None:
            self.ask(self.ringing.url, self.attempt("ended" if self.talked else "missed", gone=True))
        elif self.queue is not None:
            self.ask(self.queue.url, self.left("hangup", gone=True))
        self.tell_over()

    talked: bool = False

    def _dialled(self, word: str) -> None:
        assert self.ringing is not None
        ringing, self.ringing, self.talked = self.ringing, None, False
        self.obey(self.ask(ringing.url, self.attempt(word, gone=False)))

    # --- a call of the platform's own, asked for over its REST API ----------------------------------------------------
    def picked_up(self, path: str) -> list[Act]:
        """Whoever it has rung is on the line: it asks for the document of that call, as of any other."""
        return self.ask(f"{HOST}{path}", self.waiting())

    def tell_own(self, path: str, status: str) -> None:
        """What became of ringing, at the address that was given for it."""
        said = self.waiting() | {"CallStatus": status, "call_status": status}
        self.ask(f"{HOST}{path}", said)

    def customer_answers(self, act: Act) -> list[Act]:
        """The phone that the document has dialled is answered: told at the address that stands in it; and what is said of it."""
        told = self.ask(act.status, self.waiting())
        return self.ask(act.joins, self.waiting()) if act.joins else told

    # --- the document -------------------------------------------------------------------------------------------------
    def obey(self, acts: list[Act]) -> None:
        for act in acts:
            match act.what:
                case "say":
                    self.heard.append(act.text)
                case "ask":
                    self.asking = act
                    return
                case "enqueue":
                    self.queue = act
                    return
                case "leave":
                    assert self.queue is not None
                    queue, self.queue = self.queue, None
                    self.obey(self.ask(queue.url, self.left("leave", gone=False)))
                    return
                case "dial":
                    self.ringing = act
                    return
                case "again":
                    self.next = act
                    return
                case "hangup":
                    self.over = True
                    self.tell_over()
                    return

    # --- the dialect --------------------------------------------------------------------------------------------------
    @abstractmethod
    def ask(self, url: str, said: dict[str, Any]) -> list[Act]: ...

    @abstractmethod
    def arrival(self) -> dict[str, Any]: ...

    @abstractmethod
    def keys(self, keys: str) -> dict[str, Any]: ...

    @abstractmethod
    def waiting(self) -> dict[str, Any]: ...

    @abstractmethod
    def left(self, how: str, *, gone: bool) -> dict[str, Any]: ...

    @abstractmethod
    def attempt(self, word: str, *, gone: bool) -> dict[str, Any]: ...

    @abstractmethod
    def tell_leg(self, state: str) -> None: ...

    @abstractmethod
    def tell_over(self) -> None: ...


class Twiml(Platform):
    """Signs as Twilio does, posts forms, reads `<Response>`."""

    def ask(self, url: str, said: dict[str, Any]) -> list[Act]:
        covered = url + "".join(name + value for name, value in sorted(said.items()))
        signature = signatures.twilio_signature(self.secret, covered)
        self.last = self.client.generic(
            "POST",
            _path(url),
            urlencode(said).encode(),
            content_type="application/x-www-form-urlencoded; charset=UTF-8",
            headers={"X-Twilio-Signature": signature},
        )
        assert self.last.status_code == 200, (self.last.status_code, self.last.content)
        assert self.last["Content-Type"].startswith("text/xml")
        root = Xml.fromstring(self.last.content.decode())
        assert root.tag == "Response"
        return [act for element in root for act in _twiml_acts(element)]

    def _base(self, status: str = "in-progress") -> dict[str, Any]:
        return {
            "AccountSid": "AC00000000000000000000000000000000",
            "ApiVersion": "2010-04-01",
            "CallSid": self.call,
            "CallStatus": status,
            "Direction": "inbound",
            "From": self.caller,
            "To": self.dialled,
            "FromCity": "",
            "Caller": self.caller,
            "Called": self.dialled,
        }

    def arrival(self) -> dict[str, Any]:
        return self._base("ringing")

    def keys(self, keys: str) -> dict[str, Any]:
        return self._base() | ({"Digits": keys, "FinishedOnKey": ""} if keys else {})

    def waiting(self) -> dict[str, Any]:
        return self._base() | {"QueueSid": "QU0", "QueueTime": "3", "QueuePosition": "1", "CurrentQueueSize": "1"}

    def left(self, how: str, *, gone: bool) -> dict[str, Any]:
        return self._base("completed" if gone else "in-progress") | {"QueueResult": how, "QueueTime": "9"}

    def attempt(self, word: str, *, gone: bool) -> dict[str, Any]:
        status = {"ended": "completed", "busy": "busy", "missed": "no-answer", "failed": "failed"}[word]
        said = self._base("completed" if gone else "in-progress") | {"DialCallStatus": status, "DialCallSid": "CA1"}
        return said | ({"DialCallDuration": "7"} if word == "ended" else {})

    def tell_leg(self, state: str) -> None:
        assert self.ringing is not None
        self.talked = state == "answered"
        status = {"ringing": "ringing", "answered": "in-progress"}[state]
        said = self._base(status) | {"CallSid": "CA1", "ParentCallSid": self.call, "Direction": "outbound-dial"}
        self.ask(self.ringing.status, said)

    def tell_over(self) -> None:
        self.ask(f"{HOST}/telephony/{self.trunk}/status", self._base("completed") | {"CallDuration": "30"})


def _twiml_acts(element: Any) -> list[Act]:
    match element.tag:
        case "Say":
            return [Act("say", text=element.text)]
        case "Gather":
            return [*(act for inner in element for act in _twiml_acts(inner)), Act("ask", url=element.attrib["action"])]
        case "Enqueue":
            return [Act("enqueue", url=element.attrib["action"], wait=element.attrib["waitUrl"])]
        case "Leave":
            return [Act("leave")]
        case "Dial":
            noun = element[0] if len(element) else None
            status = noun.attrib.get("statusCallback", "") if noun is not None else ""
            joins = noun.attrib.get("url", "") if noun is not None else ""
            return [Act("dial", text=noun.text if noun is not None else element.text,
                        url=element.attrib.get("action", ""), status=status, joins=joins)]  # fmt: skip
        case "Redirect":
            return [Act("again", url=element.text)]
        case "Hangup":
            return [Act("hangup")]
        case _:
            return []


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


class Jambonz(Platform):
    """Signs as jambonz does, posts JSON, reads a list of verbs."""

    def ask(self, url: str, said: dict[str, Any]) -> list[Act]:
        body, moment = json.dumps(said).encode(), str(int(time.time()))
        signature = f"t={moment},v1={signatures.jambonz_signature(self.secret, moment, body)}"
        self.last = self.client.generic(
            "POST", _path(url), body, content_type="application/json", headers={"Jambonz-Signature": signature}
        )
        assert self.last.status_code == 200, (self.last.status_code, self.last.content)
        return [act for verb in self.last.json() for act in self._acts(verb)]

    def _acts(self, verb: dict[str, Any]) -> list[Act]:
        match verb["verb"]:
            case "say":
                return [Act("say", text=verb["text"])]
            case "gather":
                return [Act("say", text=verb["say"]["text"]), Act("ask", url=verb["actionHook"])]
            case "enqueue":
                return [Act("enqueue", url=verb["actionHook"], wait=verb["waitHook"])]
            case "dial":
                target = verb["target"][0]
                text = target.get("sipUri") or target["number"]
                return [Act("dial", text=text, url=verb.get("actionHook", ""), status=verb.get("confirmHook", ""))]
            case "redirect":
                return [Act("again", url=verb["actionHook"])]
            case other:
                return [Act(other)]

    def _base(self, status: str = "in-progress") -> dict[str, Any]:
        return {
            "call_sid": self.call,
            "account_sid": "acc",
            "application_sid": "app",
            "direction": "inbound",
            "from": self.caller,
            "to": self.dialled,
            "call_id": "sip-call-id",
            "sip_status": 200,
            "sip_reason": "OK",
            "call_status": status,
            "defaults": {"synthesizer": {"vendor": "microsoft", "language": "zh-CN"}},
        }

    def arrival(self) -> dict[str, Any]:
        return self._base("trying")

    def keys(self, keys: str) -> dict[str, Any]:
        return self._base() | ({"digits": keys, "reason": "dtmfDetected"} if keys else {"reason": "timeout"})

    def waiting(self) -> dict[str, Any]:
        return self._base() | {"queueSid": "q", "queuePosition": 0, "queueTime": 4, "queueSize": 1}

    def left(self, how: str, *, gone: bool) -> dict[str, Any]:
        return self._base("completed" if gone else "in-progress") | {"queueResult": how, "queueTime": 9}

    def attempt(self, word: str, *, gone: bool) -> dict[str, Any]:
        status = {"ended": "completed", "busy": "busy", "missed": "no-answer"}[word]
        code = {"ended": 200, "busy": 486, "missed": 487}[word]
        said = {"dial_call_status": status, "dial_sip_status": code, "dial_call_sid": "child"}
        return self._base("completed" if gone else "in-progress") | said

    def tell_leg(self, state: str) -> None:
        self.talked = state == "answered"
        status = {"ringing": "ringing", "answered": "in-progress"}[state]
        said = self._base(status) | {"call_sid": "child", "parent_call_sid": self.call, "direction": "outbound"}
        self.ask(f"{HOST}/telephony/{self.trunk}/status", said)

    def tell_over(self) -> None:
        self.ask(f"{HOST}/telephony/{self.trunk}/status", self._base("completed") | {"duration": 30})


@dataclass
class Httapi(Platform):
    """Sends a key, posts forms with the channel's variables, reads `<work>`; keeps the address it was given last."""

    url: str = ""

    def dial_in(self) -> None:
        said = {"section": "dialplan", "Caller-Destination-Number": self.dialled, "Caller-Context": "public"}
        plan = self._post(f"{HOST}/telephony/{self.trunk}/dialplan", said)
        data = plan.find(".//action[@application='httapi']").attrib["data"]
        self.url = data.partition("url=")[2].rstrip("}")
        self.obey(self.ask(self.url, self.arrival()))

    def _post(self, url: str, said: dict[str, Any]) -> Any:
        basic = b64encode(f"freeswitch:{self.key}".encode()).decode()
        self.last = self.client.generic(
            "POST",
            _path(url),
            urlencode(said).encode(),
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Basic {basic}"},
        )
        assert self.last.status_code == 200, (self.last.status_code, self.last.content)
        assert self.last["Content-Type"].startswith("text/xml")
        return Xml.fromstring(self.last.content.decode())

    def ask(self, url: str, said: dict[str, Any]) -> list[Act]:
        root = self._post(url, said)
        assert root.attrib["type"] == "xml/freeswitch-httapi"
        work = root.find("work")
        assert work is not None, "the switch hangs up without <work>"
        return self._acts(list(work))

    def _acts(self, tags: list[Any]) -> list[Act]:
        acts: list[Act] = []
        rings: dict[str, str] = {}
        asks = any(tag.find("bind") is not None for tag in tags)
        for tag in tags:
            if tag.tag == "playback" and tag.attrib["file"].startswith("say:"):
                acts.append(Act("say", text=tag.attrib["file"].removeprefix("say:")))
            elif tag.tag == "execute":
                assert "$" not in tag.attrib["data"], "the profile allows no expansion"
                name, _, value = tag.attrib["data"].partition("=")
                rings[name if tag.attrib["application"] != "bridge" else "bridge"] = (
                    value if tag.attrib["application"] != "bridge" else tag.attrib["data"]
                )
            elif tag.tag == "continue":
                where = tag.attrib.get("action") or tag.attrib["temp-action"]
                if "bridge" in rings:
                    status = rings["nolocal:execute_on_answer"].partition("url=")[2].rstrip("}")
                    contact = rings["bridge"].replace("sofia/external/", "sip:").removeprefix("loopback/")
                    acts.append(Act("dial", text=contact, url=where, status=status))
                else:
                    acts.append(Act("ask" if asks else "again", url=where))
            elif tag.tag == "hangup":
                acts.append(Act("dial", text=rings["bridge"]) if rings else Act("hangup"))
        return acts

    def _base(self) -> dict[str, Any]:
        return {
            "session_id": self.call,
            "hostname": "fs1",
            "url": self.url,
            "Caller-Caller-ID-Number": self.caller,
            "Caller-Destination-Number": self.dialled,
            "variable_sip_from_user": self.caller,
        }

    def arrival(self) -> dict[str, Any]:
        return self._base()

    def keys(self, keys: str) -> dict[str, Any]:
        return self._base() | ({"digits": keys, "input_type": "dtmf"} if keys else {})

    def waiting(self) -> dict[str, Any]:
        return self._base()

    def left(self, how: str, *, gone: bool) -> dict[str, Any]:
        raise AssertionError("this switch has no queue of its own")

    def attempt(self, word: str, *, gone: bool) -> dict[str, Any]:
        disposition = {"ended": "SUCCESS", "busy": "USER_BUSY", "missed": "NO_ANSWER"}[word]
        said = self._base() | {"variable_originate_disposition": disposition}
        said |= {"variable_bridge_hangup_cause": "NORMAL_CLEARING", "variable_billsec": "7"} if word == "ended" else {}
        return said | ({"exiting": "true"} if gone else {})

    def tell_leg(self, state: str) -> None:
        self.talked = state == "answered"
        if state == "answered":
            assert self.ringing is not None
            self.ask(self.ringing.status, self._base() | {"session_id": "b-leg"})

    def tell_over(self) -> None:
        self.ask(f"{HOST}/telephony/{self.trunk}/voice", self._base() | {"exiting": "true"})

    def picked_up(self, path: str) -> list[Act]:
        self.url = f"{HOST}{path}"
        return super().picked_up(path)

    def tell_own(self, path: str, status: str) -> None:
        """A program tells what `originate` answers; who hangs up is told by the switch itself, where it asked last."""
        if status == "completed":
            self.ask(self.url, self._base() | {"exiting": "true"})
        elif cause := {"busy": "USER_BUSY", "no-answer": "NO_ANSWER"}.get(status):
            self.ask(f"{HOST}{path}", {"cause": cause})


@dataclass
class PlainText(Platform):
    """A shell script with a key: form fields, `name=value` lines."""

    def ask(self, url: str, said: dict[str, Any]) -> list[Act]:
        self.last = self.client.generic(
            "POST",
            _path(url),
            urlencode({"call": self.call} | said).encode(),
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Bearer {self.key}"},
        )
        assert self.last.status_code == 200, (self.last.status_code, self.last.content)
        pairs = [line.partition("=")[::2] for line in self.last.content.decode().splitlines()]
        self.told = told = dict(pairs)
        said_now = [Act("say", text=value) for name, value in pairs if name.startswith("say-")]
        word = {
            "ask": "ask",
            "wait": "again",
            "again": "again",
            "dial": "dial",
            "divert": "dial",
            "hangup": "hangup",
        }.get(told["action"])
        where = {"url": told.get("next", ""), "status": told.get("status", "")}
        after = [Act(word, text=told.get("contact", ""), **where)] if word else []
        return said_now + after

    told: dict[str, str] = field(default_factory=dict)

    def arrival(self) -> dict[str, Any]:
        return {"from": self.caller, "to": self.dialled}

    def keys(self, keys: str) -> dict[str, Any]:
        return {"keys": keys}

    def waiting(self) -> dict[str, Any]:
        return {}

    def left(self, how: str, *, gone: bool) -> dict[str, Any]:
        raise AssertionError("a script has no queue of its own")

    def attempt(self, word: str, *, gone: bool) -> dict[str, Any]:
        dialstatus = {"ended": "ANSWER", "busy": "BUSY", "missed": "NOANSWER"}[word]
        said = {"dialstatus": dialstatus, "reservation": self.told.get("reservation", self._rung)}
        return said | ({"gone": "1"} if gone else {})

    _rung: str = ""

    def tell_leg(self, state: str) -> None:
        self.talked = state == "answered"
        self._rung = self.told.get("reservation", self._rung)
        said = {"event": state, "reservation": self._rung}
        self.ask(f"{HOST}/telephony/{self.trunk}/status", said)

    def tell_over(self) -> None:
        self.ask(f"{HOST}/telephony/{self.trunk}/status", {"event": "hangup", "by": "caller"})

    def tell_own(self, path: str, status: str) -> None:
        dialstatus = {"busy": "BUSY", "no-answer": "NOANSWER"}.get(status, "")
        said = {"dialstatus": dialstatus} if dialstatus else {"event": "hangup" if status == "completed" else status}
        self.ask(f"{HOST}{path}", said)

    def customer_answers(self, act: Act) -> list[Act]:
        return self.ask(act.status, {"event": "answered"})


PLATFORMS: dict[str, type[Platform]] = {"twiml": Twiml, "jambonz": Jambonz, "httapi": Httapi, "text": PlainText}
