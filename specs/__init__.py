# SPDX-License-Identifier: EUPL-1.2
"""Specifications as data: glossary, credential types, rulebooks, protocols, own vectors, decisions.

Invariants:

- Imports nothing of ours: this package is data and the code that loads it.
- A published version (``v1``) is never edited; a change is a new folder (``v2``).
- ``specs/glossary.md`` owns the words, ``specs/protocols`` owns the numbered steps that code repeats.
"""
