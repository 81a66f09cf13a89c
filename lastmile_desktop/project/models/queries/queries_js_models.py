"""Reads JavaScript calls of libraries whose models are classes as queries: TypeORM and Sequelize."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lastmile_desktop.project.code.outline import Call, Link, Value
from lastmile_desktop.project.models.queries.queries_js_parts import conditions_of, text_of
from lastmile_desktop.project.models.walk.access import Predicate, Query, Verb

# Asked with options (`{ where: … }`), with the conditions themselves, or with the rows.
_BY_OPTIONS = frozenset(
    (
        *("find", "findOne", "findAndCount", "findOneOrFail", "count", "exists", "exist"),
        *("findAll", "findAndCountAll"),
    )
)
_BY_CONDITIONS = {
    **dict.fromkeys(
        ("findBy", "findOneBy", "findAndCountBy", "findOneByOrFail", "countBy", "existsBy", "findByIds"),
        Verb.READ,
    ),
    **dict.fromkeys(("update", "increment", "decrement", "restore", "softDelete"), Verb.UPDATE),
    "delete": Verb.DELETE,
}
_BY_ROWS = {
    **dict.fromkeys(("save", "recover"), Verb.UPDATE),
    **dict.fromkeys(("insert", "upsert"), Verb.INSERT),
    **dict.fromkeys(("remove", "softRemove"), Verb.DELETE),
}
_BUILDER_VERBS = {
    "insert": Verb.INSERT,
    "update": Verb.UPDATE,
    "delete": Verb.DELETE,
    "softDelete": Verb.UPDATE,
}
_BUILT = re.compile(
    r"^(?:get(?:Raw)?(?:One|Many|Count|AndEntities)\w*|getManyAndCount|getExists|execute|stream)$"
)
_SEQUELIZE = {
    **dict.fromkeys(("findAll", "findByPk", "findAndCountAll"), Verb.READ),
    **dict.fromkeys(("findOrCreate", "bulkCreate"), Verb.INSERT),
    "destroy": Verb.DELETE,
}
_SEQUELIZE_TOO = {
    **dict.fromkeys(("findOne", "count"), Verb.READ),
    "update": Verb.UPDATE,
}
_REPOSITORY = re.compile(r"(?:^|\.)_?(\w{0,60}?)_?[rR]epo(?:sitory|sitories|s)?$")
_GIVES_REPOSITORY = frozenset(
    ("getRepository", "getMongoRepository", "getTreeRepository", "withRepository", "getCustomRepository")
)
_OPTION_KEYS = frozenset(
    (
        *(
            "relations",
            "select",
            "order",
            "take",
            "skip",
            "cache",
            "withDeleted",
            "lock",
            "join",
            "loadEagerRelations",
        ),
        *(
            "loadRelationIds",
            "transaction",
            "comment",
            "limit",
            "offset",
            "attributes",
            "include",
            "raw",
            "orderBy",
        ),
    )
)
_NOT_A_DATABASE = re.compile(r"octokit|github|gitlab|^git$", re.IGNORECASE)
_MANAGER = re.compile(r"(?:^|\.)(?:\w*[eE]ntityManager|manager|em)$")
_CLASS = re.compile(r"^(?:\w+\.)?[A-Z]\w*$")
_SERVICE = re.compile(r"(?:Service|Controller|Api|Client|Provider|Helper|Utils?|Store|Manager)$")
_COMPARED = re.compile(
    r"(?:\w{1,60}\.)?[\"`]?(\w{1,60})[\"`]?\s{0,5}(=|IN|in)\s{0,5}\(?:(?:\.{3})?(\w{1,60})"
)


def model_query(call: Call) -> Query | None:
    """What a call of a repository, an entity manager or a model class asks, None when it is none of these."""
    for index, link in enumerate(call.links):
        if link.args is None or not link.name:
            continue
        owner = ".".join([call.root, *(item.name for item in call.links[:index] if item.name)])
        if link.name == "createQueryBuilder":
            return _built(call, index, _table_of(call, index, owner) or _class_of(link) or "", owner)
        table = _table_of(call, index, owner)
        if table is not None:
            return _of_repository(link, table, owner)
        if _MANAGER.search(owner) and (named := _class_of(link)):
            return _of_repository(Link(link.name, (link.args or ())[1:], link.line), named, owner)
        found = _sequelize(link, call.links[index - 1].name if index else call.root, owner)
        if found is not None:
            return found
    return None


def _class_of(link: Link) -> str:
    first = link.args[0].text if link.args else ""
    return first.rpartition(".")[2] if _CLASS.match(first) else ""


def _table_of(call: Call, index: int, owner: str) -> str | None:
    """The table of the repository that a method is called on; None when it is called on something else."""
    before = call.links[index - 1] if index else None
    if before is not None and before.args is not None:
        if before.name in _GIVES_REPOSITORY:
            return _class_of(before) or text_of(before.args[0]) if before.args else ""
        return _class_of(before) if not before.name and call.root in _GIVES_REPOSITORY else None
    named = None if _NOT_A_DATABASE.search(call.root) else _REPOSITORY.search(owner)
    return named.group(1) if named else None


def _of_repository(link: Link, table: str, owner: str) -> Query | None:
    args = link.args or ()
    first = args[0] if args else None
    if link.name in _BY_OPTIONS:
        single = "One" in link.name or "xist" in link.name
        return Query("typeorm", Verb.READ, table, owner, tuple(_options(first)), single)
    if link.name in _BY_CONDITIONS:
        verb = _BY_CONDITIONS[link.name]
        payload = args[1] if link.name == "update" and len(args) > 1 else None
        return Query("typeorm", verb, table, owner, tuple(_conditions(first)), "One" in link.name, payload)
    if link.name in _BY_ROWS and first is not None:
        verb = _BY_ROWS[link.name]
        if verb is Verb.UPDATE and (first.entries or first.calls):
            verb = Verb.INSERT
        rows = () if verb is Verb.INSERT else (Predicate("*", first.text),)
        return Query("typeorm", verb, table, owner, rows, True, first)
    return None


def _options(value: Value | None) -> Iterator[Predicate]:
    """Conditions of `find({ where: … })`; options that are put together elsewhere may hold any."""
    if value is None:
        return
    where = value.entry("where")
    if where is not None:
        yield from conditions_of(where)
    elif any(key == "..." for key, _ in value.entries):
        yield from (Predicate("*", inner.text) for key, inner in value.entries if key == "...")
    elif not any(key in _OPTION_KEYS for key, _ in value.entries):
        yield from _conditions(value)


def _conditions(value: Value | None) -> Iterator[Predicate]:
    """Conditions given as such: an object, or the id itself."""
    if value is None:
        return
    if value.entries:
        yield from conditions_of(value)
    elif value.text not in ("{}", "[]"):
        yield Predicate("id", value.text, bool(value.items))


def _built(call: Call, index: int, table: str, owner: str) -> Query | None:
    """`repository.createQueryBuilder("i").where("i.id = :id", { id }).getOne()`."""
    rest = call.links[index + 1 :]
    verb = Verb.READ
    predicates: list[Predicate] = []
    payload: Value | None = None
    for link in rest:
        args = link.args or ()
        if link.name in _BUILDER_VERBS:
            verb = _BUILDER_VERBS[link.name]
            table = _class_of(link) or table
        elif link.name in ("from", "into"):
            table = _class_of(link) or table
        elif link.name in ("where", "andWhere", "orWhere") and args:
            predicates += _compared(args)
        elif link.name == "whereInIds" and args:
            predicates.append(Predicate("id", args[0].text, True))
        elif link.name in ("set", "values") and args:
            payload = args[0]
    if not any(_BUILT.match(link.name) for link in rest):
        # Conditions may be added before it is run.
        predicates.append(Predicate("*", call.root))
    single = any(link.name in ("getOne", "getOneOrFail", "getRawOne", "getCount") for link in rest)
    return Query("typeorm", verb, table, owner, tuple(predicates), single, payload)


def _compared(args: tuple[Value, ...]) -> Iterable[Predicate]:
    condition, *values = args
    given = dict(values[0].entries) if values else {}
    found = [
        Predicate(match[0], given[match[2]].text if match[2] in given else match[2], match[1].lower() == "in")
        for match in _COMPARED.findall(condition.text)
    ]
    return found or [Predicate("*", " ".join(arg.text for arg in args))]


def _sequelize(link: Link, model: str, owner: str) -> Query | None:
    args = link.args or ()
    is_class = model[:1].isupper() and not _SERVICE.search(model)
    if link.name in _SEQUELIZE and (is_class or link.name in ("findByPk", "findAndCountAll")):
        verb = _SEQUELIZE[link.name]
    elif link.name in _SEQUELIZE_TOO and is_class and _where(link) is not None:
        verb = _SEQUELIZE_TOO[link.name]
    else:
        return None
    if link.name == "findByPk":
        by_id = tuple(Predicate("id", arg.text) for arg in args[:1])
        return Query("sequelize", verb, model, owner, by_id, True)
    if link.name == "bulkCreate":
        return Query("sequelize", verb, model, owner, (), False, args[0] if args else None)
    where = _where(link)
    last = args[-1] if args else None
    if where is not None:
        predicates = tuple(conditions_of(where))
    elif last is not None and not last.entries and last.text != "{}":
        predicates = (Predicate("*", last.text),)
    else:
        predicates = ()
    payload = args[0] if link.name in ("update", "findOrCreate") and args else None
    return Query("sequelize", verb, model, owner, predicates, link.name == "findOne", payload)


def _where(link: Link) -> Value | None:
    """The conditions in a call's options, which come last."""
    return link.args[-1].entry("where") if link.args else None
