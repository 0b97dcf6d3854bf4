# SPDX-License-Identifier: EUPL-1.2
"""``python -m issuer.cli``: the desk's commands without the others."""

from issuer.cli import main

if __name__ == "__main__":
    main()
