import pytest

from bursar.sandbox.fake.vendor import Choice
from tests.sandbox.fake.stripe.asking import CANCEL, line, session


def _choose(http, checkout, choice):
    return http.post(f"/pay/{checkout}", data={"choice": choice})


def test_the_page_shows_amount_lines_and_what_a_payer_may_do(stage, http):
    opened = session(stage, line_items=[line("Algebra <I>", 4_500), line("Chess", 1_000, quantity=2)])

    page = http.get(opened.url)

    assert page.status_code == 200
    assert "$65.00" in page.text
    assert "Algebra &lt;I&gt;" in page.text
    assert "2 x Chess" in page.text
    for choice in Choice:
        assert f'value="{choice}"' in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_payer_who_pays_goes_to_the_success_url(stage, http):
    opened = session(stage)

    paid = _choose(http, opened.id, "pay")

    assert paid.status_code == 303
    assert paid.headers["location"] == f"https://school.example/paid?s={opened.id}"
    assert stage.v1.checkout.sessions.retrieve(opened.id).payment_status == "paid"


def test_a_declined_payer_sees_the_page_again_and_why(stage, http):
    opened = session(stage)

    declined = _choose(http, opened.id, "decline")
    page = http.get(declined.headers["location"])

    assert declined.status_code == 303
    assert "Your card was declined." in page.text
    assert 'value="pay"' in page.text


def test_a_payer_may_pay_by_a_bank_that_answers_later(stage, http):
    opened = session(stage)

    accepted = _choose(http, opened.id, "pay-later")

    told = stage.v1.checkout.sessions.retrieve(opened.id)
    assert accepted.status_code == 303
    assert (told.status, told.payment_status) == ("complete", "unpaid")


def test_a_payer_who_leaves_goes_to_the_cancel_url_and_may_come_back(stage, http):
    opened = session(stage)

    left = _choose(http, opened.id, "leave")

    assert left.headers["location"] == CANCEL
    assert stage.v1.checkout.sessions.retrieve(opened.id).status == "open"


def test_a_paid_checkout_cannot_be_paid_again(stage, http):
    opened = session(stage)
    _choose(http, opened.id, "pay")

    again = _choose(http, opened.id, "pay")

    assert again.status_code == 409
    assert "complete" in again.text
    assert 'value="pay"' not in again.text
    assert len(stage.book.captured()) == 1


def test_an_expired_checkout_says_so(stage, http):
    opened = session(stage)
    stage.gateways.clock.advance(25 * 3_600)

    assert "expired" in http.get(opened.url).text


@pytest.mark.parametrize("choice", ["", "steal"])
def test_a_choice_that_is_none_is_refused(stage, http, choice):
    opened = session(stage)

    assert _choose(http, opened.id, choice).status_code == 400


def test_an_unknown_checkout_is_not_found(http):
    assert http.get("/pay/cs_test_unknown").status_code == 404
