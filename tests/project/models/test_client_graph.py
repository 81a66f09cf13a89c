"""Which files reach the browser or the phone."""

from __future__ import annotations

import json
from textwrap import dedent

from lastmile_desktop.project.models.client.client_graph import ClientGraph
from lastmile_desktop.project.models.client.client_split import client_modules
from tests.project.models.graphs import project


def manifest(*names: str, **more: object) -> str:
    return json.dumps({"name": "app", "dependencies": dict.fromkeys(names, "1.0.0"), **more})


def graph(files: dict[str, str]) -> ClientGraph:
    return project({path: dedent(text) for path, text in files.items()}).client_graph


def test_vite_starts_from_its_page() -> None:
    found = graph(
        {
            "package.json": manifest("vite", "react-dom"),
            "index.html": '<script type="module" src="/src/main.tsx"></script>',
            "src/main.tsx": 'import App from "./App"; render(App)',
            "src/App.tsx": 'import { lazy } from "react"; const Page = lazy(() => import("./Page"));',
            "src/Page.tsx": 'import { db } from "./db"; import logo from "./logo.svg"; db(logo)',
            "src/db.ts": "export const db = fetch;",
            "src/logo.svg": "<svg/>",
            "src/orphan.ts": "export const x = 1;",
            "vite.config.ts": 'import "./src/build"; export default {}',
            "src/build.ts": "",
            "src/App.test.tsx": 'import App from "./App"; App()',
            "supabase/functions/pay/index.ts": 'import { cors } from "../_shared/cors.ts"; Deno.serve(cors)',
            "supabase/functions/_shared/cors.ts": "export const cors = 1;",
        }
    )
    assert found.entries == ("src/main.tsx",)
    assert set(found.client) == {"src/main.tsx", "src/App.tsx", "src/Page.tsx", "src/db.ts", "src/logo.svg"}
    assert found.chain("src/db.ts") == ("src/main.tsx", "src/App.tsx", "src/Page.tsx", "src/db.ts")
    assert found.server == {"supabase/functions/pay/index.ts", "supabase/functions/_shared/cors.ts"}
    assert found.chain("src/orphan.ts") == ()


def test_page_below_a_client_folder() -> None:
    found = graph(
        {
            "package.json": manifest("vite", "react-dom", "express"),
            "client/index.html": '<script type="module" src="/src/main.tsx"></script>',
            "client/src/main.tsx": 'import { schema } from "@shared/schema"; go(schema)',
            "shared/schema.ts": "export const schema = 1;",
            "server/index.ts": 'import { schema } from "../shared/schema"; import "./routes"; listen(schema)',
            "server/routes.ts": "export {}",
            "tsconfig.json": '{"compilerOptions": {"paths": {"@shared/*": ["./shared/*"]}}}',
        }
    )
    assert set(found.client) == {"client/src/main.tsx", "shared/schema.ts"}
    assert found.server == {"server/index.ts", "server/routes.ts"}


def test_next_app_router() -> None:
    found = graph(
        {
            "package.json": manifest("next", "react-dom"),
            "app/page.tsx": 'import { Form } from "@/components/form"; import { db } from "@/lib/db"; db(Form)',
            "app/api/x/route.ts": 'import { db } from "@/lib/db"; export const GET = () => db()',
            "components/form.tsx": """
                'use client'
                import { save } from "@/app/actions";
                import { format } from "@/lib/format";
                import type { Row } from "@/lib/db";
                import { Table } from "@/lib/db";
                import { secret } from "@/lib/secret";
                const x: Table = format(save, secret);
            """,
            "app/actions.ts": "'use server'\nimport { db } from '@/lib/db'; export async function save() { db() }",
            "lib/db.ts": "export const db = 1; export class Table {}",
            "lib/format.ts": "export const format = 1;",
            "lib/secret.ts": 'import "server-only"; import "./more"; export const secret = 1;',
            "lib/more.ts": "",
            "middleware.ts": "export function middleware() {}",
        }
    )
    assert set(found.client) == {"components/form.tsx", "lib/format.ts"}
    assert {
        "app/page.tsx",
        "app/api/x/route.ts",
        "lib/db.ts",
        "app/actions.ts",
        "middleware.ts",
    } <= found.server
    assert found.boundary_imports == (("components/form.tsx", "lib/secret.ts", 7),)


def test_next_pages_without_what_only_the_server_uses() -> None:
    found = graph(
        {
            "package.json": manifest("next", "react-dom"),
            "pages/index.tsx": """
                import { prisma } from "../lib/prisma";
                import { Card } from "../components/card";
                import { shared } from "../lib/shared";
                const load = () => prisma.user.findMany(shared);
                export const getServerSideProps = async () => ({ props: await load() });
                export default function Page() { return <Card>{shared}</Card> }
            """,
            "pages/api/users.ts": 'import { prisma } from "../../lib/prisma"; export default () => prisma',
            "lib/prisma.ts": "export const prisma = 1;",
            "lib/shared.ts": "export const shared = 1;",
            "components/card.tsx": "export const Card = () => null;",
        }
    )
    assert set(found.client) == {"pages/index.tsx", "lib/shared.ts", "components/card.tsx"}
    assert found.server == {"pages/api/users.ts", "lib/prisma.ts"}


def test_remix_routes_without_loaders() -> None:
    found = graph(
        {
            "package.json": manifest("@react-router/dev", "react-router"),
            "app/routes.ts": 'export default [route("x", "./pages/x.tsx"), index("pages/home.tsx")]',
            "app/root.tsx": "export default function Root() {}",
            "app/pages/x.tsx": """
                import { db } from "../db.server";
                import { Card } from "../card";
                export async function loader() { return db() }
                export default function X() { return <Card /> }
            """,
            "app/pages/home.tsx": 'import { db } from "../db.server"; export default () => db()',
            "app/db.server.ts": "export const db = 1;",
            "app/card.tsx": "export const Card = () => null;",
        }
    )
    assert set(found.client) == {"app/root.tsx", "app/pages/x.tsx", "app/pages/home.tsx", "app/card.tsx"}
    assert found.boundary_imports == (("app/pages/home.tsx", "app/db.server.ts", 1),)


def test_tanstack_start_server_functions() -> None:
    found = graph(
        {
            "package.json": manifest("@tanstack/react-start"),
            "src/routes/index.tsx": """
                import { createFileRoute } from "@tanstack/react-router";
                import { list } from "../todo.functions";
                import { direct } from "../db";
                export const Route = createFileRoute("/")({
                  component: () => list(),
                  server: { handlers: { GET: async () => direct() } },
                });
            """,
            "src/todo.functions.ts": """
                import { createServerFn } from "@tanstack/react-start";
                import { db } from "./db";
                import { schema } from "./schema";
                export const list = createServerFn({ method: "GET" }).validator(schema).handler(async () => {
                  const { read } = await import("./read.server");
                  return read(db);
                });
                export const label = schema.label;
            """,
            "src/db.ts": "export const db = 1; export const direct = 1;",
            "src/schema.ts": "export const schema = 1;",
            "src/read.server.ts": "export const read = 1;",
        }
    )
    assert set(found.client) == {"src/routes/index.tsx", "src/todo.functions.ts", "src/schema.ts"}
    assert found.boundary_imports == ()


def test_sveltekit() -> None:
    found = graph(
        {
            "package.json": manifest("@sveltejs/kit", "svelte"),
            "src/routes/+page.svelte": """
                <script>import { a } from "$lib/a"; import { s } from "$lib/server/s"; a(s)</script>
            """,
            "src/routes/+page.ts": 'import { b } from "$lib/b"; export const load = () => b()',
            "src/routes/+page.server.ts": 'import { s } from "$lib/server/s"; export const load = () => s()',
            "src/lib/a.ts": "export const a = 1;",
            "src/lib/b.ts": "export const b = 1;",
            "src/lib/server/s.ts": "export const s = 1;",
        }
    )  # fmt: skip
    assert set(found.client) == {
        "src/routes/+page.svelte",
        "src/routes/+page.ts",
        "src/lib/a.ts",
        "src/lib/b.ts",
    }
    assert found.server == {"src/routes/+page.server.ts", "src/lib/server/s.ts"}
    assert [item[:2] for item in found.boundary_imports] == [
        ("src/routes/+page.svelte", "src/lib/server/s.ts")
    ]


def test_astro_islands() -> None:
    found = graph(
        {
            "package.json": manifest("astro", "react-dom"),
            "src/pages/index.astro": """\
                ---
                import Counter from "../Counter";
                import Static from "../Static";
                import { db } from "../db";
                const rows = await db();
                ---
                <Counter client:load rows={rows} />
                <Static />
                <script>import "../analytics";</script>
            """,
            "src/Counter.tsx": "export default function Counter() {}",
            "src/Static.tsx": "export default function Static() {}",
            "src/db.ts": "export const db = 1;",
            "src/analytics.ts": "start()",
        }
    )
    assert set(found.client) == {"src/Counter.tsx", "src/analytics.ts"}
    assert {"src/pages/index.astro", "src/db.ts", "src/Static.tsx"} <= found.server


def test_expo_routes_and_their_api() -> None:
    found = graph(
        {
            "package.json": manifest("expo", "expo-router", "react-native", main="expo-router/entry"),
            "app/_layout.tsx": 'import { s } from "../lib/supabase"; s()',
            "app/pay+api.ts": 'import { stripe } from "../lib/stripe"; stripe()',
            "lib/supabase.ts": "export const s = 1;",
            "lib/stripe.ts": "export const stripe = 1;",
        }
    )
    assert set(found.client) == {"app/_layout.tsx", "lib/supabase.ts"}
    assert found.server == {"app/pay+api.ts", "lib/stripe.ts"}


def test_plain_react_begins_where_it_usually_does() -> None:
    cra = graph(
        {"package.json": manifest("react-scripts"), "src/index.js": 'import "./App"', "src/App.js": ""}
    )
    assert set(cra.client) == {"src/index.js", "src/App.js"}
    bare = graph(
        {"package.json": manifest("react-dom"), "src/main.jsx": "", "src/App.jsx": "", "src/index.js": ""}
    )
    assert bare.entries == ("src/main.jsx",)


def test_nuxt() -> None:
    found = graph(
        {
            "package.json": manifest("nuxt"),
            "pages/index.vue": '<script setup>import { a } from "~/lib/a"; a()</script>',
            "server/api/x.ts": 'import { b } from "~/lib/b"; export default b',
            "lib/a.ts": "export const a = 1;",
            "lib/b.ts": "export const b = 1;",
        }
    )
    assert set(found.client) == {"pages/index.vue", "lib/a.ts"}
    assert found.server == {"server/api/x.ts", "lib/b.ts"}


def test_of_a_barrel_only_what_is_used_is_kept() -> None:
    found = graph(
        {
            "package.json": manifest("next"),
            "ui.tsx": "'use client'\nimport { format } from './lib'; import * as all from './both'; format(all)",
            "lib/index.ts": 'export * from "./format"; export * from "./db"; export { x } from "./x";',
            "lib/format.ts": "export const format = () => {};",
            "lib/db.ts": "export const db = 1;",
            "lib/x.ts": "export const x = 1;",
            "both.ts": 'export * from "./lib/x";',
        }
    )
    assert set(found.client) == {"ui.tsx", "lib/format.ts", "both.ts", "lib/x.ts"}


def test_scripts_served_as_they_are() -> None:
    found = graph({"requirements.txt": "flask", "static/js/app.js": "fetch('/x')", "app.py": "x = 1"})
    assert set(found.client) == {"static/js/app.js"}


def test_packages_of_a_monorepo() -> None:
    found = graph(
        {
            "package.json": manifest(workspaces=["apps/*", "packages/*"]),
            "apps/web/package.json": manifest("next", "react-dom"),
            "apps/web/app/page.tsx": "'use client'\nimport { Button } from '@org/ui'; Button()",
            "packages/ui/package.json": json.dumps({"name": "@org/ui", "main": "./src/index.ts"}),
            "packages/ui/src/index.ts": 'export { Button } from "./button";',
            "packages/ui/src/button.tsx": "export const Button = () => null;",
            "apps/api/package.json": manifest("express"),
            "apps/api/src/server.ts": 'import { q } from "./q"; q()',
            "apps/api/src/q.ts": "export const q = 1;",
        }
    )
    assert set(found.client) == {"apps/web/app/page.tsx", "packages/ui/src/button.tsx"}
    assert {"apps/api/src/server.ts", "apps/api/src/q.ts"} <= found.server


def test_split_follows_names() -> None:
    text = dedent(
        """
        import "./styles.css";
        import { a } from "./a";
        import { b } from "./b";
        import { c } from "./c";
        import type { T } from "./t";
        export { d } from "./d";
        export { loader } from "./e";
        const helper = () => b(a);
        export const action = async () => helper();
        async function inline() { "use server"; await c(); }
        export default function Page() { return <form action={inline}>{a}</form> }
        """
    )
    assert client_modules(text, "x.tsx", frozenset({"loader", "action"})) == {"./styles.css", "./a", "./d"}


def test_nothing_to_find() -> None:
    assert graph({"README.md": "# x"}) == ClientGraph()
