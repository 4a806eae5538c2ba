"""The command that shows and changes settings."""

from __future__ import annotations

import click

from nnstudy.cli.group import as_json, example, main, show, study
from nnstudy.words import visible


@main.command(
    epilog=example("nnstudy settings", "nnstudy settings desired_retention 0.85"),
    context_settings={"ignore_unknown_options": True},  # a value may begin with `-`: -formula
)
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.option("--note", help="Of this note alone (its id, title or path).")
@click.option("--default", "default", is_flag=True, help="Back to the default.")
@as_json
def settings(name: str | None, value: str | None, note: str | None, default: bool, as_json: bool) -> None:
    """Show the settings, or one of them; with a VALUE, change it in settings.toml, whose comments stay."""
    from nnstudy.preferences import option
    from nnstudy.settings import OF_A_NOTE, OPTIONS

    if value is not None and default:
        raise click.UsageError("a VALUE or --default, not both")
    with study() as opened:
        above = ("notes", str(opened.note_id(note))) if note else ()
        if name is not None and (value is not None or default):
            found = option((*above, name))
            opened.preferences.set((*above, name), None if default else found.read(value or ""))
            if found.when:
                click.echo(f"Kept. It {found.when}.")
            return
        names = [name] if name else list(OF_A_NOTE if note else OPTIONS)
        values = {one: opened.preferences.get((*above, option((*above, one)).name)) for one in names}
    if as_json:
        described = {one: option((*above, one)) for one in names}
        show([
            {"name": one, "value": value, "default": described[one].default, "low": described[one].low,
             "high": described[one].high, "help": described[one].help}
            for one, value in values.items()
        ])  # fmt: skip
        return
    for one, now in values.items():
        text = "" if now is None else option((*above, one)).text(now)
        click.echo(visible(text if name else f"{one:22} {text:16} {option((*above, one)).help}"))
