# SPDX-License-Identifier: EUPL-1.2
"""A fund opened on a chain with the claim terms of the tests, ready to be claimed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from programmable_money.chain import Chain
from programmable_money.euro import MunicipalEuro
from programmable_money.fund import Fund
from programmable_money.messages import ClaimMessage, parse_address, recipient
from programmable_money.model import Amount
from programmable_money.registry import TrustRegistry
from programmable_money.rules import terms_of
from ssi.claim.proof import Claim
from ssi.claim.registry_key import prove_possession
from ssi.claim.statement import Statement
from ssi.claim.terms import DAY_LIMIT, Predicate
from tests.claims import HEADER, PREDICATES, PUBLIC_KEY, SECRET_KEY, TODAY, terms

STARTS_AT: Final = datetime.fromtimestamp((TODAY - 25_567) * 86_400 + 12 * 3600, UTC)
"""Noon of the tests' day."""
BUDGET: Final = Amount(10**9)


@dataclass(frozen=True)
class OpenedFund:
    """A fund with one accepted validator key."""

    fund: Fund
    registry: TrustRegistry
    key: bytes
    statement: Statement

    def message(self, claim: Claim, proof: bytes) -> ClaimMessage:
        """A claim as a relayer carries it."""
        return ClaimMessage(
            domain=self.fund.domain,
            key_id=self.key,
            account=parse_address("0x" + claim.recipient.hex()),
            as_of=claim.as_of,
            disclosed=claim.disclosed,
            proof=proof,
        )


def open_fund(chain: Chain, predicates: Sequence[Predicate] = PREDICATES[:3]) -> OpenedFund:
    """Deploy everything and accept the tests' validator; the sponsor, registrar and validator are the relayer."""
    admin = chain.relayers[0]
    registry = TrustRegistry.deploy(chain, admin=admin, registrar=parse_address(admin.address))
    euro = MunicipalEuro.deploy(chain, admin=admin, minter=parse_address(admin.address))
    registry.register_type(HEADER.octets)
    registry.admit(parse_address(admin.address), HEADER.type_id, registrar=admin)
    now = chain.now()
    possession = prove_possession(
        SECRET_KEY,
        chain_id=chain.chain_id,
        registry=recipient(registry.contract.address),
        type_id=HEADER.type_id,
        validator=recipient(parse_address(admin.address)),
    )
    key = registry.add_key(HEADER.type_id, PUBLIC_KEY, now, now + 10**8, possession, validator=admin)
    asked = terms(predicates)
    times = (now - 10**6, now + 10**7, now + 10**7)
    rules = (bytes(32), 2024, *times, 0, 15_000, 0, 1, 31, 10_000, 1, (admin.address,), terms_of(asked))
    fund = Fund.deploy(chain, rules, (0, 0, 0, 0, ()), registry, euro, sponsor=admin)
    euro.admit_fund(fund.address, admin=admin)
    euro.mint(parse_address(admin.address), BUDGET, bytes(31) + b"\x01", minter=admin)
    euro.approve(fund.address, BUDGET, owner=admin)
    fund.top_up(BUDGET, sponsor=admin)
    fund.accept(key)
    assert TODAY < DAY_LIMIT
    return OpenedFund(fund, registry, key, Statement.of(asked, PUBLIC_KEY, fund.scope().context_id))
