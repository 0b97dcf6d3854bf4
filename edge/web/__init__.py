# SPDX-License-Identifier: EUPL-1.2
"""The look of every page: one shell, one style sheet, texts in Dutch and English.

Invariants:

- A page needs nothing but itself and the style sheet of the same origin: no script, no font, no image, no cookie.
- Whatever is put into a template is escaped, and what is missing is an error.
- Every text is in a ``texts.json`` in both languages, at reading level B1.
"""
