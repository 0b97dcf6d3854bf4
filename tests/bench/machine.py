# SPDX-License-Identifier: EUPL-1.2
"""The machine and the versions that figures were taken with, so that runs can be compared."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

__all__ = ["facts"]


def facts() -> dict[str, str | int]:
    """Facts without which a time means nothing; no host name and no path."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "system": platform.system(),
        "python": platform.python_version(),
        "stuiver": version("stuiver"),
        "py-arkworks-bls12381": version("py-arkworks-bls12381"),
        "py-evm": version("py-evm"),
        "cryptography": version("cryptography"),
        "openvc-core": version("openvc-core"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
