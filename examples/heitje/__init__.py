# SPDX-License-Identifier: EUPL-1.2
"""The Heerlens Heitje, told on a chain: public tasks that earn coins, a yearly cap, an earnings book of one's own."""
