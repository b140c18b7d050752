"""Addresses of the public API."""

from __future__ import annotations

from django.urls import path, re_path, register_converter

from callcenter.telephony.api import (
    agents,
    callbacks,
    calls,
    changing,
    configuration,
    consulting,
    contacting,
    customer_records,
    customers,
    decisions,
    docs,
    feed,
    flows,
    instructions,
    intake,
    offers,
    parties,
    paths,
    privacy,
    queue_settings,
    reservations,
    surveys,
    trunks,
    webhooks,
)


class CallName:
    """`c_…`, or `ext:{source}:{external_id}` with whatever the switch puts into its ids, slashes too."""

    regex = "ext:[^/:]+:.+|[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CallName, "call")

app_name = "telephony"
urlpatterns = [
    path("v1/calls", calls.Calls.as_view(), name="calls"),
    path("v1/calls/<call:call>/timeline", calls.Timeline.as_view(), name="timeline"),
    path("v1/calls/<call:call>/decision", decisions.Decision.as_view(), name="decision"),
    path("v1/calls/<call:call>/enqueue", calls.Enqueue.as_view(), name="enqueue"),
    path("v1/calls/<call:call>/hold", calls.Hold.as_view(), name="hold"),
    path("v1/calls/<call:call>/resume", calls.Resume.as_view(), name="resume"),
    path("v1/calls/<call:call>/transfer", calls.Transfer.as_view(), name="transfer"),
    path("v1/calls/<call:call>/consult", consulting.Consult.as_view(), name="consult"),
    path("v1/calls/<call:call>/consult/join", consulting.Join.as_view(), name="consult-join"),
    path("v1/calls/<call:call>/consult/complete", consulting.Complete.as_view(), name="consult-complete"),
    path("v1/calls/<call:call>/consult/end", consulting.End.as_view(), name="consult-end"),
    path("v1/calls/<call:call>/cancel", calls.Cancel.as_view(), name="cancel"),
    path("v1/calls/<call:call>/events", intake.CallEvents.as_view(), name="call-events"),
    path("v1/calls/<call:call>/divert", changing.Divert.as_view(), name="divert"),
    path("v1/calls/<call:call>/next", instructions.Next.as_view(), name="next"),
    path("v1/calls/<call:call>", changing.Change.as_view(), name="call"),
    path("v1/instructions", instructions.Instructions.as_view(), name="instructions"),
    path("v1/switch-events", intake.SwitchEvents.as_view(), name="switch-events"),
    path("v1/ivr/events", intake.IvrEvents.as_view(), name="ivr-events"),
    path("v1/ivr/flows", flows.Flows.as_view(), name="ivr-flows"),
    path("v1/ivr/flows/<str:flow>/versions/<int:number>", flows.FlowVersion.as_view(), name="ivr-flow-version"),
    path("v1/ivr/flows/<str:flow>/versions/<int:number>/publish", flows.FlowPublish.as_view(), name="ivr-flow-publish"),
    path("v1/ivr/flows/<str:flow>/heard", paths.FlowHeard.as_view(), name="ivr-flow-heard"),
    path("v1/ivr/paths/query", paths.PathsQuery.as_view(), name="ivr-paths-query"),
    path("v1/ivr/metrics", paths.PathMetrics.as_view(), name="ivr-metrics"),
    path("v1/ivr/calls/<str:call>/path", paths.CallPath.as_view(), name="ivr-call-path"),
    path("v1/ivr/proposals", paths.Proposals.as_view(), name="ivr-proposals"),
    path("v1/ivr/proposals/<int:number>", paths.Proposal.as_view(), name="ivr-proposal"),
    path("v1/ivr/proposals/<int:number>/decision", paths.ProposalDecision.as_view(), name="ivr-proposal-decision"),
    path("v1/ivr/intent/<str:call>", flows.CallIntent.as_view(), name="ivr-intent"),
    path("v1/reservations", reservations.Reservations.as_view(), name="reservations"),
    path("v1/reservations/<str:reservation>", reservations.Reservation.as_view(), name="reservation"),
    path("v1/reservations/<str:reservation>/accept", reservations.Accept.as_view(), name="accept"),
    path("v1/reservations/<str:reservation>/reject", reservations.Reject.as_view(), name="reject"),
    path("v1/reservations/<str:reservation>/complete", reservations.Complete.as_view(), name="complete"),
    path("v1/reservations/<str:reservation>/extend", reservations.Extend.as_view(), name="extend"),
    path("v1/agents", agents.Agents.as_view(), name="agents"),
    path("v1/agents/<str:agent>", agents.Agent.as_view(), name="agent"),
    path("v1/agents/<str:agent>/skills", configuration.AgentSkills.as_view(), name="agent-skills"),
    path("v1/agents/<str:agent>/presence", agents.AgentPresence.as_view(), name="presence"),
    path("v1/agents/<str:agent>/heartbeat", agents.Heartbeat.as_view(), name="heartbeat"),
    path("v1/agents/<str:agent>/device", agents.AgentDevice.as_view(), name="device"),
    path("v1/agents/<str:agent>/occupancy", agents.AgentOccupancy.as_view(), name="occupancy"),
    path("v1/callbacks", callbacks.Callbacks.as_view(), name="callbacks"),
    path("v1/callbacks/<str:callback>", callbacks.Callback.as_view(), name="callback"),
    path("v1/callbacks/<str:callback>/cancel", callbacks.Cancel.as_view(), name="callback-cancel"),
    path("v1/queues/<str:queue>/wait-estimate", agents.QueueWait.as_view(), name="queue-wait"),
    path("v1/skills", configuration.Skills.as_view(), name="skills"),
    path("v1/queues", configuration.Queues.as_view(), name="queues"),
    path("v1/queues/<str:queue>", configuration.Queue.as_view(), name="queue"),
    path("v1/queues/<str:queue>/settings", queue_settings.QueueSettings.as_view(), name="queue-settings"),
    path("v1/queues/<str:queue>/versions", queue_settings.QueueVersions.as_view(), name="queue-versions"),
    path("v1/simulations", queue_settings.Simulations.as_view(), name="simulations"),
    path("v1/simulations/<int:simulation>", queue_settings.Simulation.as_view(), name="simulation"),
    path("v1/pairing/report", queue_settings.PairingReport.as_view(), name="pairing-report"),
    path("v1/pairing/cycle", queue_settings.PairingCycle.as_view(), name="pairing-cycle"),
    path("v1/events", feed.Events.as_view(), name="events"),
    path("v1/events/stream", feed.EventStream.as_view(), name="event-stream"),
    path("v1/sync", feed.Sync.as_view(), name="sync"),
    path("v1/trunks/<str:trunk>/calls", trunks.LiveCalls.as_view(), name="trunk-calls"),
    path("v1/trunks/<str:trunk>/started", trunks.Started.as_view(), name="trunk-started"),
    path("v1/surveys/invitations", surveys.Invitations.as_view(), name="survey-invitations"),
    path("v1/surveys/invitations/<str:invitation>", surveys.Invitation.as_view(), name="survey-invitation"),
    path("v1/surveys/answers", surveys.Answers.as_view(), name="survey-answers"),
    path("v1/webhooks", webhooks.Webhooks.as_view(), name="webhooks"),
    path("v1/webhooks/<str:webhook>", webhooks.Webhook.as_view(), name="webhook"),
    path("v1/webhooks/<str:webhook>/rotate", webhooks.RotateSecret.as_view(), name="webhook-rotate"),
    path("v1/webhooks/<str:webhook>/test", webhooks.Test.as_view(), name="webhook-test"),
    path("v1/webhooks/<str:webhook>/replay", webhooks.Replay.as_view(), name="webhook-replay"),
    path("v1/webhooks/<str:webhook>/deliveries", webhooks.Deliveries.as_view(), name="deliveries"),
    path("v1/webhooks/<str:webhook>/deliveries/<str:delivery>", webhooks.Delivery.as_view(), name="delivery"),
    path(
        "v1/webhooks/<str:webhook>/deliveries/<str:delivery>/redeliver", webhooks.Redeliver.as_view(), name="redeliver"
    ),
    path("v1/customers/lookup", customers.Lookup.as_view(), name="customer-lookup"),
    path("v1/customers/records", customer_records.Records.as_view(), name="customer-records"),
    path("v1/customers/records/<str:source>/<str:key>", customer_records.Record.as_view(), name="customer-record"),
    path("v1/customers/<str:customer>/relations", parties.Relations.as_view(), name="customer-relations"),
    path("v1/accounts/<str:source>/<str:number>", parties.Account.as_view(), name="account"),
    path("v1/customers/<str:customer>", customers.Customer.as_view(), name="customer"),
    path("v1/privacy/exports", privacy.Exports.as_view(), name="privacy-exports"),
    path("v1/privacy/erasures", privacy.Erasures.as_view(), name="privacy-erasures"),
    path("v1/privacy/restrictions", privacy.Restrictions.as_view(), name="privacy-restrictions"),
    path("v1/privacy/corrections", privacy.Corrections.as_view(), name="privacy-corrections"),
    path("v1/privacy/objections", privacy.Objections.as_view(), name="privacy-objections"),
    path("v1/segments/count", customers.SegmentCount.as_view(), name="segment-count"),
    path("v1/circumstances", contacting.Circumstances.as_view(), name="circumstances"),
    path("v1/circumstances/<int:circumstance>/end", contacting.CircumstanceOver.as_view(), name="circumstance-over"),
    path("v1/consents", contacting.Consents.as_view(), name="consents"),
    path("v1/contact-checks", contacting.ContactChecks.as_view(), name="contact-checks"),
    path("v1/campaigns/<int:campaign>/contacts", contacting.CampaignContacts.as_view(), name="campaign-contacts"),
    path(
        "v1/campaigns/<int:campaign>/contacts/<int:contact>",
        contacting.CampaignContact.as_view(),
        name="campaign-contact",
    ),
    path("v1/triggers", contacting.Triggers.as_view(), name="triggers"),
    path(
        "tmf-api/productCatalogManagement/v4/productOffering",
        offers.ProductOfferings.as_view(),
        name="product-offerings",
    ),
    path(
        "tmf-api/productCatalogManagement/v4/productOffering/<slug:code>",
        offers.ProductOffering.as_view(),
        name="product-offering",
    ),
    path(
        "tmf-api/recommendationManagement/v4/queryProductRecommendation",
        offers.Recommendations.as_view(),
        name="recommend",
    ),
    path(
        "tmf-api/productOfferingQualification/v4/productOfferingQualification",
        offers.Qualifications.as_view(),
        name="qualify",
    ),
    path(
        "tmf-api/partyInteractionManagement/v4/partyInteraction",
        offers.PartyInteractions.as_view(),
        name="party-interaction",
    ),
    path("tmf-api/salesManagement/v4/salesLead", offers.SalesLeads.as_view(), name="sales-leads"),
    path("v1/limits", feed.Limits.as_view(), name="limits"),
    path("schema/", docs.Schema.as_view(), name="schema"),
    path("docs/", docs.docs, name="docs"),
    path("docs/errors", docs.errors, name="errors"),
    re_path(r"", docs.nothing_here, name="nothing"),
]
