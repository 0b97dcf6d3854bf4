# SPDX-License-Identifier: EUPL-1.2
"""All roles together, on both chains."""
