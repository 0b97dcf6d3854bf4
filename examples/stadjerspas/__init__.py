# SPDX-License-Identifier: EUPL-1.2
"""The Stadjerspas of Groningen, told on a chain: offers for low incomes, used with a proof that shows no income."""
