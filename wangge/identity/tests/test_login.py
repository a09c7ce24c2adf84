from datetime import timedelta
from threading import Barrier, Thread

import pyotp
import pytest
from django.db import connection

from wangge.identity import queries, services
from wangge.identity.models import LoginSession, LoginTry
from wangge.identity.tests import make
from wangge.identity.tests.test_services import _Refused
from wangge.kernel import clock, scope
from wangge.kernel.actor import PUBLIC
from wangge.kernel.errors import Refusal


@pytest.fixture
def li(db, settings, tmp_path):
    settings.DATA = tmp_path
    with make.at_noon(), scope.system():
        make.house()
        actor = make.holder("dispatcher", "li", place=make.DISTRICT)
    with make.at_noon():
        yield actor


def guess(password="wrong", name="li"):
    return services.login(actor=PUBLIC, name=name, password=password, address="10.0.0.1")


def test_wrong_unknown_and_stopped_get_the_same_words(li):
    said = set()
    who = queries.account("li")
    for name, password in (("li", "wrong"), ("nobody", "wrong")):
        with pytest.raises(Refusal) as caught:
            guess(password, name)
        said.add((caught.value.code, caught.value.sentence))
    who.is_active = False
    who.save()
    with pytest.raises(Refusal) as caught:
        guess(make.PASSWORD)
    said.add((caught.value.code, caught.value.sentence))
    assert len(said) == 1


def test_five_failures_lock_even_the_right_password_out_until_lifted(li):
    for _ in range(5):
        with _Refused("login_wrong"):
            guess()
    with _Refused("login_locked"):
        guess(make.PASSWORD)
    with scope.system():
        security = make.holder("security_admin")
        assert [(x.name, x.tries, x.known) for x in queries.locked_names(security)] == [("li", 5, True)]
        services.unlock(actor=security, name="li")
    assert guess(make.PASSWORD).name == "li"


def test_the_lock_ends_by_itself_and_success_starts_the_count_again(li):
    for _ in range(4):
        with _Refused("login_wrong"):
            guess()
    guess(make.PASSWORD)
    for _ in range(4):
        with _Refused("login_wrong"):
            guess()
    with _Refused("login_wrong"):
        guess()
    with _Refused("login_locked"):
        guess()
    with clock.frozen(make.NOON + timedelta(minutes=16)):
        assert guess(make.PASSWORD).name == "li"


def test_unknown_names_are_locked_the_same_way(li):
    for _ in range(5):
        with _Refused("login_wrong"):
            guess(name="nobody")
    with _Refused("login_locked"):
        guess(name="nobody")


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_get_five_looks_at_the_password():
    with make.at_noon(), scope.system():
        make.house()
        make.account("li")
    barrier, codes = Barrier(12), []

    def one():
        barrier.wait()
        try:
            with make.at_noon():
                guess()
        except Refusal as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (codes.count("login_wrong"), codes.count("login_locked")) == (5, 7)
    assert LoginTry.objects.count() == 5


def switch_on(actor):
    setup = services.setup_totp(actor=actor)
    generator = pyotp.TOTP(setup.secret)
    services.confirm_totp(actor=actor, code=generator.at(make.NOON))
    return generator


def test_a_code_is_taken_once_and_only_near_its_time(li):
    generator = switch_on(li)
    account = guess(make.PASSWORD)
    told = {"actor": PUBLIC, "account_id": account.pk, "address": "10.0.0.1"}
    with _Refused("code_wrong"):
        services.confirm_code(code=generator.at(make.NOON), **told)  # used when it was switched on
    later = make.NOON + timedelta(minutes=2)
    with clock.frozen(later):
        with _Refused("code_wrong"):
            services.confirm_code(code=generator.at(make.NOON + timedelta(seconds=30)), **told)
        assert services.confirm_code(code=generator.at(later), **told).pk == account.pk
        with _Refused("code_wrong"):
            services.confirm_code(code=generator.at(later), **told)


def test_a_known_password_does_not_give_more_than_five_codes(li):
    switch_on(li)
    codes = []
    for _ in range(4):
        try:
            account = guess(make.PASSWORD)
            services.confirm_code(actor=PUBLIC, account_id=account.pk, code="000000", address="10.0.0.1")
        except Refusal as refusal:
            codes.append(refusal.code)
    assert codes == ["code_wrong", "code_wrong", "login_locked", "login_locked"]


def test_the_secret_is_not_in_the_database_and_needs_the_key_file(li, settings):
    setup = services.setup_totp(actor=li)
    stored = queries.account("li").totp_secret
    assert setup.secret not in stored
    assert setup.secret.encode().hex() not in stored
    assert "<svg" in setup.qr_svg
    key = settings.DATA / "totp.key"
    assert key.stat().st_mode & 0o077 == 0
    key.write_bytes(b"0" * 16)
    with _Refused("sealed_key_lost"):
        services.confirm_totp(actor=li, code="123456")


def test_the_second_step_is_taken_off_with_the_password_or_by_the_security_officer(li):
    switch_on(li)
    with _Refused("password_wrong"):
        services.disable_totp(actor=li, password="wrong")
    with scope.system():
        security = make.holder("security_admin")
    services.reset_totp(actor=security, account_id=li.id)
    assert not queries.account("li").totp_confirmed
    switch_on_again = services.setup_totp(actor=li)
    assert switch_on_again.secret


def actor_of(key="k" * 32):
    found = queries.signed_in(key, "desk")
    return found.actor if found else None


def start(name="li", key="k" * 32):
    return services.start_session(
        actor=PUBLIC, account=queries.account(name), key=key, address="10.0.0.1", agent="test"
    )


def test_a_session_ends_by_hand_by_idleness_and_by_age(li):
    session = start()
    assert actor_of() == li
    assert queries.signed_in("x" * 32, "desk") is None
    with clock.frozen(make.NOON + timedelta(minutes=121)):
        assert queries.signed_in("k" * 32, "desk") is None
    LoginSession.objects.update(seen_at=make.NOON + timedelta(hours=12))
    with clock.frozen(make.NOON + timedelta(hours=12, minutes=1)):
        assert queries.signed_in("k" * 32, "desk") is None
    services.end_session(actor=li, session_id=session.pk)
    assert queries.signed_in("k" * 32, "desk") is None


def test_a_session_moves_to_another_post_when_its_own_has_ended(li):
    start()
    post = make.post("handler", queries.department_by_slug(make.DISTRICT, "urban"))
    who = queries.account("li")
    make.appointed(who, post)
    first = queries.appointments_of(li, who.pk).get(post__role="dispatcher")
    services.end_appointment(actor=make.SYSTEM, appointment_id=first.pk, ends=clock.today())
    assert actor_of().post_id == post.pk


def test_touching_writes_once_a_minute(li, django_assert_num_queries):
    session = start()
    with django_assert_num_queries(0):
        services.touch(session=session, post_id=session.post_id)
    with clock.frozen(make.NOON + timedelta(minutes=2)):
        services.touch(session=session, post_id=session.post_id)
    session.refresh_from_db()
    assert session.seen_at == make.NOON + timedelta(minutes=2)
