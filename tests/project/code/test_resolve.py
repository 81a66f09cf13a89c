"""Which file an import means."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.code.resolve_config import load_json
from tests.project.models.graphs import project

NONE = "NONE"


def resolved(files: dict[str, str], importer: str, module: str) -> str | None:
    """What one import means in a project that holds these files besides the importer."""
    is_python = importer.endswith(".py")
    text = f"import {module}\n" if is_python else f'import x from "{module}"; x()\n'
    return project({importer: text, **files}).modules.file(importer, module)


@pytest.mark.parametrize(
    ("files", "importer", "module", "expected"),
    [
        (["src/a.ts"], "src/b.ts", "./a", "src/a.ts"),
        (["src/a.tsx"], "src/b.ts", "./a.js", "src/a.tsx"),
        (["src/a.js", "src/a.ts"], "src/b.ts", "./a", "src/a.ts"),
        (["src/a/index.ts"], "src/b.ts", "./a", "src/a/index.ts"),
        (["src/index.ts"], "src/x/b.ts", "..", "src/index.ts"),
        (["a.ts"], "src/x/b.ts", "../../a", "a.ts"),
        (["a.ts"], "src/b.ts", "../../a", None),
        (["src/a.native.tsx", "src/a.web.tsx"], "src/b.ts", "./a", "src/a.native.tsx"),
        (["src/logo.svg"], "src/b.ts", "./logo.svg?url", "src/logo.svg"),
        (["src/data.json"], "src/b.ts", "./data.json", "src/data.json"),
        (["src/A.vue"], "src/b.ts", "./A.vue", "src/A.vue"),
        (["src/lib/a.ts"], "src/routes/+page.svelte", "$lib/a", "src/lib/a.ts"),
        (["src/lib/index.ts"], "src/b.ts", "$lib", "src/lib/index.ts"),
        (["app/models/user.ts"], "app/routes/x.tsx", "~/models/user", "app/models/user.ts"),
        (["src/lib/db.ts"], "src/b.ts", "@/lib/db", "src/lib/db.ts"),
        (["react.ts"], "src/b.ts", "react", None),
        (["fs.ts"], "src/b.ts", "node:fs", None),
    ],
)
def test_files_and_conventions(files: list[str], importer: str, module: str, expected: str | None) -> None:
    given = dict.fromkeys(files, "")
    if importer.endswith(".svelte"):
        view = project({importer: f'<script>import x from "{module}"</script>', **given})
        assert view.modules.file(importer, module) == expected
    else:
        assert resolved(given, importer, module) == expected


@pytest.mark.parametrize(
    ("configs", "importer", "module", "target"),
    [
        ({"tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}'}, "src/a.ts", "@/x/y", "src/x/y.ts"),
        (
            {"tsconfig.json": '{ // note\n "compilerOptions": {"baseUrl": ".", "paths": {"~lib": ["lib/index"],},}, }'},
            *("src/a.ts", "~lib", "lib/index.ts"),
        ),
        ({"tsconfig.json": '{"compilerOptions": {"baseUrl": "src"}}'}, "src/a/b.ts", "lib/db", "src/lib/db.ts"),
        (
            {
                "tsconfig.json": '{"files": [], "references": [{"path": "./tsconfig.app.json"}]}',
                "tsconfig.app.json": '{"compilerOptions": {"paths": {"#app/*": ["app/*"]}}}',
            },
            *("app/a.ts", "#app/b", "app/b.ts"),
        ),
        (
            {
                "tsconfig.base.json": '{"compilerOptions": {"paths": {"@org/ui": ["packages/ui/src/index.ts"]}}}',
                "apps/web/tsconfig.json": '{"extends": "../../tsconfig.base.json"}',
            },
            *("apps/web/a.ts", "@org/ui", "packages/ui/src/index.ts"),
        ),
        ({"jsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./*"]}}}'}, "a.js", "@/lib/x", "lib/x.js"),
        (
            {
                "vite.config.ts": """
                import path from "path";
                const root = path.resolve(import.meta.dirname, "client");
                export default defineConfig(({ mode }) => ({ resolve: { alias: {
                  "@": path.resolve(root, "src"), "@shared": path.join(__dirname, "shared") } } }));
                """
            },
            *("client/src/a.ts", "@shared/x", "shared/x.ts"),
        ),
        (
            {"vite.config.ts": "export default { resolve: { alias: [{ find: '@', replacement: '/src' }] } }"},
            *("src/a.ts", "@/b", "src/b.ts"),
        ),
        (
            {
                "web/vite.config.js": """
                export default defineConfig({ resolve: { alias: {
                  '@': fileURLToPath(new URL('./src', import.meta.url)) } } })
                """
            },
            *("web/src/a.js", "@/b", "web/src/b.js"),
        ),
        (
            {"babel.config.js": "module.exports = { plugins: [['module-resolver', { alias: { '@api': './api' } }]] }"},
            *("a.js", "@api/x", "api/x.js"),
        ),
        (
            {"supabase/functions/deno.json": '{"imports": {"shared/": "./_shared/"}}'},
            *("supabase/functions/f/index.ts", "shared/cors.ts", "supabase/functions/_shared/cors.ts"),
        ),
        (
            {
                "packages/ui/package.json": '{"name": "@org/ui", "exports": {".": {"import": "./dist/index.js"}}}'
            },
            *("apps/web/a.ts", "@org/ui", "packages/ui/src/index.ts"),
        ),
        (
            {"packages/ui/package.json": '{"name": "@org/ui", "exports": {"./*": "./src/*.ts"}}'},
            *("apps/web/a.ts", "@org/ui/button", "packages/ui/src/button.ts"),
        ),
        (
            {"packages/db/package.json": '{"name": "db", "main": "./client.ts"}'},
            *("apps/a.ts", "db", "packages/db/client.ts"),
        ),
        ({"packages/db/package.json": '{"name": "db"}'}, "apps/a.ts", "db/schema", "packages/db/src/schema.ts"),
        ({"package.json": '{"imports": {"#db": "./server/db.ts"}}'}, "server/a.ts", "#db", "server/db.ts"),
    ],
)  # fmt: skip
def test_configured(configs: dict[str, str], importer: str, module: str, target: str) -> None:
    assert resolved({**configs, target: "export default 1"}, importer, module) == target


@pytest.mark.parametrize(
    ("module", "listed"),
    [
        ("./gone", True),
        ("@/gone", True),
        ("react", False),
        ("./$types", False),
        ("npm:stripe", False),
        ("https://esm.sh/x", False),
    ],
)
def test_what_leads_nowhere_is_listed(module: str, listed: bool) -> None:
    view = project(
        {
            "tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"], "react": ["./node_modules/react"]}}}',
            "src/a.ts": f'import x from "{module}"; x()',
        }
    )
    assert view.modules.unresolved == ((("src/a.ts", module),) if listed else ())


@pytest.mark.parametrize(
    ("files", "importer", "module", "expected"),
    [
        (["app/__init__.py", "app/db.py"], "app/main.py", "app.db", "app/db.py"),
        (
            ["backend/app/__init__.py", "backend/app/db.py"],
            "backend/app/api/a.py",
            "app.db",
            "backend/app/db.py",
        ),
        (["src/pkg/__init__.py", "src/pkg/x.py"], "tests/test_x.py", "pkg.x", "src/pkg/x.py"),
        (["api/requirements.txt", "api/models.py"], "scripts/seed.py", "models", "api/models.py"),
        (["app/__init__.py", "app/stripe.py"], "app/stripe_client.py", "stripe", None),
        (["types.py"], "a.py", "types", None),
        (["app/core/config.py"], "app/main.py", "app.core.config", "app/core/config.py"),
        (["app/__init__.py"], "app/main.py", "app", "app/__init__.py"),
        ([], "stripe.py", "stripe", None),
    ],
)
def test_python(files: list[str], importer: str, module: str, expected: str | None) -> None:
    assert resolved(dict.fromkeys(files, ""), importer, module) == expected


def test_python_names_may_be_modules() -> None:
    view = project(
        {
            "app/__init__.py": "",
            "app/main.py": "from app.routers import users\nfrom . import db\nfrom .core import get_db as g\n",
            "app/routers/users.py": "router = APIRouter()\n",
            "app/db.py": "",
            "app/core.py": "def get_db(): pass\n",
        }
    )
    assert view.modules.file("app/main.py", "app.routers.users") == "app/routers/users.py"
    assert view.modules.file("app/main.py", ".db") == "app/db.py"
    assert view.modules.file("app/main.py", ".core") == "app/core.py"
    router = view.modules.definition("app/main.py", "users.router")
    assert router is not None
    assert (router.path, router.name) == ("app/routers/users.py", "users.router") or router.name == "router"
    get_db = view.modules.definition("app/main.py", "g")
    assert get_db is not None
    assert get_db.function is not None


def test_a_declared_package_wins_over_a_neighbour_of_its_name() -> None:
    view = project(
        {"requirements.txt": "stripe==1\n", "services/stripe.py": "", "services/pay.py": "import stripe\n"}
    )
    assert view.modules.file("services/pay.py", "stripe") is None


@pytest.mark.parametrize("text", ["", "[", "[]", "null", '{"a": ', "{" * 5000, "x" * 600_000])
def test_broken_configuration_is_empty(text: str) -> None:
    assert load_json(text) == {}


def test_comments_in_configuration() -> None:
    assert load_json('{ /* a */ "b": "http://c", // d\n "e": [1, 2, ], }') == {"b": "http://c", "e": [1, 2]}


def test_broken_configuration_does_not_stop_the_rest() -> None:
    files = {
        "tsconfig.json": '{"compilerOptions": {"paths": ',
        "package.json": "[1]",
        "vite.config.ts": "export default {",
    }
    assert resolved({**files, "src/a.ts": ""}, "src/b.ts", "./a") == "src/a.ts"
