# SPDX-License-Identifier: EUPL-1.2
"""What a verifier asks of a BBS credential: the ``meta`` of a DCQL credential query (presentation.md section 1)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ssi.base64url import decode_base64url, encode_base64url
from ssi.bbs.suite import decode_g2
from ssi.claim.registry_key import registry_key_id
from ssi.claim.terms import ClaimTerms, Constant, Disclosed, TermsError
from ssi.credential.claim_kinds import ClaimKind, ClaimValueError
from ssi.credential.document import DocumentError, Node
from ssi.credential.types import CredentialType
from ssi.errors import VerificationError
from ssi.openid.dcql import STUIVER_JWP
from ssi.rulebook.claim_rules import ConstantRule, DisclosedRule, PredicateRule
from ssi.rulebook.forbidden import forbidden_subject
from ssi.rulebook.terms import compile_predicate

__all__ = ["FORMAT", "ClaimRequest"]

FORMAT: Final = STUIVER_JWP
_SCOPE: Final = re.compile(r"[!-~]+( [!-~]+)*")
_CLAIM: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_KEY_OCTETS: Final = 96
_MOST_KEYS: Final = 100
_MAX_COEFFICIENT: Final = (1 << 31) - 1
_MAX_CONSTANT: Final = (1 << 53) - 1
_EXPIRY: Final = (("exp", 1),)


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """Terms for one credential, of one of these validators' keys, with a pseudonym in one scope. Made by ``from_meta``.

    Attributes:
        credential_type: the type that is asked for.
        scope: what a pseudonym is unique in, in the verifier's own words.
        constants: what claims must be; everybody who answers has these values.
        disclosed: numbers that are shown, each within bounds.
        predicates: what sums of hidden numbers must be at least; their ids are ``p0``, ``p1``, ...
        keys: BBS public keys that are accepted, 96 octets each.
        warnings: what a wallet shall say before it answers: (path, rule).
        terms: the same, compiled.
    """

    credential_type: CredentialType
    scope: str
    constants: tuple[ConstantRule, ...]
    disclosed: tuple[DisclosedRule, ...]
    predicates: tuple[PredicateRule, ...]
    keys: tuple[bytes, ...]
    warnings: tuple[tuple[str, str], ...]
    terms: ClaimTerms

    @classmethod
    def from_meta(cls, meta: Mapping[str, object], types: Iterable[CredentialType]) -> "ClaimRequest":
        """Read and judge a request.

        Args:
            meta: of the credential query.
            types: the credential types that are known.
        Raises:
            DocumentError: (1.1) a wrong shape, (1.2) an unknown type, (1.3) a forbidden subject, (1.4) no rule that
                refuses what has expired, (1.5) terms that no proof could soundly be made for.
        """
        members = Node(meta).members(("vct_values", "scope", "constants", "disclosed", "predicates", "keys"))
        vct = members["vct_values"].items(1, 1)[0]
        wanted = vct.text(longest=1000)
        credential_type = next((known for known in types if known.vct == wanted), None)
        if credential_type is None:
            vct.refuse("must be a credential type that is known here")  # (1.2)
        scope = members["scope"].text(_SCOPE, longest=200)
        constants = tuple(_constant(name, node) for name, node in members["constants"].entries(_CLAIM).items())
        disclosed = tuple(_disclosed(name, node) for name, node in members["disclosed"].entries(_CLAIM).items())
        predicates = tuple(_predicate(index, node) for index, node in enumerate(members["predicates"].items(1, 8)))
        keys = tuple(_key(node) for node in members["keys"].items(1, _MOST_KEYS))
        _refuse_forbidden(scope, constants, disclosed, predicates, credential_type)
        if not any(rule.sum == _EXPIRY and rule.plus <= 0 and rule.per_as_of == -1 for rule in predicates):  # (1.4)
            members["predicates"].refuse("must have exp - as_of >= 0: an expired credential is not presented")
        return cls(
            credential_type,
            scope,
            constants,
            disclosed,
            predicates,
            keys,
            tuple(_warnings(disclosed, predicates, credential_type)),
            _compile(constants, disclosed, predicates, credential_type),
        )

    def to_meta(self) -> dict[str, object]:
        """The object that ``from_meta`` reads."""
        return {
            "vct_values": [self.credential_type.vct],
            "scope": self.scope,
            "constants": {rule.claim: rule.value for rule in self.constants},
            "disclosed": {rule.claim: [rule.minimum, rule.maximum] for rule in self.disclosed},
            "predicates": [
                {
                    "sum": dict(rule.sum),
                    "plus": rule.plus,
                    "per_as_of": rule.per_as_of,
                    "text": {"nl": rule.text.nl, "en": rule.text.en},
                }
                for rule in self.predicates
            ],
            "keys": [encode_base64url(key) for key in self.keys],
        }

    def key_id(self, public_key: bytes) -> str:
        """(4.1) The name of a validator's key in a presentation, 43 characters."""
        return encode_base64url(registry_key_id(self.credential_type.type_id, public_key))

    def find_key(self, unverified_key_id: str) -> bytes | None:
        """The accepted key of this name, if any."""
        return next((key for key in self.keys if self.key_id(key) == unverified_key_id), None)

    @property
    def disclosed_names(self) -> tuple[str, ...]:
        """The names of the disclosed claims in ascending position, the order in which a presentation has them."""
        return tuple(self.credential_type.claims[item.position].name for item in self.terms.disclosed)


def _constant(name: str, node: Node) -> ConstantRule:
    if not isinstance(node.value, str | int):
        node.refuse("must be a string, a whole number, true or false")
    return ConstantRule(name, node.value)


def _disclosed(name: str, node: Node) -> DisclosedRule:
    least, most = (bound.integer(0, (1 << 32) - 1) for bound in node.items(2, 2))
    if most < least:
        node.refuse("must have the smaller bound first")
    return DisclosedRule(name, least, most)


def _predicate(index: int, node: Node) -> PredicateRule:
    members = node.members(("sum", "plus", "text"), ("per_as_of",))
    terms = members["sum"].entries(_CLAIM)
    if not 1 <= len(terms) <= 4:
        members["sum"].refuse("must have 1 to 4 claims")
    coefficients = []
    for claim, coefficient in terms.items():
        number = coefficient.integer(-_MAX_COEFFICIENT, _MAX_COEFFICIENT)
        if number == 0:
            coefficient.refuse("must not be 0")
        coefficients.append((claim, number))
    return PredicateRule(
        id=f"p{index}",
        text=members["text"].wording(),
        sum=tuple(coefficients),
        plus=members["plus"].integer(-_MAX_CONSTANT, _MAX_CONSTANT),
        per_as_of=members["per_as_of"].integer(-127, 127) if "per_as_of" in members else 0,
        per_period_start=0,
    )


def _key(node: Node) -> bytes:
    try:
        octets = decode_base64url(node.text(longest=2 * _KEY_OCTETS))
        decode_g2(octets)
    except (ValueError, VerificationError):
        node.refuse("must be a BBS public key: base64url of the 96 octets of a point")
    return octets


def _refuse_forbidden(
    scope: str,
    constants: tuple[ConstantRule, ...],
    disclosed: tuple[DisclosedRule, ...],
    predicates: tuple[PredicateRule, ...],
    credential_type: CredentialType,
) -> None:
    """(1.3) The rule of rulebooks: nobody decides on who somebody is, and nobody asks for it."""
    criteria = [("$.scope", scope)]
    criteria += [(f"$.constants.{rule.claim}", rule.value) for rule in constants if isinstance(rule.value, str)]
    claims = [(f"$.constants.{rule.claim}", rule.claim) for rule in constants]
    claims += [(f"$.disclosed.{rule.claim}", rule.claim) for rule in disclosed]
    for index, predicate in enumerate(predicates):
        claims += [(f"$.predicates[{index}].sum.{claim}", claim) for claim, _ in predicate.sum]
    for path, name in claims:
        if not credential_type.has_claim(name):
            raise DocumentError(path, "is not a claim of the credential type")
        title = credential_type.claim(name).title
        criteria += [(path, name), (path, title.nl), (path, title.en)]
    for path, text in criteria:
        subject = forbidden_subject(text)
        if subject is not None:
            raise DocumentError(path, f"speaks of {subject}: nobody may decide on it")


def _warnings(
    disclosed: tuple[DisclosedRule, ...], predicates: tuple[PredicateRule, ...], credential_type: CredentialType
) -> Iterator[tuple[str, str]]:
    for rule in disclosed:
        if credential_type.claim(rule.claim).kind in (ClaimKind.CENTS, ClaimKind.DATE):
            yield f"$.disclosed.{rule.claim}", "shows an exact amount or date: a predicate would hide it"
    for index, predicate in enumerate(predicates):
        for language, text in (("nl", predicate.text.nl), ("en", predicate.text.en)):
            subject = forbidden_subject(text)
            if subject is not None:
                yield f"$.predicates[{index}].text.{language}", f"speaks of {subject}"


def _compile(
    constants: tuple[ConstantRule, ...],
    disclosed: tuple[DisclosedRule, ...],
    predicates: tuple[PredicateRule, ...],
    credential_type: CredentialType,
) -> ClaimTerms:
    """(1.5) The terms of claim.md section 3; predicates in the order of the request."""
    scalars = []
    for rule in constants:
        try:
            scalar = credential_type.scalar(rule.claim, rule.value)
        except ClaimValueError as error:
            raise DocumentError(f"$.constants.{rule.claim}", error.rule) from error
        scalars.append(Constant(credential_type.position(rule.claim), scalar))
    shown = [Disclosed(credential_type.position(rule.claim), rule.minimum, rule.maximum) for rule in disclosed]
    compiled = [
        compile_predicate(rule, credential_type, 0, f"$.predicates[{index}]") for index, rule in enumerate(predicates)
    ]
    try:
        return ClaimTerms(
            header=credential_type.type_header,
            constants=tuple(sorted(scalars, key=lambda constant: constant.position)),
            disclosed=tuple(sorted(shown, key=lambda item: item.position)),
            predicates=tuple(compiled),
        )
    except TermsError as error:
        raise DocumentError("$", str(error)) from error
