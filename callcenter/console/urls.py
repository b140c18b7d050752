"""Addresses of the desk."""

from __future__ import annotations

from django.urls import path

from callcenter.console import actions, promising, views

app_name = "console"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("check/", views.check, name="check"),
    path("state", views.state, name="state"),
    # the screen-pop, in parts that never wait for each other
    path("reservations/<str:reservation>/", views.ring_card, name="ring-card"),
    path("reservations/<str:reservation>/identity/", views.identity, name="identity"),
    path("reservations/<str:reservation>/timeline/", views.timeline, name="timeline"),
    path("reservations/<str:reservation>/offers/", views.offers, name="offers"),
    path("reservations/<str:reservation>/script/", views.script, name="script"),
    path("reservations/<str:reservation>/objections/", views.objections, name="objections"),
    path("reservations/<str:reservation>/offers/<slug:code>/", views.comparison, name="comparison"),
    path("reservations/<str:reservation>/wrap-up/", views.wrap_up, name="wrap-up"),
    # commands
    path("open/", actions.open_desk, name="open"),
    path("takeover/", actions.take_over, name="takeover"),
    path("pulse/", actions.pulse, name="pulse"),
    path("presence/", actions.set_presence, name="presence"),
    path("reservations/<str:reservation>/accept/", actions.accept, name="accept"),
    path("reservations/<str:reservation>/reject/", actions.reject, name="reject"),
    path("reservations/<str:reservation>/seen/", actions.seen, name="seen"),
    path("reservations/<str:reservation>/complete/", actions.complete, name="complete"),
    path("reservations/<str:reservation>/extend/", actions.extend, name="extend"),
    path("reservations/<str:reservation>/call-off/", actions.call_off, name="call-off"),
    path("reservations/<str:reservation>/focus/", actions.focus, name="focus"),
    path("calls/<str:call>/hold/", actions.hold, name="hold"),
    path("calls/<str:call>/resume/", actions.resume, name="resume"),
    path("calls/<str:call>/transfer/", actions.transfer, name="transfer"),
    path("calls/<str:call>/colleagues/<str:purpose>/", views.colleagues, name="colleagues"),
    path("calls/<str:call>/send/", actions.send_to, name="send"),
    path("calls/<str:call>/outside/", actions.send_outside, name="outside"),
    path("calls/<str:call>/ask/", actions.ask, name="ask"),
    path("calls/<str:call>/join/", actions.join, name="join"),
    path("calls/<str:call>/handover/", actions.hand_over, name="handover"),
    path("calls/<str:call>/takeback/", actions.take_back, name="takeback"),
    path("calls/<str:call>/answered/", actions.answered, name="answered"),
    path("calls/<str:call>/callback/", promising.agree, name="callback"),
    path("callbacks/<str:callback>/take/", promising.take, name="take-callback"),
    path("calls/<str:call>/hangup/", actions.hang_up, name="hangup"),
    path("calls/<str:call>/said/", actions.say_line, name="said"),
    path("calls/<str:call>/note/", actions.note, name="note"),
    path("calls/<str:call>/customer/", actions.choose_customer, name="customer"),
    path("offers/<int:offer>/decide/", actions.decide_offer, name="decide"),
    path("reveal/", actions.reveal, name="reveal"),
]
