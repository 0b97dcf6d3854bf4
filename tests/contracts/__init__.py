# SPDX-License-Identifier: EUPL-1.2
"""Contracts and chains, on the embedded chain and on a real node."""
