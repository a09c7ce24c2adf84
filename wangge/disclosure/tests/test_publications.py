"""Publications on real books: three people, one published version, what the public reads, and what stays as it was."""

import csv
import hashlib
import io
import json
import threading
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from tests import make
from wangge.disclosure.models import Publication
from wangge.disclosure.publications import queries, services
from wangge.finance.models import BudgetUnit
from wangge.finance.tests import make as books
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal

pytestmark = pytest.mark.real_time
DISTRICT = pytest.mark.usefixtures("district")
APPROVAL = {"approved_on": date(2022, 1, 15), "approval": "财预〔2022〕1号"}


@pytest.fixture(autouse=True)
def _cheap(settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def made(by=None, **given):
    if not BudgetUnit.objects.exists():
        books.budget()
    about: dict[str, Any] = {"unit_code": books.CODE, "year": books.YEAR, "kind": "budget"} | APPROVAL | given
    by = by or books.clerk()
    with scope.use(by):
        return services.make(actor=by, **about)


def passed(one=None, clerk=None):
    clerk = clerk or books.clerk()
    one = one or made(clerk)
    explained(one, clerk)
    for by, command in ((books.head(), "pass_first"), (books.leader(), "pass_second")):
        with scope.use(by):
            one.refresh_from_db()
            services.review(actor=by, number=one.number, seen=one.seen, command=command)
    one.refresh_from_db()
    return one


def explained(one, clerk):
    doubts = {str(i): "按批复执行" for i, f in enumerate(one.audit["findings"]) if f["severity"] == "suspicious"}
    with scope.use(clerk):
        if doubts:
            one = services.explain(actor=clerk, number=one.number, seen=one.seen, words=doubts)
        return services.submit(actor=clerk, number=one.number, seen=one.seen)


def published():
    one = passed()
    by = books.leader()
    with scope.use(by):
        return services.publish(actor=by, number=one.number, seen=one.seen)


@DISTRICT
def test_a_set_goes_from_the_books_to_the_public_by_three_people():
    one = published()
    assert (one.state, one.title) == ("published", f"{one.unit_name}2022年部门预算")
    assert len({one.preparer_id, one.first_reviewer_id, one.second_reviewer_id}) == 3
    assert [s.command for s in one.steps.all()][-4:] == ["submit", "pass_first", "pass_second", "publish"]
    assert not [f for f in one.audit["findings"] if f["severity"] == "error"]

    page = Client().get(f"/open/{one.number}").content.decode()
    assert one.title in page
    assert "部门收支总表" in page
    assert one.approval in page
    files = queries.files_of(one)
    assert {f.format for f in files} == {"pdf", "docx", "xlsx"}
    for file in files:
        answer = Client().get(f"/open/{one.number}/files/{file.format}")
        assert hashlib.sha256(answer.content).hexdigest() == file.sha256
        assert file.sha256 in page
    listed = Client().get("/open/", {"q": one.unit_name, "year": "2022"}, HTTP_COOKIE=f"district={make.SHIFENG}")
    assert one.number in listed.content.decode()


@DISTRICT
def test_open_data_carries_every_line_of_the_books_to_the_fen():
    one = published()
    bundle = zipfile.ZipFile(io.BytesIO(Client().get(f"/open/{one.number}/data.zip").content))
    described = json.loads(bundle.read("datapackage.json"))
    assert described["profile"] == "fiscal-data-package"
    assert described["fiscalPeriod"]["start"] == "2022-01-01"
    for resource in described["resources"]:
        rows = list(csv.reader(io.StringIO(bundle.read(resource["path"]).decode("utf-8-sig"))))
        assert rows[0] == [f["name"] for f in resource["schema"]["fields"]], resource["name"]
    lines = list(csv.DictReader(io.StringIO(bundle.read("data/lines.csv").decode("utf-8-sig"))))
    assert sum(Decimal(row["amount"]) for row in lines) == sum(a.amount for a in books.LINES)
    table = Client().get(f"/open/{one.number}/tables/T1.csv").content.decode("utf-8-sig")
    assert "22.95" in table.splitlines()[-1]
    assert Client().get(f"/open/{one.number}/tables/T99.csv").status_code == 404


@pytest.mark.parametrize(
    ("who", "command", "wrong"),
    [
        ("clerk", "submit", None),
        ("head", "submit", NoRight),
        ("clerk", "publish", Refusal),
    ],
)
@DISTRICT
def test_who_may_do_what(who, command, wrong):
    clerk = books.clerk()
    one = made(clerk)
    by = clerk if who == "clerk" else books.head()
    with scope.use(by):
        if wrong is None:
            explained(one, clerk)
        else:
            with pytest.raises(wrong):
                getattr(services, command)(actor=by, number=one.number, seen=one.seen)


@DISTRICT
def test_one_person_cannot_review_twice():
    clerk = books.clerk()
    one = made(clerk)
    explained(one, clerk)
    by = books.head()
    with scope.use(by):
        one = services.review(actor=by, number=one.number, seen=one.seen + 1, command="pass_first")
        with pytest.raises(Refusal, match="须由其他人员进行"):
            services.review(actor=by, number=one.number, seen=one.seen, command="pass_second")


@DISTRICT
def test_what_was_seen_must_still_be_so():
    clerk = books.clerk()
    one = made(clerk)
    with scope.use(clerk):
        services.refresh(actor=clerk, number=one.number, seen=one.seen)
        with pytest.raises(Refusal, match="刚被别人改动"):
            services.submit(actor=clerk, number=one.number, seen=one.seen)


@DISTRICT
def test_a_returned_one_is_made_anew_and_forgets_its_reviewers():
    one = passed()
    by = books.leader()
    with scope.use(by):
        with pytest.raises(Refusal, match="请填写“理由”"):
            services.review(actor=by, number=one.number, seen=one.seen, command="send_back")
        one = services.review(actor=by, number=one.number, seen=one.seen, command="send_back", words="名称有误")
    assert (one.state, one.first_reviewer_id, one.second_reviewer_id) == ("draft", None, None)


@DISTRICT
def test_an_error_of_the_audit_stops_it(monkeypatch):
    clerk = books.clerk()
    one = made(clerk)
    wrong = {"severity": "error", "where": "表1", "printed": "1", "expected": "2"}
    Publication.objects.filter(pk=one.pk).update(audit=one.audit | {"findings": [wrong]})
    with scope.use(clerk), pytest.raises(Refusal, match="印作 1，应为 2"):
        services.submit(actor=clerk, number=one.number, seen=one.seen)


@DISTRICT
def test_a_correction_replaces_and_names_its_cells():
    old = published()
    second = passed(made())
    with scope.system(), pytest.raises(IntegrityError, match="one_public_version_at_a_time"), transaction.atomic():
        services.publish(actor=SYSTEM, number=second.number, seen=second.seen)
    Publication.objects.filter(state="passed").update(state="cancelled")
    new = passed(made(replaces=old.number))
    Publication.objects.filter(pk=new.pk).update(
        contents=json.loads(json.dumps(new.contents).replace('"22.95"', '"23.04"'))
    )
    with scope.system():
        new = services.publish(actor=SYSTEM, number=new.number, seen=new.seen)
    old.refresh_from_db()
    assert (old.state, old.reason) == ("superseded", f"由 {new.number} 更正")
    assert ("22.95", "23.04") in {(c.before, c.after) for c in queries.changes(queries.public_one(new.number))}
    page = Client().get(f"/open/{old.number}").content.decode()
    assert f"/open/{new.number}" in page
    assert "更正" in page


@DISTRICT
def test_a_withdrawn_one_says_why_and_gives_nothing_else():
    one = published()
    by = books.leader()
    with scope.use(by):
        services.withdraw(actor=by, number=one.number, seen=one.seen, reason="含有个人信息")
    page = Client().get(f"/open/{one.number}").content.decode()
    assert "含有个人信息" in page
    assert "部门收支总表" not in page
    assert Client().get(f"/open/{one.number}/files/pdf").status_code == 404
    assert Client().get(f"/open/{one.number}/data.zip").status_code == 404


@DISTRICT
def test_what_was_published_does_not_change():
    one = published()
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.filter(pk=one.pk).update(contents={})


@DISTRICT
def test_another_unit_and_another_district_see_nothing_before_it_is_public():
    one = made()
    stranger = make.dispatcher(make.HETANG)
    with scope.use(stranger):
        with pytest.raises(NotHere):
            queries.get(stranger, one.number)
        assert not Publication.objects.filter(pk=one.pk).exists()
    assert Client().get(f"/open/{one.number}").status_code == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"approved_on": date(2999, 1, 1)}, "approved_on"),
        ({"approved_on": date(2019, 1, 1)}, "approved_on"),
        ({"approval": " "}, "approval"),
        ({"kind": "poem"}, "kind"),
        ({"replaces": "GK-0-0-0"}, None),
        ({"year": 2031}, None),
    ],
)
@DISTRICT
def test_bad_input_is_refused_with_its_field(given, field):
    with pytest.raises(Refusal) as refused:
        made(**given)
    if field:
        assert refused.value.field == field


@DISTRICT
def test_pages_of_the_desk(sign_in):
    clerk = books.clerk()
    one = made(clerk)
    client = sign_in(clerk)
    assert one.number in client.get("/desk/publications").content.decode()
    page = client.get(f"/desk/publications/{one.number}").content.decode()
    assert "提交审核" in page
    assert "复审通过" not in page
    answer = client.post(f"/desk/publications/{one.number}/do/submit", {"seen": "99"})
    assert answer.status_code == 409
    assert "刚被别人改动" in answer.content.decode()
    assert client.post(f"/desk/publications/{one.number}/do/fly", {"seen": "1"}).status_code == 404
    again = {"unit_code": books.CODE, "year": "2022", "kind": "budget", "approved_on": "2022-01-15", "approval": "号"}
    answer = client.post("/desk/publications/make", again)
    assert answer.status_code == 422
    assert "已有办理中的公开件" in answer.content.decode()
    assert client.get("/desk/publications/export").headers["Content-Type"].endswith("sheet")
    answer = client.get(f"/desk/publications/{one.number}/files/pdf")
    assert answer.status_code == 200


@pytest.fixture
def committed(_reference, transactional_db):
    make.forget()
    with scope.system():
        make.district()
        books.budget()


@pytest.mark.django_db(transaction=True)
def test_two_publishing_at_once_publish_once(committed):
    with scope.system():
        one, by = passed(), books.leader()
    barrier, outcomes = threading.Barrier(2), []

    def go():
        try:
            barrier.wait()
            with scope.use(by):
                services.publish(actor=by, number=one.number, seen=one.seen)
            outcomes.append("published")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["illegal_move", "published"]
