# SPDX-License-Identifier: EUPL-1.2
"""What dishonest people send: sound proofs for statements of their own, and what thieves change."""

from dataclasses import replace

from examples.stadjerspas.cast import Cast, Citizen
from holder.passes.using import plan_use
from holder.refusals import IssuanceRefusedError
from holder.service import Wallet
from issuer.errors import IssuanceRefusedError as DeskRefusedError
from issuer.passes.model import PassAccount
from programmable_money.messages import Address, address_of, recipient
from programmable_money.messages.pass_offers import Quote
from programmable_money.messages.passes import ACTIVATION_SLOT, ActivationMessage, OfferUseMessage
from programmable_money.passes.rules import use_terms_of
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.statement import Statement
from ssi.claim.terms import Predicate
from ssi.credential.days import day_number
from ssi.keccak import keccak256
from ssi.rulebook.terms import terms

__all__ = ["activate_for", "activate_with_own_rules", "ask_for_another", "ask_without_pass", "own_use", "steal_pass"]


def activate_for(citizen: Citizen, cast: Cast, account: Address) -> ActivationMessage:
    """A valid proof for an account of one's choice."""
    return _activation(citizen, cast, account, is_honest=True)


def activate_with_own_rules(citizen: Citizen, cast: Cast) -> ActivationMessage:
    """A proof that is sound, for an income limit of the forger's own: only the statement is another than the pass's."""
    account = address_of(keccak256(citizen.phrase.encode()))
    return _activation(citizen, cast, account, is_honest=False)


def own_use(citizen: Citizen, cast: Cast, offer: str, number: int, shop: Address, price: int) -> OfferUseMessage:
    """A sound proof for any use, shop and price, whatever the offer says: what a wallet of ours refuses to make."""
    held = next(one for one in reversed(citizen.wallet.credentials) if one.type == cast.pass_type)
    at = cast.numbers[offer]
    plan = plan_use(
        replace(cast.view(), statements={}),
        cast.rulebook,
        use_terms_of(cast.rulebook, cast.types, cast.period),
        held,
        cast.offers[at],
        (at, number),
        shop,
        Quote(price, 0, 0),
        is_repeat=False,
        now=cast.now(),
    )
    return plan.prove()


def ask_without_pass(citizen: Citizen, cast: Cast) -> str:
    """Ask the desk for a pass that was never activated; the desk's reason."""
    try:
        cast.pass_desk.open_session(PassAccount(citizen.wallet.passes.account(cast.view())))
    except DeskRefusedError as refused:
        return refused.reason.value
    raise RuntimeError("the desk opened a session for an account without a pass")


def ask_for_another(thief: Citizen, victim: Citizen, cast: Cast) -> str:
    """Ask the desk for somebody else's pass, with the own signature; the desk's reason."""
    account = PassAccount(victim.wallet.passes.account(cast.view()))
    session = cast.pass_desk.open_session(account)
    asked = thief.wallet.passes.request(cast.view(), cast.pass_desk.did, session.nonce, now=cast.now())
    try:
        cast.pass_desk.issue(account, session.nonce, asked.request, asked.signed.signature)
    except DeskRefusedError as refused:
        return refused.reason.value
    raise RuntimeError("the desk gave somebody's pass to a thief")


def steal_pass(thief: Wallet, victim: Citizen, cast: Cast) -> None:
    """Put somebody's pass into another wallet that has asked for one; RuntimeError if the wallet takes it."""
    if victim.issued is None:
        raise ValueError("the victim has no pass")
    thief.request_credential(cast.pass_desk.did, bytes(32), cast.pass_type, now=cast.now())
    key = cast.pass_desk.keys.public_key(cast.pass_type)
    try:
        thief.accept_credential(victim.issued, key, now=cast.now())
    except IssuanceRefusedError:
        return
    raise RuntimeError("a wallet took somebody else's pass")


def _activation(citizen: Citizen, cast: Cast, account: Address, *, is_honest: bool) -> ActivationMessage:
    held = next(one for one in citizen.wallet.credentials if one.type == cast.income).credential
    asked, today = terms(cast.rulebook, cast.income, cast.period), day_number(cast.now().date())

    def loosened(predicate: Predicate) -> Predicate:
        missing = min(0, predicate.evaluate(held.witness.scalars, today))
        return replace(predicate, constant=predicate.constant - missing)

    if not is_honest:
        asked = replace(asked, predicates=tuple(map(loosened, asked.predicates)))
    statement = Statement.of(asked, held.public_key, cast.opened.scope_of(ACTIVATION_SLOT).context_id)
    proof = PreparedClaim.of(statement, Claim(recipient(account), today, ()), held.witness).prove()
    return ActivationMessage(cast.opened.domain, cast.key, account, today, proof)
