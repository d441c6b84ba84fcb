"""Which command stands in which module; a module is loaded when it is asked for."""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Final

import typer

from refimpl.cli import completion
from refimpl.cli.ending import GROUPS, Refusal, let_interrupt_be_caught

MODULES: Final[Mapping[str, str]] = {
    "id": "identifiers",
    "diff": "editions",
    "amend": "amend",
    "example": "networks",
    "route": "networks",
    "journeys": "journeys",
    "play": "journeys",
    "modes": "modes",
    "simulate": "simulate",
    "states": "states",
    "rules": "rules",
    "schema": "schemas",
    "crosswalk": "crosswalk",
    "vectors": "vectors",
    "conform": "conform",
    "pki": "pki",
    "serve": "endpoints",
    "probe": "endpoints",
    "explore": "notebooks",
    "notebooks": "notebooks",
    "site": "site",
    "completion": "completion",
}
FURTHER: Final[Mapping[str, tuple[str, ...]]] = {
    "vectors": ("bulk", "finding", "kills", "releases")
}
"""Modules that add commands to the group of another."""
NAME: Final = "iec63119"


def carry_out(arguments: Sequence[str]) -> int:
    """Carry out the command that the arguments name, and give its exit code.

    Raises what its room raises, and `Refusal` for arguments that cannot be read.
    """
    if instruction := os.environ.get(completion.ASKED_BY_SHELL):
        return completion.answer(application(), instruction)
    command = typer.main.get_command(application(arguments[:1]))
    if len(arguments) < 2 and {*GROUPS} >= {*arguments}:
        arguments = [*arguments, "--help"]
    try:
        with command.make_context(NAME, [*arguments]) as context:
            let_interrupt_be_caught()
            return command.invoke(context) or 0
    except typer.Exit as end:
        return end.exit_code
    except typer.TyperException as error:
        asked = getattr(error, "ctx", None)
        way_out = f"see {asked.command_path} --help" if asked else ""
        said = error.format_message().removesuffix(".")
        raise Refusal(said, way_out, error.exit_code) from error


def application(names: Sequence[str] = ()) -> typer.Typer:
    """Put together the named commands, or all of them where a name is missing or unknown."""
    modules = {MODULES.get(name, "") for name in names} or {""}
    if "" in modules:
        modules = {*MODULES.values()}
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_about)
    for module in dict.fromkeys(MODULES.values()):
        if module in modules:
            group = import_module(f"refimpl.cli.{module}").app
            for further in FURTHER.get(module, ()):
                import_module(f"refimpl.cli.{further}")
            app.add_typer(group)
    return app


def _about(
    wanted: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """A reference model of IEC 63119-1, roaming of EV charging services.

    Begin with `iec63119 play charge`, or with `iec63119 explore` for the notebooks.

    Not affiliated with IEC.
    """
    if wanted:
        from refimpl.edition import published

        editions = " and ".join(published())
        print(f"{NAME} {version('iec63119-refimpl')}, editions {editions}")
        raise typer.Exit
