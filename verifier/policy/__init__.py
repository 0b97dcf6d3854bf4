# SPDX-License-Identifier: EUPL-1.2
"""Policies as data: parse, lint, put into a query, decide. Pure."""
