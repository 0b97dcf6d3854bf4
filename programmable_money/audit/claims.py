# SPDX-License-Identifier: EUPL-1.2
"""Every claim again, off chain: the proof from the transaction's own input, against a statement that is computed here.

The statement comes from the validator's key in the registry, the published rulebook and the scope. Nothing is taken
from the fund, so a fund that checked against something else is found out.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from programmable_money.abi import interface
from programmable_money.audit.calls import calls_in
from programmable_money.audit.node import Transaction
from programmable_money.audit.registry_state import KeyState
from programmable_money.messages import recipient
from programmable_money.model import ChainEvent, FundRules
from ssi.claim.proof import Claim
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms, TermsError
from ssi.claim.verify import verify_claim
from ssi.errors import VerificationError

__all__ = ["ClaimProofs"]

_CLAIM: Final = interface("Fund").functions["claim"]


@dataclass(slots=True)
class ClaimProofs:
    """Verifies the claims of one fund.

    Args:
        terms: compiled from the published rulebook.
        context_id: the scope's (claim.md 2.1), from chain, fund, rulebook and period.
    Attributes:
        verified: how many proofs were found to hold.
    """

    terms: ClaimTerms
    context_id: bytes
    rules: FundRules
    verified: int = 0
    _statements: dict[bytes, Statement] = field(default_factory=dict)

    def statement(self, public_key: bytes) -> Statement:
        """The statement of a validator's key.

        Raises:
            VerificationError, TermsError: there is none for this key.
        """
        if public_key not in self._statements:
            self._statements[public_key] = Statement.of(self.terms, public_key, self.context_id)
        return self._statements[public_key]

    def why_wrong(self, event: ChainEvent, transaction: Transaction, key: KeyState) -> str | None:
        """Why an event ``Claimed`` is not what its transaction proves, in words; None when it is."""
        given, why = event.arguments, "its transaction carries no claim for this account, key and day"
        try:
            statement = self.statement(key.public_key)
        except (VerificationError, TermsError):
            return "its validator's key is no key"
        for call in calls_in(transaction.octets, _CLAIM):
            if any(call[name] != given[name] for name in ("keyId", "account", "asOf")):
                continue
            found = self._why_call_wrong(call, given["nullifier"], given["amount"], statement)
            if found is None:
                self.verified += 1
                return None
            why = found
        return why

    def _why_call_wrong(self, call: dict[str, Any], nullifier: bytes, amount: int, statement: Statement) -> str | None:
        claim = Claim(recipient(call["account"]), call["asOf"], tuple(call["disclosed"]))
        try:
            verified = verify_claim(statement, claim, call["proof"])
        except VerificationError as error:
            return f"its proof does not hold ({error.reason.value})"
        if verified.nullifier != nullifier:
            return "its proof is another pseudonym's"
        rules = self.rules
        if rules.unit is not None and not rules.min_units <= claim.disclosed[rules.unit] <= rules.max_units:
            return "it shows a number that the rules do not allow"
        if rules.allotment(claim.disclosed).cents != amount:
            return f"it got {amount} cents and was worth {rules.allotment(claim.disclosed).cents}"
        return None
