# SPDX-License-Identifier: EUPL-1.2
"""What Stuiver costs: time of proofs and gas of transactions. ``make bench`` runs it; no test asserts a time."""
