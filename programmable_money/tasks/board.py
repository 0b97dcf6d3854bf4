# SPDX-License-Identifier: EUPL-1.2
"""One task board on a chain: its steps, and collecting: ``ITaskBoard``."""

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from programmable_money.calls import ContractCall
from programmable_money.chain import Chain, Deployed, Receipt
from programmable_money.fund import WrongRulesError
from programmable_money.messages import Address, Scope
from programmable_money.messages.offers import PublishedOffer
from programmable_money.messages.tasks import (
    CollectionMessage,
    GroupChoice,
    SignedAppeal,
    SignedDone,
    SignedGivingUp,
    ascending,
)
from programmable_money.model import Amount
from programmable_money.registry import TrustRegistry
from programmable_money.rules import RulesTuple, tuples_of
from programmable_money.slotted_claims import SlottedClaims
from programmable_money.tasks.calls import appeal_call, choose_call, collect_call, done_call, give_up_call
from programmable_money.tasks.model import BoardRules, TaskRecord, WorkRecord
from programmable_money.tasks.purse import Purse
from programmable_money.tasks.rules import summary

__all__ = ["TaskBoard"]

_VALIDATORS = 11
"""Where the rules have the validators."""


class TaskBoard(SlottedClaims):
    """One board; ``TaskBoard(chain, chain.at("TaskBoard", address))`` for a known one."""

    def __init__(self, chain: Chain, contract: Deployed) -> None:
        self.chain = chain
        self.contract = contract
        self.address = contract.address

    @classmethod
    def deploy(
        cls, chain: Chain, rules: RulesTuple, registry: TrustRegistry, purse: Purse, *, sponsor: LocalAccount
    ) -> "TaskBoard":
        """Open a board; the purse was deployed just before, by the same account and for this address."""
        addresses = registry.contract.address, purse.address
        return cls(chain, chain.deploy("TaskBoard", rules, *addresses, sender=sponsor))

    # ---- reading ----

    def raw_rules(self) -> RulesTuple:
        """The contract's rules as ``programmable_money.tasks.rules.board_rules_of`` writes them."""
        frozen = tuples_of(self.chain.call(self.contract, "rules")[0])
        validators = tuple(to_checksum_address(validator) for validator in frozen[_VALIDATORS])
        rules: RulesTuple = (*frozen[:_VALIDATORS], validators, *frozen[_VALIDATORS + 1 :])
        return rules

    def rules(self) -> BoardRules:
        """The rules without the claim terms."""
        return summary(self.raw_rules())

    def check_rules(self, expected: RulesTuple) -> None:
        """Refuse a board that does not follow its rulebook; WrongRulesError names the first member that differs."""
        for index, (ours, theirs) in enumerate(zip(expected, self.raw_rules(), strict=True)):
            if ours != theirs:
                raise WrongRulesError(f"member {index} of the board's rules is not what the rulebook says")

    def scope(self) -> Scope:
        """The programme's scope, without a slot."""
        rules = self.rules()
        return Scope(self.chain.chain_id, self.address, rules.rulebook_hash, rules.period)

    def purse(self) -> Purse:
        """Where its coins are."""
        return Purse(self.chain, self.chain.at("Purse", self.chain.call(self.contract, "purse")[0]))

    def tasks(self) -> int:
        """How many tasks were published; they are numbered from 1."""
        return int(self.chain.call(self.contract, "tasks")[0])

    def task(self, number: int) -> TaskRecord:
        """A task; its state is NONE if there is no such task."""
        state, round_, quarters, awarded, until, employee = self.chain.call(self.contract, "taskOf", number)
        return TaskRecord.of(number, (state, round_, quarters, awarded, until, employee))

    def work(self, account: Address) -> WorkRecord:
        """What a task account does and has."""
        return WorkRecord(*self.chain.call(self.contract, "workOf", account))

    def earned(self, nullifier: bytes) -> Amount:
        """What a pseudonym has collected in its slot."""
        return Amount(self.chain.call(self.contract, "earnedOf", nullifier)[0])

    # ---- employees ----

    def publish(self, offer: PublishedOffer, *, employee: LocalAccount) -> int:
        """(1) Publish a task; its number. The document must be there for everybody to read before."""
        receipt = self.chain.send(self.contract, "publish", offer.members, sender=employee)
        return int(next(event.arguments["task"] for event in receipt.events if event.name == "TaskPublished"))

    def withdraw(self, task: int, *, employee: LocalAccount) -> Receipt:
        """Withdraw a task that nobody does."""
        return self.chain.send(self.contract, "withdraw", task, sender=employee)

    def equip(self, task: int, *, employee: LocalAccount) -> Receipt:
        """(3) Record that tools and materials were handed out."""
        return self.chain.send(self.contract, "equip", task, sender=employee)

    def release(self, task: int, *, employee: LocalAccount) -> Receipt:
        """Free a task that was chosen and not reported as done."""
        return self.chain.send(self.contract, "release", task, sender=employee)

    def verify(
        self, task: int, quarters: int, reason: int, accounts: Sequence[Address], *, employee: LocalAccount
    ) -> Receipt:
        """(5) Verify and award.

        Args:
            quarters: how many of the task's quarter hours count; 0 refuses it.
            reason: 0 if all do, otherwise a code of the rulebook.
            accounts: all that do the task.
        """
        return self.chain.send(self.contract, "verify", task, quarters, reason, ascending(accounts), sender=employee)

    def decide(
        self, task: int, quarters: int, reason: int, accounts: Sequence[Address], *, employee: LocalAccount
    ) -> Receipt:
        """(5) Decide an appeal, as another employee than the one who verified; arguments as ``verify``."""
        return self.chain.send(self.contract, "decide", task, quarters, reason, ascending(accounts), sender=employee)

    # ---- anyone, usually a relayer ----

    def choose(self, choice: GroupChoice, *, sender: LocalAccount | None = None) -> Receipt:
        """(2) Carry a choice that everybody of the group signed."""
        return self.carry(choose_call(choice), sender)

    def report_done(self, done: SignedDone, *, sender: LocalAccount | None = None) -> Receipt:
        """(4) Carry a report."""
        return self.carry(done_call(done), sender)

    def give_up(self, giving_up: SignedGivingUp, *, sender: LocalAccount | None = None) -> Receipt:
        """Carry a giving up; the task is free again."""
        return self.carry(give_up_call(giving_up), sender)

    def appeal(self, appeal: SignedAppeal, *, sender: LocalAccount | None = None) -> Receipt:
        """(5) Carry an appeal."""
        return self.carry(appeal_call(appeal), sender)

    def collect(self, collection: CollectionMessage, *, sender: LocalAccount | None = None) -> Receipt:
        """(6) Carry a collection; the contract checks the proof. The statement must be there: ``make_sure_of``."""
        return self.carry(collect_call(collection), sender)

    def carry(self, call: ContractCall, sender: LocalAccount | None) -> Receipt:
        """Send a call that anyone may deliver; a relayer's account pays when ``sender`` is None."""
        return self.chain.send(self.contract, call.function, *call.arguments, sender=sender)
