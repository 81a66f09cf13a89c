"""Right handlers are right, and one wrong expression in them is seen."""

from __future__ import annotations

import pytest

from lastmile_desktop.detectors.payments.webhook_unverified import detect
from tests.project.models import handlers as h
from tests.project.models.hooks import view_of

RIGHT = [
    (h.NEXT_APP_PATH, h.NEXT_APP, "stripe"),
    (h.NEXT_PAGES_PATH, h.NEXT_PAGES, "stripe"),
    (h.EXPRESS_PATH, h.EXPRESS, "paystack"),
    (h.HONO_PATH, h.HONO, "clerk"),
    (h.DENO_PATH, h.DENO, "stripe"),
    (h.FASTAPI_PATH, h.FASTAPI, "stripe"),
    (h.FLASK_PATH, h.FLASK, "razorpay"),
    (h.DJANGO_PATH, h.DJANGO, "stripe"),
]


@pytest.mark.parametrize(("path", "text", "provider"), RIGHT, ids=[path for path, _, _ in RIGHT])
def test_a_right_handler_is_found_and_passes(path: str, text: str, provider: str) -> None:
    view = view_of({path: text})
    assert [item.provider for item in view.webhooks.webhooks] == [provider]
    detection = detect(view)
    assert detection.findings == ()
    assert [item.evidence.path for item in detection.passes] == [path]
    assert detection.unknowns == ()


Mutation = tuple[str, str, str, str, str, str]
N, P, E, H, D, F, K, J = (
    (h.NEXT_APP_PATH, h.NEXT_APP), (h.NEXT_PAGES_PATH, h.NEXT_PAGES), (h.EXPRESS_PATH, h.EXPRESS), (h.HONO_PATH, h.HONO),
    (h.DENO_PATH, h.DENO), (h.FASTAPI_PATH, h.FASTAPI), (h.FLASK_PATH, h.FLASK), (h.DJANGO_PATH, h.DJANGO),
)  # fmt: skip

# handler, name, old expression, new expression, rule expected ("" for none)
WRONG: list[tuple[tuple[str, str], str, str, str, str]] = [
    (N, "verification removed", "event = stripe.webhooks.constructEvent(body, signature, endpointSecret);", "event = JSON.parse(body);", "no-verify"),
    (N, "reads json", "await req.text()", "await req.json()", "parsed-body"),
    (N, "stringified json", "await req.text()", "JSON.stringify(await req.json())", "parsed-body"),
    (N, "verifies the signature itself", "constructEvent(body, signature", "constructEvent(signature, signature", "parsed-body"),
    (N, "verifies a literal", "constructEvent(body, signature", 'constructEvent("{}", signature', "parsed-body"),
    (N, "signature as secret", "signature, endpointSecret)", "signature, signature)", "no-verify"),
    (N, "empty fallback", "STRIPE_WEBHOOK_SECRET!", "STRIPE_WEBHOOK_SECRET || ''", "secret-missing"),
    (N, "empty fallback nullish", "STRIPE_WEBHOOK_SECRET!", 'STRIPE_WEBHOOK_SECRET ?? ""', "secret-missing"),
    (N, "literal fallback", "STRIPE_WEBHOOK_SECRET!", "STRIPE_WEBHOOK_SECRET || 'whsec_dev'", "secret-missing"),
    (N, "api key as secret", "process.env.STRIPE_WEBHOOK_SECRET!", "process.env.STRIPE_SECRET_KEY!", "secret-missing"),
    (N, "public secret", "process.env.STRIPE_WEBHOOK_SECRET!", "process.env.NEXT_PUBLIC_STRIPE_WEBHOOK_SECRET!", "no-verify"),
    (N, "catch continues", 'return NextResponse.json({ error: "Invalid signature" }, { status: 400 });', "event = JSON.parse(body);", "verify-swallowed"),
    (N, "catch answers without return", 'return NextResponse.json({ error: "Invalid signature" }', 'event = JSON.parse(body); NextResponse.json({ error: "Invalid signature" }', "verify-swallowed"),
    (N, "only with a signature", "if (!signature) {\n    return NextResponse.json({ error: \"Missing signature\" }, { status: 400 });\n  }\n", "", ""),
    (N, "verifies only if signature", "event = stripe.webhooks.constructEvent(body, signature, endpointSecret);", "event = signature && endpointSecret ? stripe.webhooks.constructEvent(body, signature, endpointSecret) : JSON.parse(body);", "secret-missing"),
    (N, "async not awaited", "stripe.webhooks.constructEvent(", "stripe.webhooks.constructEventAsync(", "no-verify"),
    (N, "secret and signature condition", "if (!signature) {\n    return NextResponse.json({ error: \"Missing signature\" }, { status: 400 });\n  }\n\n  let event: Stripe.Event;\n  try {\n    event = stripe.webhooks.constructEvent(body, signature, endpointSecret);", "let event: any;\n  try {\n    if (signature && endpointSecret) { event = stripe.webhooks.constructEvent(body, signature, endpointSecret); } else { event = JSON.parse(body); }", "no-verify"),
    (N, "secret condition", "event = stripe.webhooks.constructEvent(body, signature, endpointSecret);", "if (endpointSecret) { event = stripe.webhooks.constructEvent(body, signature, endpointSecret); } else { event = JSON.parse(body); }", "secret-missing"),
    (N, "production bypass inverted", "event = stripe.webhooks.constructEvent(body, signature, endpointSecret);", "if (process.env.NODE_ENV === 'production') { event = JSON.parse(body); } else { event = stripe.webhooks.constructEvent(body, signature, endpointSecret); }", "no-verify"),
    (N, "development bypass", "event = stripe.webhooks.constructEvent(body, signature, endpointSecret);", "if (process.env.NODE_ENV !== 'production') { event = JSON.parse(body); } else { event = stripe.webhooks.constructEvent(body, signature, endpointSecret); }", ""),
    (N, "effect before", "  let event: Stripe.Event;\n", "  await prisma.user.update({ where: { id: JSON.parse(body).data.object.id }, data: { plan: 'pro' } });\n  let event: Stripe.Event;\n", "no-verify"),
    (N, "edge runtime", "const stripe = new", "export const runtime = 'edge';\nconst stripe = new", "sync-in-async-runtime"),
    (N, "verified result thrown away", "event = stripe.webhooks.constructEvent(body, signature, endpointSecret);", "stripe.webhooks.constructEvent(body, signature, endpointSecret); event = JSON.parse(body);", ""),
    (P, "no bodyParser option, body", "await buffer(req)", "req.body", ""),
    (P, "body parser on", "export const config = { api: { bodyParser: false } };", "", "parsed-body"),
    (P, "parsed body", "await buffer(req)", "JSON.stringify(req.body)", "parsed-body"),
    (P, "no return on failure", "return res.status(400).send(", "event = JSON.parse(buf.toString()); res.status(400).send(", "verify-swallowed"),
    (E, "compare ignored", "if (a.length !== b.length || !crypto.timingSafeEqual(a, b)) {\n    return res.status(401).send(\"Invalid signature\");\n  }", "crypto.timingSafeEqual(a, b);", "no-verify"),
    (E, "answer without return", 'return res.status(401)', 'res.status(401)', "no-verify"),
    (E, "inverted", "!crypto.timingSafeEqual(a, b)", "crypto.timingSafeEqual(a, b)", "no-verify"),
    (E, "same value", "timingSafeEqual(a, b)", "timingSafeEqual(a, a)", "no-verify"),
    (E, "length only", " || !crypto.timingSafeEqual(a, b)", "", "no-verify"),
    (E, "and instead of or", "a.length !== b.length || !", "a.length !== b.length && !", "no-verify"),
    (E, "digest of a constant", ".update(req.body)", '.update("payload")', "no-verify"),
    (E, "digest of the signature", ".update(req.body)", ".update(signature)", "no-verify"),
    (E, "digest of parsed json", ".update(req.body)", ".update(JSON.stringify(req.body))", "parsed-body"),
    (E, "key from the sender", 'createHmac("sha512", secret)', 'createHmac("sha512", signature)', "no-verify"),
    (E, "plain hash", 'createHmac("sha512", secret)', 'createHash("sha512")', "no-verify"),
    (E, "triple equals", "a.length !== b.length || !crypto.timingSafeEqual(a, b)", "expected !== signature", ""),
    (E, "wrong operator", "a.length !== b.length || !crypto.timingSafeEqual(a, b)", "expected === signature", "no-verify"),
    (E, "signature only present", "a.length !== b.length || !crypto.timingSafeEqual(a, b)", "!signature", "no-verify"),
    (E, "json before raw", 'const app = express();\n', 'const app = express();\napp.use(express.json());\n', "wrong-order"),
    (E, "json in the chain", 'express.raw({ type: "application/json" })', "express.json()", "parsed-body"),
    (E, "json that keeps bytes", 'const app = express();\n', 'const app = express();\napp.use(express.json({ verify: (req, _res, buf) => { req.rawBody = buf; } }));\n', "parsed-body"),
    (E, "secret unset continues", 'if (!secret) {\n    return res.status(500).send("not configured");\n  }', "", ""),
    (E, "secret fallback", "process.env.PAYSTACK_SECRET_KEY;\n  if (!secret) {\n    return res.status(500).send(\"not configured\");\n  }", "process.env.PAYSTACK_SECRET_KEY || '';", "secret-missing"),
    (E, "secret fallback with guard", "process.env.PAYSTACK_SECRET_KEY;", "process.env.PAYSTACK_SECRET_KEY || '';", ""),
    (E, "verify after effect", "  const signature = req.headers", "  const early = JSON.parse(req.body.toString());\n  await storage.updateOrderStatus(early.data.reference, 'paid');\n  const signature = req.headers", "no-verify"),
    (E, "compared with the secret", "timingSafeEqual(a, b)", "timingSafeEqual(a, Buffer.from(secret))", "no-verify"),
    (H, "json then stringify", "await c.req.text()", "JSON.stringify(await c.req.json())", "parsed-body"),
    (H, "catch goes on", 'return c.text("Invalid signature", 400);', "evt = JSON.parse(payload);", "verify-swallowed"),
    (H, "verify removed", "evt = wh.verify(payload, headers);", "evt = JSON.parse(payload);", "no-verify"),
    (H, "empty secret", "process.env.CLERK_WEBHOOK_SECRET!", 'process.env.CLERK_WEBHOOK_SECRET ?? ""', "secret-missing"),
    (H, "secret from a header", "process.env.CLERK_WEBHOOK_SECRET!", 'c.req.header("svix-secret")!', "no-verify"),
    (H, "literal secret", "process.env.CLERK_WEBHOOK_SECRET!", '"whsec_test"', "secret-missing"),
    (D, "sync variant", "await stripe.webhooks.constructEventAsync(", "stripe.webhooks.constructEvent(", "sync-in-async-runtime"),
    (D, "await missing", "await stripe.webhooks.constructEventAsync(", "stripe.webhooks.constructEventAsync(", "no-verify"),
    (D, "json body", "await req.text()", "await req.json()", "parsed-body"),
    (D, "catch logs", "return new Response(err.message, { status: 400 });", "console.error(err); event = JSON.parse(body);", "verify-swallowed"),
    (D, "no verification", "event = await stripe.webhooks.constructEventAsync(\n      body,\n      signature!,\n      Deno.env.get(\"STRIPE_WEBHOOK_SECRET\")!,\n      undefined,\n      cryptoProvider,\n    );", "event = JSON.parse(body);", "no-verify"),
    (D, "empty secret", 'Deno.env.get("STRIPE_WEBHOOK_SECRET")!', 'Deno.env.get("STRIPE_WEBHOOK_SECRET") ?? ""', "secret-missing"),
    (D, "anon key as secret", 'Deno.env.get("STRIPE_WEBHOOK_SECRET")!', 'Deno.env.get("SUPABASE_ANON_KEY")!', "secret-missing"),
    (F, "json body", "payload = await request.body()", "payload = await request.json()", "parsed-body"),
    (F, "json dumped", "payload = await request.body()", "payload = json.dumps(await request.json())", "parsed-body"),
    (F, "not raised", 'except stripe.error.SignatureVerificationError:\n        raise HTTPException', 'except stripe.error.SignatureVerificationError:\n        event = json.loads(payload)\n        HTTPException', "verify-swallowed"),
    (F, "pass in except", 'raise HTTPException(status_code=400, detail="Invalid signature")', "event = json.loads(payload)", "verify-swallowed"),
    (F, "no verification", "event = stripe.Webhook.construct_event(payload, sig_header, WEBHOOK_SECRET)", "event = json.loads(payload)", "no-verify"),
    (F, "construct_from", "event = stripe.Webhook.construct_event(payload, sig_header, WEBHOOK_SECRET)", "event = stripe.Event.construct_from(json.loads(payload), stripe.api_key)", "no-verify"),
    (F, "empty default", 'os.environ["STRIPE_WEBHOOK_SECRET"]', 'os.getenv("STRIPE_WEBHOOK_SECRET", "")', "secret-missing"),
    (F, "api key", 'os.environ["STRIPE_WEBHOOK_SECRET"]', 'os.environ["STRIPE_SECRET_KEY"]', "secret-missing"),
    (F, "secret is the header", "sig_header, WEBHOOK_SECRET)", "sig_header, sig_header)", "no-verify"),
    (F, "only if secret", "event = stripe.Webhook.construct_event(payload, sig_header, WEBHOOK_SECRET)", "event = stripe.Webhook.construct_event(payload, sig_header, WEBHOOK_SECRET) if WEBHOOK_SECRET and sig_header else json.loads(payload)", "no-verify"),
    (F, "pydantic body", "async def stripe_webhook(request: Request):\n    payload = await request.body()\n    sig_header = request.headers.get(\"stripe-signature\")", "async def stripe_webhook(payload: dict, request: Request):\n    sig_header = request.headers.get(\"stripe-signature\")", "parsed-body"),
    (F, "header parameter", "request: Request):", "request: Request, stripe_signature: str = Header(None)):", ""),
    (K, "compare ignored", "if not hmac.compare_digest(expected, received):\n        abort(400)", "hmac.compare_digest(expected, received)", "no-verify"),
    (K, "not missing", "if not hmac.compare_digest", "if hmac.compare_digest", "no-verify"),
    (K, "logs only", "abort(400)", 'print("bad signature")', "no-verify"),
    (K, "parsed json", "body = request.get_data()", "body = json.dumps(request.get_json()).encode()", "parsed-body"),
    (K, "same value", "compare_digest(expected, received)", "compare_digest(expected, expected)", "no-verify"),
    (K, "received is computed", 'received = request.headers.get("X-Razorpay-Signature", "")', 'received = hmac.new(os.environ["RAZORPAY_WEBHOOK_SECRET"].encode(), body, hashlib.sha256).hexdigest()', "no-verify"),
    (K, "constant message", "encode(), body, hashlib", 'encode(), b"webhook", hashlib', "no-verify"),
    (K, "plain hash", 'hmac.new(os.environ["RAZORPAY_WEBHOOK_SECRET"].encode(), body, hashlib.sha256)', "hashlib.sha256(body)", "no-verify"),
    (K, "key from sender", 'os.environ["RAZORPAY_WEBHOOK_SECRET"].encode()', "received.encode()", "no-verify"),
    (K, "empty default", 'os.environ["RAZORPAY_WEBHOOK_SECRET"]', 'os.environ.get("RAZORPAY_WEBHOOK_SECRET", "")', "secret-missing"),
    (K, "only with header", "if not hmac.compare_digest", "if received and not hmac.compare_digest", "no-verify"),
    (K, "verify after", "    body = request.get_data()", "    early = request.get_json()\n    Order.query.filter_by(reference=early['id']).update({'status': 'paid'})\n    body = request.get_data()", "no-verify"),
    (K, "equals", "if not hmac.compare_digest(expected, received):", "if expected != received:", ""),
    (K, "equals the wrong way", "if not hmac.compare_digest(expected, received):", "if expected == received:", "no-verify"),
    (J, "parsed", "payload = request.body", "payload = json.loads(request.body)", "parsed-body"),
    (J, "dumped", "payload = request.body", "payload = json.dumps(json.loads(request.body))", "parsed-body"),
    (J, "passes", "return HttpResponse(status=400)", "event = json.loads(payload)", "verify-swallowed"),
    (J, "not returned", "return HttpResponse(status=400)", "event = json.loads(payload)\n        HttpResponse(status=400)", "verify-swallowed"),
    (J, "no verification", "event = stripe.Webhook.construct_event(payload, sig_header, settings.STRIPE_WEBHOOK_SECRET)", "event = json.loads(payload)", "no-verify"),
    (J, "api key", "settings.STRIPE_WEBHOOK_SECRET", "settings.STRIPE_SECRET_KEY", "secret-missing"),
    (J, "debug bypass", "event = stripe.Webhook.construct_event(payload, sig_header, settings.STRIPE_WEBHOOK_SECRET)", "event = json.loads(payload) if settings.DEBUG else stripe.Webhook.construct_event(payload, sig_header, settings.STRIPE_WEBHOOK_SECRET)", ""),
    (J, "not debug bypass", "event = stripe.Webhook.construct_event(payload, sig_header, settings.STRIPE_WEBHOOK_SECRET)", "event = json.loads(payload) if not settings.DEBUG else stripe.Webhook.construct_event(payload, sig_header, settings.STRIPE_WEBHOOK_SECRET)", "no-verify"),
    (J, "keywords", "construct_event(payload, sig_header, settings.STRIPE_WEBHOOK_SECRET)", "construct_event(payload=payload, sig_header=sig_header, secret=settings.STRIPE_WEBHOOK_SECRET)", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "old", "new", "rule"),
    [(base, old, new, rule) for base, _, old, new, rule in WRONG],
    ids=[f"{base[0]}: {name}" for base, name, *_ in WRONG],
)
def test_one_wrong_expression(base: tuple[str, str], old: str, new: str, rule: str) -> None:
    path, text = base
    assert text.count(old) >= 1, "the mutation does not apply"
    changed = text.replace(old, new, 1)
    detection = detect(view_of({path: changed}))
    found = sorted({item.rule.partition("/")[2] for item in detection.findings})
    assert found == ([rule] if rule else [])
