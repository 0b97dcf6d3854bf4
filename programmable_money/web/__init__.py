# SPDX-License-Identifier: EUPL-1.2
"""The open books as pages in the house's shell: templates, what they add to the style, texts in Dutch and English.

Invariants:

- Every text is in ``texts.json`` in both languages, at reading level B1, or in the rulebook.
- Nothing is decided here: pages show an ``OpenBooks`` as it is.
"""
