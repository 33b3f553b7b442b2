"""Every route, every method, every persona, every mixture of our ids and theirs (reliability T1).

Nothing of the other tenant is read or written, a foreign id and an id of nobody get the same
answer, no page needs more or less than the permission it names, nothing falls over.
"""

import itertools
from collections import Counter
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, select, text

from ops_portal.core.audit import AuditEntry
from ops_portal.web import api as edge
from ops_portal.web.guard import permissions_of_route
from ops_portal.web.public import PUBLIC
from tests.factories import make_world, sign_in
from tests.portal import acting
from tests.servers import servers
from tests.tenancy.bodies import BODIES
from tests.tenancy.props import CANARY, FIXED, Id, furnish
from tests.tenancy.visiting import Visitor, bare, text_of

REFUSED = {403, 404, 422}
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")
CUSTOMERS = ("representative", "access_owner")


@pytest.fixture
def stage(app, monkeypatch):
    """Return `(world, props, visitors)`: everybody signed in, both tenants furnished."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=False)
    monkeypatch.setattr(edge, "REQUESTS_PER_MINUTE", 10**6)
    with acting(app):
        world = make_world()
        props = furnish(world)
    visitors = {name: Visitor(app, person) for name, person in world.personas().items()}
    return world, props, visitors


@pytest.fixture
def theirs(app):
    """Return a function that fingerprints every row of the other tenant."""
    engine = create_engine(
        servers().superuser_url(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database),
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        owned = connection.scalars(
            text(
                "SELECT table_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND column_name = 'customer_id'"
            )
        ).all()

        def fingerprint(customer_id):
            query = " UNION ALL ".join(
                f"SELECT '{name}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t"  # noqa: S608
                " WHERE customer_id = :id"
                for name in sorted(owned)
            )
            return connection.execute(text(query), {"id": customer_id}).all()

        yield fingerprint
    engine.dispose()


def routes(app):
    for rule in sorted(app.url_map.iter_rules(), key=str):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method


def ids_of(rule, method):
    """Return the names of the ids a route takes, in its address and its body."""
    in_address = [name for name in rule.arguments if name not in FIXED]
    body = BODIES.get((rule.endpoint, method), {})
    return sorted({*in_address, *(v.name for v in body.values() if isinstance(v, Id))})


def test_every_route_is_guarded_or_public(app):
    with app.app_context():
        bare_routes = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if rule.endpoint not in PUBLIC and not permissions_of_route(rule.endpoint)
        }
        gone = set(PUBLIC) - {rule.endpoint for rule in app.url_map.iter_rules()}
    assert bare_routes == set()
    assert gone == set()


def test_every_parameter_and_every_body_is_declared(app, stage):
    _world, props, _visitors = stage
    unknown = {
        f"{rule} {name}"
        for rule in app.url_map.iter_rules()
        for name in rule.arguments
        if name not in props and name not in FIXED
    }
    posting = {(r.endpoint, m) for r, m in routes(app) if m != "GET"}
    assert unknown == set()
    assert posting - BODIES.keys() == set(), "say in bodies.py which ids these take"
    assert BODIES.keys() - posting == set()


@pytest.mark.slow
def test_nothing_of_theirs_is_seen_or_touched(app, stage, theirs):
    world, props, visitors = stage
    before = theirs(world.foreign.customer_id)
    faults, visits = [], Counter()
    for name in CUSTOMERS:
        for rule, method in routes(app):
            ids = ids_of(rule, method)
            for mixture in itertools.product(("ours", "theirs"), repeat=len(ids)):
                chosen = {i: props[i][side] for i, side in zip(ids, mixture, strict=True)}
                answer = visitors[name].visit(rule, method, chosen)
                visits[name] += 1
                where = f"{name} {method} {rule} {dict(zip(ids, mixture, strict=True))}"
                faults += _faults(answer, where, is_foreign="theirs" in mixture)
    assert theirs(world.foreign.customer_id) == before, "something of theirs was written"
    assert not faults, "\n".join(faults)
    assert min(visits.values()) > 60


def _faults(answer, where, *, is_foreign):
    body = text_of(answer) + str(answer.headers)
    if CANARY in body:
        yield f"{where}: shows something of theirs"
    if is_foreign and answer.status_code not in REFUSED and not _is_public_redirect(answer):
        yield f"{where}: {answer.status_code} for an id of theirs"
    if answer.status_code >= 500:
        yield f"{where}: {answer.status_code}"
    yield from (f"{where}: no {header}" for header in HEADERS if header not in answer.headers)


def _is_public_redirect(answer):
    return answer.status_code in {302, 303} and "/login" in (answer.location or "")


@pytest.mark.slow
def test_theirs_and_nobodys_get_the_same_answer(app, stage):
    _world, props, visitors = stage
    differing = []
    for name in CUSTOMERS:
        for rule, method in routes(app):
            for one in ids_of(rule, method):
                rest = {i: props[i]["ours"] for i in ids_of(rule, method)}
                pair = [
                    visitors[name].visit(rule, method, {**rest, one: props[one][side]})
                    for side in ("theirs", "nobodys")
                ]
                is_same = pair[0].status_code == pair[1].status_code
                if not is_same or bare(pair[0]) != bare(pair[1]):
                    differing.append(f"{name} {method} {rule} {one}: {_first_difference(pair)}")
    assert not differing, "\n".join(differing)


def _first_difference(pair):
    lines = zip(*(text_of(answer).splitlines() for answer in pair), strict=False)
    return next(((a.strip(), b.strip()) for a, b in lines if a != b), "")


@pytest.mark.slow
def test_every_persona_reaches_exactly_what_its_permissions_name(app, stage):
    world, props, visitors = stage
    wrong = []
    for name, person in world.personas().items():
        for rule, method in routes(app):
            with app.app_context():
                needed = permissions_of_route(rule.endpoint)
            if rule.endpoint in PUBLIC or rule.endpoint == "accounts.logout":
                continue
            side = "theirs" if name == "stranger" else "ours"
            chosen = {i: props[i][side] for i in ids_of(rule, method)}
            status = visitors[name].visit(rule, method, chosen).status_code
            may = any(person.actor.can(p) for p in needed)
            if (status == 403) == may or status >= 500:
                wrong.append(f"{name} {method} {rule}: {status}, may: {may}")
    assert not wrong, "\n".join(wrong)


def test_nobody_gets_in_unnamed(app, stage):
    _world, props, _visitors = stage
    anonymous = Visitor(app, None)
    open_doors = []
    for rule, method in routes(app):
        if rule.endpoint in PUBLIC:
            continue
        chosen = {i: props[i]["ours"] for i in ids_of(rule, method)}
        answer = anonymous.visit(rule, method, chosen)
        if answer.status_code not in {302, 303, 401} or CANARY in text_of(answer):
            open_doors.append(f"{method} {rule}: {answer.status_code}")
    assert not open_doors, "\n".join(open_doors)


def test_reading_changes_nothing(app, stage, theirs):
    """A GET writes no row of any tenant, whoever asks (a staff scope and a refusal are audited)."""
    world, props, visitors = stage
    visitors["agent"].client.get("/desk")
    visitors["operator"].client.get("/desk")
    visitors["manager"].client.get("/desk")
    query = select(AuditEntry.action).distinct()
    with acting(app) as session:
        audited = set(session.scalars(query))
    before = [theirs(t.customer_id) for t in (world.home, world.foreign)]
    for name in ("agent", "manager", "operator", "representative", "access_owner"):
        for rule, method in routes(app):
            if method == "GET":
                chosen = {i: props[i]["ours"] for i in ids_of(rule, method)}
                visitors[name].visit(rule, method, chosen)
    after = [theirs(t.customer_id) for t in (world.home, world.foreign)]
    changed = {
        row[0] for old, new in zip(before, after, strict=True) for row in set(new) - set(old)
    }
    noted = {"audit_entries", "audit_heads"}
    seen = {"presences", "api_tokens", "service_uses"}
    assert changed <= seen | noted, "only who looks, and the last use of tokens and services"
    with acting(app) as session:
        assert set(session.scalars(query)) - audited == {"access.refuse"}


def test_forms_need_their_token(app, stage):
    world, _props, _visitors = stage
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    sign_in(client, world.agent)
    open_doors = []
    for rule, method in routes(app):
        if method == "GET" or rule.endpoint.startswith("api"):
            continue
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(
                rule.endpoint, {name: FIXED.get(name, 1) for name in rule.arguments}
            )
        answer = client.open(address, method=method, data={"_once": str(uuid4())})
        if answer.status_code != 400:
            open_doors.append(f"{method} {rule}: {answer.status_code}")
    assert not open_doors, "\n".join(open_doors)
