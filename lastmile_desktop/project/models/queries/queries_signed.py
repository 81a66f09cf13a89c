"""Reads calls that sign an address for a file as queries: whoever holds the address puts the file there, or gets it."""

from __future__ import annotations

from lastmile_desktop.project.code.outline import Call, Value
from lastmile_desktop.project.models.queries.queries_js_parts import text_of
from lastmile_desktop.project.models.walk.access import Predicate, Query, Verb

_COMMANDS = {
    "PutObjectCommand": Verb.INSERT,
    "UploadPartCommand": Verb.INSERT,
    "GetObjectCommand": Verb.SIGN,
    "DeleteObjectCommand": Verb.DELETE,
}
_ACTIONS = {"write": Verb.INSERT, "resumable": Verb.INSERT, "read": Verb.SIGN, "delete": Verb.DELETE}
_OPERATIONS = {"put_object": Verb.INSERT, "get_object": Verb.SIGN, "delete_object": Verb.DELETE}
# Replit's own service signs what its template hands out: addresses to upload to.
_REPLIT = "/object-storage/signed-object-url"


def signed_query(call: Call) -> Query | None:
    """The file whose address this call signs, None when it signs none."""
    last = call.links[-1] if call.links else None
    name = (last.name or call.root) if last is not None and last.args else ""
    args = call.args
    match name:
        case "getSignedUrl" if len(args) > 1:
            return _of_command(args[1])
        case "getSignedUrl" if args and (action := args[0].entry("action")) is not None:
            verb = _ACTIONS.get(action.literal or "")
            return _signed(verb, "", call.args_of("file")[:1]) if verb is not None else None
        case "createPresignedPost" if len(args) > 1:
            return _of_options(Verb.INSERT, args[1])
        case "generate_presigned_url" if args:
            verb = _OPERATIONS.get(args[0].literal or "")
            params = next((arg for arg in args if arg.name == "Params"), None)
            return _of_options(verb, params) if verb is not None else None
        case "generate_presigned_post":
            key = next((arg for arg in args if arg.name == "Key"), args[1] if len(args) > 1 else None)
            return _signed(Verb.INSERT, text_of(args[0]) if args else "", (key,) if key is not None else ())
        case "fetch" if args and _REPLIT in args[0].text:
            return _signed(Verb.INSERT, "", args[1:2])
        case _:
            return None


def _of_command(value: Value) -> Query | None:
    made = next((call for call in value.calls if call.root.rpartition(".")[2] in _COMMANDS), None)
    if made is None:
        return None
    return _of_options(_COMMANDS[made.root.rpartition(".")[2]], made.args[0] if made.args else None)


def _of_options(verb: Verb, options: Value | None) -> Query:
    bucket = options.entry("Bucket") if options is not None else None
    key = options.entry("Key") if options is not None else None
    return _signed(verb, text_of(bucket) if bucket is not None else "", (key,) if key is not None else ())


def _signed(verb: Verb, bucket: str, key: tuple[Value, ...]) -> Query:
    # The server's own key signs, whoever asks.
    return Query("storage", verb, bucket, "env", tuple(Predicate("path", item.text) for item in key), True)
