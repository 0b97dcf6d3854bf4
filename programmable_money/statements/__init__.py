# SPDX-License-Identifier: EUPL-1.2
"""A shop's own statement for a day or a month: payments, refunds, settlements; as CSV and as PDF."""
