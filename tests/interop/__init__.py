# SPDX-License-Identifier: EUPL-1.2
"""Our services and wallet with clients and servers that others wrote, as real processes on loopback."""
