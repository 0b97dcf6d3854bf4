# SPDX-License-Identifier: EUPL-1.2
"""The texts of a package's pages, from its ``texts.json``: ``{"key": {"nl": "...", "en": "..."}}``."""

import json
from collections.abc import Mapping
from importlib.resources import files
from types import SimpleNamespace

from edge.language import Language

__all__ = ["load_texts"]


def load_texts(package: str) -> Mapping[Language, SimpleNamespace]:
    """All texts of a package by language; a key is an attribute.

    Raises:
        ValueError: a key is no identifier, or a text is not there in exactly our languages: a mistake of ours.
    """
    wordings: dict[str, dict[str, str]] = json.loads(files(package).joinpath("texts.json").read_bytes())
    for key, wording in wordings.items():
        if not key.isidentifier() or set(wording) != set(Language) or not all(wording.values()):
            raise ValueError(f"{package}: the text {key!r} is not there in every language")
    return {
        language: SimpleNamespace(**{key: wording[language.value] for key, wording in wordings.items()})
        for language in Language
    }
