# SPDX-License-Identifier: EUPL-1.2
"""What a policy asks a wallet for: the part of DCQL (OpenID4VP 1.0, section 6) that a policy may use.

Left out on purpose: ``values`` (the rules decide, and say why), ``claim_sets`` (no rule could rely on a claim that may
be missing), ``multiple`` and credentials without holder binding.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ssi.credential.document import Node
from ssi.rulebook.claim_rules import DisclosedRule, PredicateRule

__all__ = [
    "CLAIM_ID",
    "CREDENTIAL_ID",
    "PROOF_FORMAT",
    "SD_JWT_FORMAT",
    "AskedCredential",
    "AskedProof",
    "AskedSdJwt",
    "Query",
    "queries",
]

SD_JWT_FORMAT: Final = "dc+sd-jwt"
PROOF_FORMAT: Final = "dc+jwp"
CLAIM_ID: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CREDENTIAL_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCOPE: Final = re.compile(r"[a-z][a-z0-9]*([-/.][a-z0-9]+)*")
_VCT: Final = re.compile(r"[!-~]+")
_LARGEST: Final = (1 << 31) - 1
_MAX_CONSTANT: Final = (1 << 53) - 1


@dataclass(frozen=True, slots=True)
class AskedSdJwt:
    """An SD-JWT VC: any of these types, and exactly these claims."""

    id: str
    vcts: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]

    @property
    def format(self) -> str:
        """The format's identifier in OpenID4VP."""
        return SD_JWT_FORMAT


@dataclass(frozen=True, slots=True)
class AskedProof:
    """A claim proof of our BBS credential (presentation.md)."""

    id: str
    vct: str
    scope: str
    constants: Mapping[str, str | int | bool]
    disclosed: tuple[DisclosedRule, ...]
    predicates: tuple[PredicateRule, ...]

    @property
    def format(self) -> str:
        """The format's identifier in OpenID4VP."""
        return PROOF_FORMAT

    @property
    def vcts(self) -> tuple[str, ...]:
        """The one type."""
        return (self.vct,)

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The claims whose value the verifier learns, because it is fixed or shown."""
        return tuple((name,) for name in (*self.constants, *(rule.claim for rule in self.disclosed)))


AskedCredential = AskedSdJwt | AskedProof


@dataclass(frozen=True, slots=True)
class Query:
    """One way to answer a policy.

    Attributes:
        sets: in each set, one option must be presented whole; none: every credential is required.
    """

    id: str
    credentials: tuple[AskedCredential, ...]
    sets: tuple[tuple[tuple[str, ...], ...], ...]

    @property
    def formats(self) -> frozenset[str]:
        """What a wallet must be able to present."""
        return frozenset(credential.format for credential in self.credentials)

    def credential(self, id_: str) -> AskedCredential:
        """The credential of this id; KeyError when the query does not ask for it."""
        for credential in self.credentials:
            if credential.id == id_:
                return credential
        raise KeyError(id_)


def queries(node: Node) -> tuple[Query, ...]:
    """The queries of a policy, best first; DocumentError."""
    found: list[Query] = []
    for item in node.items(1, 8):
        members = item.members(("id", "dcql"))
        id_ = members["id"].text(CLAIM_ID, longest=60)
        if any(query.id == id_ for query in found):
            members["id"].refuse("must differ from every other query's id")
        dcql = members["dcql"].members(("credentials",), ("credential_sets",))
        credentials = _credentials(dcql["credentials"])
        taken = {credential.id for query in found for credential in query.credentials}
        if taken.intersection(credential.id for credential in credentials):
            dcql["credentials"].refuse("must have ids that no other query of this policy has")
        sets = _sets(dcql["credential_sets"], credentials) if "credential_sets" in dcql else ()
        found.append(Query(id_, credentials, sets))
    return tuple(found)


def _credentials(node: Node) -> tuple[AskedCredential, ...]:
    found: list[AskedCredential] = []
    for item in node.items(1, 8):
        parts = item.entries()
        format_ = parts["format"].choice((SD_JWT_FORMAT, PROOF_FORMAT)) if "format" in parts else None
        asked = _proof(item) if format_ == PROOF_FORMAT else _sd_jwt(item)
        if any(other.id == asked.id for other in found):
            parts["id"].refuse("must differ from every other credential's id")
        found.append(asked)
    return tuple(found)


def _sd_jwt(node: Node) -> AskedSdJwt:
    members = node.members(("id", "format", "meta", "claims"))
    meta = members["meta"].members(("vct_values",))
    paths = []
    for item in members["claims"].items(1, 16):
        path = item.members(("path",))["path"]
        paths.append(tuple(part.text(longest=60) for part in path.items(1, 4)))
        if paths.count(paths[-1]) > 1:
            path.refuse("must differ from every other path")
    vcts = tuple(item.text(_VCT, longest=255) for item in meta["vct_values"].items(1, 8))
    return AskedSdJwt(members["id"].text(CREDENTIAL_ID, longest=60), vcts, tuple(paths))


def _proof(node: Node) -> AskedProof:
    members = node.members(("id", "format", "meta"))
    meta = members["meta"].members(("vct_values", "scope", "constants", "disclosed", "predicates"))
    constants: dict[str, str | int | bool] = {}
    for claim, value in meta["constants"].entries(CLAIM_ID).items():
        if not isinstance(value.value, str | int):
            value.refuse("must be a string, a whole number, true or false")
        constants[claim] = value.value
    return AskedProof(
        id=members["id"].text(CREDENTIAL_ID, longest=60),
        vct=meta["vct_values"].items(1, 1)[0].text(_VCT, longest=255),
        scope=meta["scope"].text(_SCOPE, longest=60),
        constants=constants,
        disclosed=_disclosed(meta["disclosed"]),
        predicates=_predicates(meta["predicates"]),
    )


def _disclosed(node: Node) -> tuple[DisclosedRule, ...]:
    rules = []
    for claim, bounds in node.entries(CLAIM_ID).items():
        minimum, maximum = (item.integer(0, (1 << 32) - 1) for item in bounds.items(2, 2))
        if maximum < minimum:
            bounds.refuse("the second bound must not be below the first")
        rules.append(DisclosedRule(claim, minimum, maximum))
    return tuple(rules)


def _predicates(node: Node) -> tuple[PredicateRule, ...]:
    found: list[PredicateRule] = []
    for item in node.items(0, 8):
        members = item.members(("id", "text", "sum", "plus"), ("per_as_of", "per_period_start"))
        id_ = members["id"].text(CLAIM_ID, longest=60)
        if any(other.id == id_ for other in found):
            members["id"].refuse("must differ from every other predicate's id")
        terms = members["sum"].entries(CLAIM_ID)
        if not 1 <= len(terms) <= 4:
            members["sum"].refuse("must have 1 to 4 claims")
        coefficients = tuple((claim, number.integer(-_LARGEST, _LARGEST)) for claim, number in terms.items())
        for claim, coefficient in coefficients:
            if coefficient == 0:
                terms[claim].refuse("must not be 0")
        factors = [
            members[name].integer(-127, 127) if name in members else 0 for name in ("per_as_of", "per_period_start")
        ]
        plus = members["plus"].integer(-_MAX_CONSTANT, _MAX_CONSTANT)
        found.append(PredicateRule(id_, members["text"].wording(), coefficients, plus, *factors))
    return tuple(found)


def _sets(node: Node, credentials: tuple[AskedCredential, ...]) -> tuple[tuple[tuple[str, ...], ...], ...]:
    ids, found = {credential.id for credential in credentials}, []
    for item in node.items(1, 8):
        options = []
        for option in item.members(("options",))["options"].items(1, 8):
            named = tuple(part.text(CREDENTIAL_ID, longest=60) for part in option.items(1, 8))
            if not ids.issuperset(named):
                option.refuse("must be ids of credentials of this query")
            options.append(named)
        found.append(tuple(options))
    return tuple(found)
