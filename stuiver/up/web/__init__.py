# SPDX-License-Identifier: EUPL-1.2
"""The start page's texts, template and style."""
