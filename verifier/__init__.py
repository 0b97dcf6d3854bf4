# SPDX-License-Identifier: EUPL-1.2
"""The relying party that will prove and decide off chain, for permits and subsidies. Not built yet.

Claims are verified by the fund contracts, and off chain by ``ssi.claim.verify``. This package gets the OpenID4VP
relying party; the rule that it imports ``ssi`` and nothing else of ours is linted already.
"""
