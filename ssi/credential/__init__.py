# SPDX-License-Identifier: EUPL-1.2
"""Typed credentials: what a credential says, how it becomes scalars, and the container it travels in.

Specified in ``specs/protocols/credential.md``.
"""
