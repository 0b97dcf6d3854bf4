# SPDX-License-Identifier: EUPL-1.2
"""The services against everything that their own descriptions allow, and much that they do not."""
