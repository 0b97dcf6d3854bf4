# SPDX-License-Identifier: EUPL-1.2
"""Shops: how one joins, who may work its tills, and how it stops.

``model`` has applications, rules for chain stores and keys; ``orders`` what a till and an employee sign; ``service``
the sponsor's decisions; ``desk`` signs for the shop what a key in force asks for; ``wording`` tells what to do.
"""
