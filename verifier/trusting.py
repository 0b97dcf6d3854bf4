# SPDX-License-Identifier: EUPL-1.2
"""Entries of the trust list, from what a validator says about itself. Whoever adds one has checked that first.

its keys file   ``stuiver issuer key --json``: the validator's name and its BBS keys, handed over by a person
its address     ``/jwks`` below its public URL: the keys of its SD-JWT VCs and status lists
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ssi.base64url import encode_base64url
from ssi.credential.document import DocumentError, parse_document
from ssi.did import did_jwk_from
from ssi.keys import KeyFormatError, PublicKey

__all__ = ["ValidatorKeysFile", "add_entry", "did_web_of", "dids_of_jwks"]

FORMAT: Final = "stuiver/trust-list/v1"


@dataclass(frozen=True, slots=True)
class ValidatorKeysFile:
    """What ``stuiver issuer key --json`` prints, as far as it is needed here."""

    name: str
    keys: tuple[tuple[str, bytes], ...]
    """(credential type, BBS public key of 96 octets)."""

    @classmethod
    def from_json(cls, unverified: bytes) -> "ValidatorKeysFile":
        """Read the file; DocumentError."""
        members = parse_document(unverified).members(("did", "name", "keys"))
        keys = []
        for item in members["keys"].items(1, 100):
            parts = item.entries()
            for name in ("credential_type", "public_key"):
                if name not in parts:
                    raise DocumentError(f"{item.path}.{name}", "is missing")
            text = parts["public_key"].text(longest=200)
            try:
                keys.append((parts["credential_type"].text(longest=255), bytes.fromhex(text.removeprefix("0x"))))
            except ValueError:
                parts["public_key"].refuse("must be octets in hexadecimal")
        return cls(members["name"].text(longest=200), tuple(keys))


def dids_of_jwks(unverified: bytes) -> tuple[str, ...]:
    """The did:jwk of every signing key of a JSON Web Key Set; DocumentError when there is none."""
    members = parse_document(unverified).entries()
    found = members["keys"].items(1, 20) if "keys" in members else []
    dids = []
    for item in found:
        jwk = {name: part.value for name, part in item.entries().items()}
        try:
            dids.append(did_jwk_from(PublicKey.from_jwk(jwk)))
        except KeyFormatError:
            item.refuse("must be a public key")
    if not dids:
        raise DocumentError("$.keys", "is missing")
    return tuple(dids)


def did_web_of(address: str) -> str | None:
    """The did:web that a validator's https address stands for; None on this machine."""
    if not address.startswith("https://"):
        return None
    return "did:web:" + address.removeprefix("https://").rstrip("/").replace(":", "%3A")


def add_entry(
    listed: bytes | None, validator: ValidatorKeysFile, dids: Sequence[str], *, valid_until: datetime
) -> bytes:
    """A trust list with one more validator, an entry for each of its types.

    Args:
        listed: the list as it is; None for a new one.
        validator: its name, types and BBS keys.
        dids: under which it signs SD-JWT VCs and status lists; may be empty.
        valid_until: how long its BBS keys count.
    Raises:
        DocumentError: the list as it is cannot be read.
    """
    entries: list[object] = []
    if listed is not None:
        members = parse_document(listed).members(("format", "issuers"))
        members["format"].choice((FORMAT,))
        entries = [node.value for node in members["issuers"].items(1, 1000)]
    for vct, key in validator.keys:
        entry: dict[str, object] = {"name": {"nl": validator.name, "en": validator.name}, "vcts": [vct]}
        if dids:
            entry["dids"] = list(dids)
        entry["bbs_keys"] = [{"public_key": encode_base64url(key), "valid_until": f"{valid_until:%Y-%m-%dT%H:%M:%SZ}"}]
        if entry not in entries:
            entries.append(entry)
    return json.dumps({"format": FORMAT, "issuers": entries}, indent=2, ensure_ascii=False).encode() + b"\n"
