"""The map of settings: where each is read, whether the code can do without it, and where it is defined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.models.client.bundler_env import bundled_names
from lastmile_desktop.project.models.settings.env_definitions import definitions, shape_of
from lastmile_desktop.project.models.settings.env_reads import blank_comments, js_reads, python_reads
from lastmile_desktop.project.models.settings.local_addresses import local_addresses
from tests.project.models.hooks import view_of

Read = tuple[str, bool]


def in_js(text: str) -> list[Read]:
    return [(read.name, read.required) for read in js_reads(text).reads]


def in_python(text: str) -> list[Read]:
    return [(read.name, read.required) for read in python_reads(text).reads]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("new Stripe(process.env.STRIPE_KEY!)", [("STRIPE_KEY", True)]),
        ('process.env["STRIPE_KEY"]', [("STRIPE_KEY", True)]),
        ("const port = process.env.PORT_NO || 3000;", [("PORT_NO", False)]),
        ('const a = process.env.A_URL ?? "x";', [("A_URL", False)]),
        ("if (process.env.SENTRY_DSN) { init(process.env.SENTRY_DSN) }", [("SENTRY_DSN", False), ("SENTRY_DSN", True)]),
        ('if (!process.env.DB_URL) throw new Error("x");', [("DB_URL", True)]),
        ('const on = process.env.NEW_UI === "true";', [("NEW_UI", False)]),
        ("const hook = process.env.HOOK;\nif (hook) send(hook);", [("HOOK", False)]),
        ('const key = process.env.KEY_A;\nif (!key) throw new Error("no key");', [("KEY_A", True)]),
        ("import.meta.env.VITE_URL", [("VITE_URL", True)]),
        ('Deno.env.get("RESEND_KEY")!', [("RESEND_KEY", True)]),
        ('Deno.env.get("RESEND_KEY") ?? ""', [("RESEND_KEY", False)]),
        ("Bun.env.TOKEN_A", [("TOKEN_A", True)]),
        ("const { A_KEY, B_KEY: b = 'x', C_KEY = '1' } = process.env;", [("A_KEY", True), ("B_KEY", False), ("C_KEY", False)]),
        ("// process.env.OLD_KEY\n", []),
        ('process.env.NODE_PATH = "x";', []),
        ("createEnv({\n  server: {\n    DB_URL: z.string(),\n    LOG_TO: z.string().optional(),\n  },\n})", [("DB_URL", True), ("LOG_TO", False)]),
    ],
)  # fmt: skip
def test_reads_in_javascript(code: str, expected: list[Read]) -> None:
    assert in_js(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('os.environ["DB_URL"]', [("DB_URL", True)]),
        ('os.getenv("DB_URL", "sqlite://")', [("DB_URL", False)]),
        ('os.environ.get("DB_URL") or "x"', [("DB_URL", False)]),
        ('os.environ["DB_URL"] = "x"', []),
        ('import environ\nenv = environ.Env()\nSECRET = env("SECRET_KEY")', [("SECRET_KEY", True)]),
        ('from decouple import config\nD = config("DEBUG_ON", default=False)', [("DEBUG_ON", False)]),
        ('x = config("NOT_A_SETTING")', []),
        (
            "class S(BaseSettings):\n    db_url: str\n    debug: bool = False\n",
            [("DB_URL", True), ("DEBUG", False)],
        ),
        (
            'class S(BaseSettings):\n    model_config = C(env_prefix="APP_")\n    key: str\n',
            [("APP_KEY", True)],
        ),
        ('# os.environ["OLD"]\n', []),
    ],
)
def test_reads_in_python(code: str, expected: list[Read]) -> None:
    assert in_python(code) == expected


def test_places_are_exact() -> None:
    read = js_reads("/* a\n b */ const k =\n  process.env.KEY_A!;\n").reads[0]
    assert (read.line, read.column) == (3, 3)


def test_own_reading_functions_count() -> None:
    view = view_of(
        {
            "src/env.ts": "export function must(name: string) {\n  const v = process.env[name];\n  if (!v) throw new Error(name);\n  return v;\n}\n",
            "src/mail.ts": 'import { must } from "./env";\nexport const key = must("RESEND_KEY");\n',
        }
    )
    assert [(read.name, read.path, read.line) for read in view.env.reads] == [
        ("RESEND_KEY", "src/mail.ts", 2)
    ]


def test_tests_are_left_out_and_schemas_validate() -> None:
    view = view_of(
        {
            "src/a.test.ts": "process.env.ONLY_TEST!;\n",
            "src/env.ts": "export const env = schema.parse(process.env);\n",
        }
    )
    assert view.env.reads == ()
    assert view.env.validated_by == ("src/env.ts",)


def test_definitions_are_classified_and_values_not_kept() -> None:
    secret = "sk_" + "live_51HxYzq8Rt5Vw1Yz4Bc6Ef0HjNkQ"
    found = definitions(".env", f"AA=\nBB=${{OTHER}}\nCC=your-key-here\nDD={secret}\nexport EE='hello'\n")
    assert [(item.name, item.shape) for item in found] == [
        ("AA", "empty"),
        ("BB", "reference"),
        ("CC", "placeholder"),
        ("DD", "secret:stripe-secret-live"),
        ("EE", "plain"),
    ]
    assert secret not in repr(found)


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        (".env.example", "# OPTIONAL_KEY=\nMAIN_KEY=\n", {"OPTIONAL_KEY", "MAIN_KEY"}),
        (
            "compose.yml",
            "services:\n  web:\n    environment:\n      - DB_URL=x\n      API_KEY: y\n",
            {"DB_URL", "API_KEY"},
        ),
        (".github/workflows/a.yml", "env:\n  KEY_A: ${{ secrets.KEY_B }}\n", {"KEY_A", "KEY_B"}),
        ("render.yaml", "    envVars:\n      - key: DB_URL\n        sync: false\n", {"DB_URL"}),
        ("wrangler.toml", '[vars]\nAPI_URL = "x"\n', {"API_URL"}),
        ("supabase/config.toml", 'secret = "env(GOOGLE_SECRET)"\n', {"GOOGLE_SECRET"}),
        ("Dockerfile", "ARG VITE_URL\nENV NODE_ENV=production\n", {"VITE_URL", "NODE_ENV"}),
        ("README.md", "Set `STRIPE_KEY` and `TOKEN`.\n", {"STRIPE_KEY", "TOKEN"}),
        ("src/a.ts", "A=1\n", set()),
    ],
)
def test_definitions_of_many_files(path: str, text: str, names: set[str]) -> None:
    assert {item.name for item in definitions(path, text)} == names


def test_settings_that_the_bundler_copies() -> None:
    code = (
        'export default { define: { "process.env.API_KEY": JSON.stringify(env.GEMINI_KEY), __V__: "1" } };\n'
    )
    assert "GEMINI_KEY" in {item.name for item in bundled_names(code)}
    assert [item.whole for item in bundled_names('define: { "process.env": process.env }')] == [True]
    assert bundled_names('define: { "process.env": {} }') == ()


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ('await fetch("http://localhost:3001/api");', 1),
        ('const o = {\n  redirectTo: "http://localhost:5173/x",\n};', 1),
        ('const u = process.env.X_URL || "http://localhost:3000";', 0),
        ('url = os.getenv("X_URL", "http://localhost:8000")', 0),
        ('const u = isDev ? "http://localhost:1" : "https://a.io";', 0),
        ('const all = ["http://localhost:3000", "https://app.acme.io"];', 0),
        ('allow_origins=["http://localhost:3000"]', 1),
        ('if (origin === "http://localhost:3000") {}', 0),
        ('console.log("http://localhost:3000");', 0),
    ],
)
def test_local_addresses(code: str, count: int) -> None:
    assert len(local_addresses(code)) == count


@given(st.text(max_size=1_500))
def test_arbitrary_text_never_raises_and_keeps_its_lines(text: str) -> None:
    assert blank_comments(text).count("\n") == text.count("\n")
    js_reads(text)
    python_reads(text)
    for path in (".env", "compose.yml", "README.md", "vercel.json"):
        definitions(path, text)
    shape_of(text)
    local_addresses(text)
    bundled_names(text)
