# SPDX-License-Identifier: EUPL-1.2
"""The open books as pages: templates, one style sheet and the texts in Dutch and English.

Invariants:

- A page needs nothing but itself and the style sheet of the same origin: no script, no font, no image, no cookie.
- Every text is in ``texts.json`` in both languages, at reading level B1, or in the rulebook.
- Nothing is decided here: pages show an ``OpenBooks`` as it is.
"""
