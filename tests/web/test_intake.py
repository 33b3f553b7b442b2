"""What is refused before anybody asks who sent it: foreign hosts, and forms that are too large."""

import pytest

from ops_portal.web import intake

ENGLISH = {"Accept-Language": "en"}
TOO_LONG = "x" * (1024 * 1024 + 1)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "localhost", "LOCALHOST:99", "[::1]:8080", "127.0.0.7"]
)
def test_the_portals_own_names_are_answered(edge, host):
    assert edge.test_client().get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.11:8080", "[::1", "x@localhost", ""]
)
def test_another_name_is_refused_with_the_right_address(edge, host):
    answer = edge.test_client().get("/login", headers={**ENGLISH, "Host": host})
    assert answer.status_code == 400
    assert "http://127.0.0.1:8080" in answer.text
    assert "evil" not in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_a_form_for_another_name_is_refused_before_its_token_is_asked(edge):
    answer = edge.test_client().post("/login", headers={**ENGLISH, "Host": "evil.example"})
    assert "The portal is not reached by this name." in answer.text


def test_the_configured_name_is_answered_in_any_spelling():
    assert intake._name_of("Portal.Example.org.:443") == "portal.example.org"


def test_a_probe_asks_a_machine_by_its_address(edge):
    assert edge.test_client().get("/healthz", headers={"Host": "10.0.0.11"}).status_code == 200


def test_a_program_reads_why_its_host_is_refused(edge):
    answer = edge.test_client().get("/api/v1/tickets", headers={"Host": "evil.example"})
    assert answer.json["type"].endswith("unknown_host")


URLENCODED = ("application/x-www-form-urlencoded", f"email={TOO_LONG}")
PART = 'Content-Disposition: form-data; name="email"'
MULTIPART = ("multipart/form-data; boundary=b", f"--b\r\n{PART}\r\n\r\n{TOO_LONG}\r\n--b--\r\n")


@pytest.mark.parametrize(("kind", "body"), [URLENCODED, MULTIPART], ids=["plain", "with files"])
def test_a_form_that_is_too_large_says_what_to_do(edge, kind, body):
    answer = edge.test_client().post("/login", data=body, content_type=kind, headers=ENGLISH)
    assert answer.status_code == 413
    assert "shorten the text" in answer.text
