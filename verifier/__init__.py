# SPDX-License-Identifier: EUPL-1.2
"""The verifier: asks a wallet to prove something, decides by a published policy, and signs what it decided.

Inside: ``policy`` (what is asked, why, and how it is decided; data), ``model`` (domain types), ``checking`` (the one
place where a presentation is verified), ``service`` (use cases), ``receipts``, ``store``, ``api`` and ``web``, ``cli``.

It imports ``ssi``, ``edge`` and ``specs``, and nothing of the validator, the wallet or the money side.
"""
