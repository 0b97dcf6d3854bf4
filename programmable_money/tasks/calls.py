# SPDX-License-Identifier: EUPL-1.2
"""What anyone may ask of a task board: how what task accounts signed is put to it. Pure."""

from programmable_money.calls import ContractCall
from programmable_money.messages.tasks import CollectionMessage, GroupChoice, SignedAppeal, SignedDone, SignedGivingUp

__all__ = ["appeal_call", "choose_call", "collect_call", "done_call", "give_up_call"]

_BOARD = "TaskBoard"


def choose_call(choice: GroupChoice) -> ContractCall:
    """(2) Choose a task, alone or together."""
    said = choice.choice
    arguments = said.task, list(said.accounts), list(said.parts), list(choice.signatures)
    return ContractCall("choose", arguments, _BOARD)


def done_call(done: SignedDone) -> ContractCall:
    """(4) Report a task as done."""
    return ContractCall("reportDone", (done.done.task, done.account, done.signature), _BOARD)


def give_up_call(giving_up: SignedGivingUp) -> ContractCall:
    """Give a task up."""
    return ContractCall("giveUp", (giving_up.giving_up.task, giving_up.account, giving_up.signature), _BOARD)


def appeal_call(appeal: SignedAppeal) -> ContractCall:
    """(5) Appeal."""
    said = appeal.appeal
    return ContractCall("appeal", (said.task, appeal.account, said.statement, appeal.signature), _BOARD)


def collect_call(message: CollectionMessage) -> ContractCall:
    """(6) Turn awarded time into coins."""
    said = message.collection
    members = (
        said.task_account,
        said.account,
        said.slot,
        message.terms,
        said.collected_total,
        message.key_id,
        message.as_of,
    )
    return ContractCall("collect", (members, message.signature, message.proof), _BOARD)
