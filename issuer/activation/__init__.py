# SPDX-License-Identifier: EUPL-1.2
"""The activation letter: who may fetch credentials, on whose approval, and with which code and PIN.

Two employees approve a list of persons; each person gets a letter with a QR code and a PIN; a wallet that has both
fetches the person's credentials, once. What is kept is a code's state and who did what with it, never anything about a
wallet.
"""
