# SPDX-License-Identifier: EUPL-1.2
"""BBS signatures, blind issuance and pseudonyms over BLS12-381.

Sources (the drafts number their sections in each docstring):
    * core: draft-irtf-cfrg-bbs-signatures, commit a6a445d (2025-07-07);
    * blind: draft-irtf-cfrg-bbs-blind-signatures, commit 067d62e;
    * pseudonyms: draft-irtf-cfrg-bbs-pseudonyms -03, commit fcbba95 (2026-06-29).

Not constant time: Python integers and byte strings leak their values through timing and memory, whatever the code
does. Sign and prove only where nobody untrusted can measure the process.
"""
