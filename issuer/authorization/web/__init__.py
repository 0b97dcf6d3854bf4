# SPDX-License-Identifier: EUPL-1.2
"""The pages that a person sees between a wallet's request and their decision."""
