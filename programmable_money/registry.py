# SPDX-License-Identifier: EUPL-1.2
"""The trust registry on a chain: which validator's key counts for which credential type."""

from eth_account.signers.local import LocalAccount

from programmable_money.chain import Chain, Deployed, Receipt
from programmable_money.messages import Address
from programmable_money.model import ValidatorKey
from programmable_money.refusals import RefusedError
from ssi.claim.registry_key import registry_key, registry_key_id
from ssi.credential.types import CredentialType
from ssi.keccak import keccak256

__all__ = ["TrustRegistry"]

REGISTRAR_ROLE = keccak256(b"REGISTRAR_ROLE")


class TrustRegistry:
    """One registry contract.

    Args:
        contract: where it is; ``Chain.at("TrustRegistry", address)`` for a known one.
    """

    def __init__(self, chain: Chain, contract: Deployed) -> None:
        self.chain = chain
        self.contract = contract

    @classmethod
    def deploy(cls, chain: Chain, *, admin: LocalAccount, registrar: Address) -> "TrustRegistry":
        """Deploy it and appoint a registrar."""
        registry = cls(chain, chain.deploy("TrustRegistry", admin.address, sender=admin))
        chain.send(registry.contract, "grantRole", REGISTRAR_ROLE, registrar, sender=admin)
        return registry

    def register_type(self, header: bytes, *, sender: LocalAccount | None = None) -> Receipt:
        """Make a credential type known (its signed header, claim.md 1.3). Anyone may."""
        return self.chain.send(self.contract, "registerType", header, sender=sender)

    def ensure_type(self, credential_type: CredentialType, *, sender: LocalAccount | None = None) -> None:
        """Make a credential type known unless it is."""
        try:
            self.chain.call(self.contract, "typeOf", credential_type.type_id)
        except RefusedError:
            self.register_type(credential_type.header, sender=sender)

    def admit(self, validator: Address, type_id: bytes, *, registrar: LocalAccount) -> Receipt:
        """Let a validator add keys for a type."""
        return self.chain.send(self.contract, "admit", validator, type_id, sender=registrar)

    def dismiss(self, validator: Address, type_id: bytes, *, registrar: LocalAccount) -> Receipt:
        """Take that back; the validator's keys for the type are revoked."""
        return self.chain.send(self.contract, "dismiss", validator, type_id, sender=registrar)

    def add_key(
        self,
        type_id: bytes,
        public_key: bytes,
        valid_from: int,
        valid_until: int,
        possession: bytes,
        *,
        validator: LocalAccount,
    ) -> bytes:
        """Add a validator's key and return its id.

        Args:
            public_key: 96 octets, compressed point of G2.
            valid_from, valid_until: unix seconds, the last one included.
            possession: ``ssi.claim.registry_key.prove_possession`` for this chain, this registry, the type and the
                validator's account; 128 octets.
        Raises:
            VerificationError: the key is no point of G2.
            RefusedError: the registry refused; ``bad_key`` when the possession is not proved.
        """
        point = registry_key(public_key)
        arguments = type_id, point, valid_from, valid_until, possession
        self.chain.send(self.contract, "addKey", *arguments, sender=validator)
        return registry_key_id(type_id, public_key)

    def retire_key(self, key: bytes, valid_until: int, *, validator: LocalAccount) -> Receipt:
        """Shorten a key's validity: the old key of a rotation."""
        return self.chain.send(self.contract, "retireKey", key, valid_until, sender=validator)

    def revoke_key(self, key: bytes, *, sender: LocalAccount) -> Receipt:
        """Revoke a key for good, as its validator or as a registrar."""
        return self.chain.send(self.contract, "revokeKey", key, sender=sender)

    def key(self, key: bytes) -> ValidatorKey:
        """Everything about a key; RefusedError if the registry does not know it."""
        values = self.chain.call(self.contract, "key", key)
        type_id, validator, valid_from, valid_until, is_revoked, public_key, _domain = values
        return ValidatorKey(key, type_id, validator, valid_from, valid_until, is_revoked, public_key)

    def is_valid(self, key: bytes) -> bool:
        """Whether claims with this key count at the chain's last block."""
        return bool(self.chain.call(self.contract, "isValid", key)[0])

    def is_admitted(self, validator: Address, type_id: bytes) -> bool:
        """Whether the validator may add keys for the type."""
        return bool(self.chain.call(self.contract, "isAdmitted", validator, type_id)[0])
