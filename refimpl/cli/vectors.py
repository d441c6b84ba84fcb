"""`iec63119 vectors`: the commands of `refimpl.vectors.commands`, loaded when they are asked
for.
"""

import typer

app = typer.Typer()


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def vectors(context: typer.Context) -> None:
    """Work on the test vectors: discover, fill, check, lint, stats."""
    from refimpl.vectors.commands import app as vectors_app

    raise typer.Exit(
        vectors_app(
            context.args or ["--help"], prog_name="iec63119 vectors", standalone_mode=False
        )
        or 0
    )
