"""The hall: where the rooms are composed. A module a journey; read them and you have read the product.

Each function is one transaction: `customers` knows who is calling, `ivr` what the caller did before, `routing` who takes
the call. No room knows another; what one needs of another is handed over here.
"""

from callcenter.hall import (
    callback,
    changes,
    consult,
    customer,
    dialling,
    ending,
    inbound,
    linking,
    names,
    path_logs,
    privacy,
    survey,
    talk,
)

__all__ = [
    "callback",
    "changes",
    "consult",
    "customer",
    "dialling",
    "ending",
    "inbound",
    "linking",
    "names",
    "path_logs",
    "privacy",
    "survey",
    "talk",
]
