# SPDX-License-Identifier: EUPL-1.2
"""What people do to a pass with software of their own: sound proofs that no wallet of ours would make."""

import secrets
from dataclasses import replace

from holder.eligibility import Held
from holder.passes.using import plan_use
from holder.passes.view import PassView
from holder.service import Wallet
from programmable_money.messages import Address, recipient
from programmable_money.messages.pass_offers import Quote
from programmable_money.messages.passes import ActivationMessage, OfferUseMessage, SignedOfferUse
from programmable_money.passes.rules import use_terms_of
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.registry_key import registry_key_id
from ssi.claim.statement import Statement
from ssi.claim.terms import Predicate
from ssi.credential.days import day_number
from ssi.credential.issuance import issue
from ssi.rulebook.terms import terms
from tests.flows.city import INCOME, PASS, PASS_DESK, RULEBOOK, YEAR, City, offer

SHORT, SCALAR, POINT = 16, 32, 96


def pass_key(wallet: Wallet, view: PassView) -> bytes:
    """The key of a wallet's pass account, as its owner could read it out."""
    return wallet._recovery.payment_key(view.scope.in_slot(0).context_id)


def forge_activation(city: City, wallet: Wallet, account: Address, *, loosened: bool = False) -> ActivationMessage:
    """A proof for any account; with terms of the forger's own that hold, if ``loosened``."""
    held = wallet.credentials[0].credential
    asked, today = terms(RULEBOOK, INCOME, YEAR), day_number(city.now.date())

    def looser(predicate: Predicate) -> Predicate:
        return replace(predicate, constant=predicate.constant - min(0, predicate.evaluate(held.witness.scalars, today)))

    if loosened:
        asked = replace(asked, predicates=tuple(looser(predicate) for predicate in asked.predicates))
    statement = Statement.of(asked, held.public_key, city.opened.scope_of(0).context_id)
    proof = PreparedClaim.of(statement, Claim(recipient(account), today, ()), held.witness).prove()
    key = registry_key_id(INCOME.type_id, held.public_key)
    return ActivationMessage(city.opened.domain, key, account, today, proof)


def forge_use(
    city: City, wallet: Wallet, number: int, use: int, shop: str, price: int, *, held: Held | None = None
) -> OfferUseMessage:
    """A sound proof for any offer, use, shop and price, whatever the offer says."""
    credential = held or next(one for one in reversed(wallet.credentials) if one.type == PASS)
    plan = plan_use(
        replace(city.view(), statements={}),
        RULEBOOK,
        use_terms_of(RULEBOOK, (INCOME, PASS), YEAR),
        credential,
        city.offers.get(number, offer()),
        (number, use),
        city.shop(shop),
        Quote(price, 0, 0),
        is_repeat=False,
        now=city.now,
    )
    return plan.prove()


def issue_without_activation(city: City, wallet: Wallet) -> Held:
    """What a thief of the desk's key makes: a pass credential that no activation stands behind."""
    nonce = secrets.token_bytes(32)
    asked = wallet.request_credential(PASS_DESK, nonce, PASS, now=city.now)
    request = asked.verify(validator=PASS_DESK, nonce=nonce)
    keys = city.pass_desk.keys
    issued = issue(keys.signing_key(PASS), PASS, city.pass_desk.terms.values, request, 12_345)
    wallet.accept_credential(issued, keys.public_key(PASS), now=city.now)
    return wallet.credentials[-1]


def pieces(use: SignedOfferUse) -> set[bytes]:
    """Everything that a shop can compare of one use, cut as the protocol writes it: points, scalars, the signature."""
    proof = use.shown.proof
    points = {proof[at : at + POINT] for at in range(0, 8 * POINT, POINT)}
    rest = proof[8 * POINT :]
    words = {rest[at : at + SCALAR] for at in range(0, len(rest), SCALAR)}
    shorts = {rest[at : at + SHORT] for at in range(0, len(rest), SHORT)}
    signature = {use.signature[:SCALAR], use.signature[SCALAR : 2 * SCALAR]}
    return points | words | shorts | signature | {use.shown.nullifier}
