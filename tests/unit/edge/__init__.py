# SPDX-License-Identifier: EUPL-1.2
"""Tests of ``edge``: what a service answers to, and what it may be made to call."""
