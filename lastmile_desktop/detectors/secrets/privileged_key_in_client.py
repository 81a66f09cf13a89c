"""secrets.privileged-key-in-client: a master key is in what is sent to the browser or the phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.env_prefixes import public_framework
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.client.bundler_env import BundledName, bundled_names, is_bundler_config
from lastmile_desktop.project.models.client.own_keys import is_asked_with_own_keys
from lastmile_desktop.project.models.settings.env import EnvDefinition, EnvRead
from lastmile_desktop.project.models.settings.env_reads import blank_comments
from lastmile_desktop.project.named_secrets import is_secret_name
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.secret_shapes import Exposure
from lastmile_desktop.project.secret_sightings import Sighting, sightings_of
from lastmile_desktop.project.view import ProjectView

CHECK = "secrets.privileged-key-in-client"
_MOST_PLACES = 5

_PRIVATE_NAME = re.compile(
    r"SERVICE_?ROLE|SECRET|PRIVATE|_SK(?:_|$)|PASSWORD|PASSWD|DATABASE_URL|DB_URL|JWT|ACCESS_TOKEN|AUTH_TOKEN|BEARER"
    r"|(?:OPENAI|ANTHROPIC|CLAUDE|GEMINI|GOOGLE_AI|GENAI|GROQ|MISTRAL|DEEPSEEK|OPENROUTER|PERPLEXITY|REPLICATE|XAI|COHERE"
    r"|HUGGING_?FACE|ELEVEN_?LABS|RESEND|SENDGRID|MAILGUN|BREVO|TWILIO|TAVILY|FIRECRAWL|RUNWAY|STABILITY|FAL|LLM)\w{0,30}(?:KEY|TOKEN|SECRET|SID)"
    r"|STRIPE_(?:SECRET|RESTRICTED)|ADMIN\w{0,20}(?:KEY|TOKEN|SECRET)|API_SECRET|GITHUB_(?:TOKEN|PAT)"
)
_PUBLIC_NAME = re.compile(
    r"PUBLISHABLE|PUBLIC_KEY|FIREBASE_(?:DATABASE|DB)_URL|ANON_?KEY|SITE_?KEY|MAPBOX|MEASUREMENT|_ID$|_NAME$|_ENABLED$|_MODEL$|_EMAIL$|_HOST$|_LENGTH$"
    r"|_EXPIR\w*$|_MODE$|_VERSION$|ENABLE_|SHOW_|USE_|HIDE_|_REGION$|_POLICY$|_PAGE$|_PATH$|_HINT$|_DOMAIN$|PUBLISH"
    r"|DISABLE_|ALLOW_|REQUIRE_|SIGN_?(?:IN|UP)|LOGIN|RESET|FORGOT|FLAG"
)
_ADDRESS_NAME = re.compile(r"(?:URL|URI|ENDPOINT|BASE)$")
_ADMIN_PACKAGES = frozenset(
    ("firebase-admin", "firebase-admin/app", "firebase-admin/auth", "firebase-admin/firestore")
)
_BROWSER_LLM = re.compile(r"dangerouslyAllowBrowser\s{0,3}:\s{0,3}true")
_APP_FILES = frozenset(
    ("app.json", "app.config.js", "app.config.ts", "eas.json", "capacitor.config.ts", "capacitor.config.json")
)


def detect(view: ProjectView) -> Detection:
    graph = view.client_graph
    findings = (
        *_public_names(view),
        *_values(view),
        *_server_modules(view),
        *_bundled(view),
        *_language_models(view),
    )
    if not graph.client and not findings:
        return Detection(
            not_applicable=NotApplicable("Nothing of this project is sent to a browser or a phone.")
        )
    return Detection(
        findings=findings,
        passes=tuple(_passes(view)),
        looked=(Looked("browser files", len(graph.client), len(graph.client)),),
    )


def is_private_name(name: str) -> bool:
    """Whether a setting of this name, which every visitor can read, should have stayed on the server."""
    if not _PRIVATE_NAME.search(name) or _PUBLIC_NAME.search(name):
        return False
    return not _ADDRESS_NAME.search(name) or "DATABASE_URL" in name or "DB_URL" in name


def _public_names(view: ProjectView) -> Iterator[RawFinding]:
    """Settings that a framework copies into the pages, with a name that says they are private."""
    reads: dict[str, list[EnvRead]] = {}
    for read in view.env.reads:
        if (
            public_framework(read.name)
            and is_private_name(read.name)
            and "supabase/functions/" not in read.path
        ):
            reads.setdefault(read.name, []).append(read)
    defined: dict[str, list[EnvDefinition]] = {}
    for item in view.env.definitions:
        if public_framework(item.name) and item.kind != "doc":
            defined.setdefault(item.name, []).append(item)
    for name in sorted(reads.keys() | {name for name in defined if is_private_name(name)}):
        shapes = {item.shape for item in defined.get(name, ())}
        if any(shape.startswith("public:") for shape in shapes):
            continue
        yield _public_name(view, name, reads.get(name, []), defined.get(name, []))


def _public_name(
    view: ProjectView, name: str, reads: list[EnvRead], defined: list[EnvDefinition]
) -> RawFinding:
    in_client = [read for read in reads if view.client_graph.is_client(read.path)]
    places = [at(read.path, read.line, column=read.column, note=name) for read in (in_client or reads)]
    places += [at(item.path, item.line, note=f"{name} is set here") for item in defined]
    mobile = name.startswith("EXPO_PUBLIC_")
    holder = "the app on every phone" if mobile else "the pages that every visitor downloads"
    does = (
        f"is copied into {holder}"
        if in_client
        else f"would be copied into {holder} by the first page that reads it"
    )
    confidence = 0.9 if in_client else (0.6 if reads else 0.55)
    if in_client and all(_only_asked_for(view, read) for read in in_client):
        # The build folds `!!"…"` to true: the value itself does not reach the page.
        confidence = 0.55
        does = f"would be copied into {holder} as soon as a page uses its value"
    if "DEMO" in name or "TEST" in name:
        confidence = min(confidence, 0.6)
    return RawFinding(
        rule=f"{CHECK}/{'mobile-bundle' if mobile else 'env-prefix'}",
        message=f"{name} {does}: its beginning makes {public_framework(name)} publish it.",
        evidence=tuple(places[:_MOST_PLACES]),
        symbol=name,
        severity=None if confidence > 0.6 else Severity.HIGH,
        confidence=confidence,
    )


def _only_asked_for(view: ProjectView, read: EnvRead) -> bool:
    """Whether a line only asks whether the setting is there."""
    lines = (view.text(read.path) or "").splitlines()
    line = lines[read.line - 1] if 0 < read.line <= len(lines) else ""
    asked = re.compile(
        rf"(?:!!?|Boolean\(|\bif\s*\(!?|typeof\s+)\s*[\w.]{{1,40}}\.{re.escape(read.name)}\b(?!\s*(?:\|\||\?\?|&&))"
    )
    return line.count(read.name) == len(asked.findall(line[:2000])) > 0


def _values(view: ProjectView) -> Iterator[RawFinding]:
    """Keys whose shape says that they open everything, in files or settings that go to the browser."""
    for path in view.tree.files:
        if not _is_sent(view, path):
            continue
        for item in sightings_of(view, path):
            # What somebody typed to look like a key opens nothing at the provider.
            if item.place is None and item.shape.exposure is Exposure.PRIVILEGED and not item.invented:
                yield _value(path, item)
    for item in view.env.definitions:
        secret = item.shape.startswith("secret:") and item.shape not in ("secret:named", "secret:jwt")
        if (
            secret
            and item.shape != "secret:google-api-key"
            and public_framework(item.name)
            and item.kind == "env-file"
        ):
            yield RawFinding(
                rule=f"{CHECK}/{'mobile-bundle' if item.name.startswith('EXPO_') else 'value-shape'}",
                message=f"The value of {item.name} in {item.path} is a private key, and "
                f"{public_framework(item.name)} copies it into what everyone downloads.",
                evidence=(at(item.path, item.line, note=item.shape.partition(":")[2]),),
                symbol=item.name,
                severity=Severity.HIGH if item.shape.endswith("-test") else None,
            )


def _is_sent(view: ProjectView, path: str) -> bool:
    """Whether this file, or what is made of it, reaches the browser or the phone."""
    may_be, served = _by_path(path)
    return may_be and (served or view.client_graph.is_client(path))


@lru_cache(maxsize=65_536)
def _by_path(path: str) -> tuple[bool, bool]:
    """Whether a file of this path may be sent at all, and whether it is for its path alone."""
    may_be = path_kind(path) not in (PathKind.TEST, PathKind.DOC, PathKind.EXAMPLE)
    *folders, name = path.split("/")
    return may_be, "public" in folders or folders[:1] in (["static"], ["www"]) or name in _APP_FILES


def _value(path: str, item: Sighting) -> RawFinding:
    mobile = PurePosixPath(path).name in _APP_FILES
    label = item.shape.label
    what = f"{'An' if label[:1].lower() in 'aeio' else 'A'} {label}"
    return RawFinding(
        rule=f"{CHECK}/{'mobile-bundle' if mobile else 'value-shape'}",
        message=f"{what} is written in {path}, which is part of what everyone downloads.",
        evidence=(at(path, item.line, column=item.column, note=f"begins with {item.head}…"),),
        symbol=f"{item.shape.id}:{item.name}",
        severity=Severity.HIGH if item.shape.mode == "test" else None,
        confidence=0.95,
    )


def _server_modules(view: ProjectView) -> Iterator[RawFinding]:
    """Modules made for the server that a browser module pulls in."""
    for path, server, line in view.client_graph.boundary_imports:
        yield RawFinding(
            rule=f"{CHECK}/server-module-imported",
            message=f"{path} runs in the browser and imports {server}, which is meant for the server only.",
            evidence=(at(path, line), at(server, 1)),
            symbol=server,
            confidence=0.8,
            severity=Severity.HIGH,
        )
    imports = view.each_outline("admin-imports", _admin_imports)
    for path in view.client_graph.client:
        for module, line in imports.get(path, ()):
            yield RawFinding(
                rule=f"{CHECK}/server-module-imported",
                message=f"{path} runs in the browser and imports {module}, which works with a master key only.",
                evidence=(at(path, line),),
                symbol=module,
                confidence=0.85,
            )


def _admin_imports(outline: Outline) -> tuple[tuple[str, int], ...]:
    return tuple(
        (item.module, item.span.line)
        for item in outline.imports
        if item.module in _ADMIN_PACKAGES and not item.type_only
    )


def _bundled(view: ProjectView) -> Iterator[RawFinding]:
    """Settings that the bundler's configuration puts into the pages whatever their name."""
    for entry in view.tree.readable():
        if not is_bundler_config(entry.path):
            continue
        for item in view.per_file("bundled-names", entry.path, bundled_names, ()):
            if item.whole or is_private_name(item.name) or _is_key(item):
                yield _bundled_finding(entry.path, item)


def _is_key(item: BundledName) -> bool:
    """`process.env.API_KEY` without more is what AI tools call a language model's key."""
    return item.name in ("API_KEY", "GEMINI_API_KEY") or (
        is_secret_name(item.name) and "PUBLIC" not in item.name
    )


def _bundled_finding(path: str, item: BundledName) -> RawFinding:
    what = "every setting of the build, private ones too," if item.whole else item.name
    return RawFinding(
        rule=f"{CHECK}/define-leak",
        message=f"{path} writes {what} into the pages that every visitor downloads.",
        evidence=(at(path, item.line, column=item.column),),
        symbol=item.name or "process.env",
    )


def _language_models(view: ProjectView) -> Iterator[RawFinding]:
    for path in view.outlines:
        if path_kind(path) is PathKind.TEST or path in view.client_graph.server:
            continue
        sent = view.client_graph.is_client(path)
        lines = view.per_file("browser-llm", path, _browser_llm_lines, ())
        if not lines or is_asked_with_own_keys(view, path):
            continue
        for line in lines:
            yield RawFinding(
                rule=f"{CHECK}/llm-from-browser",
                message=f"{path} calls the language model from the browser, so every visitor gets your key with it.",
                evidence=(at(path, line),),
                severity=None if sent else Severity.HIGH,
                confidence=0.9 if sent else 0.6,
            )


def _browser_llm_lines(text: str) -> tuple[int, ...]:
    if "dangerouslyAllowBrowser" not in text:
        return ()
    code = blank_comments(text)
    return tuple(line_at(code, match.start()) for match in _BROWSER_LLM.finditer(code))[:20]


def _passes(view: ProjectView) -> Iterator[PassEvidence]:
    """Where private settings are read, all of it out of the browser's reach."""
    count = len(view.client_graph.client)
    if not count:
        return
    kept = [
        read
        for read in view.env.reads
        if is_secret_name(read.name)
        and not public_framework(read.name)
        and not view.client_graph.is_client(read.path)
    ]
    for read in kept[:3]:
        yield PassEvidence(at(read.path, read.line, note=f"{read.name} is read on the server"))
    if not kept:
        yield PassEvidence(derived(f"{count} files reach the browser, and none holds a private key"))
