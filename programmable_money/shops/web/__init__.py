# SPDX-License-Identifier: EUPL-1.2
"""The pages of a till in a browser: texts in two languages, templates, style, and one small script for waiting."""
