"""The auditor's desk: files in, decisions by two people, letters out, and nothing for the next district."""

import io
import threading
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from docx import Document as Word
from pypdfium2 import PdfDocument
from python_calamine import CalamineWorkbook

from tests import make
from wangge.disclosure import queries, terms
from wangge.disclosure.models import AuditFinding, DocumentAudit
from wangge.disclosure.services import audits
from wangge.disclosure.tests import audit_sample as sample
from wangge.kernel import clock, files, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district", "known_reports")]


def auditor(district: int = make.SHIFENG, name: str = "") -> Actor:
    return make.actor("auditor", place=district, name=name)


def received(data: bytes = b"x", name: str = "2020预算.txt", by: Actor | None = None, **more: Any) -> DocumentAudit:
    return audits.receive(actor=by or auditor(), data=data, name=name, **more).audit


def upload(client: Any, *contents: bytes) -> Any:
    sent = [SimpleUploadedFile(f"文件{n}.txt", data) for n, data in enumerate(contents)]
    return client.post("/desk/audits/upload", {"file": sent})


def versions(one: DocumentAudit) -> dict[int, int]:
    return dict(AuditFinding.objects.filter(audit=one).values_list("number", "version"))


# ---- files in -------------------------------------------------------------------------------------------------------


def test_a_file_is_audited_at_once_and_its_page_shows_document_and_findings(sign_in):
    client = sign_in(auditor())
    answer = upload(client, b"x")
    one = DocumentAudit.objects.get()
    assert answer["Location"] == f"/desk/audits/{one.pk}"
    assert (one.state, one.errors, one.suspicious, one.rounding, one.undecided) == ("done", 1, 2, 1, 3)
    page = client.get(f"/desk/audits/{one.pk}").content.decode()
    assert page.count('class="finding"') == 4
    assert 'id="m1"' in page
    assert "&lt;b&gt;其中&lt;/b&gt;" in page
    assert "<b>其中</b>" not in page
    assert "表头无法辨认" in page
    assert sample.PHONE not in page
    assert sample.IDENTITY not in page


def test_the_same_file_again_leads_to_the_first_result(sign_in, known_reports):
    client = sign_in(auditor())
    first = upload(client, b"x")["Location"]
    assert upload(client, b"x")["Location"] == first
    assert len(known_reports) == 1
    assert "以前审核过" in client.get(first).content.decode()


def test_another_district_audits_the_same_file_for_itself():
    here, there = received(), received(by=auditor(make.HETANG))
    assert here.pk != there.pk
    assert here.place_code != there.place_code


@pytest.mark.parametrize(
    ("content", "state", "words"), [(b"scan", "unreadable", "扫描件"), (b"bug", "failed", "ZeroDivisionError")]
)
def test_what_cannot_be_judged_is_kept_with_its_sentence(sign_in, content, state, words):
    one = received(content)
    assert one.state == state
    page = sign_in(auditor()).get(f"/desk/audits/{one.pk}")
    assert page.status_code == 200
    assert words in page.content.decode()


def test_several_files_are_left_to_the_worker_and_each_is_told(sign_in, known_reports):
    answer = upload(sign_in(auditor()), b"x", b"clean", b"")
    assert answer.status_code == 200
    assert answer.content.decode().count("已收，正在审核") == 2
    assert "文件是空的" in answer.content.decode()
    assert known_reports == []
    for one in DocumentAudit.objects.all():
        audits.judge(actor=SYSTEM, audit_id=one.pk)
    assert set(DocumentAudit.objects.values_list("state", flat=True)) == {"done"}


def test_a_large_file_waits_for_the_worker(sign_in, monkeypatch):
    monkeypatch.setattr(audits, "AT_ONCE", 3)
    one = received(b"x plus much more")
    assert one.state == "waiting"
    page = sign_in(auditor()).get("/desk/audits").content.decode()
    assert 'hx-trigger="every 3s"' in page
    assert 'http-equiv="refresh"' in sign_in(auditor()).get(f"/desk/audits/{one.pk}").content.decode()


def test_a_file_that_keeps_ending_the_process_is_given_up_and_one_left_waiting_is_found():
    one = received(at_once=False)
    DocumentAudit.objects.filter(pk=one.pk).update(tries=3)
    audits.judge(actor=SYSTEM, audit_id=one.pk)
    one.refresh_from_db()
    assert one.state == "failed"
    other = received(b"x 2", at_once=False)
    assert audits.repair(actor=SYSTEM) == 0
    DocumentAudit.objects.filter(pk=other.pk).update(uploaded_at=clock.now() - timedelta(minutes=11))
    assert audits.repair(actor=SYSTEM) == 1


@pytest.mark.parametrize(("count", "words"), [(0, "没有收到文件"), (51, "最多上传 50 个")])
def test_no_file_and_too_many_files_are_refused(sign_in, count, words):
    answer = upload(sign_in(auditor()), *[b"x %d" % n for n in range(count)])
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_file_too_large_is_refused_beside_its_name(sign_in, monkeypatch):
    monkeypatch.setattr(files, "OTHER_LIMIT", 10)
    answer = upload(sign_in(auditor()), b"x" * 11)
    assert (answer.status_code, DocumentAudit.objects.count()) == (422, 0)
    assert "文件0.txt" in answer.content.decode()
    assert "超过" in answer.content.decode()


def test_a_post_without_a_district_cannot_upload():
    lost = Actor(id=1, name="无岗", rights=frozenset({terms.AUDIT_RIGHT}))
    with pytest.raises(Refusal, match="不属于任何一个区"):
        audits.receive(actor=lost, data=b"x", name="a.txt")


def test_the_original_comes_back_as_it_was(sign_in):
    pdf = b"%PDF-1.4 not much of one"
    client = sign_in(auditor())
    for data, name in ((b"x \xe4\xb8\xad", "文 本.txt"), (pdf, "a.pdf")):
        one = received(data, name)
        answer = client.get(f"/desk/audits/{one.pk}/original")
        assert answer.content == data
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == "application/octet-stream"


# ---- the list -------------------------------------------------------------------------------------------------------


def test_the_list_filters_sorts_and_exports(sign_in):
    received(b"x", "有错.txt")
    received(b"clean", "无错.txt")
    received(b"scan", "扫描.pdf")
    client = sign_in(auditor())

    def names(query: str) -> list[str]:
        page = client.get(f"/desk/audits?{query}").content.decode()
        return [n for n in ("有错", "无错", "扫描") if f">{n}." in page]

    assert names("") == ["有错", "无错", "扫描"]
    assert names("found=errors") == ["有错"]
    assert names("found=clean") == ["无错"]
    assert names("found=undecided") == ["有错"]
    assert names("state=unreadable") == ["扫描"]
    assert names("kind=accounts") == []
    assert names("year=2020") == ["有错", "无错"]
    assert names("q=示例单位") == ["有错", "无错"]
    assert names("q=" + DocumentAudit.objects.get(name="扫描.pdf").sha256[:12]) == ["扫描"]
    for sort in queries.SORTS:
        for sign in ("", "-"):
            assert client.get(f"/desk/audits?sort={sign}{sort}").status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/desk/audits/export?found=errors").content))
    assert [row[0] for row in rows.get_sheet_by_index(0).to_python()] == ["文件", "有错.txt"]
    for query in ("year=abc", "kind=x", "state=y", "found=z"):
        assert client.get(f"/desk/audits?{query}").status_code == 422


def test_an_empty_list_says_what_fills_it(sign_in):
    assert "还没有审核过" in sign_in(auditor()).get("/desk/audits").content.decode()


# ---- deciding -------------------------------------------------------------------------------------------------------


def test_a_finding_is_accepted_dismissed_and_taken_back_each_with_a_trace():
    one, who = received(), auditor()
    assert audits.decide(actor=who, audit_id=one.pk, picks=[(1, 0)], decision="accepted", reason=" 属实 ") == []
    row = AuditFinding.objects.get(audit=one, number=1)
    assert (row.decision, row.reason, row.decider, row.version) == ("accepted", "属实", who.name, 1)
    one.refresh_from_db()
    assert one.undecided == 2
    audits.decide(actor=who, audit_id=one.pk, picks=[(1, 1)], decision="dismissed", reason="口径不同")
    audits.decide(actor=who, audit_id=one.pk, picks=[(1, 2)], decision="", reason="")
    row.refresh_from_db()
    one.refresh_from_db()
    assert (row.decision, row.reason, row.decided_at, row.version, one.undecided) == ("", "", None, 3, 3)
    told = AuditEntry.objects.filter(kind="document_audit", action__startswith="disclosure.finding").order_by("id")
    assert [t.action.split("_")[1] for t in told] == ["accepted", "dismissed", "reopened"]


@pytest.mark.parametrize(
    ("decision", "reason", "code"),
    [("accepted", "  ", "reason_missing"), ("dismissed", "", "reason_missing"), ("maybe", "x", "unknown_decision"),
     ("accepted", "长" * 501, "reason_long")],
)  # fmt: skip
def test_a_decision_needs_a_word_that_is_known_and_a_reason(decision, reason, code):
    one = received()
    with pytest.raises(Refusal) as caught:
        audits.decide(actor=auditor(), audit_id=one.pk, picks=[(1, 0)], decision=decision, reason=reason)
    assert caught.value.code == code
    assert not AuditFinding.objects.exclude(decision="").exists()


def test_the_second_of_two_people_is_told_what_the_first_did_and_keeps_their_words(sign_in):
    one, first, second = received(), auditor(name="jia"), auditor(name="yi")
    audits.decide(actor=first, audit_id=one.pk, picks=[(1, 0)], decision="accepted", reason="属实")
    answer = sign_in(second).post(
        f"/desk/audits/{one.pk}/decide", {"pick": ["1~0", "2~0"], "decision": "dismissed", "reason": "我写的理由"}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"{first.name}已采纳，理由：属实" in page
    assert "我写的理由" in page
    assert dict(AuditFinding.objects.filter(audit=one).values_list("number", "decision"))[2] == "dismissed"
    alone = sign_in(second).post(
        f"/desk/audits/{one.pk}/decide",
        {"pick": "1~0", "decision": "dismissed", "reason": "我写的理由"},
        headers={"HX-Request": "true"},
    )
    assert alone.status_code == 409
    assert alone.content.decode().count('class="finding"') == 1
    assert "我写的理由" in alone.content.decode()


def test_one_decision_by_script_answers_with_that_finding_and_the_count(sign_in):
    one = received()
    answer = sign_in(auditor()).post(
        f"/desk/audits/{one.pk}/decide",
        {"pick": "3~0", "decision": "accepted", "reason": "属实"},
        headers={"HX-Request": "true"},
    )
    page = answer.content.decode()
    assert page.lstrip().startswith('<li class="finding" id="f3"')
    assert "已采纳 1" in page


@pytest.mark.parametrize("pick", ["x", "1", "1~x", "1~0~0", "９~0", "9" * 30, "99~0"])
def test_a_pick_that_is_none_is_refused(sign_in, pick):
    one = received()
    answer = sign_in(auditor()).post(
        f"/desk/audits/{one.pk}/decide", {"pick": pick, "decision": "accepted", "reason": "属实"}
    )
    assert answer.status_code in (409, 422)
    assert not AuditFinding.objects.exclude(decision="").exists()


def test_an_audit_repeated_keeps_the_decisions_on_what_is_found_again(sign_in, monkeypatch):
    one = received()
    audits.decide(actor=auditor(), audit_id=one.pk, picks=[(1, 0)], decision="accepted", reason="属实")
    answer = sign_in(auditor()).post(f"/desk/audits/{one.pk}/again")
    assert answer.status_code == 302
    row = AuditFinding.objects.get(audit=one, number=1)
    assert (row.decision, row.reason) == ("accepted", "属实")
    assert row.version == 2, "a page opened before the repetition must not decide"
    monkeypatch.setattr(terms, "audit_bytes", lambda data, name: sample.report(clean=True))
    one = audits.again(actor=auditor(), audit_id=one.pk)
    assert (one.errors, one.undecided, AuditFinding.objects.count()) == (0, 0, 0)


def test_the_findings_are_narrowed_by_rule_severity_and_decision(sign_in):
    one = received()
    audits.decide(actor=auditor(), audit_id=one.pk, picks=[(1, 0)], decision="dismissed", reason="口径不同")
    client = sign_in(auditor())
    for query, count in (("rule=B12", 1), ("severity=suspicious", 2), ("decision=none", 3), ("decision=dismissed", 1)):
        assert client.get(f"/desk/audits/{one.pk}?{query}").content.decode().count('class="finding"') == count
    assert "没有符合条件的发现" in client.get(f"/desk/audits/{one.pk}?rule=X99").content.decode()


@pytest.mark.parametrize("form", ["xlsx", "html"])
def test_the_result_can_be_taken_along_with_the_decisions(sign_in, form):
    one = received()
    audits.decide(actor=auditor(), audit_id=one.pk, picks=[(2, 0)], decision="dismissed", reason="口径不同")
    content = sign_in(auditor()).get(f"/desk/audits/{one.pk}/result.{form}").content
    if form == "html":
        assert content.startswith(b"<!doctype html>")
        return
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("发现").to_python()
    assert rows[2][13:15] == ["排除", "口径不同"]


# ---- letters --------------------------------------------------------------------------------------------------------


def letter(one: DocumentAudit, **more: Any) -> Any:
    given: dict[str, Any] = {
        "to": "示例单位",
        "sender": "石峰区审计局",
        "due_on": clock.today() + timedelta(days=10),
    } | more
    return audits.write_letter(actor=auditor(), audit_id=one.pk, **given)


def test_a_letter_lists_the_accepted_findings_and_never_changes(sign_in):
    one = received()
    audits.decide(actor=auditor(), audit_id=one.pk, picks=[(1, 0), (2, 0)], decision="accepted", reason="属实")
    made = letter(one, words="请由财务负责人签字。")
    audits.decide(actor=auditor(), audit_id=one.pk, picks=[(2, 1)], decision="dismissed", reason="看错了")
    client = sign_in(auditor())
    page = client.get(f"/desk/audits/letters/{made.number}").content.decode()
    pdf = client.get(f"/desk/audits/letters/{made.number}/file.pdf").content
    words = "".join(p.get_textpage().get_text_range() for p in PdfDocument(pdf)).replace("\r\n", "")
    docx = Word(io.BytesIO(client.get(f"/desk/audits/letters/{made.number}/file.docx").content))
    text = "\n".join(p.text for p in docx.paragraphs) + "\n".join(c.text for t in docx.tables for c in t._cells)
    for shown in (page, words, text):
        for part in (
            made.number,
            "示例单位",
            "石峰区审计局",
            "1,299.01",
            "1199.01",
            "合计 1299.01",
            "2026年3月20日",
            "财务负责人",
        ):
            assert part.replace(" ", "") in "".join(shown.split())
        assert shown.count("与") >= 2, "both findings, though one was dismissed since"
    assert (
        zipfile.ZipFile(io.BytesIO(client.get(f"/desk/audits/letters/{made.number}/file.docx").content)).testzip()
        is None
    )
    assert made.number in client.get(f"/desk/audits/{one.pk}").content.decode()
    assert client.get(f"/desk/audits/letters/{made.number}/file.exe").status_code == 404


def test_a_letter_needs_something_accepted_and_a_day_to_come(sign_in):
    one = received()
    with pytest.raises(Refusal, match="还没有采纳"):
        letter(one)
    client = sign_in(auditor())
    assert "还没有采纳任何发现" in client.get(f"/desk/audits/{one.pk}/letter").content.decode()
    audits.decide(actor=auditor(), audit_id=one.pk, picks=[(1, 0)], decision="accepted", reason="属实")
    with pytest.raises(Refusal, match="今天之后"):
        letter(one, due_on=clock.today())
    with pytest.raises(Refusal, match="收函单位"):
        letter(one, to="  ")
    answer = client.post(f"/desk/audits/{one.pk}/letter", {"to": "示例单位", "sender": "", "due_on": "2020-01-01"})
    assert answer.status_code == 422
    answer = client.post(
        f"/desk/audits/{one.pk}/letter", {"to": "示例单位", "sender": "审计局", "due_on": date(2026, 4, 1).isoformat()}
    )
    assert answer.status_code == 302
    assert "审计局" in client.get(f"/desk/audits/{one.pk}/letter").content.decode()


# ---- who sees what --------------------------------------------------------------------------------------------------


def test_another_district_finds_nothing(sign_in):
    one = received(name="只有本区能看到.txt")
    audits.decide(actor=auditor(), audit_id=one.pk, picks=[(1, 0)], decision="accepted", reason="属实")
    made = letter(one)
    other = sign_in(auditor(make.HETANG))
    for path in ("", "/original", "/result.xlsx", "/letter"):
        assert other.get(f"/desk/audits/{one.pk}{path}").status_code == 404
    for path in ("", "/file.pdf"):
        assert other.get(f"/desk/audits/letters/{made.number}{path}").status_code == 404
    for path in ("decide", "letter"):
        assert (
            other.post(f"/desk/audits/{one.pk}/{path}", {"pick": "1~1", "decision": "", "reason": ""}).status_code
            == 404
        )
    assert "只有本区能看到" not in other.get("/desk/audits").content.decode()
    with scope.use(auditor(make.HETANG)):
        assert not DocumentAudit.objects.exists()
        assert not AuditFinding.objects.exists()
    with pytest.raises(NotHere):
        audits.again(actor=auditor(make.HETANG), audit_id=one.pk)
    with pytest.raises(NotHere):
        audits.decide(actor=auditor(make.HETANG), audit_id=one.pk, picks=[(1, 1)], decision="", reason="")


def test_without_the_right_nobody_enters(sign_in):
    one = received()
    client = sign_in(make.dispatcher())
    for path in ("", f"/{one.pk}", "/export", f"/{one.pk}/original"):
        assert client.get(f"/desk/audits{path}").status_code == 403
    with pytest.raises(NoRight):
        audits.receive(actor=make.dispatcher(), data=b"x 9", name="a.txt")


def test_the_auditor_begins_at_the_list(sign_in):
    assert sign_in(auditor()).get("/desk/")["Location"] == "/desk/audits"


@pytest.mark.django_db(transaction=True)
def test_many_uploads_of_one_file_at_once_are_one_audit(known_reports):
    with scope.system():
        make.district()
        who = auditor()
    gate, made, faults = threading.Barrier(6), [], []

    def send() -> None:
        try:
            gate.wait(10)
            made.append(audits.receive(actor=who, data=b"x race", name="a.txt").audit)
        except Exception as error:  # told below
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert {(one.pk, one.state, one.errors) for one in made} == {(made[0].pk, "done", 1)}
    assert known_reports == ["a.txt"]
