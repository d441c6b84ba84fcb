"""The `iec63119` command: what the model knows and does, from a shell.

There is a module for each thing a user works on: `identifiers`, `editions`, `networks`,
`journeys`, `rules`, `schemas`, `vectors`, `pki`, `endpoints` and `notebooks`; `commands` says
which command is in which.  What several commands ask for stands in `inputs`, how they print in
`output`, and how they end in `ending`.  `iec63119 --help` lists the commands.

Nothing here knows the standard: a command asks a room and shows what it hears.  A command's
module is loaded when that command is asked for, and what is slow to load only where it is
needed.
"""

from collections.abc import Sequence


def main() -> None:
    """Run the command as it is installed, and end the process with its exit code."""
    try:
        from refimpl.cli import ending

        ending.end_process(run)
    except KeyboardInterrupt:  # while the little above was being loaded
        raise SystemExit(130) from None


def run(arguments: Sequence[str]) -> int:
    """Carry out the command that the arguments name, and give its exit code."""
    from refimpl.cli import ending

    return ending.say_what_went_wrong(_carry_out, arguments)


def _carry_out(arguments: Sequence[str]) -> int:
    match arguments:
        case ["id", "check", text, *rest] if text[:1] != "-" and rest in ([], ["--json"]):
            from refimpl.cli.verdict import check  # without Typer, which takes longer to load

            return check(text, as_json=bool(rest))
    from refimpl.cli.commands import carry_out

    return carry_out(arguments)
