# SPDX-License-Identifier: EUPL-1.2
"""What every service has at its edge, written once: guarded fetching, problem documents, languages, the look of pages.

Knows nothing of credentials, programmes or money; it may use ``ssi`` and is used by the roles.
"""
