# SPDX-License-Identifier: EUPL-1.2
"""Tests that hold the architecture to what the project promises."""
