"""secrets.no-rotation: could every key be changed today without breaking anything, and does anybody "
"know them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.settings.env import EnvRead
from lastmile_desktop.project.models.settings.env_definitions import kind_of
from lastmile_desktop.project.models.usage.purpose import run_by_others
from lastmile_desktop.project.named_secrets import is_secret_name
from lastmile_desktop.project.packages import Role
from lastmile_desktop.project.path_kinds import PathKind, is_example_env, path_kind
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.project.secret_sightings import sightings_of
from lastmile_desktop.project.view import ProjectView

_CHECK = "secrets.no-rotation"
_FEWEST = 3
_MOST_NAMED = 6
_MOST_DEPLOYABLES = 3
_SHORTEST = 12
_DATABASE_NAME = re.compile(r"(?:DATABASE|POSTGRES|MONGO|REDIS|DB)\w*(?:URL|URI)(?:_[A-Z_]{1,20})?$")
_NO_SECRET = re.compile(
    r"(?:MINUTES|HOURS|DAYS|SECONDS|EXPIRES?(?:_IN)?|EXPIRY|TTL|LENGTH|ENABLED|NAME)$|^(?:NEXT_PUBLIC|VITE|EXPO_PUBLIC|PUBLIC|REACT_APP)_"
)
_PLATFORM = frozenset(
    {
        "VERCEL_OIDC_TOKEN",
        "GITHUB_TOKEN",
        "NETLIFY_AUTH_TOKEN",
        "CI_JOB_TOKEN",
        "REPLIT_DB_URL",
        "REPL_IDENTITY",
    }
)
# What Supabase puts into its own functions, and what the Vercel and Neon integrations keep up to date.
_INJECTED = frozenset(
    {"SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_ANON_KEY", "SUPABASE_DB_URL", "SUPABASE_SECRET_KEYS"}
)
_INTEGRATED = re.compile(r"^(?:POSTGRES_|PG[A-Z]|DATABASE_URL(?:_UNPOOLED)?$)")
_INTEGRATION_SIGN = frozenset({"DATABASE_URL_UNPOOLED", "POSTGRES_URL_NON_POOLING", "POSTGRES_PRISMA_URL"})
_PRODUCTION = re.compile(r"(?:^|/)\.env\.(?:prod|production|live)(?:\.\w+)?$")
_DEVELOPMENT = re.compile(r"(?:^|/)\.env(?:\.(?:dev|development|local|development\.local|staging|test))?$")
_PAIR = re.compile(
    r"(?m)^[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]{2,80})[ \t]*=[ \t]*[\"']?([^\"'\n#]{8,800}?)[\"']?[ \t]*$"
)
_HOME_MADE = re.compile(r"createHmac\(|hmac\.new\(")
_OVERLAP = re.compile(
    r"(?i)(?:_|\b)(?:old|previous|prev|next|secondary|new)_?(?:\w+_)?secrets?\b|secrets?_?(?:old|previous|prev|next|2)\b|secrets\.(?:some|find)|for\s+\w+\s+in\s+\w*secrets"
)
_ATTEST = (
    "Change one key from end to end (new key, swap, check, then revoke the old one), and say which and when."
)

_SETTING = re.compile(r"\b[A-Z][A-Z0-9_]{3,60}\b")
_MOSTLY = 0.8


def detect(view: ProjectView) -> Detection:
    """Judge the inventory, the ages and the reach of the secrets that the code reads."""
    names = _names(view)
    if len(names) < _FEWEST:
        return Detection(not_applicable=NotApplicable("The code reads fewer than three secrets."))
    own = {name: reads for name, reads in names.items() if not _managed(view, name, reads, names)}
    findings = (
        *run_by_others(view, tuple(_inventory(view, own))),
        *_shared(view),
        *_legacy_supabase(view),
        *_many_uses(view, own),
        *_overdue(view),
        *_over_scoped(view),
        *_single_webhook_secret(view),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(view, names, own)),
        unknowns=tuple(Unknown(f"{path}: {why}", path) for path, why in view.env.unparsed),
        looked=(Looked("secrets that the code reads", len(names), len(names)),),
        needs_attestation=_ATTEST if own else "",
    )


def _names(view: ProjectView) -> dict[str, tuple[EnvRead, ...]]:
    found: dict[str, tuple[EnvRead, ...]] = {}
    for read in view.env.reads:
        private = is_secret_name(read.name) or _DATABASE_NAME.search(read.name) is not None
        private = private and not _NO_SECRET.search(read.name)
        if (
            private
            and not read.client_side
            and read.name not in _PLATFORM
            and path_kind(read.path) is PathKind.CODE
        ):
            found[read.name] = (*found.get(read.name, ()), read)
    return found


def _managed(
    view: ProjectView, name: str, reads: tuple[EnvRead, ...], names: dict[str, tuple[EnvRead, ...]]
) -> bool:
    """Whether a provider keeps this one up to date by itself."""
    if name in _INJECTED:
        return all("supabase/functions/" in read.path for read in reads)
    return _INTEGRATED.search(name) is not None and bool(_INTEGRATION_SIGN & set(names))


def _inventory(view: ProjectView, own: dict[str, tuple[EnvRead, ...]]) -> Iterator[RawFinding]:
    listed = {entry.name: entry for entry in view.policy.secrets}
    missing = sorted(
        name for name in own if name not in listed or not (listed[name].owner and listed[name].where)
    )
    if not missing or len(own) < _FEWEST:
        return
    shown = ", ".join(f"`{name}`" for name in missing[:_MOST_NAMED]) + (
        " and more" if len(missing) > _MOST_NAMED else ""
    )
    if listed:
        message = f"Your list of secrets does not say who owns these or where they are set: {shown}."
        place: Evidence = at(POLICY_FILE, _line_of(view, "inventory"))
    else:
        message = (
            f"Nobody wrote down which {len(missing)} secrets this project has, whose they are and "
            f"where they are set: {shown}."
        )
        place = absent("no inventory under [secrets]", POLICY_FILE)
    first = own[missing[0]][0]
    known = _written_down(view, frozenset(own))
    yield RawFinding(
        f"{_CHECK}/no-inventory",
        f"{message} An example file or a guide names most of them." if known else message,
        (place, at(first.path, first.line, note="read here")),
        "inventory",
        severity=Severity.INFO if known else None,
        confidence=0.85,
    )


def _written_down(view: ProjectView, names: frozenset[str]) -> bool:
    """Whether example settings and guides together name most of the secrets: who owns each is a formality then."""
    found: set[str] = set()
    for entry in view.tree.readable():
        if is_example_env(entry.path) or path_kind(entry.path) is PathKind.DOC:
            found |= names & view.per_file("setting-names", entry.path, _setting_names, frozenset[str]())
    return len(found) >= _MOSTLY * len(names)


def _setting_names(text: str) -> frozenset[str]:
    return frozenset(_SETTING.findall(text))


def _line_of(view: ProjectView, text: str) -> int:
    policy = view.text(POLICY_FILE) or ""
    position = policy.find(text)
    return line_at(policy, position) if position >= 0 else 1


def _shared(view: ProjectView) -> Iterator[RawFinding]:
    """The same private value in the settings for development and for production."""
    production: dict[tuple[str, str], tuple[str, int]] = {}
    for path in sorted(view.tree.files):
        if _PRODUCTION.search(path):
            for name, digest, line in view.per_file("secrets.values", path, _values, ()):
                production.setdefault((name, digest), (path, line))
    if not production:
        return
    seen: set[str] = set()
    for path in sorted(view.tree.files):
        if not _DEVELOPMENT.search(path):
            continue
        for name, digest, line in view.per_file("secrets.values", path, _values, ()):
            where = production.get((name, digest))
            if where is not None and name not in seen:
                seen.add(name)
                message = (
                    f"`{name}` is the same in {path} and {where[0]}: whoever has your laptop has production."
                )
                yield RawFinding(
                    f"{_CHECK}/shared-across-envs",
                    message,
                    (at(*where), at(path, line)),
                    name,
                    confidence=0.95,
                )


def _values(text: str) -> tuple[tuple[str, str, int], ...]:
    """(name, digest of the value, line) of private settings; the value itself is not kept."""
    from hashlib import sha256

    from lastmile_desktop.project.secret_shapes import classify
    from lastmile_desktop.project.secret_values import is_placeholder, is_reference

    found: list[tuple[str, str, int]] = []
    for match in _PAIR.finditer(text):
        name, value = match[1], match[2].strip()
        shape = classify(value)
        private = (
            (shape is not None and not shape.is_public) or is_secret_name(name) or _DATABASE_NAME.search(name)
        )
        if not private or len(value) < _SHORTEST or (shape is not None and shape.is_public):
            continue
        if is_placeholder(value) or is_reference(value) or "localhost" in value or "127.0.0.1" in value:
            continue
        found.append((name, sha256(value.encode()).hexdigest(), line_at(text, match.start(1))))
    return tuple(found)


def _legacy_supabase(view: ProjectView) -> Iterator[RawFinding]:
    for path in _setting_files(view):
        for item in sightings_of(view, path):
            if item.shape.id in ("supabase-anon-jwt", "supabase-service-role-jwt"):
                message = (
                    "This project still uses Supabase's old keys, which cannot be changed one by one "
                    "and go away at the end of 2026."
                )
                yield RawFinding(
                    f"{_CHECK}/legacy-supabase-keys",
                    message,
                    (at(path, item.line),),
                    "supabase",
                    confidence=0.9,
                )
                return


def _setting_files(view: ProjectView) -> Iterator[str]:
    """Files of settings, and the place where Lovable and Bolt write the client."""
    for entry in view.tree.readable():
        named = entry.path.endswith(
            (
                "integrations/supabase/client.ts",
                "lib/supabase.ts",
                "lib/supabaseClient.ts",
                "utils/supabase/info.tsx",
            )
        )
        if kind_of(entry.path) == "env-file" or named:
            yield entry.path


def _many_uses(view: ProjectView, own: dict[str, tuple[EnvRead, ...]]) -> Iterator[RawFinding]:
    for name, reads in sorted(own.items()):
        packages = {
            view.package_of(read.path).path
            for read in reads
            if view.package_of(read.path).role is not Role.SHARED
        }
        if len(packages) > _MOST_DEPLOYABLES:
            message = (
                f"`{name}` is used by {len(packages)} programs; changing it means changing all of "
                "them at the same moment."
            )
            yield RawFinding(
                f"{_CHECK}/one-key-many-uses",
                message,
                (at(reads[0].path, reads[0].line),),
                name,
                confidence=0.8,
            )


def _overdue(view: ProjectView) -> Iterator[RawFinding]:
    limit = timedelta(days=view.policy.rotation_days)
    for entry in view.policy.secrets:
        if entry.rotated_on is not None and view.now.date() - entry.rotated_on > limit:
            message = (
                f"`{entry.name}` was last changed on {entry.rotated_on.isoformat()}; you wanted that "
                f"every {limit.days} days."
            )
            yield RawFinding(
                f"{_CHECK}/overdue",
                message,
                (at(POLICY_FILE, _line_of(view, entry.name)),),
                entry.name,
                confidence=0.95,
            )


def _over_scoped(view: ProjectView) -> Iterator[RawFinding]:
    """Keys that may do everything, where the provider offers narrower ones."""
    for path in _setting_files(view):
        text = view.text(path) or ""
        for item in sightings_of(view, path):
            head = text[item.start : item.start + 8]
            if head == "sk_" + "live_":
                what, instead = (
                    "Stripe's full key",
                    "a restricted key (`rk_…`) with the permissions this code needs",
                )
            elif head.startswith("ghp" + "_"):
                what, instead = (
                    "a classic GitHub token",
                    "a fine-grained token for the repositories this code needs",
                )
            else:
                continue
            message = f"{path} holds {what}, which may do everything; {instead} does less harm when it leaks."
            yield RawFinding(
                f"{_CHECK}/over-scoped", message, (at(path, item.line),), item.shape.id, Severity.LOW, 0.7
            )
            return


def _single_webhook_secret(view: ProjectView) -> Iterator[RawFinding]:
    """Home-made signature checks that know one secret only, so that sender and receiver must change "
    "in one moment."""
    for hook in view.webhooks.webhooks:
        texts = [view.text(path) or "" for path in sorted(hook.visited)]
        if hook.provider not in ("other", "github", "supabase") or hook.proof is None:
            continue
        if not any(_HOME_MADE.search(text) for text in texts) or any(_OVERLAP.search(text) for text in texts):
            continue
        message = f"`{hook.name}` accepts one secret only, so the day you change it some calls are refused."
        place = at(hook.proof.path, hook.proof.line)
        yield RawFinding(f"{_CHECK}/webhook-secret-single", message, (place,), hook.name, Severity.LOW, 0.55)


def _passes(
    view: ProjectView, names: dict[str, tuple[EnvRead, ...]], own: dict[str, tuple[EnvRead, ...]]
) -> Iterator[PassEvidence]:
    listed = {entry.name for entry in view.policy.secrets if entry.owner and entry.where}
    if own and set(own) <= listed:
        yield PassEvidence(
            at(POLICY_FILE, _line_of(view, "inventory"), note="every secret has an owner and a place")
        )
    for name in sorted(set(names) - set(own)):
        read = names[name][0]
        yield PassEvidence(at(read.path, read.line, note=f"the platform keeps {name} up to date itself"))
