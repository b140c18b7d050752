"""From waiting callers and free agents to pairs with reasons: one pure function, `best_matches`."""

from routing.matching.decision import best_matches, best_pairs
from routing.matching.floor import eligible
from routing.matching.rules import (
    AgentNow,
    AgentTerms,
    CallerTerms,
    Insight,
    Match,
    PairTable,
    QueueRule,
    Reason,
    Roster,
    Step,
    Strategy,
    WaitingCall,
)

__all__ = [
    "AgentNow",
    "AgentTerms",
    "CallerTerms",
    "Insight",
    "Match",
    "PairTable",
    "QueueRule",
    "Reason",
    "Roster",
    "Step",
    "Strategy",
    "WaitingCall",
    "best_matches",
    "best_pairs",
    "eligible",
]
