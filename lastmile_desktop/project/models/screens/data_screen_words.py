"""The words by which a component's source tells what it does with data: queries, writes, and the states it shows."""

from __future__ import annotations

import re

QUERY = re.compile(
    r"^(?:use(?:Query|SWR|InfiniteQuery|SWRInfinite|LazyQuery)|.{1,80}\.useQuery|.{1,80}\.useInfiniteQuery)$"
)
MUTATION = re.compile(r"^(?:useMutation|useSWRMutation|.{1,80}\.useMutation)$")
READS = frozenset(["select", "get", "rpc", "getDoc", "getDocs"])
WRITES = frozenset(["insert", "update", "upsert", "delete", "post", "put", "patch", "invoke"])
HTTP = frozenset(["fetch", "axios", "ky", "ofetch", "$fetch"])
SERVICE = re.compile(
    r"(?:api|service|client|repo(?:sitory)?|http|trpc|actions?)s?$|^(?:api|apiClient|http|client)$",
    re.IGNORECASE,
)
METHOD = re.compile(r"method:\s{0,3}[\"'`](?:POST|PUT|PATCH|DELETE)", re.IGNORECASE)
LOADING_NAME = re.compile(
    r"loading|fetching|busy|pending|submitting|saving|sending|processing|uploading|isLoaded", re.IGNORECASE
)
STATUS_NAME = re.compile(
    r"loading|error|err$|pending|submitting|saving|busy|open|show|success|status|step|page|tab|progress|mounted|"
    r"ready|"
    r"message|toast|notice|feedback|total|count|user|session|dupes|suggest|predict|banner",
    re.IGNORECASE,
)
SETTER = re.compile(r"^set[A-Z]\w{0,60}$")
SHOWS_LOADING = re.compile(
    r"[lL]oading|isPending|isFetching|[sS]keleton|Spinner|Loader|animate-(?:spin|pulse)|ActivityIndicator|useTransition|"
    r"<Suspense|useSuspense|isSubmitting|fetching\b|isLoaded|\bbusy\b|LinearProgress|CircularProgress|"
    r"\?\s{0,3}\(?\s{0,20}<\w{0,30}Placeholder"
)
SHOWS_ERROR = re.compile(
    r"isError|\b\w{0,20}[eE]rror\w{0,20}\s{0,3}(?:&&|\?)|set\w{0,20}Err(?:or)?s?\(|toast\b|Toast|[aA]lert\b|"
    r"showError|onError|"
    r"Sonner|sonner|notif(?:y|ication)|Snackbar|message\.error|ErrorBoundary|useErrorBoundary|throwOnError|"
    r"ErrorMessage|"
    r"ErrorState|handleError|reportError|throw (?:new|err|e\b)|setStatus\(|setMessage\(|setNotice|setFeedback"
)
# A query keeps its error to itself until somebody asks for it; messages about saving do not count.
QUERY_FAILED = re.compile(
    r"isError|(?<![.\w])\w{0,20}[eE]rror\w{0,20}\s{0,3}(?:&&|\?)|ErrorBoundary|throwOnError|ErrorState|ErrorMessage|"
    r"ErrorFallback|"
    # The answer of a form's action tells of saving.
    r"useSuspense|(?<!State)(?<!State\?)\.error\b"
)
TELLS_OF_FAILURE = re.compile(
    r"set\w{0,20}(?:Err(?:or)?s?(?:Msg|Text)?|Fail\w{0,5}|Status|Message|Msg|Notice|Feedback|State)\(|"
    r"toast\b|Toast|[aA]lert\b|"
    r"showError|onError|"
    r"notif(?:y|ication)|Snackbar|message\.error|showBoundary|handle\w{0,15}Error|reportError|navigate\(|"
    r"router\.(?:push|replace)|redirect\(|window\.location|reject\("
)
EMPTY = re.compile(
    r"\.length\b|\.size\b|isEmpty|EmptyState|ListEmptyComponent|\bNo \w|noData|no_data|\bempty\b|emptyMessage|"
    r"\.count\b|Array\.from\(|Fallback"
)
HELD = re.compile(
    r"\bdisabled\b|isSubmitting|isPending|useFormStatus|useTransition|useActionState|aria-disabled|isLoading|"
    r"loading=\{|"
    r"if \(\s{0,3}!?\w{0,20}(?:[lL]oading|[sS]ubmitting|[sS]aving|[bB]usy|[pP]ending|[sS]ending|"
    r"[pP]rocessing)\w{0,10}|"
    r"set\w{0,30}(?:Status|State|Phase|Step|Stage)\(\s{0,3}[\"'`](?:submitting|sending|saving|loading|"
    r"pending|processing|busy)|"
    r"set(?:Is)?(?:Loading|Submitting|Saving|Busy|Pending|Sending|Processing)\w{0,12}\(true"
)
HANDLED = re.compile(
    r"<(?:form|button|Button|Form|Pressable|TouchableOpacity)\b[^>]{0,300}?(?:on(?:Submit|Click|"
    r"Press)=\{(?:\(\)\s{0,3}=>\s{0,3}|"
    r"\w{1,20}\.handleSubmit\(|void )?(\w{1,60})|action=\{(\w{1,60}))"
)
HARMLESS = re.compile(
    r"delete|remove|toggle|mark|dismiss|archive|reorder|like|unread|logout|log_out|signOut|sign_out|update|track|"
    r"refresh|"
    r"unsubscribe|verify|resend",
    re.IGNORECASE,
)
COUNTERS = re.compile(r"click|view|log|event|analytic|impression|visit|activity", re.IGNORECASE)
CHOICES = re.compile(
    r"<(?:option|SelectItem|MenuItem|CommandItem|DropdownMenu\w{1,20}|Select\.Item|Picker\.Item|Tab\w{0,10}|Badge|"
    r"RadioGroupItem)\b"
)
PAGE = re.compile(
    r"(?:^|/)pages?/|(?:^|/)(?:page|index)\.[jt]sx$|(?:^|/)routes/|Page\.[jt]sx$|(?:^|/)screens/|^app/"
)
REFRESHES = re.compile(
    r"invalidate|refetch|setQueryData|router\.refresh|(?<![.\w])mutate\(|revalidate|reload|resetQueries|"
    r"removeQueries|navigate\(|router\.push|redirect|window\.location|fetch\w{1,30}\(\)|load\w{1,30}\(\)"
)
KEEPS_LATEST = re.compile(
    r"AbortController|AbortSignal|\bsignal\b|\bignore\w{0,10}\b|cancel(?:l?ed|Token)?\b|isMounted|mounted\b|"
    r"\bactive\b|isCurrent|"
    r"\bstale\b|latest\w{0,20}|requestId|\.current\b[^\n]{0,40}(?:!==|===)|useQuery|useSWR|useDeferredValue|"
    r"isSubscribed"
)
TYPED = re.compile(
    r"^(?!initial|default|url|show|hide|open|.{0,20}[pP]arams?$|.{0,20}[tT]oken$|.{0,20}Client$)(?:debounced\w{1,30}|(?:search|query|term|"
    r"keyword)\w{0,20}|\w{0,20}(?:Search|Query|Term|Keyword))$"
)
NOT_INPUT = re.compile(
    r"err|success|status|notice|feedback|result|info|search|open|selected|preview", re.IGNORECASE
)
REPLACES = re.compile(
    r"if \(\s{0,3}(?:\w{1,30}\.)?is(?:Fetching|Refetching|Validating)\s{0,3}\)\s{0,3}\{?\s{0,20}return\b|"
    r"\{\s{0,3}(?:\w{1,30}\.)?is(?:Fetching|Refetching|Validating)\s{0,3}\?\s{0,3}\(?\s{0,20}<\w{0,30}(?:Spinner|"
    r"Loader|Loading|Skeleton)"
)
# Who somebody is, what fills in a form for them, and what only goes along with a request.
NOT_SHOWN = re.compile(
    r"^(?:user|session|me|currentUser|profile|account|form\w{0,20}|values|fields|prefill\w{0,20}|"
    r"initial\w{0,30})$|(?:Form|FormData|Fingerprint|Token)$"
)
WHO = re.compile(r"^(?:user|session|me|auth\w{0,20}|currentUser|profile|account)$")
SHOWS_BEFORE = re.compile(r"set(?:Quer(?:y|ies)|Infinite)?Data\b|(?:^|[^\w.])set[A-Z]\w{0,40}\(|\.setState\(")
# Lists of settings and prices are filled once, by the code or a migration.
ALWAYS_FILLED = re.compile(
    r"(?i)settings?|config|threshold|pricing|price|permission|preference|dialog|modal|select|picker|filter|role"
)
NO_SCREEN = re.compile(
    r"(?:Provider|Context|Footer|Header|Navbar|Sidebar|Badge|Bell|Indicator|AppShell|Banner|Widget|Tooltip|"
    r"NavMobile)\.[jt]sx$|(?:^|[/-])(?:footer|header|navbar|nav-mobile|sidebar|badge|bell|indicator|banner|"
    r"tooltip)\.[jt]sx$|(?:^|/)use[A-Z-][\w-]{0,60}\.[jt]sx$|(?:^|/)InputSelect/|"
    r"(?:Dropdown|DropdownMenu|ContextMenu|Combobox|Selector|-dropdown|-menu|-combobox|-selector)\.[jt]sx$|"
    r"(?:^|/)Toggle[A-Z]\w{0,40}\.[jt]sx$"
)
# What loads in a dialog is mostly what its fields offer to choose from.
DIALOG = re.compile(r"(?:Dialog|Modal|-dialog|-modal)\.[jt]sx$|/ModalContent/")
MARKUP = re.compile(r"</|/>")
BADGE = re.compile(
    r"(?i)^(?:un(?:read|seen)\w{0,40}|pending\w{0,30}(?:count|total)|\w{0,40}(?:unread|badge)\w{0,40})$"
)
OWN_READ = re.compile(r"^(?:get|fetch|load|list|find|search|query)[A-Z]\w{2,60}$")
HAS_DATA = re.compile(r"\b(?:initialData|placeholderData|fallbackData|suspense)\b")


def is_badge(name: str, code: str) -> bool:
    """A number beside something else: without it no screen is empty."""
    return BADGE.match(name) is not None and not re.search(
        rf"\b{re.escape(name)}\b[^;\n]{{0,60}}\.map\(", code
    )
