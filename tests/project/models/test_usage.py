"""Which files nobody runs, and why: in doubt a file runs."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.models.usage.model import build
from lastmile_desktop.project.models.usage.names import in_python, in_script, in_settings, keys_of
from tests.project.models.graphs import project

PARTS = [f"part{letter}" for letter in "abcdefghij"]


def unused(files: Mapping[str, str]) -> dict[str, str]:
    return dict(build(project(files)).unused)


def manifest(*names: str, **more: object) -> str:
    return json.dumps({"name": "app", "dependencies": dict.fromkeys(names, "1.0.0"), **more})


def parts(folder: str, ending: str = "tsx") -> dict[str, str]:
    """Ten small files that somebody imports."""
    return {f"{folder}/{name}.{ending}": f"export const {name} = 1;" for name in PARTS}


def imports(prefix: str) -> str:
    return "\n".join(f'import {{ {name} }} from "{prefix}/{name}";' for name in PARTS)


def vite() -> dict[str, str]:
    """An app of one page that names its files by an alias."""
    return {
        "package.json": manifest("vite", "react-dom", "react-router-dom"),
        "index.html": '<script type="module" src="/src/main.tsx"></script>',
        "src/main.tsx": 'import App from "./App"; render(App)',
        "src/App.tsx": imports("@/components") + '\nimport Home from "./pages/Home"; export default Home',
        "src/pages/Home.tsx": "export default function Home() { return null }",
        "tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}',
        **parts("src/components"),
    }


def test_what_nothing_imports_in_an_app_of_one_page() -> None:
    found = unused(
        vite()
        | {
            "src/pages/Old.tsx": 'import { rows } from "../lib/rows"; export default () => rows',
            "src/lib/rows.ts": "export const rows = 1;",
            "src/lib/tried.ts": "export const tried = 1;",
            "src/lib/tried.test.ts": 'import { tried } from "./tried"; expect(tried)',
        }
    )
    assert set(found) == {"src/pages/Old.tsx", "src/lib/rows.ts", "src/lib/tried.ts"}
    assert found["src/pages/Old.tsx"] == "Nothing in the project imports it."
    assert found["src/lib/rows.ts"] == "Only files that nothing uses import it."
    assert found["src/lib/tried.ts"] == "Only tests and scripts of the makers use it."


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("src/load.ts", 'new Worker(new URL("./lib/extra.ts", import.meta.url))'),
        ("src/load.ts", "export const all = import.meta.glob('./lib/**/*.ts')"),
        ("src/load.ts", "export const one = (name: string) => import(`./lib/${name}.ts`)"),
        ("src/load.ts", "export const one = (name: string) => import(name)"),
        ("src/load.ts", 'import { extra } from "#made/up/extra"; go(extra)'),
        ("src/load.ts", 'import { Extra } from "./lib/Ex_tra"; go(Extra)'),
        ("src/lib/half.ts", 'import { extra } from "./extra"; go(extra'),
        ("vercel.json", '{"functions": {"src/lib/extra.ts": {"memory": 128}}}'),
        ("package.json", manifest("vite", "react-dom", scripts={"start": "tsx src/lib/extra.ts"})),
        ("Dockerfile", 'CMD ["node", "src/lib/extra"]'),
        ("extra.html", '<script type="module" src="./src/lib/extra.ts"></script>'),
        ("package.json", manifest("vite", "react-dom", "unplugin-auto-import")),
    ],
)
def test_whatever_may_lead_to_a_file_lets_it_run(where: str, text: str) -> None:
    app = vite() | {"src/lib/extra.ts": "export const extra = 1;"}
    assert "src/lib/extra.ts" in unused(app)
    started = {"src/main.tsx": 'import App from "./App"; import "./load"; render(App)'}
    assert "src/lib/extra.ts" not in unused(app | started | {"src/load.ts": "export {}"} | {where: text})


def test_the_pages_of_next_are_looked_up_and_their_neighbours_are_not() -> None:
    found = unused(
        {
            "package.json": manifest("next"),
            "app/layout.tsx": imports("../components") + "\nexport default () => null",
            "app/archive/page.tsx": "export default () => null",
            "app/archive/Forgotten.tsx": "export const Forgotten = 1;",
            "app/api/pay/route.ts": "export async function POST() {}",
            "app/opengraph-image.tsx": "export default () => null",
            "middleware.ts": "export function middleware() {}",
            "i18n/request.ts": "export default () => null",
            "lib/leftover.ts": "export const leftover = 1;",
            **parts("components"),
        }
    )
    assert set(found) == {"app/archive/Forgotten.tsx", "lib/leftover.ts"}


def test_two_files_of_one_name_both_run() -> None:
    app = vite() | {"src/components/parta.ts": "export const parta = 2;"}
    assert unused(app | {"src/components/partb.web.tsx": "export const partb = 2;"}) == {}


def test_a_package_of_the_repository_is_reached_by_its_name() -> None:
    found = unused(
        {
            "package.json": json.dumps({"private": True, "workspaces": ["apps/*", "packages/*"]}),
            "apps/web/package.json": manifest("next", "@acme/db"),
            "apps/web/app/page.tsx": imports("../parts")
            + '\nimport { users } from "@acme/db"; export default users',
            **parts("apps/web/parts"),
            "packages/db/package.json": json.dumps({"name": "@acme/db", "main": "./src/index.ts"}),
            "packages/db/src/index.ts": 'export * from "./users"; export * from "./more"',
            "packages/db/src/users.ts": imports("./parts") + "\nexport const users = 1;",
            "packages/db/src/more.ts": "export const more = 1;",
            "packages/db/src/gone.ts": "export const gone = 1;",
            **parts("packages/db/src/parts", "ts"),
        }
    )
    assert found == {"packages/db/src/gone.ts": "Nothing in the project imports it."}


def test_modules_of_a_python_server() -> None:
    modules = {f"app/{name}.py": f"def {name}():\n    return 1\n" for name in PARTS}
    server = {
        "requirements.txt": "fastapi==0.115.0\n",
        "app/__init__.py": "",
        "app/main.py": "\n".join(f"from app.{name} import {name}" for name in PARTS)
        + "\nfrom fastapi import FastAPI\napp = FastAPI()\n",
        **modules,
        "app/forgotten.py": "def forgotten():\n    return 1\n",
        "app/named.py": "class Named:\n    pass\n",
        "app/settings.py": 'MIDDLEWARE = ["app.named.Named"]\n',
        "app/by_hand.py": 'def go():\n    pass\nif __name__ == "__main__":\n    go()\n',
    }
    assert set(unused(server)) == {"app/forgotten.py"}
    loads = "import importlib\ndef load(name):\n    return importlib.import_module(name)\n"
    assert unused(server | {"app/parta.py": loads}) == {}


def test_what_edge_functions_share_and_nothing_takes() -> None:
    functions = "supabase/functions"
    found = unused(
        vite()
        | {
            f"{functions}/pay/index.ts": 'import { cors } from "../_shared/cors.ts"; Deno.serve(cors)',
            f"{functions}/pay/index_bak.ts": "Deno.serve(() => null)",
            f"{functions}/_shared/cors.ts": "export const cors = 1;",
            f"{functions}/_shared/limit.ts": "export const limit = 1;",
        }
    )
    assert set(found) == {f"{functions}/pay/index_bak.ts", f"{functions}/_shared/limit.ts"}


def test_pages_beside_a_built_app() -> None:
    app = vite() | {"brand-manual.html": "<h1>Colours</h1>", "public/terms.html": "<h1>Terms</h1>"}
    assert set(unused(app)) == {"brand-manual.html"}
    assert unused(app | {"src/pages/Home.tsx": 'export default () => open("/brand-manual.html")'}) == {}
    tool = "<script>fetch('/api/users').then(show)</script>"
    assert unused(app | {"brand-manual.html": tool}) == {}
    assert unused({"index.html": "<h1>Hi</h1>", "about.html": "<h1>Us</h1>"}) == {}


def moved() -> dict[str, str]:
    """An app of which the back end was moved to a host, the former server still beside it."""
    return {
        "app/package.json": manifest("expo", "react", "@supabase/supabase-js"),
        "app/App.tsx": 'const url = process.env.EXPO_PUBLIC_SUPABASE_URL; supabase.from("users").select()',
        "backend/requirements.txt": "fastapi==0.115.0\n",
        "backend/server.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        "vercel.json": '{"buildCommand": "expo export"}',
    }


def test_a_server_that_no_file_starts_and_the_app_does_not_ask() -> None:
    reason = "No file starts this server, and the app asks it for nothing."
    assert unused(moved()) == {"backend/server.py": reason}


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("backend/Dockerfile", 'CMD ["uvicorn", "server:app"]'),
        ("render.yaml", "services:\n  - type: web\n    rootDir: backend\n"),
        ("app/App.tsx", "fetch(`${base}/api/users`)"),
        ("app/App.tsx", "axios.get(url)"),
        ("app/App.tsx", "fetch(process.env.EXPO_PUBLIC_BACKEND_URL)"),
        ("app/package.json", manifest("expo", "react")),
        ("vercel.json", '{"buildCommand": "cd backend && build"}'),
    ],
)
def test_a_server_that_may_be_asked_runs(where: str, text: str) -> None:
    assert unused(moved() | {where: text}) == {}


def test_a_server_of_a_project_that_says_nothing_of_its_host_runs() -> None:
    assert unused({path: text for path, text in moved().items() if path != "vercel.json"}) == {}


def test_functions_and_addresses_that_nothing_calls() -> None:
    functions = [
        f"supabase/functions/make-{name}/index.ts" for name in ("one", "two", "three", "four", "hook")
    ]
    calls = "\n".join(f'supabase.functions.invoke("make-{name}")' for name in ("one", "two", "three"))
    files = vite() | dict.fromkeys(functions, "Deno.serve(() => null)")
    assert build(project(files | {"src/App.tsx": calls})).uncalled == {functions[3]}
    cron = {
        "supabase/migrations/1_cron.sql": "select net.http_post('https://x.supabase.co/functions/v1/make-four')"
    }
    assert build(project(files | {"src/App.tsx": calls} | cron)).uncalled == frozenset()
    assert build(project(files)).uncalled == frozenset()


def test_a_handful_of_files_tells_nothing() -> None:
    files = vite()
    few = {path: text for path, text in files.items() if "components/" not in path}
    few["src/App.tsx"] = "export default () => null"
    assert unused(few | {"src/lib/extra.ts": "export const extra = 1;"}) == {}


def test_scripts_are_run_by_hand_and_helpers_of_tools_are_not_the_app() -> None:
    found = unused(
        vite()
        | {
            "scripts/make-admin.ts": 'import { create } from "./create"; create()',
            "scripts/create.ts": "export const create = 1;",
            "scripts/once.ts": "export const once = 1;",
            ".claude/helpers/memory.mjs": "export const memory = 1;",
        }
    )
    assert set(found) == {".claude/helpers/memory.mjs", "scripts/once.ts"}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_names_something_or_nothing(text: str) -> None:
    for read in (in_script, in_python, in_settings):
        read(text)
    keys_of(text or "a")
    build(project(vite() | {"src/any.ts": text, "any.json": text, "any.py": text}))


def test_an_index_that_nobody_takes_from_keeps_nothing_alive() -> None:
    found = unused(
        vite()
        | {
            "src/budgets/index.ts": 'export { Alerts } from "./alerts"; export * from "./list"',
            "src/budgets/alerts.tsx": 'import { Row } from "./row"; export const Alerts = () => <Row />;',
            "src/budgets/row.tsx": "export const Row = () => null;",
            "src/budgets/list.tsx": "export const List = () => null;",
        }
    )
    assert found == {
        "src/budgets/index.ts": "Nothing in the project imports it.",
        "src/budgets/alerts.tsx": "Only an index file exports it, and nothing takes it from there.",
        "src/budgets/list.tsx": "Only an index file exports it, and nothing takes it from there.",
        "src/budgets/row.tsx": "Only files that nothing uses import it.",
    }


CHAT = {
    "src/chat/index.ts": 'export { Window } from "./window"; export { default as Bar } from "./bar"; export * from "./kit";',
    "src/chat/window.tsx": "export const Window = () => null;",
    "src/chat/bar.tsx": "export default () => null;",
    "src/chat/kit/index.ts": 'export * from "./send"; export { speak } from "./speak";',
    "src/chat/kit/send.ts": "export const send = 1;",
    "src/chat/kit/speak.ts": "export const speak = 1;",
}


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ('import { Window } from "./chat"', {"bar.tsx", "kit/send.ts", "kit/speak.ts", "kit/index.ts"}),
        ('import { send } from "./chat"', {"bar.tsx", "window.tsx", "kit/speak.ts"}),
        ('import { Bar, speak } from "./chat"', {"window.tsx", "kit/send.ts"}),
        ('import * as chat from "./chat"', set[str]()),
        ('import { unheard } from "./chat"', set[str]()),
        ('import "./chat"', set[str]()),
        ('const chat = await import("./chat")', set[str]()),
    ],
)
def test_who_takes_one_name_from_an_index_uses_no_other(taken: str, left: set[str]) -> None:
    home = f"{taken}; export default function Home() {{ return null }}"
    found = unused(vite() | CHAT | {"src/pages/Home.tsx": home.replace("./chat", "../chat")})
    assert set(found) == {f"src/chat/{name}" for name in left}


def test_what_does_something_when_it_is_loaded_runs_behind_an_index() -> None:
    found = unused(
        vite()
        | CHAT
        | {
            "src/chat/bar.tsx": 'customElements.define("chat-bar", Bar); export default () => null;',
            "src/pages/Home.tsx": 'import { Window } from "../chat"; export default Window',
        }
    )
    assert "src/chat/bar.tsx" not in found
    assert "src/chat/kit/send.ts" in found


def test_what_looks_through_files_runs_none() -> None:
    found = unused(
        vite()
        | {
            "jest.preset.js": 'module.exports = { collectCoverageFrom: ["src/**/*.ts"] }',
            ".github/workflows/ci.yml": 'on: {push: {paths: ["src/**/*.tsx"]}}',
            "src/lib/rows.ts": "export const rows = 1;",
        }
    )
    assert set(found) == {"src/lib/rows.ts"}


def test_the_tools_that_tanstack_start_is_built_with_take_nothing_in() -> None:
    files = {
        "package.json": manifest("@tanstack/react-start", "nitro", "react-dom"),
        "src/routes/index.tsx": imports("../components") + "\nexport const Route = 1;",
        "src/lib/rows.ts": "export const rows = 1;",
        **parts("src/components"),
    }
    assert set(unused(files)) == {"src/lib/rows.ts"}


def test_the_index_of_a_folder_in_an_edge_function_is_not_deployed() -> None:
    functions = {
        "supabase/functions/email/index.ts": "Deno.serve(() => null)",
        "supabase/functions/email/digest/index.ts": "Deno.serve(() => null)",
    }
    assert set(unused(vite() | functions)) == {"supabase/functions/email/digest/index.ts"}
    settings = {
        "supabase/config.toml": '[functions.digest]\nentrypoint = "./functions/email/digest/index.ts"'
    }
    assert not unused(vite() | functions | settings)
