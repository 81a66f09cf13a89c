"""What a call does to the world besides queries: AI models, e-mail, payments, files, queues, other servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lastmile_desktop.project.code.outline import Call, Value
from lastmile_desktop.project.models.routes.model import EffectKind

_LLM_CALL = re.compile(
    r"(?:chat\.completions\.(?:create|parse|stream)|responses\.(?:create|parse|stream)|images\.(?:generate|edit)|"
    r"audio\.(?:speech|transcriptions|translations)\.create|embeddings\.create|completions\.create|ChatCompletion\.a?create|"
    r"models\.(?:generateContent|generateContentStream|generate_content|generate_content_stream|generateImages|embedContent)|"
    r"generateContent|generateContentStream|generate_content|generate_content_async|threads\.runs\.\w+|"
    r"(?:anthropic|claude)\w*\.messages\.(?:create|stream))$",
    re.IGNORECASE,
)
_LLM_ROOT = frozenset(
    "generateText streamText generateObject streamObject embed embedMany experimental_generateImage generateImage "
    "generateSpeech experimental_transcribe".split()
)
_LLM_OTHER = re.compile(
    r"^(?:replicate\.(?:run|predictions\.create)|fal\.(?:run|subscribe|queue\.submit)|litellm\.\w*completion)$"
)
_LLM_HOST = re.compile(
    r"api\.openai\.com|api\.anthropic\.com|generativelanguage\.googleapis|openrouter\.ai|(?<!connector-)gateway\.lovable\.dev|"
    r"lovable\.dev/v1|api\.groq\.com|api\.perplexity\.ai|elevenlabs\.io|api\.replicate\.com|api\.deepseek\.com|"
    r"api\.mistral\.ai|api\.x\.ai|api\.together|fal\.run|stability\.ai|huggingface\.co|openai\.azure\.com|"
    r"api\.cohere|api\.deepgram\.com|api\.moonshot\.\w+|api\.cerebras\.ai|api\.fireworks\.ai|aiplatform\.googleapis|cloud/ai/",
    re.IGNORECASE,
)
# What only keeps something at the provider: no model is asked.
_LLM_KEEPS = re.compile(
    r"api\.openai\.com/v1/(?:assistants|files|vector_stores|models|threads(?!\S{0,120}/runs))|(?:/v1)?/models[\"'`?]?\s*$"
)
_EMAIL_CALL = re.compile(
    r"(?:emails\.send|batch\.send|sendMail|sgMail\.(?:send|sendMultiple)|sendEmail|sendEmailWithTemplate|send_mail|"
    r"send_message|sendmail|EmailMultiAlternatives\.send|mail\.send|email\.send|send_email|sendTransacEmail|Emails\.send|sendNotification|sendEachForMulticast|messaging\.send\w*|messages\.sendTemplate)$"
)
_EMAIL_HOST = re.compile(
    r"api\.(?:resend|sendgrid|brevo|postmarkapp|mailgun|sendinblue|mailersend)\.\w+"
    r"|connector-gateway\.lovable\.dev/(?:resend|sendgrid|mailgun|gmail|google_mail|outlook|microsoft_outlook|mailersend)",
    re.IGNORECASE,
)
_SMS_HOST = re.compile(
    r"api\.twilio\.com|fcm\.googleapis\.com|exp\.host/|onesignal\.com|api\.push|graph\.facebook\.com/v[\d.]+/.*messages|"
    r"(?:api|sms|smsc|rest)[\w-]{0,12}\.(?:hubtel|africastalking|termii|plivo|messagebird|msg91|infobip|clicksend|textlocal|"
    r"telnyx|sinch|smsapi|netgsm|arkesel|mnotify|semaphore|nexmo|vonage)\.\w+|"
    r"[?&]to=\$?\{[^{}]{1,60}\}[^\s]{0,60}&(?:content|message|msg|text|body|sms)=",
    re.IGNORECASE,
)
_PAYMENT_ROOT = re.compile(
    r"(?:^|\.)(?:stripe\w*|razorpay\w*|paypal\w*|paddle|polar|lemonsqueezy|squareClient|braintree)\b", re.I
)
# `stripeInvoices.sort()` is about a list that is called after the company.
_LIST_METHOD = re.compile(
    r"^\w+\.(?:sort|toSorted|map|flatMap|filter|forEach|push|unshift|reduce|some|every|find|findIndex|slice|splice|join|"
    r"includes|concat|reverse|append|extend|keys|values|items|entries|trim|split|startsWith|toString)$"
)
_PAYMENT_HOST = re.compile(
    r"api\.(?:stripe|razorpay|paystack|paypal|flutterwave|mercadopago|lemonsqueezy)\.", re.IGNORECASE
)
_PAYMENT_READ = re.compile(
    r"\.(?:retrieve|list|search|listLineItems|listPaymentMethods|constructEvent\w*|construct_event|fetch|all|verify\w*|autoPagingToArray|autoPagingEach)$"
)
_MONEY_CALL = re.compile(
    r"\.(?:refund|issueRefund|createRefund|refundPayment|processRefund|payout|createPayout|createTransfer|initiateTransfer|"
    r"sendTransaction|sendRawTransaction|sendAndConfirmTransaction)$|^sendAndConfirmTransaction$"
)
_PAYMENT_START = re.compile(
    r"(?:checkout\.(?:sessions|Session)|paymentIntents|PaymentIntent|setupIntents|orders|paymentLinks)\.create$"
)
_FILE_CALL = re.compile(
    r"^(?:(?:fs|fsp|fsPromises|promises)\.(?:promises\.)?)?(?:writeFile|writeFileSync|appendFile|appendFileSync|unlink|"
    r"unlinkSync|rm|rmSync|rmdir|createWriteStream)$|^shutil\.(?:rmtree|copyfileobj|move)$|^os\.(?:remove|unlink)$"
)
_COMMAND_CALL = re.compile(
    r"^(?:child_process\.)?(?:exec|execSync|spawn|spawnSync|execFile)$|^subprocess\.\w+$|^os\.system$"
)
_QUEUE_CALL = re.compile(
    r"(?:[qQ]ueue\w*\.add|inngest\.send|tasks\.trigger|publishJSON|apply_async|\.delay|boss\.send)$"
)
_ACCOUNT_CALL = re.compile(
    r"auth\.admin\.(?:createUser|deleteUser|updateUserById|inviteUserByEmail|generateLink|create_user|delete_user|"
    r"update_user_by_id|invite_user_by_email|generate_link)$|"
    r"users\.(?:deleteUser|updateUserMetadata|createUser|updateUser)$|"
    r"(?:adminAuth|getAuth|admin\.auth|firebaseAuth)\.(?:createUser|deleteUser|updateUser|setCustomUserClaims|createCustomToken)$"
)
_ACCOUNT_READ = re.compile(r"auth\.admin\.(?:listUsers|getUserById|list_users|get_user_by_id)$")
_HTTP = re.compile(r"^(?:fetch|axios|got|ky|ofetch|requests|httpx|aiohttp|client|session|http)$")
# `session.get("userId")` asks no server.
_VAGUE_HTTP = re.compile(r"^(?:client|session|http)$")
_ADDRESS = re.compile(r"://|/|ur[li]|endpoint|host|link", re.IGNORECASE)


@lru_cache(maxsize=8192)
def _by_name(callee: str) -> EffectKind | None:
    """The kind of effect a dotted name has, as far as the name alone tells."""
    if _LLM_CALL.search(callee) or callee in _LLM_ROOT or _LLM_OTHER.match(callee):
        return EffectKind.LLM
    if (
        _PAYMENT_ROOT.search(callee)
        and "." in callee
        and not callee.startswith(("process.", "console.", "os.", "settings."))
        and not _LIST_METHOD.match(callee)
    ):
        return None if _PAYMENT_READ.search(callee) or "webhooks." in callee else EffectKind.PAYMENT
    if _MONEY_CALL.search(callee):
        return EffectKind.PAYMENT
    if _EMAIL_CALL.search(callee):
        return EffectKind.EMAIL
    if _FILE_CALL.match(callee) or _COMMAND_CALL.match(callee):
        return EffectKind.FILE
    if _ACCOUNT_CALL.search(callee):
        return EffectKind.DB_WRITE
    if _QUEUE_CALL.search(callee):
        return EffectKind.QUEUE
    return None


def may_call_out(call: Call) -> bool:
    """Whether a call is one of those that go to the address they are given."""
    return _HTTP.match(call.root.rpartition(".")[2]) is not None


def kind_of(call: Call, url: str = "") -> EffectKind | None:
    """The effect of a call, None when it has none. `url` is the address it goes to, as far as known."""
    if call.callee == "put" and any(arg.entry("access") is not None for arg in call.args):
        # Vercel Blob: kept under an address of its own.
        return EffectKind.FILE
    for name in _called_names(call):
        named = _by_name(name)
        if named is EffectKind.EMAIL and _is_chat(call):
            return EffectKind.LLM
        if named is not None:
            return None if call.is_new else named
        if name.endswith("messages.create"):
            return _message(call)
        if "." in name and _PAYMENT_ROOT.search(name):
            return None
    if not may_call_out(call) or (_VAGUE_HTTP.match(call.root) and not _ADDRESS.search(url)):
        return None
    return _by_host(url)


def _called_names(call: Call) -> Iterator[str]:
    """Each dotted name that is called in a chain: `openai.images.generate` of `openai.images.generate(x).then(y)`."""
    name = call.root
    for link in call.links:
        name = f"{name}.{link.name}" if link.name else name
        if link.args is not None:
            yield name


def _is_chat(call: Call) -> bool:
    """`chat.send_message(UserMessage(text=…))` asks an AI model (Emergent)."""
    return any("UserMessage(" in arg.text or arg.name == "user_message" for arg in call.args) or (
        call.links[-1].name == "send_message" and call.root.rpartition(".")[2] in ("chat", "llm", "llm_chat")
    )


def _message(call: Call) -> EffectKind:
    """`client.messages.create` is Anthropic's or Twilio's; its options tell."""
    given = call.args_of("create")
    options = given[0] if given else Value("")
    keys = {key for key, _ in options.entries} | {arg.name for arg in given}
    return EffectKind.EMAIL if "to" in keys and "model" not in keys else EffectKind.LLM


@lru_cache(maxsize=4096)
def _by_host(url: str) -> EffectKind | None:
    if _LLM_KEEPS.search(url):
        return EffectKind.OUTBOUND
    for pattern, kind in (
        (_LLM_HOST, EffectKind.LLM),
        (_EMAIL_HOST, EffectKind.EMAIL),
        (_SMS_HOST, EffectKind.EMAIL),
        (_PAYMENT_HOST, EffectKind.PAYMENT),
    ):
        if pattern.search(url):
            return kind
    return EffectKind.OUTBOUND if url else None


def starts_checkout(call: Call) -> bool:
    """Opening a checkout is what a guest does in a shop; it moves nobody else's money."""
    return _PAYMENT_START.search(call.callee) is not None or any(
        "/v1/checkout/sessions" in arg.text or "}/checkout/sessions" in arg.text for arg in call.args[:1]
    )


def reads_accounts(call: Call) -> bool:
    """Whether the call reads sign-in accounts with the administrator's key."""
    return _ACCOUNT_READ.search(call.callee) is not None


def touches_accounts(call: Call) -> bool:
    """Whether the call changes sign-in accounts with the administrator's key."""
    return _ACCOUNT_CALL.search(call.callee) is not None
