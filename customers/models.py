"""The customers room's tables, by sub-room."""

from customers.accounts.models import Account, PartyRole, Subscription
from customers.activity.models import Activity
from customers.catalogue.keeping import EarlierTerms, OfferingChange, OfferingVersion, RivalOffering
from customers.catalogue.models import CatalogueStamp, Holding, Offering, UsageMonth, UsagePool
from customers.circles.models import Circle, CircleMember, CircleRun
from customers.clusters.models import Cluster, ClusterRun
from customers.fraud.models import FraudCase, FraudSignal
from customers.households.models import GroupCandidate, GroupProposal
from customers.identity.generic_models import GenericIdentifier
from customers.identity.ledger import Decision, MergeAudit, Moved, Proposal
from customers.identity.models import Customer, Identifier, Relationship
from customers.identity.pins import FieldPin, GoldenSetting
from customers.imports.feed_models import Feed
from customers.imports.models import ErasedKey, FactNote, ImportJob, RowError, SourceRecord
from customers.imports.versions import FieldFill, RecordVersion, SavedMapping
from customers.insight.facts import Facts, InsightRun, Transaction
from customers.insight.membership_models import BenefitUse, LevelTerm, PointsEntry
from customers.insight.models import Tag, TagAssignment, TagBan, TagLog, TagRule
from customers.knowledge.models import SavedQuestion
from customers.offers.campaigns.models import Campaign, CampaignMember
from customers.offers.circumstances.models import Circumstance
from customers.offers.learning.models import PropensityModel
from customers.offers.models import (
    Arbitration,
    Consent,
    Contact,
    ContactRules,
    DoNotCall,
    Offer,
    Script,
    ScriptVersion,
)
from customers.offers.scripts.models import SaidLine
from customers.offers.together.models import TogetherCard
from customers.offers.trials.models import GiftTrial, UpliftCard
from customers.offers.waiting.models import WaitingOffer
from customers.quality.models import (
    ConsistencyReport,
    QualityAlert,
    QualityScore,
    RuleScore,
    RuleSetting,
    Source,
    WeightSetting,
)
from customers.rights.models import Handout, PrivacyRequest, Restriction, RetentionRun
from customers.segments.models import Segment, SegmentExport, SegmentVersion
from customers.timeline.models import Interaction

__all__ = [
    "Account",
    "Activity",
    "Arbitration",
    "BenefitUse",
    "Campaign",
    "CampaignMember",
    "CatalogueStamp",
    "Circle",
    "CircleMember",
    "CircleRun",
    "Cluster",
    "ClusterRun",
    "Circumstance",
    "Consent",
    "ConsistencyReport",
    "Contact",
    "ContactRules",
    "Customer",
    "Decision",
    "DoNotCall",
    "FraudCase",
    "FraudSignal",
    "GenericIdentifier",
    "GiftTrial",
    "GoldenSetting",
    "GroupCandidate",
    "GroupProposal",
    "Handout",
    "Holding",
    "EarlierTerms",
    "ErasedKey",
    "FactNote",
    "Facts",
    "Feed",
    "FieldFill",
    "FieldPin",
    "Identifier",
    "ImportJob",
    "InsightRun",
    "Interaction",
    "LevelTerm",
    "MergeAudit",
    "Moved",
    "Offer",
    "Offering",
    "OfferingChange",
    "OfferingVersion",
    "PartyRole",
    "PointsEntry",
    "PrivacyRequest",
    "PropensityModel",
    "Proposal",
    "QualityAlert",
    "QualityScore",
    "RecordVersion",
    "Relationship",
    "Restriction",
    "RetentionRun",
    "RowError",
    "RuleScore",
    "RuleSetting",
    "RivalOffering",
    "SaidLine",
    "SavedMapping",
    "SavedQuestion",
    "Script",
    "ScriptVersion",
    "Segment",
    "SegmentExport",
    "SegmentVersion",
    "Source",
    "SourceRecord",
    "Subscription",
    "Tag",
    "TagAssignment",
    "TagBan",
    "TagLog",
    "TagRule",
    "TogetherCard",
    "Transaction",
    "UpliftCard",
    "UsageMonth",
    "UsagePool",
    "WaitingOffer",
    "WeightSetting",
]
