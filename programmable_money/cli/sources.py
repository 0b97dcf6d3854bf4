# SPDX-License-Identifier: EUPL-1.2
"""From what a person types to what the commands work with: keys from files, documents by name, contracts by address."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final, Protocol

import specs
from programmable_money.chain import Chain
from programmable_money.euro import MunicipalEuro
from programmable_money.fund import Fund
from programmable_money.messages import Address, parse_address
from programmable_money.model import Amount
from programmable_money.registry import TrustRegistry
from programmable_money.relayer.carrier import Carrier
from programmable_money.service import Municipality, Officers
from ssi.credential.types import CredentialType
from ssi.rulebook.model import ProgrammeKind, Rulebook
from ssi.rulebook.spending import Spending

__all__ = [
    "amount_of",
    "find_published",
    "find_rulebook",
    "finder_of",
    "fund_at",
    "key_from",
    "load_rulebook",
    "municipality_of",
    "nobody",
    "octets_of",
    "programme_at",
    "programme_named",
    "registry_at",
    "relaying_chain",
    "spending_of",
    "types_of",
]

_PUBLISHED: Final = re.compile(r"([a-z][a-z0-9-]*)(?::([1-9][0-9]{0,2}))?")
_MOST_RULEBOOK: Final = 262_144
_HEX: Final = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})*)")
_KEY: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")


class _Programme(Protocol):
    """What a fund, a pass and a purse have."""

    def registry(self) -> TrustRegistry: ...
    def euro(self) -> MunicipalEuro: ...


def key_from(path: Path) -> bytes:
    """A private key from its file, 32 octets; what else the file holds is never shown."""
    match = _KEY.fullmatch(path.read_bytes().decode("ascii", "replace").strip())
    if match is None:
        raise ValueError("the key file must hold 64 hexadecimal digits")
    return bytes.fromhex(match[1])


def octets_of(text: str, count: int, name: str) -> bytes:
    """Octets as hexadecimal digits, with or without 0x.

    Args:
        name: how an error calls it.
    """
    match = _HEX.fullmatch(text)
    if match is None or len(match[1]) != 2 * count:
        raise ValueError(f"{name} is {2 * count} hexadecimal digits")
    return bytes.fromhex(match[1])


def amount_of(text: str, *, least: int = 1) -> Amount:
    """An amount of at least so many cents."""
    amount = Amount.from_euros(text)
    if amount < Amount(least):
        raise ValueError("the amount must be above zero" if least else "the amount must not be below zero")
    return amount


def load_rulebook(source: str) -> tuple[Rulebook, CredentialType]:
    """A published rulebook by its name, or one from a .json file; with the credential type that it asks for."""
    match = _PUBLISHED.fullmatch(source)
    if match is None:
        octets = Path(source).read_bytes()
    else:
        try:
            octets = specs.rulebook_octets(match[1], int(match[2] or 1))
        except FileNotFoundError:
            raise ValueError(f"no rulebook {source} is published; a file's name ends in .json") from None
    rulebook = Rulebook.from_json(octets)
    return rulebook, types_of(rulebook)[0]


def find_published(rulebook_hash: bytes) -> Rulebook | None:
    """The rulebook with this hash among those that come with stuiver; None if there is none."""
    for folder in sorted(files(specs).joinpath("rulebooks").iterdir(), key=lambda entry: entry.name):
        version = 1
        while folder.is_dir() and folder.joinpath(f"v{version}", "rulebook.json").is_file():
            found = Rulebook.from_json(specs.rulebook_octets(folder.name, version))
            if found.hash == rulebook_hash:
                return found
            version += 1
    return None


def spending_of(fund: Fund) -> Spending | None:
    """How a fund's money may be spent, by its rulebook; None where that does not come with stuiver."""
    found = find_published(fund.rules().rulebook_hash)
    return None if found is None else found.spending


def types_of(rulebook: Rulebook) -> tuple[CredentialType, ...]:
    """The published credential types that a rulebook names, that of who qualifies first."""
    return tuple(CredentialType.from_json(specs.credential_type_octets(*named)) for named in rulebook.types)


def programme_at(chain: Chain, address: str) -> Address:
    """The address of a programme's contract, of whatever kind; ChainError without a contract there."""
    known = parse_address(address)
    Carrier(chain).check_programme(known)
    return known


def fund_at(chain: Chain, address: str) -> Fund:
    """The fund at an address."""
    return Fund(chain, chain.at("Fund", address))


def registry_at(chain: Chain, address: str) -> TrustRegistry:
    """The trust registry at an address."""
    return TrustRegistry(chain, chain.at("TrustRegistry", address))


def municipality_of(chain: Chain, programmes: Sequence[_Programme], officers: Officers) -> Municipality:
    """The registry and euro that these programmes share."""
    registries = {programme.registry().contract for programme in programmes}
    euros = {programme.euro().contract for programme in programmes}
    if len(registries) != 1 or len(euros) != 1:
        raise ValueError("name at least one programme; all of them must use the same registry and the same euro")
    return Municipality(chain, TrustRegistry(chain, registries.pop()), programmes[0].euro(), officers)


def nobody(chain: Chain) -> Officers:
    """Officers for commands that only read; they own nothing."""
    return Officers.one(chain.account(b"\1" * 32))


@contextmanager
def relaying_chain(rpc: str, key_file: Path | None) -> Iterator[Chain]:
    """A chain with somebody who pays fees: the account of a key file, or on a development node one that is made up.

    Raises:
        ValueError: neither.
    """
    from programmable_money.node import open_chain  # with the embedded chain, which most commands do without

    keys = () if key_file is None else (key_from(key_file),)
    with open_chain(rpc, relayer_keys=keys) as chain:
        if not chain.relayers:
            raise ValueError("this node keeps no unlocked account: name the account that pays the fees with --key-file")
        yield chain


def programme_named(fund: str | None, pass_: str | None, board: str | None) -> tuple[ProgrammeKind, str]:
    """The one programme that somebody names, and the address of its contract.

    Raises:
        ValueError: none is named, or several are.
    """
    named = zip(ProgrammeKind, (fund, pass_, board), strict=True)
    given = [(kind, address) for kind, address in named if address is not None]
    if len(given) != 1:
        raise ValueError("say which programme: --fund, --pass or --board, and one of them")
    return given[0]


def find_rulebook(rulebook_hash: bytes) -> tuple[Rulebook, tuple[CredentialType, ...]]:
    """The rulebook with this hash among those that come with stuiver, and the types of credential that it names.

    Raises:
        LookupError: there is none.
    """
    found = find_published(rulebook_hash)
    if found is not None:
        return found, types_of(found)
    raise LookupError(
        f"nobody here knows the rulebook 0x{rulebook_hash.hex()} that the contract follows; give --rulebook"
    )


def finder_of(path: Path | None) -> Callable[[bytes], tuple[Rulebook, tuple[CredentialType, ...]]]:
    """Where rulebooks come from: the one of a file, or those that come with stuiver.

    Raises:
        ValueError: the file is too long.
        DocumentError: it is no rulebook.
    """
    if path is None:
        return find_rulebook
    octets = path.read_bytes()
    if len(octets) > _MOST_RULEBOOK:
        raise ValueError("the rulebook is too long")
    rulebook = Rulebook.from_json(octets)
    return lambda _: (rulebook, types_of(rulebook))
