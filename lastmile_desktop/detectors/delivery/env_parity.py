"""delivery.env-parity: it works on the founder's machine, and a missing setting breaks it live."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.env_prefixes import env_names, is_platform_name, public_framework
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.settings.env import EnvDefinition, EnvMap, EnvRead
from lastmile_desktop.project.models.settings.host_settings import (
    case_mismatches,
    machine_paths,
    mail_ports,
    public_names_at_runtime,
    runtime_majors,
    server_days,
)
from lastmile_desktop.project.models.settings.local_addresses import LocalAddress, local_addresses, ships
from lastmile_desktop.project.named_secrets import is_secret_name
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.tree import FileEntry
from lastmile_desktop.project.view import ProjectView

CHECK = "delivery.env-parity"
_MOST_ADDRESSES = 12
_MOST_NAMED = 8
_FEWEST_SILENT = 3
_FEWEST_UNVALIDATED = 5
_MOST_FORGOTTEN = 4
# What only watches: without it everything works and nobody sees how.
_WATCHES = re.compile(
    r"SENTRY|POSTHOG|MIXPANEL|AMPLITUDE|LOGROCKET|HOTJAR|CLARITY|PLAUSIBLE|UMAMI|DATADOG|NEW_?RELIC|BUGSNAG|ROLLBAR|ANALYTICS|"
    r"(?:^|_)(?:GA|GTM|GA4)(?:_|$)|LOG_LEVEL"
)
_PART_OF_ADDRESS = re.compile(
    r"^(?:PG|DB_?|POSTGRES_?|DATABASE_|MYSQL_?)(?:HOST|USER|USERNAME|PASS|PASSWORD|NAME|DATABASE|DB|PORT)$"
)
_BUILD_CONFIG = re.compile(r"(?:^|/)(?:next|vite|nuxt|webpack|rollup|astro|svelte)\.config\.[cm]?[jt]s$")
_FILLS = re.compile(r"\b(?:env|define|publicRuntimeConfig|DefinePlugin)\b\s{0,3}[:(]\s{0,3}\{([^{}]{0,3000})")
_FILLED = re.compile(
    r"[\"']?(?:process\.env\.|import\.meta\.env\.)?([A-Za-z_]\w{1,60})[\"']?\s{0,3}(?::\s{0,3}([^,\n]{0,200}))?(?:,|\n|$)"
)
_ATTEST = "Compare the names of the settings on the live host with those that the code reads."


def detect(view: ProjectView) -> Detection:
    ours = [read for read in view.env.reads if _is_ours(view, read)]
    # A setting that the code does without in one place is an optional one everywhere.
    optional = {read.name for read in ours if not read.required}
    wanted = tuple(read for read in ours if read.name not in optional)
    findings = (
        *_undocumented(view, wanted),
        *_undefined_in_prod(view, wanted),
        *_no_validation(view, wanted),
        *_local_addresses(view),
        *_test_live(view),
        *_of_host(view),
    )
    if not view.env.reads and not findings:
        return Detection(not_applicable=NotApplicable("The code reads no settings."))
    names = {read.name for read in ours}
    known = {name for name in names if view.env.defined(name)}
    return Detection(
        findings=findings,
        passes=tuple(_passes(view, names)),
        unknowns=tuple(Unknown(f"{path}: {why}", path) for path, why in view.env.unparsed),
        looked=(Looked("settings", len(known), len(names)),),
        needs_attestation=_ATTEST if _set_by_hand(view, wanted) else "",
    )


def _is_ours(view: ProjectView, read: EnvRead) -> bool:
    """Whether somebody has to set this: no platform does, and the file is not a script or a build configuration."""
    if is_platform_name(read.name) or not _ships(read.path):
        return False
    names = env_names()
    if "supabase/functions/" in read.path and read.name in names.supabase_functions | names.lovable:
        return False
    if read.name in names.lovable and view.facts.has("tool.current", "lovable"):
        return False
    return not (read.name in names.replit and _is_replit(view))


def _is_replit(view: ProjectView) -> bool:
    return ".replit" in view.tree or view.facts.has("tool.origin", "replit")


def _ships(path: str) -> bool:
    return path_kind(path) is PathKind.CODE and (
        ships(path)
        or (
            "config" in PurePosixPath(path).name
            and not re.search(r"(?i)playwright|cypress|vitest|jest", path)
        )
    )


def _missing(view: ProjectView, wanted: Iterable[EnvRead]) -> dict[str, list[EnvRead]]:
    """Required settings that no file of the repository names."""
    named = _named(view.env) | _built_in(view)
    together = _alternatives(view.env)
    missing: dict[str, list[EnvRead]] = {}
    for read in wanted:
        if read.required and read.name not in named and not named & together.get(read.name, frozenset()):
            missing.setdefault(read.name, []).append(read)
    return missing


def _alternatives(env: EnvMap) -> dict[str, frozenset[str]]:
    """For each setting those that can stand in for it: `A ?? B` on one line, the parts of an address for the whole."""
    by_line: dict[tuple[str, int], set[str]] = {}
    by_file: dict[str, set[str]] = {}
    for read in env.reads:
        by_line.setdefault((read.path, read.line), set()).add(read.name)
        by_file.setdefault(read.path, set()).add(read.name)
    found: dict[str, frozenset[str]] = {}
    for read in env.reads:
        others = by_line[(read.path, read.line)] - {read.name}
        if _PART_OF_ADDRESS.match(read.name):
            others = others | {name for name in by_file[read.path] if name.endswith("DATABASE_URL")}
        found[read.name] = found.get(read.name, frozenset()) | others
    return found


def _named(env: EnvMap) -> frozenset[str]:
    """The settings that the repository tells are needed: an example, a shared file, a host's file, a note, or the
    schema that is checked at the start."""
    checked = {read.name for read in env.reads if read.path in env.validated_by}
    return frozenset(checked) | {
        item.name
        for item in env.definitions
        if (item.kind != "ci" or item.path.startswith(".github/"))
        and (item.kind != "env-file" or item.tracked is not False)
    }


def _built_in(view: ProjectView) -> frozenset[str]:
    """Names that the configuration of a build tool fills itself, such as the version out of package.json."""
    return frozenset(
        name
        for path in view.tree.files
        if _BUILD_CONFIG.search(path)
        for name in view.per_file("env-built-in", path, _filled, ())
    )


def _filled(text: str) -> tuple[str, ...]:
    """Names that get a value here; what is only handed on from outside still has to be set there."""
    return tuple(
        entry[1]
        for block in _FILLS.finditer(text)
        for entry in _FILLED.finditer(block[1])
        if "env" not in (entry[2] or "").lower()
    )


def _undocumented(view: ProjectView, wanted: tuple[EnvRead, ...]) -> Iterator[RawFinding]:
    by_package: dict[str, dict[str, list[EnvRead]]] = {}
    for name, reads in _missing(view, wanted).items():
        by_package.setdefault(view.package_of(reads[0].path).path, {})[name] = reads
    for package, missing in sorted(by_package.items()):
        hard = [name for name, reads in missing.items() if not all(read.silent for read in reads)]
        if not hard and len(missing) < _FEWEST_SILENT:
            continue
        first = sorted((read for reads in missing.values() for read in reads[:1]), key=_by_place)
        examples = [path for path in view.env.example_files if view.package_of(path).path in (package, ".")]
        where = f"{examples[0]} does not list" if examples else "No .env.example lists"
        yield RawFinding(
            rule=f"{CHECK}/undocumented",
            message=f"{where} {_listed(sorted(missing))}, which the code reads without a default.",
            evidence=tuple(
                at(read.path, read.line, column=read.column, note=read.name) for read in first[:6]
            ),
            symbol=package,
            severity=Severity.LOW if all(_WATCHES.search(name) for name in missing) else Severity.MEDIUM,
        )


def _by_place(read: EnvRead) -> tuple[bool, bool, str, int]:
    return (_WATCHES.search(read.name) is not None, read.silent, read.path, read.line)


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def _undefined_in_prod(view: ProjectView, wanted: tuple[EnvRead, ...]) -> Iterator[RawFinding]:
    """A Render blueprint names every setting of its services, those typed in by hand too."""
    blueprint = "render.yaml"
    text = view.text(blueprint)
    defined = {item.name for item in view.env.definitions if item.path == blueprint}
    if text is None or len(defined) < 2 or "fromGroup" in text or "envVarGroups" in text:
        return
    absent = {
        read.name: read
        for read in reversed(wanted)
        if read.hard and read.name not in defined and not public_framework(read.name)
    }
    if not absent or len(absent) > _MOST_FORGOTTEN:
        return
    first = sorted(absent.values(), key=_by_place)
    line = line_at(text, text.find("envVars"))
    yield RawFinding(
        rule=f"{CHECK}/undefined-in-prod",
        message=f"render.yaml sets up the live service without {_listed(sorted(absent))}, which the code needs.",
        evidence=(at(blueprint, line), *(at(read.path, read.line, note=read.name) for read in first[:5])),
    )


def _no_validation(view: ProjectView, wanted: tuple[EnvRead, ...]) -> Iterator[RawFinding]:
    """Server code reads several settings one by one and nothing looks at start-up whether they are there."""
    packages = {view.package_of(path).path for path in view.env.validated_by}
    by_package: dict[str, list[EnvRead]] = {}
    for read in wanted:
        browser = read.client_side or public_framework(read.name) is not None
        optional = read.silent and not is_secret_name(read.name)
        if read.required and not browser and not optional and "supabase/functions/" not in read.path:
            by_package.setdefault(view.package_of(read.path).path, []).append(read)
    for package, reads in sorted(by_package.items()):
        names = {read.name for read in reads}
        if len(names) < _FEWEST_UNVALIDATED or package in packages or ("." in packages and package == "."):
            continue
        first = min(reads, key=lambda read: (read.path, read.line))
        yield RawFinding(
            rule=f"{CHECK}/no-validation",
            message=(
                f"{len(names)} settings are read one by one and nothing checks at the start that they are set: "
                f"a missing one shows up only when a customer reaches that code."
            ),
            evidence=(at(first.path, first.line, column=first.column, note=first.name),),
            symbol=package,
        )


def _is_shipped(entry: FileEntry) -> bool:
    return ships(entry.path) and not entry.minified


def _addresses(path: str, text: str) -> tuple[LocalAddress, ...]:
    """Backticks are no quotes in Python: they stand in the texts of documentation."""
    return local_addresses(text, "\"'") if path.endswith(".py") else local_addresses(text)


def _local_addresses(view: ProjectView) -> Iterator[RawFinding]:
    for path, found in view.each_path("local-addresses", _is_shipped, _addresses, ()).items():
        if found:
            yield RawFinding(
                rule=f"{CHECK}/localhost-hardcoded",
                message=_address_message(path, found[0]),
                evidence=tuple(at(path, item.line, column=item.column) for item in found[:_MOST_ADDRESSES]),
                symbol=found[0].shown,
            )


def _address_message(path: str, item: LocalAddress) -> str:
    what = "a preview of your builder" if item.preview else "your own computer"
    if item.use == "redirect":
        return f"{path} sends people to {item.shown}, which is {what}: after signing in or paying they end up nowhere."
    if item.use == "origin":
        return f"{path} lets only {item.shown} call the server, which is {what}: the live site is refused."
    return f"{path} calls {item.shown}, which is {what}: for a customer there is nothing at that address."


def _test_live(view: ProjectView) -> Iterator[RawFinding]:
    by_file: dict[str, list[EnvDefinition]] = {}
    for item in view.env.definitions:
        if item.kind in ("env-file", "host-config", "compose") and "stripe" in item.shape:
            by_file.setdefault(item.path, []).append(item)
    for path, items in sorted(by_file.items()):
        live = [item for item in items if "-live" in item.shape]
        test = [item for item in items if "-test" in item.shape]
        production = bool(re.search(r"(?i)\.prod", path))
        if live and test:
            yield _mixed(path, test[0], f"{live[0].name} is a live key and {test[0].name} a test key")
        elif test and production:
            yield _mixed(path, test[0], f"{test[0].name} is a test key in the file for production")


def _mixed(path: str, item: EnvDefinition, what: str) -> RawFinding:
    return RawFinding(
        rule=f"{CHECK}/test-live-mixup",
        message=f"In {path}, {what}: real customers' payments fail or are never charged.",
        evidence=(at(path, item.line, note=item.name),),
        symbol=item.name,
    )


def _of_host(view: ProjectView) -> Iterator[RawFinding]:
    """What differs between this computer and the host: file names, paths, runtimes, ports, clocks."""
    for path, line, module, there in view.made(case_mismatches):
        yield RawFinding(
            rule=f"{CHECK}/case-path",
            message=f'{path} imports "{module}" but the file is called {there}: on the live host, names in another '
            f"case are not found.",
            evidence=(at(path, line), at(there, 1)),
            symbol=module,
        )
    for path, line, shown in machine_paths(view):
        yield RawFinding(
            rule=f"{CHECK}/os-paths",
            message=f"{path} uses the folder {shown}, which exists on your computer only.",
            evidence=(at(path, line),),
            symbol=shown,
        )
    for path, line, port in mail_ports(view):
        yield RawFinding(
            rule=f"{CHECK}/network-permissions",
            message=f"{path} sends mail through port {port}, which Supabase functions may not open: no mail leaves.",
            evidence=(at(path, line),),
            symbol=str(port),
        )
    for path, line, name in public_names_at_runtime(view):
        yield RawFinding(
            rule=f"{CHECK}/build-vs-runtime",
            message=f"{path} sets {name} when the container starts, but {public_framework(name)} copies it into the "
            f"pages when they are built: the live site keeps the old value.",
            evidence=(at(path, line),),
            symbol=name,
        )
    yield from _runtimes(view)
    for path, line in server_days(view)[:1]:
        yield RawFinding(
            rule=f"{CHECK}/timezone-locale",
            message=f"{path} decides where a day begins by the server's clock, which runs in another time zone than "
            f"yours and your customers'.",
            evidence=(at(path, line),),
        )
    yield from _redirects(view)


def _runtimes(view: ProjectView) -> Iterator[RawFinding]:
    for runtime, places in runtime_majors(view):
        versions = " and ".join(f"{version} in {path}" for path, _, version in places[:3])
        path, line, _ = places[-1]
        others = [at(other, number) for other, number, _ in places[:-1]]
        yield RawFinding(
            rule=f"{CHECK}/node-version-mismatch",
            message=f"{runtime} is asked for in different versions: {versions}.",
            evidence=(at(path, line), *others[:4]),
            symbol=runtime,
        )


def _redirects(view: ProjectView) -> Iterator[RawFinding]:
    """A Supabase configuration that is pushed to the live project and sends people to this machine."""
    path = "supabase/config.toml"
    text = view.text(path) or ""
    match = re.search(r"(?m)^\s{0,8}site_url\s{0,3}=\s{0,3}\"https?://(?:localhost|127\.0\.0\.1)", text)
    pushed = any(
        "supabase config push" in (view.text(entry.path) or "")
        for entry in view.tree.readable()
        if entry.path.startswith(".github/workflows/") or entry.name == "package.json"
    )
    if match is not None and pushed:
        yield RawFinding(
            rule=f"{CHECK}/auth-redirect-allowlist",
            message="supabase/config.toml is pushed to the live project with your own computer as the site address: "
            "sign-in links lead nowhere.",
            evidence=(at(path, line_at(text, match.start())),),
        )


def _set_by_hand(view: ProjectView, wanted: tuple[EnvRead, ...]) -> bool:
    """Whether some needed setting is defined in no file that goes live, so that only the host's own list tells."""
    live = {
        item.name for item in view.env.definitions if item.kind in ("host-config", "compose") or item.tracked
    }
    return any(read.required and read.name not in live and is_secret_or_address(read.name) for read in wanted)


def is_secret_or_address(name: str) -> bool:
    return is_secret_name(name) or bool(re.search(r"(?:URL|KEY|DSN|ID|HOST)$", name))


def _passes(view: ProjectView, names: set[str]) -> Iterator[PassEvidence]:
    for path in view.env.example_files:
        listed = sum(item.path == path for item in view.env.definitions)
        yield PassEvidence(at(path, 1, note=f"{listed} settings listed"))
    for path in view.env.validated_by:
        yield PassEvidence(derived("checks the settings at the start", path))
    if not view.env.example_files and not view.env.validated_by:
        known = sum(view.env.defined(name) for name in names)
        yield PassEvidence(
            derived(f"{known} of {len(names)} settings that the code reads are named in the repository")
        )
