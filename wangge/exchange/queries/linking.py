"""Reads of runs, links and what a reviewer has to see to decide. Right `exchange.link`."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from wangge.exchange.linkage import model
from wangge.exchange.linkage.features import Side
from wangge.exchange.models import Link, LinkModel, LinkRun, Record, Source
from wangge.exchange.queries.sources import LINK, opened, shown
from wangge.exchange.rules import deciding, quality
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere
from wangge.registry.queries import linking

SEXES = {"1": "男", "2": "女"}


class Compared(NamedTuple):
    """One line of a review: what the source says and what the registry says of one thing, how well they agree, and what that
    says of whether they are the same."""

    title: str
    theirs: str
    ours: str
    said: str
    tone: str
    speaks: str = ""


def runs(actor: Actor, of: Source) -> QuerySet[LinkRun]:
    actor.must(LINK)
    return LinkRun.objects.filter(source=of).select_related("model").order_by("-pk")


def run(actor: Actor, run_id: int) -> LinkRun:
    actor.must(LINK)
    found = LinkRun.objects.select_related("source__owner", "model").filter(pk=run_id).first()
    if found is None:
        raise NotHere("关联比对")
    return found


def latest_model(actor: Actor, of: Source) -> LinkModel | None:
    """The newest model trained for this source, else the newest of the house."""
    actor.must(LINK)
    own = LinkModel.objects.filter(source=of).order_by("-pk").first()
    return own or LinkModel.objects.filter(source=None).order_by("-pk").first()


def sides_of(actor: Actor, of: Source, skip: Collection[int] = ()) -> Iterator[Side]:
    """The rows in force of the source that are not linked yet, as they are compared."""
    actor.must(LINK)
    linked = Link.objects.filter(record=OuterRef("pk"), state="linked")
    found = Record.objects.filter(~Exists(linked), source=of, state="current").order_by("pk")
    columns = ("pk", "id_index", "name", "birth_on", "sex", "phone_index", "address")
    for pk, doc, name, born, sex, phone, address in found.values_list(*columns).iterator(chunk_size=20_000):
        if pk not in skip:
            yield Side(pk, token(doc), name, born, sex, token(phone), address)


def token(index: bytes | memoryview | None) -> str | None:
    return bytes(index).hex() if index else None


def links(actor: Actor, of: Source, *, state: str = "", how: str = "", run_id: int = 0) -> QuerySet[Link]:
    actor.must(LINK)
    found = Link.objects.filter(record__source=of).select_related("record", "person")
    if state:
        found = found.filter(state=state)
    if how:
        found = found.filter(how=how)
    return found.filter(run=run_id) if run_id else found


def review_list(actor: Actor, of: Source | None = None, *, why: str = "", q: str = "") -> QuerySet[Link]:
    """What waits for a reviewer: the best candidate of each row, and of people within the actor's scope only."""
    actor.must(LINK)
    found = Link.objects.filter(state="proposed", rank=1).select_related("record__source", "person")
    if of is not None:
        found = found.filter(record__source=of)
    if why in deciding.REASONS and why:
        found = found.filter(why=why)
    if words := q.strip().replace("\0", ""):
        found = found.filter(record__name__startswith=words)
    return found


def record(actor: Actor, record_id: int) -> Record:
    actor.must(LINK)
    found = Record.objects.select_related("source__owner", "intake").filter(pk=record_id).first()
    if found is None:
        raise NotHere("源记录")
    return found


def link_for_update(actor: Actor, link_id: int) -> Link:
    """The link, its row locked first: whoever decides about a row comes one after another."""
    actor.must(LINK)
    row = Link.objects.filter(pk=link_id).values_list("record", flat=True).first()
    if row is None or Record.objects.select_for_update().filter(pk=row).first() is None:
        raise NotHere("关联")
    return Link.objects.select_for_update(of=("self",)).select_related("record").get(pk=link_id)


def candidates(actor: Actor, of: Record, *states: str) -> list[tuple[Link, dict[str, Any], list[Compared]]]:
    """(link, person, comparison) of the row's links in these states, best first; people out of scope are left out, and a
    record that was merged into another candidate is that candidate."""
    actor.must(LINK)
    found = list(
        Link.objects.filter(record=of, state__in=states or ("proposed",))
        .select_related("run__model")
        .order_by("rank", "-weight", "pk")
    )
    people = linking.beside(actor, [x.person_id for x in found])
    values, shown_already, made = opened(of), set(), []
    for link in found:
        person = people.get(link.person_id)
        if person is None or (link.state, person["id"]) in shown_already:
            continue
        if link.state == "proposed":
            shown_already.add((link.state, person["id"]))
        made.append((link, person, evidence(of, values, person, link)))
    return made


def out_of_sight(actor: Actor, of: Record) -> int:
    """How many of the row's links lead to people outside the actor's scope (they moved away, their land was handed over)."""
    actor.must(LINK)
    ids = list(Link.objects.filter(record=of, state__in=["linked", "proposed"]).values_list("person", flat=True))
    return len(ids) - len(linking.beside(actor, ids))


def evidence(of: Record, values: dict[str, str], person: dict[str, Any], link: Link) -> list[Compared]:
    """Field by field, numbers masked. Agreement of numbers is told from their blind indexes."""
    core = {f.means: shown(f, values.get(f.key, "")) for f in quality.fields_of(of.source.fields) if f.means}
    said = dict(zip(model.labels(), link.vector, strict=False))
    words = {name: model.labels()[name].get(value, "") for name, value in said.items()}
    speaks = model.speaks(link.run.model.weights, said) if link.run and link.run.model else {}
    rows = []
    for key, title, theirs, ours, index in (
        ("doc", "证件号码", core.get("id_number", ""), person["id_number"], ("id_index", of.id_index)),
        ("name", "姓名", of.name, person["name"], None),
        ("sex", "性别", SEXES.get(of.sex, of.sex), SEXES.get(person["sex"], person["sex"]), None),
        ("birth", "出生日期", _day(of.birth_on), _day(person["birth_on"]), None),
        ("phone", "联系电话", core.get("phone", ""), person["phone"], ("phone_index", of.phone_index)),
        ("addr", "住址", of.address, person["address"], None),
    ):
        if index is not None and index[1] and person[index[0]]:
            same = bytes(index[1]) == person[index[0]]
            word = "相同" if same else "不同"
        elif index is not None or not theirs or not ours:
            word = "缺项"
        else:
            word = words.get(key) or ("相同" if theirs == ours else "不同")
        tone = {"相同": "green", "缺项": "grey", "不同": "red"}.get(word, "amber")
        means = {"相同": model.SURE, "不同": model.AGAINST}.get(word, "") if key == "doc" else speaks.get(key, "")
        rows.append(Compared(title, theirs or "未填", ours or "未登记", word, tone, "" if word == "缺项" else means))
    return rows


def told(lines: list[Compared]) -> str:
    """Why this pair, in a sentence: what agrees, what differs, what cannot be compared."""
    parts = (
        ("相同", [x.title for x in lines if x.tone == "green"]),
        ("接近", [f"{x.title}（{x.said}）" for x in lines if x.tone == "amber"]),
        ("不同", [x.title for x in lines if x.tone == "red"]),
        ("无法比较", [x.title for x in lines if x.tone == "grey"]),
    )
    return "；".join(f"{word}：{'、'.join(titles)}" for word, titles in parts if titles)


def _day(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if value else ""


def records_of_person(actor: Actor, person_id: int) -> list[tuple[Link, Record, list[tuple[str, str]]]]:
    """What other systems hold about a person: (link, row, (title, value)) by source, numbers masked."""
    actor.must(LINK)
    found = (
        Link.objects.filter(person__in=linking.all_ids(person_id), state="linked")
        .select_related("record__source__owner")
        .order_by("record__source__name", "pk")
    )
    made = []
    for link in found:
        values = opened(link.record)
        fields = quality.fields_of(link.record.source.fields)
        made.append((link, link.record, [(f.title, shown(f, values.get(f.key, ""))) for f in fields]))
    return made


def record_of_link(actor: Actor, link_id: int) -> int:
    actor.must(LINK)
    found = Link.objects.filter(pk=link_id).values_list("record", flat=True).first()
    if found is None:
        raise NotHere("关联")
    return found


def step_of(actor: Actor, link_id: int) -> int:
    """The step of a link as it stands: for a command line that shows and decides in one."""
    actor.must(LINK)
    found = Link.objects.filter(pk=link_id).values_list("step", flat=True).first()
    if found is None:
        raise NotHere("关联")
    return found


def reason(of: Link) -> str:
    return deciding.REASONS.get(of.why, "")
