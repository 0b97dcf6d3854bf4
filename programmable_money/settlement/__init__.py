# SPDX-License-Identifier: EUPL-1.2
"""Settlement: paying shops by bank what the chain burnt for them, once, and proving that it was once.

``payment_file`` makes and reads pain.001; ``bank_statement`` reads camt.053; ``model`` has batches and their states;
``service`` takes a batch from proposal to file (specs/protocols/settlement.md, whose numbers the code repeats);
``feedback`` imports what the bank did; ``reconciliation`` compares chain, files and bank. Only pure modules are
imported here.
"""

from programmable_money.settlement.payment_file import (
    BankAccount,
    BankOrder,
    PaymentFile,
    Settlement,
    SettlementError,
    Transfer,
    read_directory,
    read_payment_file,
    reference_octets,
    reference_text,
)

__all__ = [
    "BankAccount",
    "BankOrder",
    "PaymentFile",
    "Settlement",
    "SettlementError",
    "Transfer",
    "read_directory",
    "read_payment_file",
    "reference_octets",
    "reference_text",
]
