# SPDX-License-Identifier: EUPL-1.2
"""How people and lists call a type of credential: ``age`` is the first version of age, ``age/v2`` the second."""

import re
from collections.abc import Iterable
from typing import Final

import specs
from issuer.errors import SettingsError
from ssi.credential.types import CredentialType

__all__ = ["ISSUED", "find_type", "get_type", "published_type", "type_name", "type_reference"]

ISSUED: Final = ("household-income", "age")
"""What a desk issues unless it is told otherwise."""
_NAME: Final = re.compile(r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?:/v([1-9][0-9]{0,2}))?")


def type_name(kind: CredentialType) -> str:
    """The name of a type, and its version when that is not the first."""
    return kind.name if kind.version == 1 else f"{kind.name}/v{kind.version}"


def type_reference(kind: CredentialType) -> str:
    """The same where a slash cannot stand: in configurations and in addresses of offers, such as ``age-v2``."""
    return type_name(kind).replace("/", "-")


def find_type(name: str, kinds: Iterable[CredentialType]) -> CredentialType | None:
    """The one of these types that a name means; ``age/v1`` is ``age``."""
    wanted = name.removesuffix("/v1")
    return next((kind for kind in kinds if type_name(kind) == wanted), None)


def get_type(name: str, kinds: Iterable[CredentialType]) -> CredentialType:
    """As ``find_type``; SettingsError with the names that there are."""
    known = tuple(kinds)
    found = find_type(name, known)
    if found is None:
        raise SettingsError("type", "must be one of " + ", ".join(map(type_name, known)))
    return found


def published_type(name: str) -> CredentialType:
    """The published type of this name; SettingsError when there is none."""
    match = _NAME.fullmatch(name)
    try:
        if match is not None:
            return CredentialType.from_json(specs.credential_type_octets(match[1], int(match[2] or 1)))
    except FileNotFoundError:
        pass
    raise SettingsError("type", "must be a published type of credential, such as household-income, age or age/v2")
