# SPDX-License-Identifier: EUPL-1.2
"""What is kept of browsers: links that pair one, keys of the sponsor's employees, requests that tills show."""
