"""Masks secret values, e-mail addresses and phone numbers in any text before it is stored or shown.

Every pattern is linear: runs are bounded or possessive, and nothing backtracks into a run. What is masked
keeps at most its first four characters and its kind, as `sk_l…[stripe secret key]`. A masked text is left as
it is when it is masked again, because no pattern reaches over the sign `…`.
"""

from __future__ import annotations

import re
from collections import Counter
from math import log2

MARK = "…"
_HEAD = 4

# Prefixes that only secret (or account-bound) keys carry, longest kind first where one begins another.
_PREFIXES: tuple[tuple[str, str], ...] = (
    ("stripe secret key", r"(?:sk|rk)_(?:live|test|prod)_"),
    ("stripe publishable key", r"pk_(?:live|test)_"),
    ("webhook signing secret", r"whsec_"),
    ("supabase secret key", r"sb_secret_"),
    ("supabase publishable key", r"sb_publishable_"),
    ("supabase access token", r"sbp_"),
    ("anthropic key", r"sk-ant-"),
    ("openrouter key", r"sk-or-"),
    ("openai key", r"sk-(?:proj-|svcacct-|admin-)?"),
    ("google key", r"AIza"),
    ("google client secret", r"GOCSPX-"),
    ("google access token", r"ya29\."),
    ("resend key", r"re_"),
    ("sendgrid key", r"SG\."),
    ("github token", r"(?:gh[pousr]_|github_pat_)"),
    ("gitlab token", r"(?:gl(?:pat|dt|rt|ptt|ft|soat|agent|oas|imt|ffct|cbt)-|GR1348941)"),
    ("aws access key", r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])"),
    ("aws bedrock key", r"(?:ABSK|bedrock-api-key-)"),
    ("slack token", r"xox[a-z]-|xapp-"),
    ("twilio key", r"(?:SK|AC)(?=[a-f0-9]{32})"),
    ("npm token", r"npm_"),
    ("pypi token", r"pypi-"),
    ("hugging face token", r"(?:hf|api_org)_"),
    ("groq key", r"gsk_"),
    ("perplexity key", r"pplx-"),
    ("replicate token", r"r8_"),
    ("xai key", r"xai-"),
    ("langsmith key", r"lsv2_(?:pt|sk)_"),
    ("pinecone key", r"pcsk_"),
    ("vercel token", r"(?:vc[packir]|vercel_blob_rw)_"),
    ("netlify token", r"nfp_"),
    ("digitalocean token", r"do[opr]_v1_"),
    ("doppler token", r"dp\.(?:pt|st|ct|sa|scim|audit)\."),
    ("linear key", r"lin_(?:api|oauth)_"),
    ("notion token", r"(?:ntn|secret)_"),
    ("airtable token", r"pat[A-Za-z0-9]{14}\."),
    ("figma token", r"fig[duor]_"),
    ("postman key", r"PMAK-"),
    ("shopify token", r"shp(?:at|ca|pa|ss)_"),
    ("square token", r"(?:EAAA|sq0[a-z]{3}-|sandbox-sq0csb-)"),
    ("razorpay key", r"rzp_(?:live|test)_"),
    ("flutterwave key", r"FLWSECK(?:_TEST)?-"),
    ("polar token", r"polar_(?:oat|pat|at_o|rt_o)_"),
    ("mailgun key", r"key-"),
    ("brevo key", r"x(?:keysib|smtpsib)-"),
    ("sentry token", r"sntry[su]_"),
    ("posthog key", r"ph[cxs]_"),
    ("mapbox token", r"[sp]k\.eyJ"),
    ("planetscale token", r"pscale_(?:tkn|pw|oauth)_"),
    ("database password", r"npg_"),
    ("inngest key", r"signkey-"),
    ("trigger.dev key", r"tr_(?:dev|prod|stg)_"),
    ("tavily key", r"tvly-"),
    ("firecrawl key", r"fc-"),
    ("e2b key", r"e2b_"),
    ("elevenlabs key", r"sk_"),
    ("heroku token", r"HRKU-"),
    ("grafana token", r"gl(?:sa|c)_"),
    ("new relic key", r"NR(?:AK|JS|RA|II|IQ)-"),
    ("databricks token", r"dapi"),
    ("hubspot token", r"pat-(?:na|eu)\d-"),
    ("age key", r"AGE-SECRET-KEY-1"),
    ("lemon squeezy key", r"lmsq_"),
    ("paddle key", r"pdl_(?:live|sdbx)_"),
    ("workos key", r"sk_workos_"),
    ("fly token", r"fm[12][a-z]?_"),
    ("vault token", r"hv[sbr]\."),
    ("cloudflare key", r"(?:cf(?:k|ut|at)_|v1\.0-)"),
    ("launchdarkly key", r"(?:sdk|api)-(?=[a-z0-9]{8}-[a-z0-9]{4}-)"),
    ("dropbox token", r"sl\.(?=(?:u\.)?[A-Za-z0-9_-]{40})"),
    ("artifactory key", r"(?:AKC|cmVmdGtu)"),
    ("docker token", r"dckr_[a-z]{3}_"),
    ("nuget key", r"oy2(?=[a-z0-9]{43})"),
    ("mongodb secret", r"mdb_sa_sk_"),
    ("sonar token", r"sq(?:[apu]|co)_"),
    ("atlassian token", r"(?:ATCTT3|ATATT3|ATBB|BBDC-)"),
    ("circleci token", r"CCI(?:PAT|PRJ)_"),
    ("buildkite token", r"bk(?:ua|pt|at|ct)_"),
    ("adafruit key", r"aio_"),
    ("alchemy key", r"alcht_"),
    ("plaid token", r"access-(?:production|development|sandbox)-"),
    ("nvidia key", r"nvapi-"),
    ("dependency-track key", r"odt_"),
    ("1password service account token", r"ops_"),
    ("1password secret key", r"A3-"),
    ("alibaba cloud access key", r"LTAI"),
    ("tencent cloud key", r"AKID"),
    ("clojars deploy token", r"CLOJARS_"),
    ("amazon mws token", r"amzn\.mws\."),
    ("aws appsync key", r"da2-"),
    ("braintree access token", r"access_token\$"),
    ("infracost key", r"ico-"),
    ("42 application secret", r"s-s4t2"),
    ("easypost key", r"EZ[AT]K"),
    ("fly.io token", r"fo1_"),
    ("harness token", r"[ps]at\.(?=[A-Za-z0-9_-]{22}\.)"),
    ("octopus deploy key", r"API-(?=[A-Z0-9]{26})"),
    ("sourcegraph token", r"sg[pd]_"),
    ("shippo token", r"shippo_"),
    ("settlemint token", r"sm_[pas]at_"),
    ("rubygems key", r"rubygems_"),
    ("scalingo token", r"tk-us-"),
    ("prefect key", r"pn[ub]_"),
    ("readme key", r"rdme_"),
    ("duffel token", r"duffel_"),
    ("dynatrace token", r"dt0[a-zA-Z]\d{2}\."),
    ("typeform token", r"tfp_"),
    ("yandex cloud key", r"AQVN"),
    ("yandex cloud secret", r"YC(?=[A-Za-z0-9_-]{38})"),
    ("yandex cloud token", r"t1\.(?=[A-Za-z0-9_=-]{1,200}\.[A-Za-z0-9_-]{86})"),
    ("defined networking token", r"dnkey-"),
    ("tailscale key", r"tskey-"),
    ("pulumi token", r"pul-"),
    ("frame.io token", r"fio-u-"),
    ("mandrill key", r"md-(?=[A-Za-z0-9_-]{22})"),
    ("onfido token", r"api_(?:live|sandbox)"),
    ("kolide key", r"k2sk_v"),
    ("contentful token", r"CFPAT-"),
    ("databento key", r"db-(?=[A-Za-z0-9]{29})"),
    ("deno deploy token", r"dd[pow]_"),
    ("cerebras key", r"csk-"),
    ("together ai key", r"tgp_v1_"),
    ("jina ai key", r"jina_"),
    ("xendit key", r"xnd_"),
    ("midtrans server key", r"(?:SB-)?Mid-server-"),
    ("mercado pago token", r"(?:APP_USR|TEST)-(?=\d{15}|[0-9a-f]{8}-)"),
    ("neon key", r"napi_"),
    ("mailersend token", r"mlsn\."),
    ("axiom token", r"xa[ap]t-"),
    ("apify token", r"apify_api_"),
    ("cal.com key", r"cal_(?:live|test)_"),
    ("clickup token", r"pk_(?=\d{6,9}_[A-Z0-9]{32})"),
    ("intercom token", r"dG9rO"),
    ("stytch secret", r"secret-(?:live|test)-"),
    ("scaleway key", r"SCW(?=[A-Z0-9]{17})"),
    ("qstash signing key", r"sig_"),
    ("lob key", r"(?:live|test)_(?=[a-f0-9]{35})"),
    ("mollie key", r"(?:live|test)_(?=[A-Za-z0-9]{30})"),
    ("service key", r"(?:rnd|fw|dub|persona|os_v2|flb_live)_|VF\.[DW]|ATTA(?=[a-f0-9]{60})|endr\+"),
)
_KINDS = tuple(kind for kind, _ in _PREFIXES)
_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z][A-Za-z0-9_.+/=-]{12})(?:"
    + "|".join(f"(?P<k{number}>{prefix})" for number, (_, prefix) in enumerate(_PREFIXES))
    + r")[A-Za-z0-9_.+/=-]{10,}+"
)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]*+)?")
_PEM = re.compile(
    r"-----BEGIN ([A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?)-----(?!…)[A-Za-z0-9+/=\s\\:,.]{0,20000}+"
    r"(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?"
)
_URL_PASSWORD = re.compile(
    r"(?P<scheme>\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s:/@\"'`…]{0,200}+:)(?P<value>[^\s@/\"'`…]{1,300}+)@"
)
_HOOK_URL = re.compile(
    r"(?P<head>hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/|\.webhook\.office\.com/"
    r"|outlook\.office(?:365)?\.com/webhook/)"
    r"(?P<value>[^\s\"'`…)]{8,400}+)"
)
_AZURE = re.compile(
    r"(?P<head>(?i:AccountKey|SharedAccessKey|SharedSecretValue)\s?=\s?|\.azconfig\.io;Id=[^;\s]{5,60};Secret=|[?&;]sig=)"
    r"(?P<value>[A-Za-z0-9%+/_-]{20,200}+={0,3})"
    r"|(?P<secret>(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})"
    r"|(?P<key>(?<![A-Za-z0-9])(?:sha256~[A-Za-z0-9_-]{43}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"
    r"|[a-z0-9]{32,36}(?:FFFF)?NRAL|[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}|[A-Za-z0-9/+]{42}\+ACR[A-Za-z0-9]{6}"
    r"|[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}))"
)
_TELEGRAM = re.compile(r"\b\d{8,12}:A[A-Za-z0-9_-]{31,}+")
_BEARER = re.compile(r"(?i)(?P<head>\b(?:bearer|basic)\s{1,4})(?P<value>[A-Za-z0-9_.+/=~-]{12,}+)")
_KEY_NAME = (
    r"(?:secret|passw(?:or)?d|passwd|pwd|passphrase|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key"
    r"|auth[_-]?key|service[_-]?role|signing[_-]?key|encryption[_-]?key|master[_-]?key|credentials?|salt"
    r"|_key|pass)"
)
_ASSIGNED = re.compile(
    r"(?i)(?P<head>" + _KEY_NAME + r"[A-Za-z0-9_-]{0,40}+\\{0,3}[\"'`\]]?\s{0,4}(?:\[\d{0,5}\])?(?:string)?"
    r"\s{0,4}(?::\s{0,4}[A-Za-z]{1,20}\s{0,4}=|=>|:{1,3}=|[?.+]=|[=!]==?|[=:]|\|\||\?\?|,|\()"
    r"\s{0,4}(?:\|\|\s{0,4}|\?\?\s{0,4})?(?:@|[bru](?=[\"']))?\\{0,3})(?P<quote>[\"'`])(?P<value>[^\"'`…\n$<>{}()]{4,1000}+)(?P=quote)"
)
_ENV_LINE = re.compile(
    r"(?mi)^(?P<head>[ \t]{0,20}(?:-[ \t]{0,4})?(?:export[ \t]{1,4})?[A-Za-z0-9_.-]{0,60}?"
    + _KEY_NAME
    + r"[A-Za-z0-9_.-]{0,40}+[ \t]{0,4}[=:][ \t]{0,4})"
    r"(?P<value>[^\s\"'`…$<>{}()\[\],;#][^\s\"'`…$<>{}()\[\],;]{3,1000}+)(?=[\"'`,;]?[ \t]{0,40}(?:#|$))"
)
_AUTHORIZATION = re.compile(
    r"(?i)(?P<head>\b(?:authorization|x-[a-z-]{0,30}(?:key|token|secret)|(?:api|auth|access)-?(?:key|token))[\"'`\]]{0,2}"
    r"\s{0,3}[:=,]\s{0,3}[\"'`]?\s{0,3}(?:[A-Za-z-]{2,16}\s{1,3})?)(?P<value>[A-Za-z0-9._~+/=:@!-]{8,500}+)(?=[\"'`\s,;]|$)"
)
_CURL_USER = re.compile(
    r"(?P<head>(?<=\s)(?:-u|--user|--proxy-user)[ =]{1,3}[\"']?[^\s\"':…]{0,100}+[\"']?:[\"']?)"
    r"(?P<value>[^\s\"'…]{4,200}+)"
)
_CURL_TOKEN = re.compile(
    r"(?P<head>(?<=\s)(?:-u|--user)[ =]{1,3}[\"']?)(?P<value>[^\s\"':…]{8,200}+)(?=:[\"'\s])"
)
_OPTION = re.compile(
    r"(?i)(?P<head>(?<=\s)--?[a-z-]{0,30}?(?:password|passwd|pass|token|secret|api-?key|access-?key)[ =]{1,3}[\"']?)"
    r"(?P<value>[^\s\"'…$<{\[][^\s\"'…]{5,300}+)"
)
_PART_OF_STRING = re.compile(
    r"(?i)(?P<head>[;\"']\s{0,2}(?:password|pwd)\s{0,2}=\s{0,2})(?P<value>[^;\"'\s<>{}$…][^;\"'\s<>{}…]{3,100}+)(?=\s{0,2}[;\"'])"
)
_ENCODED_LOGIN = re.compile(
    r"(?P<head>(?:\"auth\\{0,3}\"\s{0,3}:\s{0,3}\\{0,3}\"|:_(?:authToken|auth|password)\s?=\s{0,3}\"?))"
    r"(?P<value>[A-Za-z0-9+/_-]{12,4000}+={0,2})"
)
_ELEMENT = re.compile(
    r"(?i)(?P<head><[a-z0-9_.:-]{0,40}(?:passw(?:or)?d|passphrase|pass|pwd|secret|token|api_?key)[a-z0-9_.:-]{0,20}(?:\s[^<>\n]{0,100})?>)"
    r"(?P<value>[^<>\s…]{6,500}+)(?=</)"
)
_PAIRED = re.compile(
    r"(?i)(?P<head>(?:name|key)[\"']?\s{0,3}[=:]\s{0,3}[\"']?[\w.:-]{0,60}(?:secret|passw(?:or)?d|token|api_?key|access_?key)[\w.:-]{0,40}"
    r"[\"']?,?\s{1,40}[\"']?value[\"']?\s{0,3}[=:]\s{0,3}[\"']?)(?P<value>[^\s\"'…$<{\[][^\s\"'…]{5,500}+)"
)
_SET_IN_SQL = re.compile(
    r"(?i)(?P<head>\bcrypt\(\s{0,4}'|\bidentified\s{1,4}(?:with\s{1,4}\S{1,40}\s{1,4})?by\s{1,4}'|\bpassword\s{1,4}')"
    r"(?P<value>[^'\n…]{4,100}+)(?=')"
)
_HASHED_LITERAL = re.compile(
    r"(?P<head>(?:\.hash(?:Sync|pw)?|make_password|generate_password_hash|set_password)\(\s{0,9}"
    r"b?[\"'])(?P<value>[^\s\"'`…]{4,100}+)(?=[\"'])"
)
_LOGIN_CALL = re.compile(
    r"(?P<head>\.login\(\s{0,9}[\"'][^\"'\s…]{2,200}+[\"']\s{0,3},\s{0,9}[\"'])(?P<value>[^\s\"'`…]{4,100}+)(?=[\"'])"
)
_GIVEN_TO_STORE = re.compile(
    r"(?P<head>\bsecret\s{1,4}set\s{1,4}[^\s…]{1,80}+\s{1,4}(?:--body|-b)[ =]{1,3}[\"']?)(?P<value>[^\s\"'`…]{6,500}+)"
)
_SHELL_PASSWORD = re.compile(
    r"(?P<head>\bsshpass\s{1,4}-p\s{0,4}[\"']?|\bPGPASSWORD=[\"']?|\bMYSQL_PWD=[\"']?|\bmysql\w{0,8}\s[^\n|;…]{0,200}?\s-p)"
    r"(?P<value>[^\s\"'`…]{4,200}+)"
)
_LOGIN_LINE = re.compile(
    r"(?P<head>\blogin\s{1,9}[^\s…]{1,200}+\s{1,9}password\s{1,9})(?P<value>[^\s…]{4,200}+)"
)
_PASSWORD_LINE = re.compile(
    r"(?m)(?P<head>^[^\s#:…]{1,200}+:(?:\d{1,5}|\*):[^\s:…]{1,80}+:[^\s:…]{1,80}+:)(?P<value>[^\s…]{4,200}+)$"
)
_DEFINED = re.compile(
    r"(?i)(?P<head>\bdefine\(\s{0,4}[\"'][A-Z0-9_]{0,40}(?:KEY|SALT|PASSWORD|SECRET|TOKEN)[\"']\s{0,4},\s{0,4}[\"'])"
    r"(?P<value>[^\n…]{4,200}?)(?=[\"']\s{0,4}\))"
)
_HASH = re.compile(r"(?P<head>\$(?:1|2[abxy]?|5|6|7|y|apr1)\$)(?P<value>[./A-Za-z0-9$=,]{12,200}+)")
_ALONE = re.compile(r"(?m)(?P<head>^[ \t]{0,40})(?P<value>[A-Za-z0-9+/=_.-]{15,400}+)(?=[ \t\r]{0,9}$)")
_LONG_RUN = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{32,}+")
_HEX_RUN = re.compile(r"(?<![A-Za-z0-9])(?:0x)?[0-9a-fA-F]{32,}+(?![A-Za-z0-9])")
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}+@(?:[A-Za-z0-9-]{1,63}+\.){1,6}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
_PHONE = re.compile(
    r"(?<![\w.+…-])(?:\+\d(?:[ ().-]{0,2}\d){7,14}|\(\d{3}\) ?\d{3}[ .-]\d{4}"
    r"|\d{3}[ .-]\d{3}[ .-]\d{4})(?![\w.-])"
)
_BY_SYNTAX = (
    _ENCODED_LOGIN, _AUTHORIZATION, _CURL_USER, _CURL_TOKEN, _OPTION, _PART_OF_STRING, _ELEMENT, _PAIRED, _SET_IN_SQL,
    _HASHED_LITERAL, _LOGIN_CALL, _GIVEN_TO_STORE, _SHELL_PASSWORD, _LOGIN_LINE, _PASSWORD_LINE, _HASH,
)  # fmt: skip
# A name, not a value: capitals with a digit but without an underscore are what one-time codes are made of.
_CONSTANT = re.compile(
    r"[A-Z][A-Z_]{2,60}\Z|[A-Z][A-Z0-9]{0,30}(?:_[A-Z0-9]{1,30}){1,6}\Z|[a-z]{1,40}(?:[._-][a-z]{1,40}){0,8}\Z"
)


def head_of(value: str) -> str:
    """What may be shown of a secret value: its first four characters, fewer when it is short."""
    return value[: min(_HEAD, len(value) // 4)]


def masked(value: str, kind: str) -> str:
    """The stand-in for a secret value."""
    return f"{head_of(value)}{MARK}[{kind}]"


def redact(text: str) -> str:
    """The text with every value of a known secret shape masked. Idempotent."""
    if "PRIVATE KEY" in text:
        text = _PEM.sub(_mask_pem, text)
    if "://" in text:
        text = _URL_PASSWORD.sub(_mask_url_password, text)
    text = _HOOK_URL.sub(lambda match: f"{match['head']}{masked(match['value'], 'webhook address')}", text)
    text = _PREFIXED.sub(_mask_prefixed, text)
    text = _JWT.sub(lambda match: masked(match[0], "token"), text)
    text = _AZURE.sub(_mask_azure, text)
    text = _TELEGRAM.sub(lambda match: masked(match[0], "telegram token"), text)
    text = _BEARER.sub(_mask_bearer, text)
    text = _ASSIGNED.sub(_mask_assigned, text)
    text = _ENV_LINE.sub(_mask_env_line, text)
    for pattern in _BY_SYNTAX:
        text = pattern.sub(_mask_env_line, text)
    if "define(" in text:
        text = _DEFINED.sub(lambda match: f"{match['head']}{masked(match['value'], 'secret value')}", text)
    text = _ALONE.sub(_mask_alone, text)
    text = _HEX_RUN.sub(lambda match: masked(match[0], "long hexadecimal value"), text)
    return _LONG_RUN.sub(_mask_long_run, text)


def redact_personal(text: str) -> str:
    """The text with e-mail addresses and phone numbers masked as well as secrets. Idempotent."""
    text = redact(text)
    if "@" in text:
        text = _EMAIL.sub(f"{MARK}[e-mail]", text)
    return _PHONE.sub(f"{MARK}[phone]", text)


def entropy(value: str) -> float:
    """Shannon entropy in bits per character; 0 for the empty text."""
    size = len(value)
    return -sum(count / size * log2(count / size) for count in Counter(value).values()) if size else 0.0


def _mask_pem(match: re.Match[str]) -> str:
    return f"-----BEGIN {match[1]}-----{MARK}[private key]"


def _mask_url_password(match: re.Match[str]) -> str:
    return f"{match['scheme']}{MARK}[password]@"


def _mask_azure(match: re.Match[str]) -> str:
    if match["value"]:
        return f"{match['head']}{masked(match['value'], 'azure key')}"
    return masked(match["secret"] or match["key"], "secret value")


def _mask_prefixed(match: re.Match[str]) -> str:
    value = match[0]
    kind = _KINDS[int((match.lastgroup or "k0")[1:])]
    # Words joined by hyphens or underscores (`re_render_everything`, `sk-loading-spinner`) are names.
    mixed = any(char.isdigit() for char in value) or (value != value.lower() and value != value.upper())
    return masked(value, kind) if mixed or len(value) >= 40 else value


def _mask_bearer(match: re.Match[str]) -> str:
    value = match["value"]
    return match[0] if _CONSTANT.match(value) else f"{match['head']}{masked(value, 'bearer token')}"


def _mask_assigned(match: re.Match[str]) -> str:
    value, quote = match["value"], match["quote"]
    if _is_plain_words(value):
        return match[0]
    return f"{match['head']}{quote}{masked(value, 'secret value')}{quote}"


def _mask_env_line(match: re.Match[str]) -> str:
    value = match["value"]
    return match[0] if _is_plain_words(value) else f"{match['head']}{masked(value, 'secret value')}"


def _mask_alone(match: re.Match[str]) -> str:
    """A line that is one word with digits in it: the value of an element or of a block."""
    value = match["value"]
    digits = sum(char.isdigit() for char in value)
    if not 3 <= digits < len(value) or entropy(value[:200]) < 2.8:
        return match[0]
    return f"{match['head']}{masked(value, 'secret value')}"


def mask_at(line: str, column: int) -> str:
    """The line without the word that stands at this column, which somebody knows to be a secret's value."""
    for word in _WORD.finditer(line):
        if word.start() < column <= word.end():
            return f"{line[: word.start()]}{masked(word[0], 'secret value')}{line[word.end() :]}"
    return line


_WORD = re.compile(r"[^\s\"'`<>…]{4,}+")


def _mask_long_run(match: re.Match[str]) -> str:
    value = match[0]
    digits = sum(char.isdigit() for char in value)
    mixed = any(char.isupper() for char in value) and any(char.islower() for char in value)
    if digits < 3 or not mixed or entropy(value[:200]) < 4.2:
        return value
    return masked(value, "long random value")


def _is_plain_words(value: str) -> bool:
    """Whether this is a name, a member expression or a sentence rather than a chosen or generated value."""
    return bool(_CONSTANT.match(value)) or value.count(" ") >= 2
