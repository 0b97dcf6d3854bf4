# SPDX-License-Identifier: EUPL-1.2
"""The wallet's side: what a request would show, and the proof (presentation.md section 4)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ssi.base64url import encode_base64url
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.randomness import SYSTEM, Randomness
from ssi.claim.statement import Statement
from ssi.credential.days import day_number
from ssi.credential.document import Wording
from ssi.credential.issuance import HeldCredential
from ssi.credential.types import ClaimValue
from ssi.errors import Reason, VerificationError
from ssi.presentation.binding import SALT_OCTETS, Binding, context_id
from ssi.presentation.request import ClaimRequest

__all__ = ["WouldShow", "describe", "present", "qualifies"]


@dataclass(frozen=True, slots=True)
class WouldShow:
    """Everything that a verifier would learn from a presentation, besides that it is valid. Personal.

    Attributes:
        disclosed: values that are shown, by name.
        constants: values that the verifier asked for and that the proof confirms, by name.
        predicates: what is proved of hidden values, in words.
        scope: within which the verifier would recognise the pseudonym, in its own words.
        warnings: (path, rule) to be said before the citizen agrees.
    """

    disclosed: Mapping[str, ClaimValue] = field(repr=False)
    constants: Mapping[str, ClaimValue]
    predicates: tuple[Wording, ...]
    scope: str
    warnings: tuple[tuple[str, str], ...]


def describe(held: HeldCredential, request: ClaimRequest) -> WouldShow:
    """What a presentation would show; nothing is proved or sent."""
    values = held.credential.values
    return WouldShow(
        {name: values[name] for name in request.disclosed_names},
        {rule.claim: rule.value for rule in request.constants},
        tuple(rule.text for rule in request.predicates),
        request.scope,
        request.warnings,
    )


def qualifies(held: HeldCredential, request: ClaimRequest, as_of: date) -> bool:
    """Whether a credential meets a request on a day (UTC); computed locally, nobody learns that it was asked."""
    return not unmet_rules(held, request, as_of)


def unmet_rules(held: HeldCredential, request: ClaimRequest, as_of: date) -> tuple[str, ...]:
    """Paths of the request's rules that a credential does not meet; no value is among them."""
    if held.credential.type != request.credential_type:
        return ("$.vct_values",)
    terms, scalars, day = request.terms, held.witness.scalars, day_number(as_of)
    names = [claim.name for claim in request.credential_type.claims]
    unmet = [] if held.public_key in request.keys else ["$.keys"]
    unmet += [f"$.constants.{names[one.position]}" for one in terms.constants if scalars[one.position] != one.scalar]
    unmet += [
        f"$.disclosed.{names[one.position]}"
        for one in terms.disclosed
        if not one.minimum <= scalars[one.position] <= one.maximum
    ]
    values = [predicate.evaluate(scalars, day) for predicate in terms.predicates]
    return (*unmet, *(f"$.predicates[{index}]" for index, value in enumerate(values) if not 0 <= value <= terms.x_max))


def present(
    held: HeldCredential,
    request: ClaimRequest,
    binding: Binding,
    *,
    as_of: date,
    salt: bytes | None = None,
    randomness: Randomness = SYSTEM,
) -> dict[str, object]:
    """Make the presentation for one request.

    Args:
        held: the credential.
        request: what is asked, out of the verified request.
        binding: of the verified request.
        as_of: today, UTC.
        salt, randomness: only a test vector gives them.
    Returns:
        The element of the ``vp_token``, a JSON object.
    Raises:
        VerificationError: ``QUERY_NOT_MET``, before anything is proved.
    """
    unmet = unmet_rules(held, request, as_of)
    if unmet:
        raise VerificationError(Reason.QUERY_NOT_MET, ", ".join(unmet))
    salt = secrets.token_bytes(SALT_OCTETS) if salt is None else salt  # (4.2)
    statement = Statement.of(request.terms, held.public_key, context_id(binding.client_id, request.scope))  # (4.3)
    disclosed = tuple(held.witness.scalars[one.position] for one in request.terms.disclosed)
    claim = Claim(binding.recipient(salt), day_number(as_of), disclosed)
    proof = PreparedClaim.of(statement, claim, held.witness).prove(randomness)  # (4.4)
    return {
        "key": request.key_id(held.public_key),
        "as_of": claim.as_of,
        "disclosed": list(disclosed),
        "salt": encode_base64url(salt),
        "proof": encode_base64url(proof),
    }
