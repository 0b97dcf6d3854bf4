# SPDX-License-Identifier: EUPL-1.2
"""The pages of the services in a real browser: both languages, small and large, dark and light, without a mouse."""
