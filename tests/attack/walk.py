"""Every address that can be asked for, with the numbers of real records where a record belongs, and what came back as text."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# Rooms that keep or show people, and everything that joins rooms.
ROOMS = ("registry", "territory", "exchange", "events", "pocket", "desk")
# Ends the session; changes nothing that is asked about here.
LEFT_OUT = {"identity:logout", "pocket:service_worker"}
# Tokens against forged requests, and ids made for a form: other letters in each answer.
_TOKEN = re.compile(rb"\b[A-Za-z0-9]{64}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_SERVER_TIME = re.compile(rb'"server_time": ?"[^"]+"|data-now="[^"]+"')


def paths(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, path) of every address of the rooms; `values` are by the argument's name, "name@url-name" for one address only."""
    yield from _walk(get_resolver(), "", (), values)


def _walk(resolver: Any, prefix: str, spaces: tuple[str, ...], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            inner = (*spaces, one.namespace) if one.namespace else spaces
            yield from _walk(one, prefix + _filled(one, "", values), inner, values)
        elif isinstance(one, URLPattern):
            name = ":".join((*spaces, one.name or ""))
            if name.split(":")[0] in ROOMS and name not in LEFT_OUT:
                yield name, "/" + prefix + _filled(one, name, values)


def _filled(one: Any, name: str, values: Mapping[str, Any]) -> str:
    samples = {"int": "1", "placecode": "430204005001001", "uuid": "00000000-0000-4000-8000-000000000000"}

    def sample(match: re.Match[str]) -> str:
        kind = type(one.pattern.converters[match[1]]).__name__.removesuffix("Converter").lower()
        found = values.get(f"{match[1]}@{name}", values.get(match[1]))
        return str(found if found is not None else samples.get(kind, "x"))

    return re.sub(r"<(?:\w+:)?(\w+)>", sample, str(one.pattern))


def text_of(response: Any) -> bytes:
    """Everything the answer says: the body, the members of a spreadsheet or archive, and the headers."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    said = [body, *(f"{k}: {v}".encode() for k, v in response.headers.items())]
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            said += [archive.read(name) for name in archive.namelist() if not name.startswith("docProps/")]
            said[0] = b""  # a compressed copy of the same, with the time of its making
    return _SERVER_TIME.sub(b"", _TOKEN.sub(b"", b"\n".join(said)))


def ask(client: Client, path: str, **query: str) -> tuple[int, bytes]:
    response = client.get(path, query)
    return response.status_code, text_of(response)
