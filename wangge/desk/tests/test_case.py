"""One case at the desk: forms by the table of moves, two people at once, files, cards, the reporter."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests import make
from wangge.casework import queries as casework
from wangge.casework import services as casework_services
from wangge.desk.forms import INPUTS
from wangge.events import rules
from wangge.events import services as events
from wangge.kernel import clock
from wangge.kernel.actor import SYSTEM
from wangge.kernel.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def photo(colour: int = 90) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (colour, 90, 60)).save(out, "JPEG")
    return out.getvalue()


def body(response: Any) -> bytes:
    """The bytes of a streamed file, closing it without ending the test's connection."""
    content = b"".join(response.streaming_content)
    for close in response._resource_closers:
        close()
    return content


def test_every_command_that_a_person_takes_has_a_form():
    by_system = {"default_rating", "archive", "close"}
    assert {c for _, c in rules.MOVES} - by_system == set(INPUTS) - by_system


def test_the_page_offers_exactly_what_the_person_may_do_now(sign_in):
    case, dispatcher = make.case("accepted"), make.dispatcher()
    page = sign_in(dispatcher).get(f"/desk/case/{case.number}").content.decode()
    offered = set(re.findall(r'href="\?do=(\w+)#command"', page))
    assert offered == set(casework.allowed(dispatcher, casework.get(SYSTEM, case.number)))
    assert "dispatch" in offered
    assert "sign" not in offered
    assert "不能执行“签收”" in page


def test_dispatching_takes_the_suggestion_and_says_so_in_the_step(sign_in):
    case = make.case("accepted")
    client = sign_in(make.dispatcher())
    form = client.get(f"/desk/case/{case.number}/do/dispatch").content.decode()
    suggested = re.search(r'<option value="([^"]+)"[^>]* selected', form)
    assert suggested
    answer = client.post(
        f"/desk/case/{case.number}/do/dispatch",
        {"department": suggested[1], "supports": [], "seen_step": case.step, "key": str(make.client_id())},
    )
    assert answer.status_code == 302
    after = casework.get(SYSTEM, case.number)
    assert after.state == "dispatched"
    assert after.holder
    assert after.holder.code == suggested[1]
    assert casework.steps(SYSTEM, after)[0].data["suggested"] == "taken"


def test_the_second_of_two_people_gets_a_sentence_and_keeps_the_text(sign_in):
    case = make.case("reported")
    one, two = sign_in(make.dispatcher(name="first")), sign_in(make.dispatcher(name="second"))
    words = "经核实属于外区地段，请向相邻区反映"
    given = {"seen_step": case.step, "key": str(make.client_id())}
    assert one.post(f"/desk/case/{case.number}/do/note", {**given, "text": "已电话核实情况"}).status_code == 302
    given["key"] = str(make.client_id())
    refused = two.post(f"/desk/case/{case.number}/do/decline", {**given, "reason": "outside", "text": words})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert words in page
    assert "演示first" in page
    assert "记录进展" in page
    assert f'name="seen_step" value="{case.step + 1}"' in page
    again = two.post(
        f"/desk/case/{case.number}/do/decline",
        {"seen_step": case.step + 1, "key": given["key"], "reason": "outside", "text": words},
    )
    assert again.status_code == 302
    assert casework.get(SYSTEM, case.number).state == "declined"


def test_a_missing_input_is_named_beside_its_field_and_nothing_else_is_lost(sign_in):
    case = make.case("dispatched")
    client = sign_in(make.handler(role="liaison"))
    answer = client.post(
        f"/desk/case/{case.number}/do/send_back", {"text": "依据职责清单应由住建局承办", "seen_step": case.step}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写“建议承办单位”后再提交" in page
    assert "依据职责清单应由住建局承办" in page


def test_the_same_form_sent_twice_is_one_step(sign_in):
    case, client = make.case("reported"), sign_in(make.dispatcher())
    given = {"seen_step": case.step, "key": str(make.client_id()), "category": case.category}
    for _ in range(2):
        assert client.post(f"/desk/case/{case.number}/do/accept", given).status_code == 302
    assert casework.get(SYSTEM, case.number).step == case.step + 1


def test_photos_come_with_the_act_and_stay_with_a_refused_form(sign_in):
    case, client = make.case("handling"), sign_in(make.handler())
    upload = SimpleUploadedFile("after.jpg", photo(), "image/jpeg")
    refused = client.post(f"/desk/case/{case.number}/do/finish", {"text": "", "seen_step": case.step, "upload": upload})
    kept = re.search(r'name="files" value="([0-9a-f]{64})"', refused.content.decode())
    assert refused.status_code == 422
    assert kept
    done = client.post(
        f"/desk/case/{case.number}/do/finish",
        {"text": "护栏已焊接加固", "outcome": "resolved", "seen_step": case.step, "files": kept[1]},
    )
    assert done.status_code == 302
    page = client.get(f"/desk/case/{case.number}").content.decode()
    assert "办结照片" in page
    assert f"/desk/files/{kept[1]}/thumb?case={case.number}" in page


def test_a_file_is_served_only_to_those_who_see_its_case(sign_in):
    case, urban = make.case("handling"), make.handler()
    client = sign_in(urban)
    upload = SimpleUploadedFile("now.jpg", photo(12), "image/jpeg")
    client.post(f"/desk/case/{case.number}/do/note", {"text": "已到现场查看", "seen_step": case.step, "upload": upload})
    sha256 = casework.steps(SYSTEM, casework.get(SYSTEM, case.number))[0].files[0]
    stranger = sign_in(make.dispatcher(make.HETANG))
    for path in ("", "/thumb", f"?case={case.number}", f"/thumb?case={case.number}"):
        shown = client.get(f"/desk/files/{sha256}{path}")
        assert body(shown).startswith(b"\xff\xd8")
        assert stranger.get(f"/desk/files/{sha256}{path}").status_code == 404
    assert client.get(f"/desk/files/{sha256}/original").status_code == 403
    chief = sign_in(make.dispatcher())
    assert chief.post(f"/desk/files/{sha256}/original", {"reason": ""}).status_code == 422
    given = chief.post(f"/desk/files/{sha256}/original", {"reason": "核对拍摄时间"})
    assert body(given) == photo(12)
    assert AuditEntry.objects.filter(action="kernel.original_opened", subject=sha256).exists()


def test_the_reporter_is_masked_until_a_reason_is_given(sign_in):
    case = make.case("reported")
    events.save_reporter(actor=SYSTEM, number=case.number, name="王某某", phone="14200001234")
    client = sign_in(make.dispatcher())
    page = client.get(f"/desk/case/{case.number}").content.decode()
    assert "尾号 1234" in page
    assert "14200001234" not in page
    assert client.post(f"/desk/case/{case.number}/reveal", {"reason": ""}).status_code == 422
    shown = client.post(f"/desk/case/{case.number}/reveal", {"reason": "回访核实办理结果"})
    assert "14200001234" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert sign_in(make.handler()).post(f"/desk/case/{case.number}/reveal", {"reason": "想看看"}).status_code == 403


def test_a_card_is_explained_by_its_office_and_judged_by_a_supervisor(sign_in):
    case = make.case("dispatched")
    with clock.frozen(make.START.replace(day=24)):
        casework_services.sweep()
        [card] = casework.cards(SYSTEM, case)
        liaison, supervisor = sign_in(make.handler(role="liaison")), sign_in(make.supervisor())
        base = f"/desk/case/{case.number}/cards/{card.pk}"
        assert "原因和整改措施" in liaison.get(f"/desk/case/{case.number}").content.decode()
        assert liaison.post(f"{base}/explain", {"text": "短"}).status_code == 422
        assert liaison.post(f"{base}/explain", {"text": "人员外出，现已安排专人签收"}).status_code == 302
        assert liaison.post(f"{base}/uphold", {"text": "自己审自己"}).status_code == 403
        assert supervisor.post(f"{base}/uphold", {"text": "理由不充分，维持"}).status_code == 302
        assert liaison.post(f"{base}/appeal", {"text": "当日系统停电，有证明材料"}).status_code == 302
        assert casework.cards(SYSTEM, case)[0].state == "appealed"
        listed = supervisor.get("/desk/cards?state=appealed").content.decode()
        assert case.number in listed
        assert case.number not in sign_in(make.supervisor(make.HETANG)).get("/desk/cards").content.decode()


def test_merging_offers_what_lies_nearby_and_shows_the_link_both_ways(sign_in):
    first, second = make.case("accepted"), make.case("reported")
    client = sign_in(make.dispatcher())
    assert first.number in client.get(f"/desk/case/{second.number}/do/merge").content.decode()
    given = {"original": first.number, "seen_step": second.step}
    assert client.post(f"/desk/case/{second.number}/do/merge", given).status_code == 302
    assert first.number in client.get(f"/desk/case/{second.number}").content.decode()
    assert second.number in client.get(f"/desk/case/{first.number}").content.decode()


def test_a_hold_explains_itself_on_the_page(sign_in):
    case = make.case("held")
    page = sign_in(make.dispatcher()).get(f"/desk/case/{case.number}").content.decode()
    assert "时限暂停" in page
    assert "等待天气条件" in page


def test_the_console_gets_the_panel_again_after_an_act(sign_in):
    case, client = make.case("reported"), sign_in(make.dispatcher())
    given = {"seen_step": case.step, "key": str(make.client_id()), "category": case.category, "console": "1"}
    answer = client.post(f"/desk/case/{case.number}/do/accept", given, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "按建议派遣" in page
    assert "待分派" in page


def intake(**changes: Any) -> dict[str, Any]:
    lng, lat = make.point(make.cell())
    return {
        "key": str(make.client_id()),
        "text": "来电反映河边护栏松动，孩子常在旁边玩",
        "lng": str(lng),
        "lat": str(lat),
        "seen_at": "2026-03-10T09:00",
        "source": "hotline",
        "urgency": "normal",
    } | changes


def test_a_call_is_registered_at_the_desk_and_sent_twice_it_is_one_case(sign_in):
    client, given = sign_in(make.dispatcher()), intake(name="王某某", phone="14200001234")
    first, again = client.post("/desk/new", given), client.post("/desk/new", given)
    assert first.status_code == 302
    assert first["Location"] == again["Location"]
    page = client.get(first["Location"]).content.decode()
    assert "热线" in page
    assert "尾号 1234" in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"text": "坏了"}, "不少于 5 个字"),
        ({"lng": "100", "lat": "20"}, "不在"),
        ({"seen_at": "昨天"}, "格式"),
        ({"lng": ""}, "经度"),
    ],
)
def test_a_bad_registration_keeps_what_was_typed(sign_in, change, says):
    answer = sign_in(make.dispatcher()).post("/desk/new", intake(name="张某某", **change))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "张某某" in answer.content.decode()
