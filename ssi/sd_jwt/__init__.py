# SPDX-License-Identifier: EUPL-1.2
"""Selective disclosure of signed JSON: SD-JWT (RFC 9901), SD-JWT VC, and the metadata of their types."""
