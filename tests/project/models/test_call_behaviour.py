"""What code does when others fail or are slow: whatever the bytes, reading it ends; and shapes that are easily mistaken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lastmile_desktop.core.finding import Detection
from lastmile_desktop.detectors.reliability import (
    fire_and_forget,
    jobs_no_retry,
    slow_request,
    swallowed_errors,
    third_party_failure,
)
from lastmile_desktop.detectors.scale import cdn_cache, hot_paths, load_untested, plan_limits
from lastmile_desktop.project.view import ProjectView
from tests.project.models.hooks import view_of

TS = "supabase/functions/task/index.ts"
DETECTORS: tuple[Callable[[ProjectView], Detection], ...] = (
    fire_and_forget.detect, jobs_no_retry.detect, slow_request.detect, swallowed_errors.detect,
    third_party_failure.detect, cdn_cache.detect, hot_paths.detect, load_untested.detect, plan_limits.detect,
)  # fmt: skip
PARTS = st.lists(
    st.sampled_from(
        [
            "export async function POST(req) {", "}", "try {", "} catch (e) {", "for (let attempt = 0; attempt < 3; attempt++) {",
            "await fetch('https://a.example');", "supabase.from('a').insert({});", "const { data } = await supabase.from('a').select();",
            "setInterval(() => load(), 2000);", "list.forEach(async (x) => { await db.order.create({ data: x }); });", "after(() => send());",
            "async def f():\n    await g()\n", "    try:\n        stripe.Refund.create()\n    except Exception:\n        pass\n", "return x;",
            "new Worker('q', run);", "import x from 'bullmq';", "(", ")", "'", "`${", "\x00", "\n", "export const dynamic = 'force-dynamic';",
            "res.set({ 'Cache-Control': 'public' });", "cron.schedule('* * * * *', f);", "toast.success('Saved');", "app.get('/x', async (req, res) => {",
        ]
    ),
    max_size=16,
).map("\n".join)  # fmt: skip
PATHS = (TS, "app/api/x/route.ts", "app/page.tsx", "server/index.ts", "src/App.tsx", "app/main.py", "vercel.json", "render.yaml",
         "load/k6.js", "next.config.mjs", "public/_headers", "supabase/migrations/1.sql")  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.sampled_from(PATHS), st.one_of(PARTS, st.text(max_size=300)))
def test_arbitrary_text_never_raises(path: str, text: str) -> None:
    view = view_of(
        {path: text, "package.json": '{"dependencies": {"next": "15", "express": "4", "react": "19"}}'}
    )
    for detect in DETECTORS:
        found = detect(view)
        assert isinstance(found, Detection)
        assert all(0.5 <= (item.confidence or 1) <= 1 and item.message for item in found.findings)


def rules(detect: Callable[[ProjectView], Detection], text: str, path: str = TS) -> list[str]:
    return sorted(item.rule.partition("/")[2] for item in detect(view_of({path: text})).findings)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("supabase.from('a').update({ x: 1 }).eq('id', 1);", ["no-await-supabase"]),
        ("await supabase.from('a').update({ x: 1 }).eq('id', 1);", []),
        ("supabase.from('a').update({ x: 1 }).then(() => done());", ["unawaited-promise"]),
        ("EdgeRuntime.waitUntil(supabase.from('a').insert({ x: 1 }).then(() => 1));", []),
        ("resend.emails.send({ to }).catch(console.error);", ["unawaited-promise"]),
        ("rows.forEach(async (row) => { await supabase.from('a').insert(row); });", ["foreach-async"]),
        ("rows.forEach((row) => console.log(row));", []),
        ("Array.from(rows).forEach(show);", []),
    ],
)
def test_work_that_nobody_waits_for(statement: str, expected: list[str]) -> None:
    text = f"Deno.serve(async (req) => {{\n  {statement}\n  return new Response('ok');\n}});\n"
    assert rules(fire_and_forget.detect, text) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("await supabase.from('orders').insert({ x });", ["supabase-error-ignored"]),
        ("const { error } = await supabase.from('orders').insert({ x });", []),
        ("const { error: failed } = await supabase.from('orders').insert({ x });", []),
        (
            "const result = await supabase.from('orders').insert({ x }); if (result.error) throw result.error;",
            [],
        ),
        ("await supabase.from('orders').insert({ x }).throwOnError();", []),
        ("const a = await fetch(u); const b = await a.json(); use(b);", ["ok-unchecked"]),
        ("const a = await fetch(u); if (!a.ok) throw new Error('no'); const b = await a.json();", []),
        ("const a = await fetch(u); const b = await a.json(); if (b.error) throw b;", []),
    ],
)
def test_failures_that_nobody_looks_at(statement: str, expected: list[str]) -> None:
    assert (
        rules(
            swallowed_errors.detect,
            f"export async function save(x, u) {{\n  {statement}\n}}\n",
            "src/save.ts",
        )
        == expected
    )
