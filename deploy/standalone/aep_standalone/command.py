"""The `aep` command."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import orjson
import typer

from aep_standalone.client import Client
from aep_standalone.errors import StandaloneError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="The secretariat platform: start it, and look after it.",
)
imports = typer.Typer(no_args_is_help=True, help="Import texts and registers.")
people = typer.Typer(no_args_is_help=True, help="People and their roles.")
tokens = typer.Typer(no_args_is_help=True, help="Tokens for programs.")
letters = typer.Typer(no_args_is_help=True, help="Events that a service could not apply.")
aside = typer.Typer(no_args_is_help=True, help="What a job could not do after several attempts.")
fences = typer.Typer(no_args_is_help=True, help="The fence that keeps a copy of an installation from sending mail.")
app.add_typer(imports, name="import")
app.add_typer(people, name="person")
app.add_typer(tokens, name="token")
app.add_typer(letters, name="dead-letters")
app.add_typer(aside, name="set-aside")
app.add_typer(fences, name="mail-fence")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def main() -> None:
    """Runs the command; an expected failure is one line on stderr and exit code 2."""
    try:
        app()
    except StandaloneError as problem:
        print(f"aep: {problem}", file=sys.stderr)
        raise SystemExit(2) from None


@app.command(epilog="Example: aep up --port 8000 --data .aep")
def up(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    data: Path = Path(".aep"),
    host: str = "127.0.0.1",
    url: Annotated[str | None, typer.Option(help="Public address, for links in mails and feeds.")] = None,
    process: Annotated[str, typer.Option(help="Data set to load at the first start: aep or none.")] = "aep",
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Without the fictitious demo layer.")] = False,
) -> None:
    """Start the whole platform in this process, until Ctrl-C."""
    from aep_standalone.embedded import Options
    from aep_standalone.up import run

    _check_process(process)
    raise SystemExit(asyncio.run(run(Options(data, port, host, url, process, not no_demo), process, demo=not no_demo)))


@imports.command(
    "publication",
    epilog="Example: aep import publication text.txt --slug a --title A --kind conclusions"
    " --language en --date 2021-12-15",
)
def import_publication(
    file: Path,
    slug: Annotated[str, typer.Option()],
    title: Annotated[str, typer.Option()],
    kind: Annotated[str, typer.Option()],
    language: Annotated[str, typer.Option()],
    date: Annotated[str, typer.Option(help="EDTF, such as 2021-12-15 or 2021")],
    meeting: str | None = None,
    status: str = "adopted",
    replace: bool = False,
    dry_run: bool = False,
    as_json: Json = False,
) -> None:
    """Import a text; each of its paragraphs gets an address."""
    about = {
        "slug": slug,
        "title": {language: title},
        "kind": kind,
        "language": language,
        "date": date,
        "meeting": meeting,
        "status": status,
        "replace": replace,
        "dry_run": dry_run,
    }
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise StandaloneError(f"{file}: {problem.strerror}") from problem
    answer = Client().call(
        "POST",
        "/api/search/v1/publications",
        data={"about": orjson.dumps(about).decode()},
        files={"file": (file.name, content, "text/plain")},
    )
    if as_json:
        _print_json(answer)
        return
    for item in answer.get("items", []):
        print(f"{item['ref']:<14} {item['first_words']}")
    for line in answer.get("removed_lines", []):
        print(f"removed line {line['line']}: {line['reason']}: {line['text'][:60]}")
    print(
        f"{answer['outcome']}: {answer.get('paragraphs', '-')} paragraphs"
        + (f", gaps: {', '.join(answer['gaps'])}" if answer.get("gaps") else "")
        + ("; it waits for a second person" if answer.get("state") == "unpublished" else "")
    )


@people.command(
    epilog="Example: aep person invite --email c@network.example --role coordinator --initiative summer-school"
)
def invite(
    email: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option()],
    initiative: str | None = None,
    partner: str | None = None,
    group: str | None = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the role (UTC)")] = None,
    as_json: Json = False,
) -> None:
    """Give a person a role; some roles are for one initiative, partner or group, a deputy needs a last day."""
    ends = (until + timedelta(days=1)).replace(tzinfo=UTC).isoformat() if until else None
    given = {"email": email, "role": role, "initiative": initiative, "partner": partner, "group": group, "until": ends}
    answer = Client().call("POST", "/api/registry/v1/people", json={k: v for k, v in given.items() if v})
    _print_json(answer) if as_json else print(f"invited as {role}")


@tokens.command("create", epilog="Example: aep token create --email bot@network.example --expires 90 --scope editor")
def create_token(
    expires: Annotated[int, typer.Option(help="Days")],
    email: Annotated[str | None, typer.Option(help="Of a program; without it the token is one's own")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Limit to a role; several times for several")] = None,
    as_json: Json = False,
) -> None:
    """Make a token for a program, with its scopes, or for oneself; it is shown once."""
    given = {"email": email, "expires_days": expires, "scopes": scope}
    answer = Client().call("POST", "/api/registry/v1/tokens", json=given)
    _print_json(answer) if as_json else print(answer["token"])


@tokens.command("list", epilog="Example: aep token list --json")
def list_tokens(as_json: Json = False) -> None:
    """List tokens, without the tokens themselves."""
    answer = Client().call("GET", "/api/registry/v1/tokens")
    if as_json:
        _print_json(answer)
        return
    for token in answer["items"]:
        print(
            f"{token['id']}  {token['email']}  until {token['expires_at'][:10]}"
            + ("  revoked" if token["revoked_at"] else "")
        )


@tokens.command("revoke", epilog="Example: aep token revoke V3kq0cJqQm1x")
def revoke_token(token_id: str) -> None:
    """End a token in every service."""
    Client().call("DELETE", f"/api/registry/v1/tokens/{token_id}")
    print("revoked")


Process = Annotated[str, typer.Option(help="Data set: aep or none.", envvar="AEP_PROCESS")]


@app.command(epilog="Example: aep load --process aep --once loaded.json")
def load(
    process: Process = "aep",
    demo: Annotated[bool, typer.Option("--demo", help="The fictitious demo layer as well.", envvar="AEP_DEMO")] = False,
    once: Annotated[Path | None, typer.Option(help="Do nothing where this file says that it was done.")] = None,
) -> None:
    """Load a process data set, and the demo layer, into a running platform."""
    from aep_standalone.loading import load as load_now
    from aep_standalone.loading import load_once

    _check_process(process)
    client = Client()
    if once:
        asyncio.run(load_once(once, client.url, client.token, process, demo=demo, progress=print))
    else:
        asyncio.run(load_now(client.url, client.token, process, demo=demo, progress=print))


def _check_process(process: str) -> None:
    if process not in ("aep", "none"):
        raise StandaloneError("--process is aep or none")


@app.command(epilog="Example: aep rebuild search")
def rebuild(what: Annotated[str, typer.Argument(help="search or reports")]) -> None:
    """Read every topic anew and build the index or the read models again, while the present ones serve."""
    if what not in ("search", "reports"):
        raise StandaloneError("rebuild takes search or reports")
    Client().call("POST", f"/api/{what}/v1/rebuild")
    print("requested")


SERVICES = ("registry", "events", "search", "notifications", "reports")
Service = Annotated[str, typer.Argument(help=", ".join(SERVICES))]


def _known(service: str) -> str:
    if service not in SERVICES:
        raise StandaloneError(f"there is no service {service}; there are {', '.join(SERVICES)}")
    return service


@app.command(epilog="Example: aep republish registry")
def republish(service: Service) -> None:
    """Publish every public state of a service anew: after a restore, or for a new consumer."""
    answer = Client().call("POST", f"/api/{_known(service)}/v1/republish")
    for topic, count in answer["published"].items():
        print(f"{count:>8}  {topic}")


@app.command(epilog="Example: aep doctor --json")
def doctor(as_json: Json = False) -> None:
    """Look into every service, and mend what its topics have wrongly; exit code 1 where something is wrong."""
    client = Client()
    found = [client.call("POST", f"/api/{service}/v1/doctor") for service in SERVICES]
    well = all(_is_well(report) for report in found)
    if as_json:
        _print_json({"well": well, "services": found})
    else:
        for report in found:
            state = "well" if _is_well(report) else "look"
            checks = ", ".join(f"{name}: {value}" for name, value in report["checks"].items())
            print(
                f"{state}  {report['service']:<14} {checks}; outbox {report['outbox_waiting']}, dead letters"
                f" {report['dead_letters_open']}, mended {sum(report['mended'].values())}"
            )
    raise typer.Exit(0 if well else 1)


def _is_well(report: dict[str, Any]) -> bool:
    examined = report["examined"]
    return (
        all(v == "ok" for v in report["checks"].values())
        and not report["dead_letters_open"]
        and not report["relay"]
        and examined is not None
        and not examined["errors"]
    )


@letters.command("list", epilog="Example: aep dead-letters list --json")
def list_letters(as_json: Json = False) -> None:
    """List open dead letters of all services."""
    client = Client()
    found = [
        {"service": service, **letter}
        for service in SERVICES
        for letter in client.call("GET", f"/api/{service}/v1/dead-letters")["items"]
    ]
    if as_json:
        _print_json({"items": found})
        return
    for letter in found:
        print(f"{letter['service']}  {letter['id']}  {letter['topic']}  {letter['error'][:80]}")


@letters.command("show", epilog="Example: aep dead-letters show search 0190f2ab-...")
def show_letter(service: Service, letter: str) -> None:
    """Show a dead letter with its event and the stack."""
    _print_json(Client().call("GET", f"/api/{_known(service)}/v1/dead-letters/{letter}"))


@letters.command("replay", epilog="Example: aep dead-letters replay search 0190f2ab-...")
def replay_letter(service: Service, letter: str) -> None:
    """Apply the event of a dead letter again."""
    Client().call("POST", f"/api/{_known(service)}/v1/dead-letters/{letter}/replay")
    print("replayed")


@letters.command("discard", epilog="Example: aep dead-letters discard search 0190f2ab-...")
def discard_letter(service: Service, letter: str) -> None:
    """Close a dead letter without applying its event."""
    Client().call("POST", f"/api/{_known(service)}/v1/dead-letters/{letter}/discard")
    print("discarded")


@aside.command("list", epilog="Example: aep set-aside list --json")
def list_set_aside(as_json: Json = False) -> None:
    """List what the jobs of all services have set aside, with the reason."""
    client = Client()
    found = [
        {"service": service, **item}
        for service in SERVICES
        for item in client.call("GET", f"/api/{service}/v1/set-aside")["items"]
    ]
    if as_json:
        _print_json({"items": found})
        return
    for item in found:
        print(f"{item['service']}  {item['job']}  {item['item']}  {item['reason'][:80]}")


@aside.command("retry", epilog="Example: aep set-aside retry search indexer meeting:0190f2ab-...")
def retry_set_aside(service: Service, job: str, item: str) -> None:
    """Let a job take an item again, with all its attempts."""
    Client().call("POST", f"/api/{_known(service)}/v1/set-aside/{quote(job, safe='')}/{quote(item, safe='')}/retry")
    print("waiting")


SENDING = ("registry", "notifications")


@fences.command("show", epilog="Example: aep mail-fence show --json")
def show_fences(as_json: Json = False) -> None:
    """Show for each service that sends mail whether it does; exit code 1 where one is fenced."""
    client = Client()
    found = {service: client.call("GET", f"/api/{service}/v1/mail-fence") for service in SENDING}
    if as_json:
        _print_json(found)
    else:
        for service, state in found.items():
            lifted = f", lifted by {state['lifted_by']} at {state['lifted_at']}" if state["lifted_at"] else ""
            print(f"{service:<14} {'sends' if state['open'] else 'fenced: this is a copy'}{lifted}")
    raise typer.Exit(0 if all(state["open"] for state in found.values()) else 1)


@fences.command("lift", epilog="Example: aep mail-fence lift --yes")
def lift_fences(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Let this copy send mail, what was queued when it was copied included; the original must have ended."""
    if not yes:
        typer.confirm("Has the original ended for good? Otherwise readers get mails twice. Lift the fence?", abort=True)
    client = Client()
    for service in SENDING:
        client.call("POST", f"/api/{service}/v1/mail-fence/lift")
        print(f"{service:<14} sends")


def _print_json(value: Any) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
