# SPDX-License-Identifier: EUPL-1.2
"""Token Status List: lists, signed tokens of them, and checking (specs/protocols/status.md)."""

from ssi.status.checker import USUAL_FRESHNESS, Freshness, StatusChecker
from ssi.status.lists import MAX_LIST_OCTETS, StatusList, StatusValue
from ssi.status.reference import StatusReference, parse_status_aggregation, status_aggregation
from ssi.status.tokens import MAX_TOKEN_OCTETS, StatusListClaims, TokenFormat, status_list_cwt, status_list_jwt
from ssi.status.verify import StatusTrust, VerifiedStatusList, verify_status_list_cwt, verify_status_list_jwt

__all__ = [
    "MAX_LIST_OCTETS",
    "MAX_TOKEN_OCTETS",
    "USUAL_FRESHNESS",
    "Freshness",
    "StatusChecker",
    "StatusList",
    "StatusListClaims",
    "StatusReference",
    "StatusTrust",
    "StatusValue",
    "TokenFormat",
    "VerifiedStatusList",
    "parse_status_aggregation",
    "status_aggregation",
    "status_list_cwt",
    "status_list_jwt",
    "verify_status_list_cwt",
    "verify_status_list_jwt",
]
