# SPDX-License-Identifier: EUPL-1.2
"""Options that several commands of the desk share, each explained once."""

from pathlib import Path
from typing import Annotated, Final

import typer

__all__ = ["DEFAULT_FOLDER", "FOLDER_VARIABLE", "Folder", "Person"]

FOLDER_VARIABLE: Final = "STUIVER_ISSUER_FOLDER"
DEFAULT_FOLDER: Final = Path(".stuiver") / "issuer"

Folder = Annotated[
    Path,
    typer.Option("--folder", envvar=FOLDER_VARIABLE, help="The folder of the desk, with its keys and records."),
]
Person = Annotated[str, typer.Argument(help="The person's reference, as in the column `person` of the household file.")]
