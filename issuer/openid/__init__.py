# SPDX-License-Identifier: EUPL-1.2
"""The credential issuer of OpenID4VCI 1.0: nonces, credentials at once or later, notifications, metadata.

Invariants:
    * Claims come from the record and are written by ``issuer.credentials``; a request decides which credential, and
      which keys it is bound to, and nothing else.
    * Who the person is comes from an access token and never from a request.
    * Both kinds of credential of one call are issued in one transaction, or none is. A BBS credential is decided about
      by ``Desk.decide``, as at the desk.
    * A nonce is spent by the first request whose proofs hold, whatever is decided; a damaged request does not spend it.
"""
