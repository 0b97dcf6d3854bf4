# SPDX-License-Identifier: EUPL-1.2
"""The authorization server of the credential issuer: who may have which credentials, and the tokens that say so.

Implements RFC 6749 with RFC 7636 (PKCE), RFC 8414 (metadata), RFC 9126 (pushed requests), RFC 9207 (``iss``), RFC 9396
(authorization details), RFC 9449 (DPoP) and the parts of OpenID4VCI 1.0 that are an authorization server's.

Invariants:
    * What a wallet asks for arrives by a pushed request only; a browser carries a reference to it.
    * Whatever may be redeemed once (a code, a reference to a request, a refresh token, a proof's ``jti``) is spent by
      one transaction only, on any database.
    * Of tokens, codes and references only SHA-256 digests are stored; they are 32 random octets each.
    * A browser is sent to a wallet's address only by a person's own press of a button on the consent page.
"""
