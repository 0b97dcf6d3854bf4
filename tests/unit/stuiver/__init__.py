# SPDX-License-Identifier: EUPL-1.2
"""Tests of ``stuiver``: the composition root."""
