"""secrets.live-leak: what files tell of a deployed site that hands out secrets.

Whether the site really does, only a look at it can say. What lies in the folder that the host serves as it is, and
whether the build publishes its source, files tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, NotApplicable, RawFinding, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.usage.purpose import open_licence
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.secret_shapes import Exposure
from lastmile_desktop.project.secret_sightings import sightings_of
from lastmile_desktop.project.view import ProjectView

_CHECK = "secrets.live-leak"
_SERVED = re.compile(r"(?:^|/)(?:public|static)/(?!.*node_modules)")
_PRIVATE_FILE = re.compile(
    r"(?i)(?:^|/)(?:\.env(?:\.\w+)*|\.git(?:/|$)|[\w.-]{0,60}(?:backup|dump)[\w.-]{0,40}\.(?:sql|json|csv|zip|gz|tar)|"
    r"[\w.-]{1,60}\.(?:sql|sqlite3?|db|pem|key|p12|bak)|(?:service[-_]?account|firebase-adminsdk)[\w.-]{0,60}\.json)$"
)
_VITE_MAPS = re.compile(r"\bsourcemap\s*:\s*(true|['\"]inline['\"])")
_NEXT_MAPS = re.compile(r"\bproductionBrowserSourceMaps\s*:\s*true")
_CONFIG = re.compile(r"(?:^|/)(vite|next|nuxt|svelte|astro)\.config\.[cm]?[jt]s$")
_TRACKER = re.compile(
    r"sentry|bugsnag|rollbar|datadog|deleteSourcemapsAfterUpload|filesToDeleteAfterUpload|highlight",
    re.IGNORECASE,
)
_ROWS = re.compile(
    r"(?i)\binsert\s+into\s|\bcopy\s+[\w.\"]{1,80}[^;]{0,400}from\s+stdin|\b[\w.]{1,64}@\w[\w.]{0,80}\.\w{2,}"
)
_TEXTS = (".js", ".json", ".txt", ".html", ".yml", ".yaml", ".config")
_DEMO = re.compile(r"(?i)(?:demo|sample|example|test|fixture)")
_LOOK = "Only a look at the live site can tell what it hands out; that look comes with a later version."


def detect(view: ProjectView) -> Detection:
    """Judge what is certain without asking the site."""
    if not _is_deployed(view):
        return Detection(not_applicable=NotApplicable("Nothing here is put on a public address."))
    findings = (*_served_files(view), *_source_maps(view))
    return Detection(findings, unknowns=(Unknown(_LOOK),))


def _is_deployed(view: ProjectView) -> bool:
    return view.facts.has("profile.url") or view.facts.has("host") or bool(view.client_graph.entries)


def _served_files(view: ProjectView) -> Iterator[RawFinding]:
    """Private files in the folder that hosts serve as it is."""
    for entry in view.tree:
        path = entry.path
        if not _SERVED.search(path) or path_kind(path) is PathKind.TEST or not _beside_app(view, path):
            continue
        if _PRIVATE_FILE.search(path) and _is_private(view, path):
            message = f"{path} lies in the folder that is served as it is, so anyone who asks for it gets it."
            yield RawFinding(f"{_CHECK}/private-file-served", message, (at(path, 1),), path, confidence=0.9)
        elif entry.unreadable is None and path.endswith(_TEXTS):
            yield from _keys_in(view, path)


def _is_private(view: ProjectView, path: str) -> bool:
    """Whether a file of this name really holds something private."""
    if path.endswith((".sql", ".json", ".csv", ".pem", ".key")) or "/.env" in path:
        text = view.text(path) or ""
        if "/.env" in path or path.endswith(".json"):
            return any(item.shape.exposure is Exposure.PRIVILEGED for item in sightings_of(view, path))
        if path.endswith((".pem", ".key")):
            return "PRIVATE KEY" in text
        return _ROWS.search(text) is not None and not _DEMO.search(path)
    return not _DEMO.search(path)


def _beside_app(view: ProjectView, path: str) -> bool:
    """Whether the folder belongs to a web app: a package with a manifest stands above it."""
    folder = _SERVED.split(path)[0]
    package = view.package_of(path)
    return package.path in (".", folder.strip("/")) or folder.startswith(package.path)


def _keys_in(view: ProjectView, path: str) -> Iterator[RawFinding]:
    for item in sightings_of(view, path):
        if item.shape.exposure is Exposure.PRIVILEGED:
            message = f"{path} holds a {item.shape.label} and is served as it is, so anyone can read it."
            yield RawFinding(
                f"{_CHECK}/private-file-served",
                message,
                (at(path, item.line),),
                f"{path}:{item.shape.id}",
                confidence=0.9,
            )
            return


def _source_maps(view: ProjectView) -> Iterator[RawFinding]:
    # Everybody may read open source: its maps show nothing new.
    if open_licence(view) is not None:
        return
    for path in sorted(view.tree.files):
        if not _CONFIG.search(path):
            continue
        line = view.per_file("secrets.source-maps", path, _maps_line, 0)
        if line:
            message = (
                "The build publishes source maps, so everyone can read your original source with its "
                "comments."
            )
            yield RawFinding(
                f"{_CHECK}/source-maps-built", message, (at(path, line),), path, Severity.LOW, 0.75
            )


def _maps_line(text: str) -> int:
    """The line that switches public source maps on; 0 when nothing does, or when a tracker takes "
    "and deletes them."""
    found = _VITE_MAPS.search(text) or _NEXT_MAPS.search(text)
    if found is None or _TRACKER.search(text):
        return 0
    return line_at(text, found.start())
