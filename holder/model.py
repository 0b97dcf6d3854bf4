# SPDX-License-Identifier: EUPL-1.2
"""What a wallet holds, and its form inside the encrypted file.

Invariants:
    * ``WalletContents`` is frozen; a use case makes new contents, saves them, and only then lets anything leave.
    * ``repr`` shows no secret, no claim and no account.
    * The JSON form goes into the encrypted file and nowhere else.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from holder.consent import ConsentEntry, ConsentLog
from holder.earning.model import Earned, Work
from holder.errors import ConsentFormatError
from holder.openid.model import CopiedCredential, IssuerConnection
from holder.passes.model import HeldPass
from holder.refusals import (
    UnknownAccountError,
    UnknownCredentialTypeError,
    UnknownRulebookError,
    WalletContentsError,
)
from holder.scopes import read_scope, scope_to_json
from programmable_money.messages import Address, Scope, parse_address
from ssi.credential.document import DocumentError, Node
from ssi.credential.types import CredentialType
from ssi.errors import VerificationError
from ssi.rulebook.lint import check
from ssi.rulebook.model import Rulebook

__all__ = ["Catalogue", "PaymentAccount", "PendingIssuance", "SignedLimit", "StoredCredential", "WalletContents"]

_LATER: Final[Mapping[str, tuple[str, ...]]] = {
    "wallet/1": (),
    "wallet/2": ("copied", "connections"),
    "wallet/3": ("copied", "connections", "work", "earned", "passes"),
}
"""What each version has beside the first one's members. All are read, and written as the last."""
_VERSIONS: Final = tuple(_LATER)
_MANY: Final = 1_000_000
_LONG: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The published documents that a wallet goes by. Build it with ``of``.

    Attributes:
        types: the credential types that it knows.
        rulebooks: the rulebooks that it has read; each passed the lint.
    """

    types: tuple[CredentialType, ...]
    rulebooks: tuple[Rulebook, ...]

    @classmethod
    def of(cls, types: Iterable[CredentialType], rulebooks: Iterable[Rulebook]) -> Self:
        """A catalogue of these documents.

        Raises:
            RulebookRefusedError: a rulebook decides on what none may decide on, or its proofs would be unsound.
            UnknownCredentialTypeError: a rulebook is for a type that is not among ``types``.
        """
        catalogue = cls(tuple(types), tuple({rulebook.hash: rulebook for rulebook in rulebooks}.values()))
        for rulebook in catalogue.rulebooks:
            check(rulebook, *(catalogue.type(*named) for named in rulebook.types))
        return catalogue

    def with_rulebook(self, rulebook: Rulebook) -> Self:
        """The same and one more; errors as ``of``."""
        return self.of(self.types, (*self.rulebooks, rulebook))

    def rulebook(self, hash_: bytes) -> Rulebook:
        """The rulebook of this hash; UnknownRulebookError."""
        found = self.find_rulebook(hash_)
        if found is None:
            raise UnknownRulebookError
        return found

    def find_rulebook(self, hash_: bytes) -> Rulebook | None:
        """The rulebook of this hash; None when the wallet does not know it."""
        return next((rulebook for rulebook in self.rulebooks if rulebook.hash == hash_), None)

    def type_of(self, rulebook: Rulebook) -> CredentialType:
        """The credential type that a rulebook's claims are made with; UnknownCredentialTypeError."""
        return self.type(*rulebook.types[0])

    def type(self, name: str, version: int) -> CredentialType:
        """The credential type of this name and version; UnknownCredentialTypeError."""
        for known in self.types:
            if (known.name, known.version) == (name, version):
                return known
        raise UnknownCredentialTypeError


@dataclass(frozen=True, slots=True)
class PendingIssuance:
    """A request for a credential that a validator has not answered yet.

    Attributes:
        validator: the DID that was asked.
        vct: the credential type's identifier.
        request: the 288 octets that were sent.
        blind: what the answer is unblinded with.
    """

    validator: str
    vct: str
    request: bytes = field(repr=False)
    blind: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """A credential as it is kept: everything that accepting it again takes, besides the wallet's own secret.

    Attributes:
        issuance: the request that it answers.
        credential: the compact serialization of the issued form.
        entropy: the validator's share of the nym secret.
        public_key: the validator's, 96 octets.
    """

    issuance: PendingIssuance
    public_key: bytes
    credential: str = field(repr=False)
    entropy: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedLimit:
    """A permit that was signed, so that its nonce is never signed again.

    Attributes:
        merchant: the shop, or the zero address for any.
        limit: cents.
        deadline: unix seconds.
    """

    nonce: int = field(repr=False)
    merchant: Address
    limit: int
    deadline: int


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """A payment account in one fund; its key comes from the recovery phrase and the scope.

    Attributes:
        balance: the cents that it held when the wallet last heard; after a claim, what the claim is to credit.
        permits: all that were signed with this wallet file.
    """

    scope: Scope
    address: Address = field(repr=False)
    balance: int = field(repr=False)
    permits: tuple[SignedLimit, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class WalletContents:
    """Everything in a wallet.

    Attributes:
        seed: of the recovery phrase, 64 octets.
        credentials: BBS credentials, for proofs.
        copied: SD-JWT credentials, for verifiers of the OpenID world; one of each issuer and type.
        connections: one for each credential issuer.
        work: the tasks that were chosen, oldest first.
        earned: the earnings book: what was collected, oldest first.
        passes: the passes that were activated, each with its uses.
        consents: what was shown, to whom, oldest first.
    """

    seed: bytes = field(repr=False)
    pending: tuple[PendingIssuance, ...] = ()
    credentials: tuple[StoredCredential, ...] = ()
    copied: tuple[CopiedCredential, ...] = ()
    connections: tuple[IssuerConnection, ...] = ()
    accounts: tuple[PaymentAccount, ...] = ()
    work: tuple[Work, ...] = ()
    earned: tuple[Earned, ...] = ()
    passes: tuple[HeldPass, ...] = ()
    consents: ConsentLog = field(default=ConsentLog(), repr=False)

    def account(self, scope: Scope) -> PaymentAccount:
        """The account of a scope; UnknownAccountError."""
        for account in self.accounts:
            if account.scope == scope:
                return account
        raise UnknownAccountError

    def with_account(self, account: PaymentAccount) -> Self:
        """With this account in the place of the scope's earlier one, if any."""
        others = tuple(other for other in self.accounts if other.scope != account.scope)
        return replace(self, accounts=(*others, account))

    def with_work(self, work: Work) -> Self:
        """With this work in the place of what was known of its account, if anything."""
        known = [other.account for other in self.work]
        if work.account not in known:
            return replace(self, work=(*self.work, work))
        return replace(self, work=tuple(work if other.account == work.account else other for other in self.work))

    def with_earned(self, earned: Earned) -> Self:
        """With one more line in the earnings book; a line that is made again takes its own place."""
        others = tuple(other for other in self.earned if not earned.is_again(other))
        return replace(self, earned=(*others, earned))

    def without_earned(self, lines: Iterable[Earned]) -> Self:
        """Without these lines of the earnings book: the board did not take them, and never will."""
        dropped = tuple(lines)
        taken = {
            line.account: sum(other.cents for other in dropped if other.account == line.account) for line in dropped
        }
        accounts = (
            replace(account, balance=max(0, account.balance - taken.get(account.address, 0)))
            for account in self.accounts
        )
        return replace(
            self, accounts=tuple(accounts), earned=tuple(line for line in self.earned if line not in dropped)
        )

    def with_pass(self, held: HeldPass) -> Self:
        """With this pass in the place of what was known of it, if anything."""
        others = tuple(other for other in self.passes if other.scope != held.scope)
        return replace(self, passes=(*others, held))

    def with_copied(self, credential: CopiedCredential) -> Self:
        """With this credential in the place of an earlier one of the same issuer and type."""
        others = tuple(other for other in self.copied if not credential.replaces(other))
        return replace(self, copied=(*others, credential))

    def with_connection(self, connection: IssuerConnection) -> Self:
        """With this connection in the place of the earlier one with the same issuer."""
        others = tuple(other for other in self.connections if other.credential_issuer != connection.credential_issuer)
        return replace(self, connections=(*others, connection))

    def with_consent(self, entry: ConsentEntry) -> Self:
        """With one more entry in the consent log."""
        return replace(self, consents=self.consents.append(entry))

    def to_octets(self) -> bytes:
        """The form in the encrypted file."""
        content = {
            "stuiver": _VERSIONS[-1],
            "seed": self.seed.hex(),
            "pending": [_issuance_to_json(pending) for pending in self.pending],
            "credentials": [
                {
                    "issuance": _issuance_to_json(stored.issuance),
                    "public_key": stored.public_key.hex(),
                    "credential": stored.credential,
                    "entropy": f"{stored.entropy:x}",
                }
                for stored in self.credentials
            ],
            "copied": [credential.to_json() for credential in self.copied],
            "connections": [connection.to_json() for connection in self.connections],
            "accounts": [_account_to_json(account) for account in self.accounts],
            "work": [work.to_json() for work in self.work],
            "earned": [earned.to_json() for earned in self.earned],
            "passes": [held.to_json() for held in self.passes],
            "consents": self.consents.to_json(),
        }
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def from_octets(cls, unverified: bytes) -> Self:
        """Read what ``to_octets`` wrote.

        Raises:
            WalletContentsError: with the member that is wrong.
        """
        try:
            return cls._from_node(Node(json.loads(unverified)))
        except DocumentError as error:
            raise WalletContentsError(error.path, error.rule) from error
        except ConsentFormatError as error:
            raise WalletContentsError(f"$.consents {error.member}", "must be a consent log's") from error
        except VerificationError as error:
            raise WalletContentsError("$.accounts", error.detail) from error
        except (ValueError, RecursionError):
            raise WalletContentsError("$", "must be JSON") from None

    @classmethod
    def _from_node(cls, node: Node) -> Self:
        required = ("stuiver", "seed", "pending", "credentials", "accounts", "consents")
        last = _LATER[_VERSIONS[-1]]
        version = node.members(required, last)["stuiver"].choice(_VERSIONS)
        members = node.members((*required, *_LATER[version]))
        members |= {name: Node([], f"$.{name}") for name in last if name not in members}
        seed = _octets(members["seed"])
        if len(seed) != 64:
            members["seed"].refuse("must be 64 octets")
        return cls(
            seed=seed,
            pending=tuple(_issuance(item) for item in members["pending"].items(0, _MANY)),
            credentials=tuple(_credential(item) for item in members["credentials"].items(0, _MANY)),
            copied=tuple(CopiedCredential.from_node(item) for item in members["copied"].items(0, _MANY)),
            connections=tuple(IssuerConnection.from_node(item) for item in members["connections"].items(0, _MANY)),
            accounts=tuple(_account(item) for item in members["accounts"].items(0, _MANY)),
            work=tuple(Work.from_node(item) for item in members["work"].items(0, _MANY)),
            earned=tuple(Earned.from_node(item) for item in members["earned"].items(0, _MANY)),
            passes=tuple(HeldPass.from_node(item) for item in members["passes"].items(0, _MANY)),
            consents=ConsentLog.from_json(members["consents"].value),
        )


def _issuance_to_json(pending: PendingIssuance) -> dict[str, Any]:
    return {
        "validator": pending.validator,
        "vct": pending.vct,
        "request": pending.request.hex(),
        "blind": f"{pending.blind:x}",
    }


def _issuance(node: Node) -> PendingIssuance:
    members = node.members(("validator", "vct", "request", "blind"))
    return PendingIssuance(
        members["validator"].text(longest=_LONG),
        members["vct"].text(),
        _octets(members["request"]),
        _number(members["blind"]),
    )


def _credential(node: Node) -> StoredCredential:
    members = node.members(("issuance", "public_key", "credential", "entropy"))
    return StoredCredential(
        issuance=_issuance(members["issuance"]),
        public_key=_octets(members["public_key"]),
        credential=members["credential"].text(longest=_LONG),
        entropy=_number(members["entropy"]),
    )


def _account_to_json(account: PaymentAccount) -> dict[str, Any]:
    scope = account.scope
    return {
        "scope": scope_to_json(scope),
        "address": account.address,
        "balance": account.balance,
        "permits": [[f"{item.nonce:x}", item.merchant, item.limit, item.deadline] for item in account.permits],
    }


def _account(node: Node) -> PaymentAccount:
    members = node.members(("scope", "address", "balance", "permits"))
    scope = read_scope(members["scope"])
    permits = []
    for item in members["permits"].items(0, _MANY):
        nonce, merchant, limit, deadline = item.items(4, 4)
        address = parse_address(merchant.value)
        permits.append(SignedLimit(_number(nonce), address, limit.integer(0, 1 << 64), deadline.integer(0, 1 << 64)))
    address = parse_address(members["address"].value)
    return PaymentAccount(scope, address, members["balance"].integer(0, 1 << 64), tuple(permits))


def _octets(node: Node) -> bytes:
    text = node.text(longest=_LONG)
    try:
        return bytes.fromhex(text)
    except ValueError:
        node.refuse("must be hexadecimal digits")


def _number(node: Node) -> int:
    text = node.text(longest=64)
    if not set(text) <= set("0123456789abcdef"):
        node.refuse("must be lower-case hexadecimal digits")
    return int(text, 16)
