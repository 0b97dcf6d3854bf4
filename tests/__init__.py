# SPDX-License-Identifier: EUPL-1.2
"""Tests: unit, vectors, flows, contracts, architecture, docs and the benchmark."""
