"""`/openapi.json` tells of every address that answers in JSON, and of no other."""

from datetime import timedelta

import pytest

from tests.support.factories import make_campaign, sign_in_as_voter
from tests.support.noticed import noticed, object_to
from tests.test_routes import EVERYONE, IDENTIFIED, MACHINES, OWN, lines, path_of
from votesite import clock

SLUG = "xiangzhen-2026"
JSON = {"Accept": "application/json"}
PAGES = {"POST /c/<slug>/ballot/confirm", "POST /c/<slug>/receipts/<code>/appeal"}


@pytest.fixture
def described(client):
    return client.get("/openapi.json").json


def addresses(described):
    """`GET /c/<slug>/me` and so on, as the url map writes them."""
    return {
        f"{method.upper()} {path.replace('{', '<').replace('}', '>')}"
        for path, methods in described["paths"].items()
        for method in methods
    }


def vote(client):
    """One ballot, so that the ledger has begun; its receipt's code."""
    sign_in_as_voter(client, 1)
    mine = client.get(f"/c/{SLUG}/me").json
    fields = {name: mine[name] for name in ("csrf_token", "ballot_token")}
    form = {**fields, "candidate": "1", "consent": "1"}
    return client.post(f"/c/{SLUG}/ballot", data=form, headers=JSON).json["receipt"]


@pytest.fixture
def campaign(app):
    now = clock.now()
    return make_campaign(opens=now - timedelta(days=1), closes=now + timedelta(days=1))


def test_every_address_told_of_exists(described):
    known = {line for group in (EVERYONE, OWN, IDENTIFIED, MACHINES) for line in lines(group)}

    assert addresses(described) <= known


def test_every_address_that_answers_json_is_told_of(client, campaign, described):
    code = vote(client)
    found = set()
    queries = {"proof": {"n": 0, "size": 1}, "consistency": {"from": 0, "to": 1}}
    known = [line for group in (EVERYONE, OWN, MACHINES) for line in lines(group)]
    for address in [line for line in known if line.startswith("GET ")]:
        path = path_of(address).replace("0000000000000000", code)
        query = queries.get(path.rpartition("/")[2])
        answer = client.get(path, headers=JSON, query_string=query)
        found |= {address} if answer.mimetype == "application/json" else set()
    posts = {line for line in lines(IDENTIFIED) if line.startswith("POST /c/")} - PAGES

    later = {"GET /wechat/js-config", "GET /c/<slug>/objections/<code>"} | {
        f"GET /c/<slug>/ledger/{name}"
        for name in ("answers", "data", "panel.json", "ranking.json", "result.json")
    }
    assert found | posts | later == addresses(described)


def test_answers_have_the_fields_that_are_told(client, campaign, described):
    code = vote(client)

    def fields(path):
        told = described["paths"][path]["get"]["responses"]["200"]["content"]
        return sorted(told["application/json"]["schema"]["properties"])

    assert fields("/c/{slug}/me") == sorted(client.get(f"/c/{SLUG}/me").json)
    assert fields("/c/{slug}/results.json") == sorted(client.get(f"/c/{SLUG}/results.json").json)
    receipt = client.get(f"/c/{SLUG}/receipts/{code}", headers=JSON).json
    told = noticed()
    objection = object_to(told.campaign).code
    address = f"/c/{told.slug}/objections/{objection}"
    assert fields("/c/{slug}/objections/{code}") == sorted(client.get(address, headers=JSON).json)
    assert fields("/c/{slug}/receipts/{code}") == sorted(receipt)
