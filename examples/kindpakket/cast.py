# SPDX-License-Identifier: EUPL-1.2
"""The people and places of the story: a municipality, a validator, shops and citizens, each with keys of their own."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from eth_account.signers.local import LocalAccount

import specs
from holder.model import Catalogue
from holder.service import Wallet
from holder.wallet_file import KeyWork
from issuer.households import import_households
from issuer.keys import ValidatorKeys
from issuer.model import MUNICIPALITY, Household, Validator
from issuer.service import Desk
from issuer.store import Store
from programmable_money.chain import Chain
from programmable_money.messages import Address, parse_address, recipient
from programmable_money.model import from_unix
from programmable_money.service import Municipality, Officers
from programmable_money.settlement import BankAccount
from ssi.credential.issuance import Issuance
from ssi.credential.types import CredentialType
from ssi.keccak import keccak256
from ssi.rulebook.model import Rulebook

__all__ = ["Cast", "Citizen", "Shop", "read_households", "read_shops"]

FOLDER: Final = Path(__file__).parent
DEBTOR: Final = BankAccount.from_text("Gemeente Westerkwartier", "NL68BNGH0000000100", field="debtor")
_DESK: Final = "did:web:loket.westerkwartier.example"
_GAS_WEI: Final = 10**18


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


@dataclass
class Citizen:
    """One applicant: the record that the validator has, and the wallet that only the citizen opens."""

    record: Household
    wallet: Wallet
    phrase: str = field(repr=False)
    issuance: Issuance | None = field(default=None, repr=False)

    @property
    def first_name(self) -> str:
        """For the story; the real thing never asks."""
        return self.record.name.split()[0]


def read_shops(chain: Chain) -> tuple[Shop, ...]:
    """The twelve shops of shops.csv, each with an account."""
    with (FOLDER / "shops.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Shop(row["name"], row["category"], row["iban"], chain.account(keccak256(b"till of " + row["name"].encode())))
        for row in rows
    )


def read_households(path: Path | None = None) -> tuple[Household, ...]:
    """The records of a household file, or of the sample; residents of any municipality, so that the rulebook refuses.

    Raises:
        HouseholdFileError: with every line that is wrong.
        OSError: the file cannot be read.
    """
    octets = (path or FOLDER / "households.csv").read_bytes()
    rulebook = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
    codes = frozenset(MUNICIPALITY.findall(octets.decode("utf-8", errors="replace"))) or {"GM1969"}
    today = datetime.now(UTC).date()
    return import_households(octets, rulebook, municipalities=codes, today=today, skip_bad_rows=False).households


class Cast:
    """Everybody, on one chain. Closing it removes the wallets' files.

    Args:
        chain: where the story is told; its clock is everybody's.
        households: the validator's records.
    """

    def __init__(self, chain: Chain, households: Iterable[Household]) -> None:
        self.chain = chain
        self.records = tuple(households)
        self.rulebook = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
        self.type = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
        self.catalogue = Catalogue.of([self.type], [self.rulebook])
        self.shops = read_shops(chain)
        self.officers = Officers(
            *(self._account(role) for role in ("admin", "registrar", "minter", "sponsor", "settler"))
        )
        self.validator = self._account("validator")
        self.municipality = Municipality.set_up(chain, self.officers, officer_gas_wei=_GAS_WEI)
        chain.provide_gas(parse_address(self.validator.address), _GAS_WEI)
        keys = ValidatorKeys.generate([self.type], did=_DESK)
        attested = frozenset(record.municipality for record in self.records) or frozenset({"GM1969"})
        party = Validator(_DESK, "Loket Westerkwartier", attested)
        self.desk = Desk(party, keys, Store.in_memory(), (self.type,), self.now)
        with self.desk.store.transaction() as transaction:
            transaction.save_households(self.records)
        self._folder = TemporaryDirectory(prefix="stuiver-wallets-")
        self._wallets: list[Wallet] = []

    def close(self) -> None:
        """Close the wallets and remove their files."""
        for wallet in self._wallets:
            wallet.close()
        self.desk.store.close()
        self._folder.cleanup()

    def now(self) -> datetime:
        """The time, which is the chain's."""
        return from_unix(self.chain.now())

    @property
    def period(self) -> int:
        """The year in which the story plays."""
        return self.now().year

    def wallet(self, name: str, phrase: str | None = None) -> tuple[Wallet, str]:
        """A new wallet in a file of its own, or one restored from a phrase; and its phrase."""
        path = Path(self._folder.name) / f"{len(self._wallets)}-{name}.wallet"
        # Quick key derivation: eighty wallets open at once here; a citizen opens one.
        if phrase is None:
            wallet, phrase = Wallet.create(path, "a passphrase", self.catalogue, work=KeyWork.INTERACTIVE)
        else:
            wallet = Wallet.restore(path, "a passphrase", phrase, self.catalogue, work=KeyWork.INTERACTIVE)
        self._wallets.append(wallet)
        return wallet, phrase

    def issue(self, citizen: Citizen, desk: Desk | None = None) -> None:
        """One credential, from session to wallet: issuance.md from 2 to 4."""
        desk = desk or self.desk
        session = desk.open_session(citizen.record.person)
        request = citizen.wallet.request_credential(desk.validator.did, session.nonce, self.type, now=self.now())
        citizen.issuance = desk.issue(citizen.record.person, session.nonce, request.to_octets(), self.type)
        citizen.wallet.accept_credential(citizen.issuance, desk.keys.public_key(self.type), now=self.now())

    def register_key(self, desk: Desk, valid_from: int, valid_until: int) -> bytes:
        """Put a desk's key into the trust registry, as the validator, and return its id."""
        registry = self.municipality.registry
        addresses = recipient(registry.contract.address), recipient(parse_address(self.validator.address))
        return registry.add_key(
            self.type.type_id,
            desk.keys.public_key(self.type),
            valid_from,
            valid_until,
            desk.keys.prove_possession(self.type, self.chain.chain_id, *addresses),
            validator=self.validator,
        )

    def rotated_desk(self) -> Desk:
        """The same desk signing with another key: same records, same pins, same pinning secret."""
        return replace(self.desk, keys=self.desk.keys.rotated(self.type))

    def directory(self) -> dict[Address, BankAccount]:
        """The sponsor's own list of shops' bank accounts; never on the chain."""
        return {shop.address: BankAccount.from_text(shop.name, shop.iban, field=shop.name) for shop in self.shops}

    def _account(self, role: str) -> LocalAccount:
        seed = keccak256(b"".join(key.key for key in self.chain.relayers))
        return self.chain.account(keccak256(seed + role.encode()))
