# SPDX-License-Identifier: EUPL-1.2
"""The credential types and rulebooks that come with the program: all published versions."""

import re
from importlib.resources import files
from typing import Final

import specs
from holder.model import Catalogue
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["published"]

_VERSION: Final = re.compile(r"v([1-9][0-9]*)")


def published() -> Catalogue:
    """A catalogue of everything in ``specs``; DocumentError or RulebookRefusedError if a document there is unsound."""
    types = [CredentialType.from_json(specs.credential_type_octets(*one)) for one in _versions("credentials")]
    rulebooks = [Rulebook.from_json(specs.rulebook_octets(*one)) for one in _versions("rulebooks")]
    return Catalogue.of(types, rulebooks)


def _versions(folder: str) -> list[tuple[str, int]]:
    found = []
    for document in files(specs).joinpath(folder).iterdir():
        for version in document.iterdir() if document.is_dir() else ():
            match = _VERSION.fullmatch(version.name)
            if match is not None:
                found.append((document.name, int(match[1])))
    return sorted(found)
