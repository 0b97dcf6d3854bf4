# SPDX-License-Identifier: EUPL-1.2
"""Signed and encrypted tokens of the JOSE family, read strictly."""
