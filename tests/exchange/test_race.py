"""Two reviewers on one proposal at once, each in a transaction of its own."""

import threading

import pytest
from django.db import connection

from tests import make as district_make
from tests.exchange import make
from wangge.exchange import queries, services
from wangge.exchange.models import Link
from wangge.kernel import scope
from wangge.kernel.errors import Refusal


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_just_one_decides():
    with scope.system():
        district_make.forget()
        district_make.district()
        people, source = make.people(), make.source()
        make.take(source, [make.row(people[2], "S2", id_number="", name="水汀野")])
        make.run(source)
        by = make.manager()
        (link,) = list(queries.review_list(by, source))
    start, said = threading.Barrier(2), []

    def review(act):
        try:
            with scope.use(by):
                start.wait(10)
                act(actor=by, link_id=link.pk, seen_step=link.step)
                said.append("done")
        except Refusal as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=review, args=(act,)) for act in (services.accept_link, services.reject_link)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert sorted(said) == ["decided", "done"]
    with scope.system():
        assert Link.objects.filter(state__in=["linked", "rejected"]).count() == 1
