# SPDX-License-Identifier: EUPL-1.2
"""``stuiver up``: everything of one municipality in one process on this machine, to click and to type at.

    command.py       the command: ports, opening, printing, serving
    programme.py     the embedded chain with its running Kindpakket
    town.py          the validator's desk, the verifier, and the trust lists
    citizens.py      the invented people who get a letter
    letters.py       their letters
    shops.py         the shops and their tills in browsers
    api.py, web/     the start page
    chain_thread.py  the chain, asked from other threads

Invariants:

- Loopback only: every service listens on 127.0.0.1 and answers to the names of this machine.
- The chain is asked in the main thread only.
- A restart loses nothing: everything is in the folder.
"""
