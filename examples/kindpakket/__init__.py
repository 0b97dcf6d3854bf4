# SPDX-License-Identifier: EUPL-1.2
"""The Kindpakket of 2017 done right: 80 invented households, 200 children, a validator, 12 shops, a municipality."""
