# SPDX-License-Identifier: EUPL-1.2
"""The pure core: keys, DIDs, credentials, proofs and their verification. Imports no web, database, chain or network."""
