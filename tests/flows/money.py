# SPDX-License-Identifier: EUPL-1.2
"""A municipality, a validator and households for the flow tests: everything real, nothing mocked."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

import specs
from programmable_money.chain import Chain
from programmable_money.fund import Fund
from programmable_money.messages import (
    ZERO_ADDRESS,
    Address,
    Charge,
    ClaimMessage,
    PaymentPermit,
    Refund,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    address_of,
    recipient,
)
from programmable_money.model import Amount
from programmable_money.registry import TrustRegistry
from programmable_money.service import Municipality, Officers, Opening, relay_claim, relay_payment
from ssi.bbs.keys import generate_secret_key, sk_to_pk
from ssi.bbs.suite import random_scalar
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.registry_key import prove_possession, registry_key_id
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms
from ssi.credential.days import day_number
from ssi.credential.issuance import HeldCredential, accept, issue
from ssi.credential.pinning import holder_entropy, request_issuance
from ssi.credential.types import ClaimValue, CredentialType
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import terms

YEAR: Final = 2026
STARTS_AT: Final = datetime(YEAR, 3, 2, 9, tzinfo=UTC)
ETHER: Final = 10**18
RULEBOOK: Final = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
TYPE: Final = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
TERMS: Final[ClaimTerms] = terms(RULEBOOK, TYPE, YEAR)
BUDGET: Final = Amount.from_euros("3000")
TOYS: Final = RULEBOOK.category("toys").index
BICYCLES: Final = RULEBOOK.category("bicycles").index
CLOTHES: Final = RULEBOOK.category("clothing").index
"""What the second shop sells where a rulebook has no bicycles."""


def today(chain: Chain) -> int:
    """The chain's day, in days since 1900-01-01."""
    return day_number(datetime.fromtimestamp(chain.now(), UTC).date())


@dataclass
class Validator:
    """A municipal desk: an account at the registry and a BBS key."""

    account_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    secret_key: int = field(default_factory=generate_secret_key)
    pinning_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    did: str = "did:web:westland.example"

    @property
    def address(self) -> Address:
        return address_of(self.account_key)

    @property
    def public_key(self) -> bytes:
        return sk_to_pk(self.secret_key)

    @property
    def key_id(self) -> bytes:
        return registry_key_id(TYPE.type_id, self.public_key)

    def possession(self, registry: TrustRegistry) -> bytes:
        """The proof that the key is this validator's own."""
        return prove_possession(
            self.secret_key,
            chain_id=registry.chain.chain_id,
            registry=recipient(registry.contract.address),
            type_id=TYPE.type_id,
            validator=recipient(self.address),
        )

    def issue(
        self,
        holder_secret: int,
        *,
        record: str,
        income: int,
        norm: int,
        children: int,
        municipality: str = "GM1969",
        until: date = date(YEAR + 1, 1, 1),
    ) -> HeldCredential:
        """Issue blindly to a wallet."""
        nonce = secrets.token_bytes(16)
        pending = request_issuance(holder_secret, validator=self.did, nonce=nonce)
        verified = pending.request.verify(validator=self.did, nonce=nonce)
        values: dict[str, ClaimValue] = {
            "exp": until,
            "recovered_at": 0,
            "municipality": municipality,
            "children": children,
            "income": income,
            "norm": norm,
        }
        issuance = issue(self.secret_key, TYPE, values, verified, holder_entropy(self.pinning_secret, record))
        return accept(issuance, pending, [TYPE], self.public_key)


@dataclass
class Citizen:
    """A wallet: a holder secret, a credential and a payment account."""

    credential: HeldCredential
    account_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @classmethod
    def with_credential(
        cls,
        validator: Validator,
        *,
        record: str,
        income: int = 154_060,
        norm: int = 128_383,
        children: int = 3,
        **more: Any,
    ) -> "Citizen":
        held = validator.issue(random_scalar(), record=record, income=income, norm=norm, children=children, **more)
        return cls(held)

    @property
    def account(self) -> Address:
        return address_of(self.account_key)

    def prove(
        self,
        fund: Fund,
        *,
        as_of: int | None = None,
        account: Address | None = None,
        rulebook: Rulebook = RULEBOOK,
    ) -> ClaimMessage:
        """Make a claim, after comparing the fund's statement with an own one."""
        scope = fund.scope()
        claim_terms = TERMS if (rulebook, scope.period) == (RULEBOOK, YEAR) else terms(rulebook, TYPE, scope.period)
        statement = Statement.of(claim_terms, self.credential.public_key, scope.context_id)
        key = registry_key_id(TYPE.type_id, self.credential.public_key)
        assert fund.statement(key) == statement.octets
        account = account or self.account
        day = today(fund.chain) if as_of is None else as_of
        children = self.credential.witness.scalars[TYPE.position("children")]
        claim = Claim(recipient(account), day, (children,))
        proof = PreparedClaim.of(statement, claim, self.credential.witness).prove()
        return ClaimMessage(fund.domain, key, account, day, claim.disclosed, proof)

    def permit(
        self, fund: Fund, limit: int, *, merchant: Address = ZERO_ADDRESS, seconds: int = 300, nonce: int | None = None
    ) -> SignedPermit:
        """A one-time QR."""
        nonce = secrets.randbits(256) if nonce is None else nonce
        permit = PaymentPermit(self.account, merchant, limit, nonce, fund.chain.now() + seconds)
        return SignedPermit.from_json(SignedPermit.sign(fund.domain, permit, self.account_key).to_json())


@dataclass
class Shop:
    """A merchant with its key."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def address(self) -> Address:
        return address_of(self.key)

    def charge(self, fund: Fund, permit: SignedPermit, amount: int) -> SignedCharge:
        return SignedCharge.sign(fund.domain, Charge(permit.permit.payment, self.address, amount), self.key)

    def refund(self, fund: Fund, permit: SignedPermit, total: int) -> SignedRefund:
        return SignedRefund.sign(fund.domain, Refund(permit.permit.payment, total), self.key)


@dataclass
class World:
    """A municipality with one open fund, one validator and two shops."""

    chain: Chain
    municipality: Municipality
    validator: Validator
    opening: Opening
    fund: Fund
    toys: Shop
    bicycles: Shop

    @classmethod
    def open(cls, chain: Chain, *, budget: Amount = BUDGET, rulebook: Rulebook = RULEBOOK, year: int = YEAR) -> "World":
        officers = Officers.one(chain.account(secrets.token_bytes(32)))
        municipality = Municipality.set_up(chain, officers, officer_gas_wei=100 * ETHER)
        validator = Validator()
        chain.provide_gas(validator.address, ETHER)
        municipality.admit_validator(validator.address, TYPE)
        municipality.registry.add_key(
            TYPE.type_id,
            validator.public_key,
            chain.now() - 10,
            chain.now() + 400 * 86_400,
            validator.possession(municipality.registry),
            validator=chain.account(validator.account_key),
        )
        opening = Opening(rulebook, TYPE, year, (validator.address,), budget, "BANK-2026-0001")
        fund = municipality.open_fund(opening)
        fund.accept(validator.key_id)
        toys, bicycles = Shop(), Shop()
        known = {category.index for category in rulebook.spending.categories}
        municipality.approve_merchants(
            fund, {toys.address: TOYS, bicycles.address: BICYCLES if BICYCLES in known else CLOTHES}
        )
        return cls(chain, municipality, validator, opening, fund, toys, bicycles)

    def claim(self, citizen: Citizen) -> None:
        """Carry a citizen's claim."""
        relay_claim(self.fund, citizen.prove(self.fund, rulebook=self.opening.rulebook))

    def pay(self, citizen: Citizen, shop: Shop, cents: int, *, limit: int | None = None) -> SignedPermit:
        """Carry a payment; its permit."""
        permit = citizen.permit(self.fund, cents if limit is None else limit)
        relay_payment(self.fund, permit, shop.charge(self.fund, permit, cents))
        return permit

    def check_books(self) -> None:
        """The books from events are the chain's, and they balance."""
        ledger = self.municipality.check_books([self.fund])
        assert ledger.books.is_balanced
        assert self.municipality.check_balances(self.fund, ledger) == len(
            {*ledger.funds[self.fund.address].accounts, *ledger.funds[self.fund.address].merchants}
        )
