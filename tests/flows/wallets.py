# SPDX-License-Identifier: EUPL-1.2
"""Real wallets for the money flows: made from a phrase, with a credential that the flows' validator issued."""

import secrets
from datetime import date, datetime
from pathlib import Path
from typing import Any

from holder.model import Catalogue
from holder.service import Wallet
from holder.wallet_file import KeyWork
from ssi.credential.issuance import issue
from ssi.credential.pinning import holder_entropy
from ssi.credential.types import ClaimValue
from ssi.rulebook.model import Rulebook
from tests.flows.money import TYPE, YEAR, Validator

PASSPHRASE = "correct horse battery staple"


def wallet_with_credential(
    folder: Path, validator: Validator, *rulebooks: Rulebook, now: datetime, **values: Any
) -> Wallet:
    """A new wallet that knows these rulebooks, with a credential."""
    catalogue = Catalogue.of((TYPE,), rulebooks)
    wallet, _ = Wallet.create(folder / "amira.wallet", PASSPHRASE, catalogue, work=KeyWork.INTERACTIVE)
    give(wallet, validator, now=now, **values)
    return wallet


def give(wallet: Wallet, validator: Validator, *, now: datetime, record: str = "amira", **values: Any) -> None:
    """The whole issuance: the wallet asks, the validator issues, the wallet accepts."""
    nonce = secrets.token_bytes(16)
    request = wallet.request_credential(validator.did, nonce, TYPE, now=now)
    verified = request.verify(validator=validator.did, nonce=nonce)
    known: dict[str, ClaimValue] = {
        "exp": date(YEAR + 1, 1, 1),
        "recovered_at": 0,
        "municipality": "GM1969",
        "children": 3,
        "income": 154_060,
        "norm": 128_383,
    }
    entropy = holder_entropy(validator.pinning_secret, record)
    issuance = issue(validator.secret_key, TYPE, {**known, **values}, verified, entropy)
    wallet.accept_credential(issuance, validator.public_key, now=now)
