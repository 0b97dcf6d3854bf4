# SPDX-License-Identifier: EUPL-1.2
"""Our wallet and a trust list, for tests with other people's programs."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from edge.fetch import GuardedFetch
from holder.openid.receiving import Receiver
from holder.published import published
from holder.service import Wallet
from ssi.did import JwkMethod, KeyMethod, Resolver
from ssi.trust import NoKeyRegistry, TrustList

PASSPHRASE = "correct horse battery staple"
RESOLVER = Resolver.of((KeyMethod(), JwkMethod()))


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


def new_wallet(folder: Path) -> Wallet:
    """An empty wallet."""
    wallet, _ = Wallet.create(folder / "amira.wallet", PASSPHRASE, published())
    return wallet


def trust_document(vcts: Sequence[str], *, dids: Sequence[str], bbs_keys: Sequence[str] = ()) -> bytes:
    """A trust list with one issuer.

    Args:
        bbs_keys: base64url.
    """
    issuer: dict[str, object] = {"name": {"nl": "Een gemeente", "en": "A town"}, "vcts": list(vcts), "dids": list(dids)}
    if bbs_keys:
        issuer["bbs_keys"] = [{"public_key": key, "valid_until": "2099-12-31T00:00:00Z"} for key in bbs_keys]
    return json.dumps({"format": "stuiver/trust-list/v1", "issuers": [issuer]}).encode()


def trust_list(document: bytes) -> TrustList:
    """It, read."""
    return TrustList.from_json(document, resolver=RESOLVER, registry=NoKeyRegistry())


def receiver(wallet: Wallet, document: bytes) -> Receiver:
    """What accepts offers into a wallet, on this machine."""
    return Receiver(wallet, GuardedFetch.for_this_machine(), trust_list(document), now)
