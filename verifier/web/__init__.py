# SPDX-License-Identifier: EUPL-1.2
"""The verifier's pages: what is asked and why, the request, the outcome; and the employee's list of decisions."""
