# SPDX-License-Identifier: EUPL-1.2
"""The people and places of the story: a municipality, a validator, shops and citizens, each with keys of their own."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import specs
from examples.casting import GAS_WEI, Shop, Wallets, account_of, read_records, read_shops, register_key
from holder.model import Catalogue
from holder.service import Wallet
from issuer.keys import ValidatorKeys
from issuer.model import Household, Validator
from issuer.service import Desk
from issuer.store import Store
from programmable_money.chain import Chain
from programmable_money.messages import Address, parse_address
from programmable_money.model import from_unix
from programmable_money.service import Municipality, Officers
from programmable_money.settlement import BankAccount
from ssi.credential.issuance import Issuance
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["Cast", "Citizen", "Shop", "read_households"]

FOLDER: Final = Path(__file__).parent
DEBTOR: Final = BankAccount.from_text("Gemeente Westerkwartier", "NL68BNGH0000000100", field="debtor")
_DESK: Final = "did:web:loket.westerkwartier.example"


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


def read_households(path: Path | None = None) -> tuple[Household, ...]:
    """The records of a household file, or of the sample; residents of any municipality, so that the rulebook refuses.

    Raises:
        HouseholdFileError: with every line that is wrong.
        OSError: the file cannot be read.
    """
    rulebook = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
    return read_records(path or FOLDER / "households.csv", rulebook, otherwise="GM1969")


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
        self.shops = read_shops(FOLDER / "shops.csv", chain)
        self.officers = Officers(
            *(account_of(chain, role) for role in ("admin", "registrar", "minter", "sponsor", "settler"))
        )
        self.validator = account_of(chain, "validator")
        self.municipality = Municipality.set_up(chain, self.officers, officer_gas_wei=GAS_WEI)
        chain.provide_gas(parse_address(self.validator.address), GAS_WEI)
        keys = ValidatorKeys.generate([self.type], did=_DESK)
        attested = frozenset(record.municipality for record in self.records) or frozenset({"GM1969"})
        party = Validator(_DESK, "Loket Westerkwartier", attested)
        self.desk = Desk(party, keys, Store.in_memory(), (self.type,), self.now)
        with self.desk.store.transaction() as transaction:
            transaction.save_households(self.records)
        self._wallets = Wallets(self.catalogue)

    def close(self) -> None:
        """Close the wallets and remove their files."""
        self._wallets.close()
        self.desk.store.close()

    def now(self) -> datetime:
        """The time, which is the chain's."""
        return from_unix(self.chain.now())

    @property
    def period(self) -> int:
        """The year in which the story plays."""
        return self.now().year

    def wallet(self, name: str, phrase: str | None = None) -> tuple[Wallet, str]:
        """A new wallet in a file of its own, or one restored from a phrase; and its phrase."""
        return self._wallets.open(name, phrase)

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
        return register_key(
            registry, desk.keys, self.type, self.validator, valid_from=valid_from, valid_until=valid_until
        )

    def rotated_desk(self) -> Desk:
        """The same desk signing with another key: same records, same pins, same pinning secret."""
        return replace(self.desk, keys=self.desk.keys.rotated(self.type))

    def directory(self) -> dict[Address, BankAccount]:
        """The sponsor's own list of shops' bank accounts; never on the chain."""
        return {shop.address: BankAccount.from_text(shop.name, shop.iban, field=shop.name) for shop in self.shops}
