# SPDX-License-Identifier: EUPL-1.2
"""The messages of OpenID4VCI 1.0 and OpenID4VP 1.0 that both ends share: pure data, read strictly, nothing fetched.

Invariants:
    * A message that exists has its specification's shape; members that its specification does not name are ignored.
    * A wrong shape is a ``DocumentError`` that names the field and the rule; a proof, signature or binding that does
      not hold is a ``VerificationError`` with its reason. Neither repeats a value.
    * Every text, list and nesting has a bound.
"""
