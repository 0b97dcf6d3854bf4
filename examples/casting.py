# SPDX-License-Identifier: EUPL-1.2
"""What the casts of all stories have in common: shops with tills, household files, accounts, wallets that disappear."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from eth_account.signers.local import LocalAccount

from holder.model import Catalogue
from holder.service import Wallet
from holder.wallet_file import KeyWork
from issuer.households import import_households
from issuer.keys import ValidatorKeys
from issuer.model import MUNICIPALITY, Household
from programmable_money.chain import Chain
from programmable_money.messages import Address, parse_address, recipient
from programmable_money.registry import TrustRegistry
from ssi.credential.types import CredentialType
from ssi.keccak import keccak256
from ssi.rulebook.model import Rulebook

__all__ = ["GAS_WEI", "Shop", "Wallets", "account_of", "read_records", "read_shops", "register_key"]

GAS_WEI: Final = 10**18
"""Fees that an account of the cast is given to begin with."""


@dataclass
class Shop:
    """A shop with the key of its till."""

    name: str
    category: str
    iban: str
    account: LocalAccount

    @property
    def address(self) -> Address:
        """Its account."""
        return parse_address(self.account.address)


def read_shops(path: Path, chain: Chain) -> tuple[Shop, ...]:
    """The shops of a file with name, category and IBAN; each has the account of its name, the same at every telling."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Shop(row["name"], row["category"], row["iban"], chain.account(keccak256(b"till of " + row["name"].encode())))
        for row in rows
    )


def read_records(path: Path, rulebook: Rulebook, *, otherwise: str) -> tuple[Household, ...]:
    """The records of a household file; residents of any municipality, so that the rulebook refuses.

    Args:
        otherwise: the municipality of a file that has nobody.
    Raises:
        HouseholdFileError: with every line that is wrong.
        OSError: the file cannot be read.
    """
    octets = path.read_bytes()
    codes = frozenset(MUNICIPALITY.findall(octets.decode("utf-8", errors="replace"))) or {otherwise}
    today = datetime.now(UTC).date()
    return import_households(octets, rulebook, municipalities=codes, today=today, skip_bad_rows=False).households


def account_of(chain: Chain, role: str) -> LocalAccount:
    """An account for a role, another one on each chain."""
    seed = keccak256(b"".join(key.key for key in chain.relayers))
    return chain.account(keccak256(seed + role.encode()))


def register_key(
    registry: TrustRegistry,
    keys: ValidatorKeys,
    credential_type: CredentialType,
    validator: LocalAccount,
    *,
    valid_from: int,
    valid_until: int,
) -> bytes:
    """Put a validator's key for a type into the trust registry, as the validator, and return its id."""
    addresses = recipient(registry.contract.address), recipient(parse_address(validator.address))
    return registry.add_key(
        credential_type.type_id,
        keys.public_key(credential_type),
        valid_from,
        valid_until,
        keys.prove_possession(credential_type, registry.chain.chain_id, *addresses),
        validator=validator,
    )


class Wallets:
    """The wallets of a telling, in files of their own; closing removes them.

    Args:
        catalogue: the published documents that they go by.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._folder = TemporaryDirectory(prefix="stuiver-wallets-")
        self._wallets: list[Wallet] = []

    def open(self, name: str, phrase: str | None = None) -> tuple[Wallet, str]:
        """A new wallet, or one restored from a phrase; and its phrase."""
        path = Path(self._folder.name) / f"{len(self._wallets)}-{name}.wallet"
        # Quick key derivation: eighty wallets open at once here; a citizen opens one.
        if phrase is None:
            wallet, phrase = Wallet.create(path, "a passphrase", self._catalogue, work=KeyWork.INTERACTIVE)
        else:
            wallet = Wallet.restore(path, "a passphrase", phrase, self._catalogue, work=KeyWork.INTERACTIVE)
        self._wallets.append(wallet)
        return wallet, phrase

    def close(self) -> None:
        """Close them and remove their files."""
        for wallet in self._wallets:
            wallet.close()
        self._folder.cleanup()
