# SPDX-License-Identifier: EUPL-1.2
"""The outbox's tables, and what a worker writes in them."""
