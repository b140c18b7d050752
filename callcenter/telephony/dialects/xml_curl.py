"""FreeSWITCH's mod_xml_curl: it asks for the dialplan of a call, and is sent on to httapi. Pure; keeps nothing.

Whatever else it asks for is not found here, and the switch reads its own files.
"""

from __future__ import annotations

from callcenter.telephony.dialects.httapi import safe
from callcenter.telephony.dialects.words import Document, Links, Params
from callcenter.telephony.dialects.xml import Element, document

HOOK = "dialplan"
# The answer must come with the channel's variables on every request: they tell how the agent's leg ended.
_HTTAPI = "{{method=POST,full_channel_data_on_every_req=true,url={url}}}"


def write(said: Params, links: Links) -> Document:
    """An extension for the number that was dialled; not found for anything but a dialplan."""
    number = _hunted(said, "Destination-Number")
    if said.get("section") != "dialplan" or not number:
        section = Element("section", {"name": "result"}, (Element("result", {"status": "not found"}),))
    else:
        section = _dialplan(safe(number), _hunted(said, "Context"), links)
    root = Element("document", {"type": "freeswitch/xml"}, (section,))
    return Document(body=document(root), content_type="text/xml")


def _hunted(said: Params, name: str) -> str:
    """What the switch looks for now; after a transfer inside it that is not what the caller dialled."""
    return said.get(f"Hunt-{name}") or said.get(f"Caller-{name}") or ""


def _dialplan(number: str, context: str, links: Links) -> Element:
    actions = (
        Element("action", {"application": "answer"}),
        Element("action", {"application": "httapi", "data": _HTTAPI.format(url=links.to("voice"))}),
    )
    condition = Element("condition", {}, actions)
    extension = Element("extension", {"name": f"zhiyin-{number}"}, (condition,))
    inside = Element("context", {"name": safe(context) or "default"}, (extension,))
    return Element("section", {"name": "dialplan", "description": "zhiyin"}, (inside,))
