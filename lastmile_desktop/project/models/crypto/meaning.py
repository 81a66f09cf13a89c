"""What a name says of the value behind it: a secret that somebody could profit from guessing, or no such thing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lastmile_desktop.project.models.crypto.uses import words

_SECRET = frozenset(
    ("otp totp hotp password passwd passphrase pwd csrf xsrf salt nonce secret apikey credential credentials "
     "passcode jwt").split()
)  # fmt: skip
_SECRET_PAIRS = (
    ("token", ""),
    ("key", "api license licence access secret private encryption invite signing activation session"),
    ("code", "verification verify reset invite invitation access auth login signin security recovery backup two "
             "factor 2fa mfa magic sms pairing voucher coupon gift redeem activation unlock pass forgot register "
             "authorization claim confirmation confirm promo discount"),
    ("link", "magic invite invitation share reset"),
    ("hash", "reset invite verification"),
    ("id", "session sess"),
    ("pin", ""),
    ("state", "oauth auth csrf"),
    ("iv", ""),
    ("sid", ""),
)  # fmt: skip
_COUNTED = frozenset(
    ("count counts counter usage price limit max min used total balance amount index estimate estimated cost input "
     "output prompt completion remaining symbol address supply name type types color colour map marker status error "
     "country postal zip currency language locale source bar qr sort expiry expires expiration exp expired ttl age "
     "length size duration bucket refill rate push device fcm").split()
)  # fmt: skip
_HARMLESS = frozenset(
    ("delay jitter timeout duration interval color colour width height size opacity angle rotation mock demo fake "
     "sample dummy placeholder seed shuffle shuffled quote tip avatar confetti particle particles price amount score "
     "count percent percentage probability rating username slug barcode sku order invoice ref reference transaction "
     "tx correlation request trace event log toast row country zip postal currency language error tracking referral "
     "affiliate room game board puzzle level position offset frequency retry retries backoff sleep wait ttl "
     "cache image photo video picture filename quantity stock views likes temperature latitude longitude lat lng "
     "weight chance odds rotate noise particle star sound audio animation demo story recipe widget chart graph "
     "message batch job queue worker span client conn connection socket pairing sequence element component field "
     "node temp tmp draft local visitor anonymous guest analytics lobby match boundary").split()
)  # fmt: skip
_CHECKSUM = frozenset(
    ("cache cached etag file files path checksum url content contents chunk gravatar avatar dedup dedupe dedupes "
     "duplicate duplicates fingerprint idempotency idempotent index bucket shard color colour seed version asset "
     "assets static image images prompt prompts id ids uuid slug row rows record records query queries digest tag "
     "thumbnail template templates document documents doc text message messages embedding embeddings filename name "
     "body page pages html snapshot revision sha partition hashring ring node nodes payload item items article title "
     "source diff patch commit block blob etags media photo audio video csv pdf job jobs task tasks event events "
     "config settings schema sql migration bundle css script short color label email gravatar icon lookup normalized "
     "anonymous visitor ip useragent sampling rollout variant experiment flag percent").split()
)  # fmt: skip
_PROTECTS = frozenset(
    ("token secret signature signatures sign signed signing hmac mac auth authenticate authentication session "
     "sessions otp license licence csrf certificate webhook encryption encrypt decrypt credential "
     "credentials reset verify verification apikey access").split()
)  # fmt: skip
_PLAIN_HASH = frozenset(
    ("hash hashed hasher hashing crypto encrypt encode secure security weak digest md5 sha1").split()
)
_PASSWORD = re.compile(
    r"(?i)pass(?:word|wd|phrase|code)|(?<![a-z])pwd(?![a-z])|(?<![a-z])pw(?![a-z])|(?<![a-z])senha|contrase[nñ]a|motdepasse"
)
_NOT_A_LOGIN = re.compile(
    r"(?i)pwned|hibp|breach|leak|smtp|password(?:_?id|_?length|_?strength|_?field|_?form|_?policy)|placeholder"
)
_PRESCRIBED = re.compile(
    r"(?i)payfast|robokassa|payhere|wechat|weixin|alipay|twilio|oauth_?1|gravatar|totp|hotp|2checkout|"
    r"mailchimp|webmoney|midtrans|ipay|paytr|iyzi|freekassa|unitpay|epay|tencent|qiniu|cloudinary|s3|aws|"
    r"trello|hls|websocket|sec-websocket|git|svn|bittorrent|ofx|digest_?auth|ntlm|mysql|radius|lastfm|flickr"
)


def is_secret(name: str) -> bool | None:
    """True for what must not be guessed, False for what may be, None when the name tells nothing."""
    found = words(name)
    if found & _SECRET and not found & _COUNTED:
        return True
    for word, beside in _SECRET_PAIRS:
        named = (word in found or f"{word}s" in found) and not found & _COUNTED
        if named and (not beside or found & frozenset(beside.split())):
            return not (word in ("id", "key", "code") and found & _HARMLESS)
    return False if found & (_HARMLESS | _COUNTED) else None


def first_secret(names: Iterable[str]) -> str:
    """The first name that tells anything, when it names a secret; "" otherwise."""
    for name in names:
        verdict = is_secret(name)
        if verdict is not None:
            return name if verdict else ""
    return ""


def is_password(text: str) -> bool:
    """Whether this text speaks of the password of somebody who signs in."""
    return _PASSWORD.search(text) is not None and _NOT_A_LOGIN.search(text) is None


_HASHED_INPUT = frozenset({"token", "otp", "signature", "apikey", "session"})
_OF_PASSWORD = frozenset(
    ("hash hashed encrypt encrypted verify check compare make create set digest encode encoded salt salted store crypt "
     "validate hasher").split()
)  # fmt: skip


def names_password_hash(name: str) -> bool:
    """`hash_password`, `user.password`, `passwordHash`: what is made is what stands for the password."""
    last = name.rpartition(".")[2]
    found = words(last)
    return is_password(last) and (len(found) == 1 or bool(found & _OF_PASSWORD))


def weight_of_hash(names: Iterable[str], given: Iterable[str], in_function: bool) -> str:
    """`protects`, `checksum`, `unclear` or `unknown`: what a hash of these names is for. The first telling name
    decides; what goes in counts only when the names say nothing."""
    names = tuple(names)
    unclear = False
    for name in names:
        found = words(name)
        if found & _PROTECTS and not found & {"cache", "cached", "etag", "dedupe", "log", "logs"}:
            return "protects"
        if found & _CHECKSUM:
            return "checksum"
        unclear = unclear or bool(found & _PLAIN_HASH and (name == names[-1] or not in_function))
    for name in given:
        found = words(name)
        if found & _HASHED_INPUT and not found & _COUNTED:
            return "protects"
        if found & _CHECKSUM:
            return "checksum"
    return "unclear" if unclear else "unknown"


def is_prescribed(text: str) -> bool:
    """Whether somebody else's protocol asks for this hash."""
    return _PRESCRIBED.search(text) is not None
