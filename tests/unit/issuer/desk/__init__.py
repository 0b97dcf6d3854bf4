# SPDX-License-Identifier: EUPL-1.2
"""Unit tests of the desk's employees and pages."""
