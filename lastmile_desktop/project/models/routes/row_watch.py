"""The queries of a walk: which rows they reach, and what ties these rows to the caller."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from lastmile_desktop.project.code.outline import Call, Link
from lastmile_desktop.project.models.guards.verifiers import Authority
from lastmile_desktop.project.models.routes.dispatch import may_be_tied
from lastmile_desktop.project.models.routes.model import Guard, GuardStrength
from lastmile_desktop.project.models.walk.access import Predicate, Query, Verb
from lastmile_desktop.project.models.walk.flow import Draft, Frame, State, Trace
from lastmile_desktop.project.models.walk.proofs import ADMIN_TEXT
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint, taint_of
from lastmile_desktop.project.models.walk.values import Results, atom_taint, value_taint

_TOKEN_COLUMN = re.compile(
    r"(?:token|secret|api_?key|_key|key_?hash|hash|nonce|signature|otp|code|session_?id|invite|share|jti)$",
    re.IGNORECASE,
)
_BY_TOKEN = re.compile(r"(?:by|for|from)_?(?:api_?key|token|secret|key_?hash|session_?id)$", re.IGNORECASE)
_TOKEN_TABLE = re.compile(r"session|token|api_?key|invit|verification|magic|credential", re.IGNORECASE)
_OWNED_ID = re.compile(
    r"(?:^|[._])(?:user|owner|account|member|profile)_?id$|(?:^|[._])email$|^id$|^_id$", re.IGNORECASE
)
# The session of a signed-in caller is known already: this one is a lesson, a chat, a training.
_SITTING = re.compile(r"^(?:\w+\.)?session_?id$", re.IGNORECASE)
_THROWING_LOOKUP = re.compile(
    r"OrThrow$|get_object_or_404|objects\.get$|first_or_404$|get_or_404$|\.one$|scalar_one$"
)
_SERVICE_ROOT = re.compile(r"admin|service", re.IGNORECASE)
_ID_OF = re.compile(r"^(\w{1,60})\.(?:id|pk|uuid)$")
_MADE = re.compile(r"^[A-Z]\w{1,60}\(")
_PAIRS = frozenset(("eq", "in", "match", "is", "contains", "in_", "is_", "where"))
_NARROWING = _PAIRS | frozenset(("filter", "filter_by", "andWhere", "or", "or_", "$dynamic", "having"))
_ORM_LAYERS = frozenset(
    (
        "prisma",
        "drizzle",
        "kysely",
        "typeorm",
        "sequelize",
        "mongo",
        "sqlalchemy",
        "sqlalchemy-unit",
        "django",
    )
)
_OBJECT_LAYERS = frozenset(("django", "mongo", "sqlalchemy", "typeorm", "sequelize"))
_OBJECT_WRITES = {
    **dict.fromkeys(("save", "asave", "updateOne"), Verb.UPDATE),
    **dict.fromkeys(("delete", "adelete", "remove", "deleteOne", "destroy"), Verb.DELETE),
}
_KEEPER = re.compile(r"^(?:owner|founder|creator|created)_?(?:user_?)?(?:by|id|uid)?$", re.IGNORECASE)
# A function of the database such as `is_platform_admin`.
_ASKS_ADMIN = re.compile(
    r"^(?:is|has|am_i|check|verify|current_user_is)_?\w{0,40}(?:admin|staff|superuser)", re.IGNORECASE
)
_ROLES_TABLE = re.compile(r"role|admin|staff|moderator|permission|operator", re.IGNORECASE)
_LIMITER = re.compile(r"rate_?limit|throttle|attempts?$", re.IGNORECASE)
_GIVEN = Label.REQUEST | Label.CREDENTIAL
_TIED = ("caller", "compared", "parent", "admin", "token")
TOKEN = "a token looked up in the database"  # noqa: S105


class RowWatch:
    """Part of a walk. Rows are numbered by their query's place in `trace.drafts`."""

    def __init__(self, trace: Trace) -> None:
        self._drafts = trace.drafts
        self._equal: dict[int, frozenset[str]] = {}

    def by_credential(self, rows: frozenset[int]) -> bool:
        """Whether one of these rows was looked up by what the caller brought, or by something unknown."""
        return any(
            draft.query.predicates and (draft.keyed or not (draft.requested or draft.through))
            for draft in self._of(rows)
        )

    def query(
        self, call: Call, query: Query, frame: Frame, state: State, results: Results
    ) -> tuple[State, Taint]:
        """Note a query; what its result carries, and the state once it came back."""
        given, via_token, bulk, parents = self._conditions(query, frame, results, state.guarded)
        query = self._of_unit(self._of_model(query, frame), given)
        via_token = via_token or bool(given.labels & _GIVEN and _BY_TOKEN.search(call.callee))
        written = value_taint(query.payload, frame.env, results) if query.payload is not None else CLEAN
        draft = Draft(
            query,
            call,
            frame.path,
            frame.function.name if frame.function else "",
            _client(query, frame),
            state.guards,
            requested=given.origins,
            bulk=bulk,
            handling=state.handling,
            fed=bool((given | written).labels & _GIVEN),
            computed=bool(written.rows or state.handling) and not written.labels & Label.REQUEST,
            through=given.rows,
            doubt=state.doubt,
            keyed=bool(given.labels & Label.CREDENTIAL),
        )
        draft.scope = _scope(query, state, given, via_token)
        if parents and draft.scope in ("", "role"):
            draft.scope = "parent" if self.scoped(parents) else "row"
        if draft.scope in ("", "role") and draft.requested:
            open_to_all = not state.held and not may_be_tied(state, draft.requested)
            draft.scope = draft.scope if open_to_all else "unknown"
        self._drafts.append(draft)
        rows = frozenset((len(self._drafts) - 1,))
        if draft.scope == "caller":
            label = Label.IDENTITY if given.labels & Label.IDENTITY else Label.CLAIMED
            if _asks_admin(query, given):
                label |= Label.ADMIN
            return self._thrown(call, frame, state, given), Taint(label, rows=rows)
        if query.layer == "supabase-rpc" and _ASKS_ADMIN.match(query.table) and not given.labels & _GIVEN:
            return state, Taint(Label.ADMIN, rows=rows)
        if via_token:
            if _THROWING_LOOKUP.search(call.callee):
                guard = Guard(TOKEN, GuardStrength.VERIFIED, frame.path, call.span.line)
                state = state if state.guarded else state.with_guard(guard)
                state = replace(state, authorised=state.authorised | given.origins)
            label = Label.NONE if state.guarded else Label.IDENTITY
            return state, Taint(label, rows=rows, via=TOKEN)
        return state, Taint(rows=rows)

    @staticmethod
    def _of_model(query: Query, frame: Frame) -> Query:
        """The model's own name, where it was taken in under another."""
        if frame.outline.language != "python" or not query.table:
            return query
        names = (pair for item in frame.outline.imports for pair in item.names)
        imported = next(
            (name for local, name in names if local == query.table and name not in ("*", local)), ""
        )
        return replace(query, table=imported) if imported else query

    def _of_unit(self, query: Query, given: Taint) -> Query:
        """`db.session.delete(row)` is about the table that the row was read from."""
        if query.layer != "sqlalchemy-unit" or query.verb is not Verb.DELETE:
            return query
        source = next(
            (item for item in self._of(sorted(given.rows)) if item.query.layer == "sqlalchemy"), None
        )
        return query if source is None else replace(query, layer="sqlalchemy", table=source.query.table)

    @staticmethod
    def _conditions(
        query: Query, frame: Frame, results: Results, guarded: bool
    ) -> tuple[Taint, bool, bool, frozenset[int]]:
        """What decides the rows; whether an unguessable secret does; whether a list of values does; and the rows,
        read before, that one condition alone keeps them to."""
        given, via_token, bulk = CLEAN, False, False
        parents: set[int] = set()
        for predicate in query.predicates:
            taint = (
                CLEAN if _is_new(predicate.value, frame) else atom_taint(predicate.value, frame.env, results)
            )
            given |= taint
            if predicate.column != "*" and not taint.labels & _GIVEN:
                parents |= taint.rows
            via_token = via_token or bool(
                taint.labels & Label.VISITOR
                or (
                    taint.labels & _GIVEN
                    and not (
                        guarded and _SITTING.match(predicate.column) and not taint.labels & Label.CREDENTIAL
                    )
                    and _is_token(predicate.column, query.table, taint)
                )
            )
            bulk = bulk or (predicate.many and bool(taint.labels & Label.REQUEST))
        return given, via_token, bulk, frozenset(parents)

    def _thrown(self, call: Call, frame: Frame, state: State, given: Taint) -> State:
        """A lookup of the caller's own row that throws when there is none is a check of the caller."""
        if not given.labels & Label.IDENTITY or not _THROWING_LOOKUP.search(call.callee):
            return state
        self.compared(given.rows)
        state = replace(state, authorised=state.authorised | given.origins | self.requested(given.rows))
        guard = Guard(call.callee, GuardStrength.VERIFIED, frame.path, call.span.line)
        return state if state.guarded else state.with_guard(guard)

    def of_object(self, call: Call, frame: Frame) -> Query | None:
        """`invoice.delete()` and `invoice.save()` on a row read before."""
        last = call.links[-1] if len(call.links) == 1 else None
        verb = _OBJECT_WRITES.get(last.name) if last is not None and last.args is not None else None
        if verb is None:
            return None
        drafts = self._of(frame.env.get(call.root, CLEAN).rows)
        source = next((item for item in drafts if item.query.layer in _OBJECT_LAYERS), None)
        if source is None:
            return None
        return Query(
            source.query.layer, verb, source.query.table, call.root, (Predicate("*", call.root),), True
        )

    def changed(self, target: str, frame: Frame) -> None:
        """`invoice.total = …`: a row read before is changed, and kept by the next commit."""
        root, dot, _ = target.partition(".")
        if dot and frame.outline.language == "python":
            for draft in self._of(frame.env.get(root, CLEAN).rows):
                draft.exposed = True
                draft.changed = True

    def narrowed(self, call: Call, frame: Frame, state: State) -> bool:
        """`query = query.eq("user_id", user.id)`: a condition added to a query made before."""
        first = call.links[0] if call.links else None
        if first is None or first.name not in _NARROWING or first.args is None:
            return False
        held = frame.env.get(call.root, CLEAN)
        if not held.rows or not _narrows(first, frame):
            return False
        given = CLEAN
        predicates: list[Predicate] = []
        for link in call.links:
            if link.args and _narrows(link, frame):
                for arg in link.args[-1:] if link.name in _PAIRS else link.args:
                    given |= taint_of(arg.text, frame.env)
                column = link.args[0].text.strip("\"'")
                predicates.append(Predicate(column, " ".join(arg.text for arg in link.args)))
        for row in held.rows:
            self._narrow(self._drafts[row], predicates, given, state)
        return True

    @staticmethod
    def _narrow(draft: Draft, predicates: list[Predicate], given: Taint, state: State) -> None:
        draft.query = replace(draft.query, predicates=(*draft.query.predicates, *predicates))
        draft.requested |= given.origins
        draft.through |= given.rows
        if draft.scope in ("", "unknown", "row", "role"):
            now = _scope(draft.query, state, given, False)
            draft.scope = draft.scope if now in ("", "role") and draft.scope else now

    def scoped(self, rows: frozenset[int]) -> bool:
        """Whether these rows are known to be the caller's."""
        return any(draft.scope in _TIED for draft in self._of(rows))

    def leading(self, rows: frozenset[int]) -> bool:
        """Whether these rows only say that the caller keeps some account, whichever it is."""
        return any(
            draft.scope == "caller"
            and not draft.requested
            and not _ROLES_TABLE.search(draft.query.table)
            and any(_KEEPER.search(item.column) for item in draft.query.predicates)
            for draft in self._of(rows)
        )

    def link(self, rows: frozenset[int], origins: frozenset[str]) -> None:
        """These rows go on only if they hold these request values: whose rows they are, theirs the values are."""
        for row in rows if origins else ():
            self._equal[row] = self._equal.get(row, frozenset()) | origins

    def requested(self, rows: frozenset[int]) -> frozenset[str]:
        """The request values that decided these rows, or that were found in them."""
        sources = self._with_sources(rows)
        equal = (origin for row in sources for origin in self._equal.get(row, ()))
        return frozenset((*equal, *(origin for draft in self._of(sources) for origin in draft.requested)))

    def expose(self, rows: frozenset[int], state: State) -> None:
        """These rows reach the answer; the rows that led to them were chosen by the same request."""
        for draft in self._of(self._with_sources(rows)):
            draft.exposed = True
            draft.exposed_openly = draft.exposed_openly or not state.guarded

    def compared(self, rows: frozenset[int]) -> None:
        """An owner comparison covers these rows."""
        for draft in self._of(self._with_sources(rows)):
            if draft.scope in ("", "row", "unknown", "role"):
                draft.scope = "compared"

    def asked_about(self, origins: frozenset[str]) -> None:
        """What decided rows that were read before is held against the caller now."""
        for draft in self._drafts if origins else ():
            if draft.scope in ("", "role") and draft.requested and draft.requested <= origins:
                draft.scope = "unknown"

    def _of(self, rows: Iterable[int]) -> list[Draft]:
        return [self._drafts[row] for row in rows if row < len(self._drafts)]

    def _with_sources(self, rows: frozenset[int]) -> frozenset[int]:
        """These rows and the rows whose values led to them."""
        found: set[int] = set()
        waiting = list(rows)
        while waiting:
            row = waiting.pop()
            if row not in found and row < len(self._drafts):
                found.add(row)
                waiting += self._drafts[row].through
        return frozenset(found)


def _asks_admin(query: Query, given: Taint) -> bool:
    """Whether the caller's own row says, by being there, that they are an administrator."""
    if query.layer == "supabase-rpc" and _ASKS_ADMIN.match(query.table):
        return not given.labels & _GIVEN
    return any(item.value[:1] in "'\"" and ADMIN_TEXT.search(item.value) for item in query.predicates)


def _narrows(link: Link, frame: Frame) -> bool:
    """A condition for the database, and not `rows.filter((row) => …)` or `text.match(/…/)` on what came back."""
    if link.name not in _NARROWING or link.args is None:
        return False
    if frame.outline.language == "python":
        return True
    if any(arg.function or "=>" in arg.text for arg in link.args):
        return False
    if link.name == "match":
        return bool(link.args) and link.args[0].text.startswith("{")
    return link.name != "filter" or len(link.args) > 1


def _scope(query: Query, state: State, given: Taint, via_token: bool) -> str:
    """Why the rows of a query are the caller's own, "" when nothing says so."""
    if state.admin is Authority.ADMIN:
        return "admin"
    if given.labels & (Label.IDENTITY | Label.CLAIMED):
        return "caller"
    if via_token:
        return "token"
    if given.origins & state.authorised:
        return "parent"
    if given.rows and not given.labels & _GIVEN:
        return "row"
    elsewhere = any(item.column == "*" and not item.value.startswith("{") for item in query.predicates)
    if elsewhere and not given.labels & Label.REQUEST:
        return "unknown"
    return "role" if state.admin is Authority.ROLE else ""


def _is_new(value: str, frame: Frame) -> bool:
    """The id that the database gave to an object of this very request: `stop = TourStop(…)`, then `stop.id`."""
    if frame.outline.language != "python":
        return False
    made = _ID_OF.match(frame.texts.get(value, value))
    return made is not None and _MADE.match(frame.texts.get(made[1], "")) is not None


def _client(query: Query, frame: Frame) -> str:
    """How the data is reached: past row security, or as the caller."""
    if query.layer in _ORM_LAYERS:
        return "orm"
    if query.layer == "sql":
        return "driver"
    if query.layer in ("firestore", "auth") or (query.layer == "storage" and query.root == "env"):
        return "service"
    held = taint_of(query.root.replace("()", ""), frame.env).client
    if held:
        return held
    if _SERVICE_ROOT.search(query.root):
        return "service"
    return "" if frame.outline.language == "python" else "user"


def _is_token(column: str, table: str, taint: Taint) -> bool:
    if _LIMITER.search(table):
        # The key of a rate limit is an address, and counting asks nobody who they are.
        return False
    if _OWNED_ID.search(column.rpartition(".")[2]) and not _TOKEN_TABLE.search(table):
        return False
    named = column == "*" and any(_TOKEN_COLUMN.search(origin) for origin in taint.origins)
    if named or _TOKEN_COLUMN.search(column):
        return True
    return bool(taint.labels & Label.CREDENTIAL and _TOKEN_TABLE.search(table))
