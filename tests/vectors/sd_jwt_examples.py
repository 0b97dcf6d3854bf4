# SPDX-License-Identifier: EUPL-1.2
"""The examples of RFC 9901 and of SD-JWT VC, and what the implementation that made them makes of them.

An example is a specification: claims, some marked, and what a holder discloses. The outputs that the standards print
were generated from it by the PyPI package ``sd-jwt`` with salts of a seeded generator; it generates them here again.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj  # type: ignore[import-untyped]
from sd_jwt.holder import SDJWTHolder  # type: ignore[import-untyped]
from sd_jwt.issuer import SDJWTIssuer  # type: ignore[import-untyped]
from sd_jwt.utils.demo_utils import load_yaml_settings  # type: ignore[import-untyped]
from sd_jwt.utils.yaml_specification import (  # type: ignore[import-untyped]
    load_yaml_specification,
    remove_sdobj_wrappers,
)

from ssi.base64url import decode_base64url
from ssi.keys import KeyType, PrivateKey
from ssi.sd_jwt.issue import Sd
from ssi.sd_jwt.unpack import Path as ClaimsPath
from tests.vectors.shared import SHARED_VECTORS, WHERE

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Example:
    """One example with its settings.

    Args:
        name: its folder.
        specification: what the folder's file says.
        settings: keys, names and times of all examples of the standard.
    """

    name: str
    specification: Mapping[str, Any]
    settings: Mapping[str, Any]

    @classmethod
    def load(cls, folder: str, name: str) -> "Example":
        """Read one example of a folder of the public vectors."""
        root = SHARED_VECTORS / folder / "examples"
        settings = load_yaml_settings(root / "settings.yml")
        specification = load_yaml_specification(root / name / "specification.yml")
        settings["key_settings"] |= specification.get("settings_override", {}).get("key_settings", {})
        return cls(name, specification, settings)

    @property
    def issuer_jwks(self) -> list[dict[str, str]]:
        """The private keys of the issuer."""
        keys = self.settings["key_settings"]
        found: list[dict[str, str]] = keys["issuer_keys"] if "issuer_keys" in keys else [keys["issuer_key"]]
        return found

    @property
    def issuers(self) -> list[PrivateKey]:
        """The same, of our own type."""
        return [_private_key(jwk) for jwk in self.issuer_jwks]

    @property
    def issuer(self) -> PrivateKey:
        """The first key of the issuer."""
        return self.issuers[0]

    @property
    def holder_jwk(self) -> dict[str, str]:
        """The private key of the holder."""
        found: dict[str, str] = self.settings["key_settings"]["holder_key"]
        return found

    @property
    def holder(self) -> PrivateKey:
        """The same, of our own type."""
        return _private_key(self.holder_jwk)

    @property
    def is_bound(self) -> bool:
        """Whether the example has key binding."""
        return bool(self.specification.get("key_binding", False))

    @property
    def nonce(self) -> str:
        """The nonce of the request."""
        return str(self.settings["key_binding_nonce"])

    @property
    def audience(self) -> str:
        """The verifier."""
        return str(self.settings["identifiers"]["verifier"])

    @property
    def header(self) -> dict[str, str]:
        """Further header members, ``typ`` among them."""
        return {"typ": "example+sd-jwt", **self.specification.get("extra_header_parameters", {})}

    def marked_claims(self) -> dict[Any, Any]:
        """The claims as the generator takes them."""
        default = self.specification.get("include_default_claims", True)
        names = {
            "iss": self.settings["identifiers"]["issuer"],
            "iat": self.settings["iat"],
            "exp": self.settings["exp"],
        }
        return {**(names if default else {}), **self.specification["user_claims"]}

    def our_claims(self) -> dict[str, object]:
        """The claims as our issuer takes them."""
        claims = ours(self.marked_claims())
        assert isinstance(claims, dict)
        if self.is_bound:
            claims["cnf"] = {"jwk": {name: value for name, value in self.holder_jwk.items() if name != "d"}}
        return claims

    def plain_claims(self) -> Any:
        """The claims as a verifier sees them who is shown all."""
        return remove_sdobj_wrappers(self.marked_claims()) | (
            {"cnf": self.our_claims()["cnf"]} if self.is_bound else {}
        )

    def generate(self) -> Any:
        """What the generator issues, in compact form, with the example's seed."""
        random.seed(self.settings["random_seed"])
        SDJWTIssuer.unsafe_randomness = True
        return SDJWTIssuer(
            self.marked_claims(),
            JWK(**self.issuer_jwks[0]),
            JWK(**self.holder_jwk) if self.is_bound else None,
            add_decoy_claims=self.specification.get("add_decoy_claims", False),
            extra_header_parameters=self.header,
        )

    def present(self, issued: str) -> str:
        """What the generator's holder presents of it."""
        holder = SDJWTHolder(issued)
        bound = (self.nonce, self.audience, JWK(**self.holder_jwk)) if self.is_bound else ()
        holder.create_presentation(self.specification["holder_disclosed_claims"], *bound)
        return str(holder.sd_jwt_presentation)

    def chosen_paths(self) -> list[ClaimsPath]:
        """The paths that the example's holder discloses."""
        return list(_leaves(self.specification["holder_disclosed_claims"], ()))


class SeededDecoys:
    """As many decoys as the generator adds to each object: two to five, from the seeded source."""

    def in_object(self, path: ClaimsPath, digests: int) -> int:
        """Two to five."""
        return random.randint(2, 5)

    def in_array(self, path: ClaimsPath, digests: int) -> int:
        """None."""
        return 0


def seeded_randomness(length: int) -> bytes:
    """The source of the examples' salts."""
    return bytes(random.getrandbits(8) for _ in range(length))


def example_params(folder: str) -> list[Any]:
    """A parameter for each example of a folder of the public vectors."""
    root: Path = SHARED_VECTORS / folder / "examples"
    names = sorted(path.parent.name for path in root.glob("*/specification.yml"))
    return [pytest.param(name, id=name) for name in names] or [
        pytest.param("", id="absent", marks=pytest.mark.skip(reason=WHERE))
    ]


def ours(marked: Any) -> Any:
    """Claims with the generator's marks as claims with ours."""
    if isinstance(marked, dict):
        return {
            (key.value if isinstance(key, SDObj) else key): (Sd(ours(value)) if isinstance(key, SDObj) else ours(value))
            for key, value in marked.items()
        }
    if isinstance(marked, list):
        return [Sd(ours(item.value)) if isinstance(item, SDObj) else ours(item) for item in marked]
    return marked


def _leaves(chosen: Any, path: ClaimsPath) -> Iterator[ClaimsPath]:
    if isinstance(chosen, dict | list) and chosen:
        for step, value in chosen.items() if isinstance(chosen, dict) else enumerate(chosen):
            yield from _leaves(value, (*path, step))
    elif chosen not in (False, None) and path:
        yield path


def _private_key(jwk: Mapping[str, str]) -> PrivateKey:
    return PrivateKey.from_octets(KeyType.P256, decode_base64url(jwk["d"]))
