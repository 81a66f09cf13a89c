"""How what happens to text from outside is told, by what is done with it."""

from __future__ import annotations

HANDED_ON = {
    "sql": "Text from a request is handed to {0}, which puts it into a database query.",
    "filter": "Text from a request is handed to {0}, which puts it into a filter of a Supabase query.",
    "command": "Text from a request is handed to {0}, which runs it as a command.",
    "code-eval": "Text from a request is handed to {0}, which runs it as program code.",
    "path-traversal": "A name from a request is handed to {0}, which opens that file.",
    "ssrf": "An address from a request is handed to {0}, and your server fetches it.",
}
USED = {
    "sql": (
        "sql",
        "Text from a request becomes part of a database query, so a visitor can read or change other data.",
    ),
    "command": (
        "command",
        "Text from a request becomes part of a command on your server, so a visitor can run others.",
    ),
    "code-eval": (
        "code-eval",
        "Text from a request is run or unpacked as program code, so a visitor can run anything.",
    ),
    "path-traversal": ("path-traversal", "A name from a request decides which file is read or written."),
    "ssrf": ("ssrf", "An address from a request is fetched by your server, also inside your network."),
    "open-redirect": (
        "open-redirect",
        "An address from a request decides where people are sent, also to a copy of your site.",
    ),
    "xss": (
        "xss",
        "Text from a request is put into a page as HTML, so a link can run scripts in a visitor's browser.",
    ),
    "template": (
        "template",
        "Text from a request is used as a page template, so a visitor can run code on your server.",
    ),
    "xpath": (
        "query-language",
        "Text from a request becomes part of an XPath query, so a visitor can ask for other data.",
    ),
    "ldap": (
        "query-language",
        "Text from a request becomes part of an LDAP query, so a visitor can ask for other entries.",
    ),
    "nosql": (
        "nosql",
        "Part of a request is used as a database condition as it is, so a visitor can widen it.",
    ),
    "header-log": ("header-log", "Text from a request becomes part of a header of the answer."),
    "regex": (
        "regex",
        "Text from a request becomes a search pattern; a hostile one keeps your server busy for minutes.",
    ),
    "xxe": (
        "xxe",
        "XML from a request is read with outside entities allowed, so it can name files of your server.",
    ),
}
SEARCH = (
    "Text from a request is put into a filter of a Supabase query as it is: commas and brackets in it change what is "
    "found."
)
BECOMES = {
    "sql": "becomes part of a database query as it is",
    "command": "becomes part of a command as it is",
    "code-eval": "is run or unpacked as program code",
    "template": "is used as a page template",
    "xss": "is written into the page as HTML",
}


def plain(function: str) -> str:
    """A function's name without the functions and places it stands in."""
    names = [part for part in function.split(".") if not part.startswith("@")]
    return names[-1] if names else "another function"
