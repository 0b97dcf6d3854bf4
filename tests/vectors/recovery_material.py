# SPDX-License-Identifier: EUPL-1.2
"""Builds ``specs/vectors/recovery.json``: what two recovery phrases derive. Run as a module to write it anew.

The phrases are public test material; nothing of value may ever stand behind them.
"""

import json
from pathlib import Path
from typing import Any

from holder.recovery import Recovery
from ssi.keys import KeyType

FILE = Path(__file__).resolve().parents[2] / "specs" / "vectors" / "recovery.json"
ZERO_PHRASE = " ".join(["abandon"] * 23 + ["art"])
ONES_PHRASE = " ".join(["zoo"] * 23 + ["vote"])
PHRASES = ((ZERO_PHRASE, ""), (ONES_PHRASE, ""), (ZERO_PHRASE, "TREZOR"))
LABELS = ("nym", "", "nym2")
SCOPES = (b"", b"\x00", b"kindpakket/2026", bytes(range(64)))
INDICES = (0, 1, 2**32 - 1)


def build() -> dict[str, Any]:
    """The whole content of the file."""
    return {
        "specification": "holder/recovery.py, steps (1) to (4); octets in hexadecimal",
        "cases": [_case(phrase, passphrase) for phrase, passphrase in PHRASES],
    }


def write() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(build(), indent=2) + "\n", encoding="utf-8")


def _case(phrase: str, passphrase: str) -> dict[str, Any]:
    recovery = Recovery.from_phrase(phrase, passphrase=passphrase)
    keys = [
        (kind, index, recovery.document_key(kind, index=index))
        for kind in (KeyType.ED25519, KeyType.P256)
        for index in INDICES
    ]
    return {
        "phrase": phrase,
        "passphrase": passphrase,
        "seed": recovery.seed.hex(),
        "holder_secrets": [{"label": label, "octets": recovery.holder_secret(label).hex()} for label in LABELS],
        "nym_secret": recovery.nym_secret().to_bytes(32, "big").hex(),
        "payment_keys": [{"scope": scope.hex(), "octets": recovery.payment_key(scope).hex()} for scope in SCOPES],
        "document_keys": [
            {
                "kind": kind.value,
                "index": index,
                "octets": key.secret_octets.hex(),
                "public_multikey": key.public_key.to_multikey(),
            }
            for kind, index, key in keys
        ],
    }


if __name__ == "__main__":
    write()
