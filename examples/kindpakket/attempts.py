# SPDX-License-Identifier: EUPL-1.2
"""Claims that must be refused: what a dishonest citizen, thief or relayer would send."""

from dataclasses import dataclass, replace

from examples.kindpakket.cast import Cast, Citizen
from holder.refusals import IssuanceRefusedError
from holder.service import Wallet
from issuer.model import Household, PersonId
from issuer.service import Desk
from programmable_money.fund import Fund
from programmable_money.messages import ClaimMessage, recipient
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms, Predicate
from ssi.credential.days import day_number
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import terms

__all__ = ["LateCitizen", "claim_from", "claim_with_own_rules", "limit_of", "redirect", "steal_credential"]


@dataclass
class LateCitizen:
    """Somebody whose credential was signed with a key that is revoked before the claim."""

    person: PersonId
    desk: Desk
    key: bytes
    citizen: Citizen | None = None


def limit_of(rulebook: Rulebook, record: Household) -> int:
    """The highest income, in cents a month, with which this household qualifies."""
    if rulebook.norms is None:
        raise ValueError("the rulebook has no norm table")
    return rulebook.norms.limit(record.kind, 120)


def claim_with_own_rules(citizen: Citizen, fund: Fund, key: bytes, cast: Cast) -> ClaimMessage:
    """A proof that is sound, for a statement of the forger's own: its constants are the forger's, its predicates hold.

    Whoever does not qualify can only prove something else than what the fund asks.
    """
    asked = terms(cast.rulebook, cast.type, fund.rules().period)
    witness = citizen.wallet.credentials[0].credential.witness
    today = day_number(cast.now().date())

    def loosened(predicate: Predicate) -> Predicate:
        missing = min(0, predicate.evaluate(witness.scalars, today))
        return replace(predicate, constant=predicate.constant - missing)

    constants = tuple(replace(constant, scalar=witness.scalars[constant.position]) for constant in asked.constants)
    own = ClaimTerms(asked.header, constants, asked.disclosed, tuple(map(loosened, asked.predicates)))
    return _claim(citizen, fund, key, cast, own)


def claim_from(citizen: Citizen, fund: Fund, key: bytes, cast: Cast) -> ClaimMessage:
    """A valid proof for a fund, without the wallet's own look at the calendar."""
    return _claim(citizen, fund, key, cast, terms(cast.rulebook, cast.type, fund.rules().period))


def steal_credential(thief: Wallet, victim: Citizen, cast: Cast) -> None:
    """Put somebody's credential into another wallet that has asked for one; RuntimeError if the wallet takes it."""
    if victim.issuance is None:
        raise ValueError("the victim has no credential")
    nonce = bytes(32)
    thief.request_credential(cast.desk.validator.did, nonce, cast.type, now=cast.now())
    try:
        thief.accept_credential(victim.issuance, cast.desk.keys.public_key(cast.type), now=cast.now())
    except IssuanceRefusedError:
        return
    raise RuntimeError("a wallet took somebody else's credential")


def redirect(message: ClaimMessage, thief: Wallet, fund: Fund) -> ClaimMessage:
    """Somebody's claim with the thief's account in it."""
    return replace(message, account=thief.account_address(fund.scope()))


def _claim(citizen: Citizen, fund: Fund, key: bytes, cast: Cast, own: ClaimTerms) -> ClaimMessage:
    held = citizen.wallet.credentials[0].credential
    scope = fund.scope()
    account = citizen.wallet.account_address(scope)
    disclosed = tuple(held.witness.scalars[item.position] for item in own.disclosed)
    claim = Claim(recipient(account), day_number(cast.now().date()), disclosed)
    statement = Statement.of(own, held.public_key, scope.context_id)
    proof = PreparedClaim.of(statement, claim, held.witness).prove()
    return ClaimMessage(fund.domain, key, account, claim.as_of, claim.disclosed, proof)
