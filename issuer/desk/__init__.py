# SPDX-License-Identifier: EUPL-1.2
"""The desk's employees and their pages: who may log in, and what they see and do with activation letters."""
