# SPDX-License-Identifier: EUPL-1.2
"""The wallet's side of the OpenID protocols: receiving credentials (OpenID4VCI) and presenting them (OpenID4VP).

``offers`` and ``tokens`` lead to ``receiving``; ``requests``, ``planning`` and ``over_asking`` lead to ``presenting``.
Whatever a citizen decides on is a value that is shown first (``Offer``, ``Disclosure``) and acted on afterwards.
"""
