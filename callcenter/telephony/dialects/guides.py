"""What an engineer does to connect a switch, dialect by dialect: data for one page.

`{host}` is our address, `{base}` that of the trunk's hooks, `{api}` of the API, `{trunk}` its key, `{key}` the API key.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from callcenter.telephony.dialects import registry

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do, and what to paste."""

    text: Words
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Guide:
    """One dialect: for whom, what to do, what it cannot do."""

    dialect: str
    name: str
    summary: Words
    steps: tuple[Step, ...]
    limits: tuple[Words, ...] = ()

    @property
    def signed(self) -> bool:
        """Whether its platform signs with a secret kept here."""
        return self.dialect in registry.SIGNED


_FIRST_CALL = """\
curl -s {api}/calls -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
  -d '{{"external_id": "test-1", "from": "013800000000", "to": "10086", "queue": "billing"}}'"""

_KAMAILIO = """\
#!substdef "!ZHIYIN_API!{api}!g"
#!substdef "!ZHIYIN_KEY!{key}!g"
#!substdef "!ZHIYIN_SOURCE!{group}!g\""""

_XML_CURL = """\
<configuration name="xml_curl.conf" description="cURL XML Gateway">
  <bindings>
    <binding name="zhiyin">
      <param name="gateway-url" value="{base}/dialplan" bindings="dialplan"/>
      <param name="gateway-credentials" value="freeswitch:{key}"/>
      <param name="auth-scheme" value="basic"/>
    </binding>
  </bindings>
</configuration>"""

_HTTAPI = """\
<profile name="default">
  <param name="gateway-url" value="{base}/voice"/>
  <param name="gateway-credentials" value="freeswitch:{key}"/>
  <param name="auth-scheme" value="basic"/>
  <param name="method" value="POST"/>
  <permissions>
    <permission name="set-params" value="true"/>
    <permission name="extended-data" value="true"/>
    <permission name="execute-apps" value="true">
      <application-list default="deny">
        <application name="set"/><application name="export"/><application name="bridge"/>
      </application-list>
    </permission>
  </permissions>
</profile>"""

_DIALPLAN = """\
<extension name="hotline">
  <condition field="destination_number" expression="^10086$">
    <action application="answer"/>
    <action application="httapi"
            data="{{method=POST,full_channel_data_on_every_req=true,url={base}/voice}}"/>
  </condition>
</extension>"""

_ASTERISK_TEXT = """\
[zhiyin]
exten => _X.,1,Answer()
 same => n,Set(CURLOPT(userpwd)=asterisk:{key})
 same => n,Set(SAID=${{CURL({base}/voice,call=${{UNIQUEID}}&from=${{CALLERID(num)}}&to=${{EXTEN}}&queue=billing)}})
 same => n(next),GotoIf($["${{SAID:0:11}}" = "action=dial"]?ring)
 same => n,GotoIf($["${{SAID:0:13}}" = "action=hangup"]?bye)
 same => n,GotoIf($["${{SAID:0:13}}" = "action=divert"]?away)
 same => n,MusicOnHold(default,2)
 same => n,Set(SAID=${{CURL({base}/wait,call=${{UNIQUEID}})}})
 same => n,Goto(next)
 same => n(ring),Set(CONTACT=${{CUT(SAID,\\n,2)}})   ; contact=sip:1017@desk.example
 same => n,Set(RING=${{CUT(SAID,\\n,3)}})              ; ring=20
 same => n,Set(HELD=${{CUT(SAID,\\n,4)}})              ; reservation=r_…
 same => n,Set(HELD=${{CUT(HELD,=,2)}})
 same => n,Set(PHONE=${{CUT(CONTACT,:,2)}})
 same => n,Dial(PJSIP/${{CUT(PHONE,@,1)}},${{CUT(RING,=,2)}},gU(zhiyin-answered^${{UNIQUEID}}^${{HELD}}))
 same => n,Set(ENDED=dialstatus=${{DIALSTATUS}}&hangupcause=${{HANGUPCAUSE}})
 same => n,Set(SAID=${{CURL({base}/dialled,call=${{UNIQUEID}}&reservation=${{HELD}}&${{ENDED}})}})
 same => n,Goto(next)
 same => n(away),Set(CONTACT=${{CUT(SAID,\\n,2)}})   ; contact=+861084110011: sent outside
 same => n,Dial(PJSIP/${{CUT(CONTACT,=,2)}}@carrier)
 same => n(bye),Hangup()
exten => h,1,Set(SAID=${{CURL({base}/status,call=${{UNIQUEID}}&event=hangup)}})

[zhiyin-answered]
exten => s,1,Set(CURLOPT(userpwd)=asterisk:{key})
 same => n,Set(SAID=${{CURL({base}/status,call=${{ARG1}}&event=answered&reservation=${{ARG2}})}})
 same => n,Return()"""

_SHELL = """\
curl -s {base}/voice -u "script:{key}" -d call=test-1 -d from=013800000000 -d to=10086 -d queue=billing
# action=wait
# after=2
# next={base}/wait?language=zh"""

_ARI_HTTP = """\
; http.conf
[general]
enabled = yes
bindaddr = 127.0.0.1
; ari.conf
[zhiyin]
type = user
password = change-me"""

_ARI_PLAN = """\
[from-carrier]
exten => _X.,1,Stasis(zhiyin,billing)   ; the queue; leave it out to use the trunk's own
 same => n,Hangup()
[zhiyin-divert]                         ; who is sent outside or rung back: a number, or the name before the @
exten => _[+0-9a-z].,1,Dial(PJSIP/${{EXTEN}}@carrier)"""

_ARI_RUN = """\
ARI_URL=http://127.0.0.1:8088/ari ARI_USER=zhiyin ARI_PASSWORD=change-me \\
  python manage.py ari {trunk}"""

_RING_BACK = _(
    "To keep promises to ring back, and for click to dial: follow the instructions, and have the platform ring the agent of each"
    " that names a number to dial; its two addresses do the rest."
)
_BEGINS_NO_CALLS = _(
    "It begins no calls: for promises to ring back and click to dial, put a trunk beside it that does (FreeSWITCH, Asterisk)."
)
_NOT_PICKED_UP = _("Where the agent does not pick up, say so at the other address.")
_RING_BACK_HTTAPI = """\
curl -s "{api}/instructions?wait=20" -H "Authorization: Bearer {key}"   # contact, ring_s, dial, answer_path, status_path
HOW=method=POST,full_channel_data_on_every_req=true
fs_cli -x "originate {{originate_timeout=$ring_s}}sofia/external/${{contact#sip:}} &httapi({{$HOW,url={host}$answer_path}})\""""
_NOT_PICKED_UP_HTTAPI = """\
curl -s "{host}$status_path" -u "freeswitch:{key}" -d cause=USER_BUSY   # the word that originate answers after -ERR"""
_RING_BACK_TEXT = """\
curl -s "{api}/instructions?wait=20" -H "Authorization: Bearer {key}"   # contact, ring_s, dial, answer_path, status_path
curl -s "{host}$answer_path" -u "script:{key}" -d event=answered   # the agent has picked up: contact, ring, status, next
curl -s "$status" -u "script:{key}" -d event=answered              # the customer has answered
curl -s "$next" -u "script:{key}" -d dialstatus=ANSWER             # it is over; or how the attempt ended"""
_NOT_PICKED_UP_TEXT = """\
curl -s "{host}$status_path" -u "script:{key}" -d dialstatus=NOANSWER"""
_RING_BACK_TWIML = """\
curl -s "{api}/instructions?wait=20" -H "Authorization: Bearer {key}"   # contact, ring_s, dial, answer_path, status_path
curl -s https://api.twilio.com/2010-04-01/Accounts/$SID/Calls.json -u "$SID:$TOKEN" \\
  --data-urlencode "To=$contact" -d "From=$OWN" -d "Timeout=$ring_s" \\
  --data-urlencode "Url={host}$answer_path" --data-urlencode "StatusCallback={host}$status_path" \\
  -d StatusCallbackEvent=ringing -d StatusCallbackEvent=completed"""
_RING_BACK_JAMBONZ = """\
curl -s "{api}/instructions?wait=20" -H "Authorization: Bearer {key}"   # contact, ring_s, dial, answer_path, status_path
curl -s https://jambonz.example/api/v1/Accounts/$SID/Calls -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: application/json" -d '{{"to": {{"type": "sip", "sipUri": "'$contact'"}}, "from": "'$OWN'",
       "timeout": '$ring_s', "call_hook": {{"url": "{host}'$answer_path'"}},
       "call_status_hook": {{"url": "{host}'$status_path'"}}}}'"""

GUIDES = (
    Guide(
        dialect="native",
        name="JSON",
        summary=_("Any system that can send JSON: the public API itself, which can do the most."),
        steps=(
            Step(
                text=_("Announce a call; the answer names the agent to ring, or the place in the queue."),
                code=_FIRST_CALL,
            ),
            Step(
                text=_("Ask what to do next, for all calls at once. The answer comes with the first thing to tell."),
                code='curl -s "{api}/instructions?wait=20" -H "Authorization: Bearer {key}"',
            ),
            Step(
                text=_("Report what happens on the line: ringing, answered, hangup, leg_failed."),
                code="""curl -s {api}/switch-events -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
  -d '{{"type": "hangup", "external_id": "test-1", "at": "'$(date -u +%FT%TZ)'", "by": "caller"}}'""",
            ),
        ),
    ),
    Guide(
        dialect="kamailio",
        name="Kamailio",
        summary=_(
            "The configuration shipped under deploy/kamailio parks callers and rings agents over the native API."
        ),
        steps=(
            Step(
                text=_("Install Kamailio 5.6 and copy the two files."),
                code="apt-get install kamailio kamailio-utils-modules kamailio-extra-modules\n"
                "cp deploy/kamailio/*.cfg /etc/kamailio/",
            ),
            Step(
                text=_(
                    "In zhiyin-local.cfg put these lines in place of its own three, and the address where SIP is spoken"
                    " above them; then restart Kamailio."
                ),
                code=_KAMAILIO,
            ),
        ),
        limits=(_("Callers hear no music: Kamailio carries signalling alone."), _BEGINS_NO_CALLS),
    ),
    Guide(
        dialect="rtjson",
        name="Kamailio rtjson",
        summary=_("For a Kamailio configuration of your own: answers are documents of the module rtjson."),
        steps=(
            Step(
                text=_("Send the parked call; the answer holds the routes, or tells when to ask again."),
                code="""curl -s {base}/voice -u "kamailio:{key}" -H "Content-Type: application/json" \\
  -d '{{"call_id": "test-1", "from": "013800000000", "to": "10086", "queue": "billing"}}'""",
            ),
            Step(
                text=_("Report how an attempt ended; the answer is the next route."),
                code="""curl -s {base}/dialled -u "kamailio:{key}" -H "Content-Type: application/json" \\
  -d '{{"call_id": "test-1", "reservation": "r_…", "dialstatus": "BUSY"}}'""",
            ),
        ),
        limits=(_("No menus: callers go to the queue the request names, else to the trunk's own."), _BEGINS_NO_CALLS),
    ),
    Guide(
        dialect="twiml",
        name="TwiML",
        summary=_("Twilio, and platforms that speak its language: menus, waiting and ringing as TwiML documents."),
        steps=(
            Step(
                text=_(
                    "Give the platform's auth token below as the signing secret: requests without its signature are refused."
                )
            ),
            Step(text=_("At the number: a call comes in → webhook, HTTP POST."), code="{base}/voice"),
            Step(text=_("At the number: call status changes → HTTP POST."), code="{base}/status"),
            Step(text=_RING_BACK, code=_RING_BACK_TWIML),
        ),
        limits=(
            _("A phone that rings is silenced only by its own time: the platform cannot be told in between."),
            _("An agent is rung up to five seconds after being found: that is how often the platform asks."),
            _("Music is a clip of five to ten seconds: the platform asks again only after it."),
            _("Behind a proxy the public address must reach the application unchanged, or no signature fits."),
        ),
    ),
    Guide(
        dialect="jambonz",
        name="jambonz",
        summary=_("jambonz applications over webhooks: menus, waiting and ringing as verbs."),
        steps=(
            Step(
                text=_(
                    "Give the account's webhook secret below; a platform of your own may send the key as Basic password instead."
                )
            ),
            Step(text=_("In the application: calling webhook, POST."), code="{base}/voice"),
            Step(text=_("In the application: call status webhook, POST."), code="{base}/status"),
            Step(text=_RING_BACK, code=_RING_BACK_JAMBONZ),
        ),
        limits=(
            _("Where callers choose a language, one voice reads both texts: a verb has one voice."),
            _("A phone that rings is silenced only by its own time: the platform cannot be told in between."),
        ),
    ),
    Guide(
        dialect="httapi",
        name="FreeSWITCH",
        summary=_("FreeSWITCH by mod_httapi, with its dialplan by mod_xml_curl if you like."),
        steps=(
            Step(
                text=_("autoload_configs/httapi.conf.xml: the profile, with leave for the three applications."),
                code=_HTTAPI,
            ),
            Step(text=_("Either the dialplan by hand …"), code=_DIALPLAN),
            Step(
                text=_(
                    "… or from here: autoload_configs/xml_curl.conf.xml. Other contexts are not found, and read from file."
                ),
                code=_XML_CURL,
            ),
            Step(text=_RING_BACK, code=_RING_BACK_HTTAPI),
            Step(text=_NOT_PICKED_UP, code=_NOT_PICKED_UP_HTTAPI),
        ),
        limits=(
            _("Music is a clip of five to ten seconds: the platform asks again only after it."),
            _("Texts are spoken by the voice that tts_engine and tts_voice name; without them menus are silent."),
            _("A phone that rings is silenced only by its own time: the switch cannot be told in between."),
        ),
    ),
    Guide(
        dialect="ari",
        name="Asterisk ARI",
        summary=_("Asterisk 18 and newer: one process connects to it, holds callers with music and rings agents."),
        steps=(
            Step(text=_("Let Asterisk's own web server take commands."), code=_ARI_HTTP),
            Step(text=_("Send callers to the application."), code=_ARI_PLAN),
            Step(text=_("Run the connector on a host of ours; it connects again by itself."), code=_ARI_RUN),
        ),
        limits=(
            _("No menus: callers come from the dialplan with their queue."),
            _(
                "What Asterisk tells while the connector is away is lost: it then asks which calls live, and closes the others."
            ),
            _(
                "Where several switches share a group, give each Asterisk a systemname of its own in asterisk.conf: the ids"
                " of its channels must be unique among them."
            ),
        ),
    ),
    Guide(
        dialect="text",
        name="AGI, CURL()",
        summary=_(
            "Plain text for scripts: form fields in, lines of name=value out; Asterisk's dialplan, AGI, any shell."
        ),
        steps=(
            Step(text=_("Try it from a shell."), code=_SHELL),
            Step(text=_("Asterisk's dialplan alone can hold a caller, ask, ring and report."), code=_ASTERISK_TEXT),
            Step(
                text=_(
                    "A script of your own reports DIALSTATUS and HANGUPCAUSE after ringing; the answer is the next action."
                ),
                code='curl -s {base}/dialled -u "script:{key}" -d call=test-1 -d reservation=r_… \\\n'
                "  -d dialstatus=BUSY -d hangupcause=17",
            ),
            Step(text=_RING_BACK, code=_RING_BACK_TEXT),
            Step(text=_NOT_PICKED_UP, code=_NOT_PICKED_UP_TEXT),
        ),
    ),
)
BY_DIALECT = {guide.dialect: guide for guide in GUIDES}


def filled(step: Step, **values: str) -> str:
    """The step's code with everything filled in."""
    return step.code.format(**values) if step.code else ""
