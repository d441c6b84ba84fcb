"""`iec63119 completion`: what makes a shell complete commands and options."""

from enum import StrEnum
from typing import Annotated, Final

import typer
from typer.completion import get_completion_inspect_parameters, shell_complete

ASKED_BY_SHELL: Final = "_IEC63119_COMPLETE"
"""The variable in which a shell asks for a line to be completed."""

app = typer.Typer()


class Shell(StrEnum):
    """A shell that Typer knows."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


@app.command()
def completion(
    shell: Annotated[Shell, typer.Argument(help="Whose script is printed.")],
) -> None:
    """Print a script that makes a shell complete commands.

    No file is changed.  For bash, write the line `eval "$(iec63119 completion bash)"` into
    ~/.bashrc; the other shells read the script from their own start-up files.
    """
    answer(app, f"source_{shell}")


def answer(application: typer.Typer, instruction: str) -> int:
    """Print what a shell has asked for: its script, or how the line may go on."""
    get_completion_inspect_parameters()  # here Typer says how each shell is answered
    command = typer.main.get_command(application)
    return shell_complete(command, {}, "iec63119", ASKED_BY_SHELL, instruction)
