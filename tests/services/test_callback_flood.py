"""A flood of invented login codes while WeChat is slow: people from elsewhere still sign in."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.faults import stepped
from tests.support.scripted_wechat import scripted_wechat
from tests.support.site import make_app
from votesite import rate_limits
from votesite.extensions import db
from votesite.wechat.transport import MAX_CALLS, MAX_FROM_ONE, MAX_FROM_SUSPECT

pytestmark = pytest.mark.services

STRANGER, NEIGHBOUR, ELSEWHERE = "203.0.113.5", "203.0.113.6", "198.51.100.7"


def slow(seconds):
    """WeChat that takes its time, and knows the codes that begin with `good`."""

    def answer(handler):
        code = parse_qs(urlsplit(handler.path).query)["code"][0]
        time.sleep(seconds)
        known = {"access_token": "t", "expires_in": 7200, "openid": f"o{code}", "scope": "x"}
        body = json.dumps(known if code.startswith("good") else {"errcode": 40029}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def site_behind(tmp_path, seconds):
    with scripted_wechat(slow(seconds)) as server:
        app = make_app(tmp_path, WECHAT_API_BASE=server.base)
        yield app, server
        with app.app_context():
            db.engine.dispose()


def arrive(app, code, address):
    """Come back from WeChat with a code; the status, where it leads, and the seconds it took."""
    client = app.test_client()
    place = {"REMOTE_ADDR": address}
    left = client.get("/wechat/login?next=/problems", environ_base=place).location
    (state,) = parse_qs(urlsplit(left).query)["state"]
    begun = time.monotonic()
    answer = client.get(f"/wechat/callback?code={code}&state={state}", environ_base=place)
    return answer.status_code, answer.location, time.monotonic() - begun


def test_people_from_elsewhere_sign_in_while_one_network_floods(tmp_path):
    with site_behind(tmp_path, 2.0) as (app, _), ThreadPoolExecutor(80) as pool:
        arrive(app, "good-first", ELSEWHERE)  # makes the site's key
        flood = [pool.submit(arrive, app, f"no{n}", STRANGER) for n in range(60)]
        time.sleep(0.5)
        people = [pool.submit(arrive, app, f"good{n}", ELSEWHERE) for n in range(4)]
        arrived = [one.result() for one in people]
        flooded = [one.result()[0] for one in flood]

    assert [(status, to) for status, to, _ in arrived] == [(302, "/problems")] * 4
    assert max(seconds for *_, seconds in arrived) < 3
    assert flooded.count(503) == 60 - MAX_FROM_ONE
    assert MAX_FROM_ONE < MAX_CALLS


def test_network_of_invented_codes_keeps_a_few_places_and_its_people_get_in(tmp_path):
    with stepped.stopped(), site_behind(tmp_path, 0.0) as (app, server):
        for n in range(60):
            arrive(app, f"no{n}", STRANGER)
        good = arrive(app, "good1", NEIGHBOUR)
        with app.app_context():
            suspects = [
                rate_limits.brings_refused_codes(address)
                for address in (STRANGER, NEIGHBOUR, ELSEWHERE)
            ]
        server.answers[:] = [slow(1.0)]
        with ThreadPoolExecutor(20) as pool:
            flood = list(pool.map(lambda n: arrive(app, f"no{n}", STRANGER)[0], range(20)))

    assert good[:2] == (302, "/problems")
    assert suspects == [True, True, False]
    assert flood.count(503) == 20 - MAX_FROM_SUSPECT


def test_code_that_wechat_itself_brought_twice_makes_nobody_suspect(tmp_path):
    with site_behind(tmp_path, 0.0) as (app, server):
        client = app.test_client()
        for n in range(70):
            left = client.get("/wechat/login?next=/problems").location
            (state,) = parse_qs(urlsplit(left).query)["state"]
            client.get(f"/wechat/callback?code={'no' if n else 'good'}&state={state}")
        with app.app_context():
            assert not rate_limits.brings_refused_codes("127.0.0.1")
    assert len(server.requests) == 70
