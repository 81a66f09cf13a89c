"""What module-level names hold: settings, connections, tables."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Call, Do, Outline, Value, calls_within
from lastmile_desktop.project.models.queries.query_stores import held_in
from lastmile_desktop.project.models.walk.callees import Callees
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint, taint_of

_CLIENT = re.compile(
    r"^(?:createClient|createServerClient|createBrowserClient|create_client|acreate_client|createServerComponentClient|"
    r"createRouteHandlerClient|createServerActionClient|createMiddlewareClient|createPagesServerClient|"
    r"createServerSupabaseClient|SupabaseClient|AsyncClient\.create)$"
)
_RENAMED = re.compile(r"^(?:create|make|new)\w{0,40}(?:Client|Supabase)$")
_SERVICE = re.compile(
    r"service_?role|sb_secret|supabase_?secret|service_?key|SERVICE_ROLE|serviceRole|admin_?key",
    re.IGNORECASE,
)
_TABLE_MAKERS = frozenset(("pgTable", "mysqlTable", "sqliteTable", "createTable", "pgTableCreator"))
_CALLER = re.compile(r"[aA]uthorization|cookies|getAll|accessToken")
_HOPS = 3


def client_kind(call: Call, taint: Taint) -> str:
    """`service` or `user` when a call makes a supabase client, "" when it makes none. A client that carries the
    caller's own token or cookies acts as the caller, whatever its key."""
    texts = [arg.text for arg in call.args]
    if not _CLIENT.match(call.callee) and not _CLIENT.match(call.root):
        renamed = len(call.links) == 1 and len(texts) > 1 and _RENAMED.match(call.callee)
        master = renamed and (_SERVICE.search(texts[1]) or taint.labels & Label.SERVICE_KEY)
        return "service" if master else ""
    options = texts[2] if len(texts) > 2 else ""
    if _CALLER.search(options) and ("Bearer" in options or "ookie" in options or "uthorization" in options):
        return "user"
    key = texts[1] if len(texts) > 1 else " ".join(texts)
    return "service" if _SERVICE.search(key) or taint.labels & Label.SERVICE_KEY else "user"


class Scopes:
    """Module-level variables of each file, made when first asked for."""

    def __init__(self, callees: Callees) -> None:
        self._callees = callees
        self._envs: dict[tuple[str, int], tuple[dict[str, Taint], frozenset[str]]] = {}
        self._tables: dict[str, tuple[dict[str, str], frozenset[str]]] = {}
        self._stores: dict[str, tuple[dict[str, Call], frozenset[str]]] = {}

    def outline(self, path: str) -> Outline:
        return self._callees.outlines.get(path) or Outline(path, "")

    def env(self, path: str, hops: int = 0) -> dict[str, Taint]:
        """Own and imported variables with what they carry. Imports are followed a few hops, so that files that
        import each other give the same answer from either side."""
        key = (path, hops)
        if key not in self._envs:
            with self._callees.watching() as seen:
                self._envs[key] = (self._make_env(path, hops), frozenset((*seen, path)))
        env, files = self._envs[key]
        self._callees.note(files)
        return env

    def _make_env(self, path: str, hops: int) -> dict[str, Taint]:
        env: dict[str, Taint] = {}
        outline = self.outline(path)
        for item in outline.imports if hops < _HOPS else ():
            for local, _ in item.names if not item.type_only else ():
                found = self._imported(path, local, hops)
                if found is not CLEAN:
                    env[local] = found
        for step in outline.top:
            if (
                isinstance(step, Do)
                and step.value is not None
                and step.targets
                and "." not in step.targets[0]
            ):
                taint = self._value(path, step.value, env, hops)
                if taint is not CLEAN:
                    env.update(dict.fromkeys(step.targets, taint))
        return env

    def _imported(self, path: str, local: str, hops: int) -> Taint:
        found = self._callees.definition(path, local)
        if found is None or not found.path or found.path == path or found.function is not None:
            return CLEAN
        return self.env(found.path, hops + 1).get(found.name, CLEAN)

    def _value(self, path: str, value: Value, env: dict[str, Taint], hops: int) -> Taint:
        taint = taint_of(value.text, env)
        if value.calls:
            made = self._client(path, value.calls[0], env, hops)
            if made:
                return Taint(client=made)
        elif value.literal is not None or len(value.text) < 200:
            taint |= Taint(text=value.text)
        labels = taint.labels & (Label.SECRET | Label.SERVICE_KEY)
        return (
            Taint(labels, client=taint.client, text=taint.text)
            if labels or taint.client or taint.text
            else CLEAN
        )

    def _client(self, path: str, call: Call, env: dict[str, Taint], hops: int) -> str:
        """The kind of connection a module-level call makes, through helpers of the project."""
        key = taint_of(call.args[1].text, env) if len(call.args) > 1 else CLEAN
        kind = client_kind(call, key)
        if kind or hops >= _HOPS:
            return kind
        target = self._callees.target(path, None, call)
        if target is None:
            return ""
        inner_env = self.env(target.path, hops + 1)
        for step in target.function.body:
            for inner in calls_within((step,)):
                arg = taint_of(inner.args[1].text, inner_env) if len(inner.args) > 1 else CLEAN
                kind = client_kind(inner, arg)
                if kind:
                    return kind
        return ""

    def tables(self, path: str) -> dict[str, str]:
        """Drizzle table variables that are in reach of a file, by the name used there."""
        if path not in self._tables:
            with self._callees.watching() as seen:
                self._tables[path] = (self._make_tables(path), frozenset((*seen, path)))
        tables, files = self._tables[path]
        self._callees.note(files)
        return tables

    def stores(self, path: str) -> dict[str, Call]:
        """Names of a file that stand for collections and repositories, imported ones too."""
        if path not in self._stores:
            with self._callees.watching() as seen:
                self._stores[path] = (self._make_stores(path), frozenset((*seen, path)))
        stores, files = self._stores[path]
        self._callees.note(files)
        return stores

    def _make_stores(self, path: str) -> dict[str, Call]:
        found = held_in(self.outline(path).top)
        for item in self.outline(path).imports:
            for local, imported in item.names if not item.type_only else ():
                definition = None if imported == "*" else self._callees.definition(path, local)
                if definition is not None and definition.path and definition.function is None:
                    held = held_in(self.outline(definition.path).top).get(definition.name)
                    if held is not None:
                        found[local] = held
        return found

    def _make_tables(self, path: str) -> dict[str, str]:
        found: dict[str, str] = dict(self._own_tables(path))
        for item in self.outline(path).imports:
            target = self._callees.modules.file(path, item.module)
            for local, imported in item.names:
                definition = None if imported == "*" else self._callees.definition(path, local)
                if definition is not None and definition.path:
                    name = self._own_tables(definition.path).get(definition.name)
                    if name:
                        found[local] = name
                elif imported == "*" and target:
                    found.update(self._own_tables(target))
        return found

    def _own_tables(self, path: str) -> dict[str, str]:
        found: dict[str, str] = {}
        self._callees.note((path,))
        for step in self.outline(path).top:
            if not isinstance(step, Do) or not step.targets or step.value is None or not step.value.calls:
                continue
            made = step.value.calls[0]
            if made.links and (
                made.root in _TABLE_MAKERS or made.links[-1].name in ("table", *_TABLE_MAKERS)
            ):
                args = next((link.args for link in made.links if link.args), ())
                if args and args[0].literal:
                    found[step.targets[0]] = args[0].literal
        return found
