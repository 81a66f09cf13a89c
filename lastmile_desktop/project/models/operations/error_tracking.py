"""Where errors are reported to someone: every call that puts a tracker to work, and whether it ever runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import (
    Branch,
    Call,
    Outline,
    Step,
    Value,
    calls_within,
    steps_within,
)

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

CLIENT = "client"
SERVER = "server"
BOTH = "both"


@dataclass(frozen=True, slots=True)
class TrackerSite:
    """A call that starts a tracker. `side` is where its errors come from. `unreached` says why it never runs,
    "" when it does. `options` are the settings given as literals, None when they come from elsewhere.
    `by_environment` when it starts only after a question about the environment."""

    tracker: str
    module: str
    side: str
    path: str
    line: int
    unreached: str = ""
    options: Mapping[str, Value] | None = None
    by_environment: bool = False


@dataclass(frozen=True, slots=True)
class ErrorTracking:
    sites: tuple[TrackerSite, ...] = ()

    @property
    def working(self) -> tuple[TrackerSite, ...]:
        return tuple(site for site in self.sites if not site.unreached)


# Module (or its prefix) → tracker and side. The longest prefix wins.
_MODULES: Mapping[str, tuple[str, str]] = {
    "@sentry/": ("Sentry", BOTH),
    "@sentry/react": ("Sentry", CLIENT),
    "@sentry/react-router": ("Sentry", BOTH),
    "@sentry/browser": ("Sentry", CLIENT),
    "@sentry/vue": ("Sentry", CLIENT),
    "@sentry/svelte": ("Sentry", CLIENT),
    "@sentry/sveltekit": ("Sentry", BOTH),
    "@sentry/angular": ("Sentry", CLIENT),
    "@sentry/solid": ("Sentry", CLIENT),
    "@sentry/solidstart": ("Sentry", BOTH),
    "@sentry/capacitor": ("Sentry", CLIENT),
    "@sentry/electron": ("Sentry", CLIENT),
    "@sentry/gatsby": ("Sentry", CLIENT),
    "@sentry/node": ("Sentry", SERVER),
    "@sentry/bun": ("Sentry", SERVER),
    "@sentry/deno": ("Sentry", SERVER),
    "@sentry/nestjs": ("Sentry", SERVER),
    "@sentry/serverless": ("Sentry", SERVER),
    "@sentry/aws-serverless": ("Sentry", SERVER),
    "@sentry/google-cloud-serverless": ("Sentry", SERVER),
    "@sentry/cloudflare": ("Sentry", SERVER),
    "sentry-expo": ("Sentry", CLIENT),
    "sentry_sdk": ("Sentry", SERVER),
    "@bugsnag/": ("Bugsnag", BOTH),
    "bugsnag": ("Bugsnag", SERVER),
    "rollbar": ("Rollbar", BOTH),
    "@rollbar/react": ("Rollbar", CLIENT),
    "@honeybadger-io/": ("Honeybadger", BOTH),
    "honeybadger": ("Honeybadger", SERVER),
    "@highlight-run/": ("Highlight", BOTH),
    "highlight.run": ("Highlight", CLIENT),
    "highlight_io": ("Highlight", SERVER),
    "@datadog/browser-rum": ("Datadog", CLIENT),
    "@datadog/browser-logs": ("Datadog", CLIENT),
    "dd-trace": ("Datadog", SERVER),
    "ddtrace": ("Datadog", SERVER),
    "newrelic": ("New Relic", SERVER),
    "@newrelic/browser-agent": ("New Relic", CLIENT),
    "@appsignal/javascript": ("AppSignal", CLIENT),
    "@appsignal/nodejs": ("AppSignal", SERVER),
    "appsignal": ("AppSignal", SERVER),
    "@airbrake/": ("Airbrake", BOTH),
    "raygun4js": ("Raygun", CLIENT),
    "raygun": ("Raygun", SERVER),
    "trackjs": ("TrackJS", CLIENT),
    "logrocket": ("LogRocket", CLIENT),
    "applicationinsights": ("Application Insights", SERVER),
    "@microsoft/applicationinsights-web": ("Application Insights", CLIENT),
    "azure.monitor.opentelemetry": ("Application Insights", SERVER),
    "@google-cloud/error-reporting": ("Google Error Reporting", SERVER),
    "google.cloud.error_reporting": ("Google Error Reporting", SERVER),
    "@react-native-firebase/crashlytics": ("Crashlytics", CLIENT),
    "posthog-js": ("PostHog", CLIENT),
    "posthog-node": ("PostHog", SERVER),
    "posthog": ("PostHog", SERVER),
}
_PREFIXES = tuple(sorted(_MODULES, key=len, reverse=True))
_STARTS = re.compile(r"^(?:init\w*|start|configure\w*|setup|initialize|install|loadAppInsights|patch_all)$")
_SELF_STARTING = frozenset(["newrelic", "@react-native-firebase/crashlytics", "dd-trace/init"])
_CONSTRUCTED = frozenset(
    ["Rollbar", "BrowserAgent", "Appsignal", "Notifier", "ErrorReporting", "ApplicationInsights"]
)
# What `import("…").then((Sentry) => …)` is bound to is not known, but everyone calls it the same.
_USUAL_NAMES = {"Sentry", "posthog", "Bugsnag", "Rollbar", "rollbar", "LogRocket", "H", "datadogRum", "init"}
_CAPTURES = frozenset(["captureException", "capture_exception"])
_TEST = re.compile(r"(?:^|/)(?:tests?|__tests__|__mocks__|e2e|fixtures)/|[._](?:test|spec|stories)\.\w+$")
# Files that a framework, a server or the browser loads by itself.
_ENTRY = re.compile(
    r"(?:^|/)(?:main|index|app|server|entry[.-]client|entry[.-]server|_app|_layout|_document|layout|root|__root|"
    r"instrumentation(?:-client)?|instrument|hooks\.client|hooks\.server|gatsby-browser|sentry\.config|"
    r"client|start|worker|wsgi|asgi|manage|settings|base|production|prod|__init__|celery|celery_app|run|"
    r"lambda_function|handler|global-error|\+layout|application|config|router|ssr|bootstrap)\.(?:[cm]?[jt]sx?|py|vue|svelte)$",
    re.IGNORECASE,
)
_SENTRY_CLIENT = re.compile(r"sentry\.client\.config\.\w+$")
_SENTRY_SERVER = re.compile(r"sentry\.(?:server|edge)\.config\.\w+$")
_CLIENT_NAME = re.compile(r"client|browser|(?:^|/)src/main\.|(?:^|/)pages/_app|components?/", re.IGNORECASE)
_SERVER_NAME = re.compile(
    r"server|instrument(?:ation)?\.|edge|worker|(?:^|/)api/|backend|functions/", re.IGNORECASE
)
_FRAMEWORK_CONFIG = re.compile(r"(?:^|/)(?:next|nuxt|astro)\.config\.\w+$")
_ENVIRONMENT = re.compile(r"environment|_ENV\b|\bMODE\b|\bPROD\b|\bDEV\b|DEBUG|is_?prod", re.IGNORECASE)
_HOPS = 12


def build(view: ProjectView) -> ErrorTracking:
    """Every start of a tracker in the project's own code."""
    found = view.each_outline("error-tracking", lambda outline: tuple(_sites(outline)))
    sites = tuple(site for group in found.values() for site in group)
    if not sites:
        return ErrorTracking()
    importers = _importers(view)
    return ErrorTracking(tuple(_judged(view, site, importers) for site in sites))


def _sites(outline: Outline) -> Iterator[TrackerSite]:
    modules = [(item, name) for item in outline.imports if (name := _module(item.module))]
    if not modules or _TEST.search(outline.path):
        return
    steps = [outline.top, *(function.body for function in outline.functions)]
    calls = [call for body in steps for call in calls_within(body)]
    for item, name in modules:
        if item.type_only:
            continue
        tracker, side = _MODULES[name]
        side = _side(outline.path) if side == BOTH else side
        if name in _SELF_STARTING or item.module in _SELF_STARTING:
            yield TrackerSite(tracker, item.module, side, outline.path, item.span.line)
            continue
        local = {alias for alias, _ in item.names} | (_USUAL_NAMES if item.dynamic else set[str]())
        start = next((call for call in calls if _starts(call, local, tracker)), None)
        if start is not None:
            yield TrackerSite(
                tracker,
                item.module,
                side,
                outline.path,
                start.span.line,
                options=_options(start),
                by_environment=any(_asks_environment(body, start) for body in steps),
            )


@cache
@lru_cache(maxsize=16_384)
def _module(module: str) -> str:
    bare = module.removeprefix("npm:").removeprefix("https://esm.sh/").removeprefix("https://deno.land/x/")
    bare = "@sentry/deno" if bare.startswith(("sentry@", "sentry/")) else bare
    for prefix in _PREFIXES:
        if bare == prefix or bare.startswith((prefix + "/", prefix + ".", prefix + "@")):
            return prefix
        if prefix.endswith("/") and bare.startswith(prefix):
            return prefix
    return ""


def _starts(call: Call, local: set[str], tracker: str) -> bool:
    if call.root not in local:
        return False
    if call.is_new:
        return call.root in _CONSTRUCTED
    names = [link.name for link in call.links if link.args is not None]
    if tracker == "PostHog":
        return any(name in _CAPTURES for name in names) or _captures_by_itself(call)
    if names in ([], [""]):
        return bool(_STARTS.match(call.root)) or call.root in _CONSTRUCTED
    return any(_STARTS.match(name) for name in names)


def _asks_environment(steps: tuple[Step, ...], start: Call) -> bool:
    return any(
        isinstance(step, Branch)
        and step.span.line <= start.span.line <= step.span.line_end
        and _ENVIRONMENT.search(step.test) is not None
        for step in steps_within(steps)
    )


def _captures_by_itself(call: Call) -> bool:
    """PostHog reports crashes only when told to."""
    return any(key == "capture_exceptions" for value in call.args for key, _ in value.entries)


def _options(call: Call) -> Mapping[str, Value] | None:
    args = call.args
    keywords = {value.name: value for value in args if value.name}
    if keywords:
        return None if any(value.name == "**" for value in args) else keywords
    if len(args) == 1 and args[0].entries:
        entries = dict(args[0].entries)
        return None if "..." in entries else entries
    return None


def _side(path: str) -> str:
    if _SENTRY_CLIENT.search(path):
        return CLIENT
    if _SENTRY_SERVER.search(path):
        return SERVER
    name = path.rpartition("/")[2]
    if "instrumentation-client" in name or (_CLIENT_NAME.search(path) and not _SERVER_NAME.search(name)):
        return CLIENT
    return SERVER if _SERVER_NAME.search(path) else BOTH


def _importers(view: ProjectView) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for (importer, _), target in view.modules.targets.items():
        if not _TEST.search(importer):
            found.setdefault(target, []).append(importer)
    return {target: tuple(sources) for target, sources in found.items()}


def _judged(view: ProjectView, site: TrackerSite, importers: Mapping[str, tuple[str, ...]]) -> TrackerSite:
    why = _why_unreached(view, site, importers)
    return replace(site, unreached=why) if why else site


def _why_unreached(view: ProjectView, site: TrackerSite, importers: Mapping[str, tuple[str, ...]]) -> str:
    folder = view.package_of(site.path).path
    if _SENTRY_CLIENT.search(site.path) or _SENTRY_SERVER.search(site.path):
        return _why_sentry_file_unreached(view, site, folder, importers)
    function = _function_of(view, site)
    if function and not _is_called(view, function, site.path, importers):
        return f"nothing calls {function}()"
    if _ENTRY.search(site.path) or not view.modules.targets:
        return ""
    seen, level = {site.path}, [site.path]
    for _ in range(_HOPS):
        level = [source for path in level for source in importers.get(path, ()) if source not in seen]
        if any(_ENTRY.search(path) or path in view.client_graph.client for path in level):
            return ""
        seen.update(level)
        if not level:
            break
    return "no file that runs imports it"


def _why_sentry_file_unreached(
    view: ProjectView, site: TrackerSite, folder: str, importers: Mapping[str, tuple[str, ...]]
) -> str:
    if importers.get(site.path):
        return ""
    configs = [
        path for path in view.tree.files if re.search(r"(?:^|/)(?:next|nuxt|astro)\.config\.\w+$", path)
    ]
    near = [path for path in configs if view.package_of(path).path == folder]
    texts = " ".join(view.text(path) or "" for path in near)
    if not near or any(name in texts for name in ("withSentryConfig", "@sentry/nuxt", "@sentry/astro")):
        old = re.match(r"\D*[1-7]\.", view.package_of(site.path).version("@sentry/nextjs"))
        if _SENTRY_CLIENT.search(site.path) or old or "@sentry/n" not in site.module or "nuxt" in texts:
            return ""
        return "no instrumentation file imports it"
    return "next.config does not use withSentryConfig, so Next.js never loads it"


def _function_of(view: ProjectView, site: TrackerSite) -> str:
    """The named function that the start stands in, "" at module level or inside a callback."""
    outline = view.outlines[site.path]
    around = [item for item in outline.functions if item.span.line <= site.line <= item.span.line_end]
    inner = max(around, key=lambda item: item.span.line, default=None)
    if inner is None or inner.name in ("register", "default") or "." in inner.name or inner.decorators:
        return ""
    return inner.name


def _is_called(view: ProjectView, function: str, path: str, importers: Mapping[str, tuple[str, ...]]) -> bool:
    for source in (path, *importers.get(path, ())):
        outline = view.outlines.get(source)
        if outline is not None and (f"{function}" in _called(outline) or "default" in function):
            return True
    # A re-export or a component rendered by the framework cannot be followed by name.
    return function[:1].isupper() or not view.modules.targets or _ENTRY.search(path) is not None


def _called(outline: Outline) -> frozenset[str]:
    bodies = [outline.top, *(function.body for function in outline.functions)]
    calls = [call for body in bodies for call in calls_within(body)]
    names = {call.root for call in calls} | {link.name for call in calls for link in call.links}
    passed = {value.text for call in calls for link in call.links for value in link.args or ()}
    return frozenset(names | passed)
