# SPDX-License-Identifier: EUPL-1.2
"""Tests that hold the documentation to what the project promises."""
