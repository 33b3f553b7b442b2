"""What a password must not be; length is what counts, composition does not."""

import pytest
from argon2 import extract_parameters

from ops_portal.accounts import passwords, secrets
from ops_portal.accounts.passwords import is_common, is_own, refuse_weak
from ops_portal.core.errors import RefusedError

OWN = ("Claire Fontaine", "claire@tilleuls.example", "Clinique des Tilleuls")


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Passw0rd1234!",
        "P@ssw0rd2026!",
        "$unshine2024",
        "motdepasse2026",
        "wachtwoord123",
        "Zomer2026!!!",
        "Bruxelles1234",
        "qwertyuiop12",
        "azertyuiop12",
        "qwertyqwerty",
        "abcabcabcabc",
        "aaaaaaaaaaaa",
        "1212121212121",
        "123456789012",
        "lkjhgfdsapoiuytrewq",
        "abcdefghijkl",
        "1qaz2wsx3edc",
    ],
)
def test_what_is_tried_first_is_refused(password):
    assert is_common(password)
    with pytest.raises(RefusedError, match="among the first"):
        refuse_weak(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "le chat dort au soleil",
        "de kat slaapt in de zon",
        "nnnn oooo pppp qqqq rrrr",
        "J2#k9!mQx0$z",
        "ééééà çùµ£ ôîû",
        "x" * 3 + " lantern above the quay " + "y" * 170,
    ],
)
def test_length_is_enough(password):
    refuse_weak(password, own_words=OWN)


@pytest.mark.parametrize("length", [0, 1, 11])
def test_a_short_one_is_refused(length):
    with pytest.raises(RefusedError, match="at least 12 characters"):
        refuse_weak("lantern quay"[:length])


def test_twelve_characters_are_enough_and_two_hundred_allowed():
    sentence = "lantern above the quay, rain on the roof, "
    refuse_weak(sentence[:12])
    refuse_weak((sentence * 5)[:200])
    with pytest.raises(RefusedError, match="shorter"):
        refuse_weak((sentence * 5)[:201])


@pytest.mark.parametrize(
    "password",
    [
        "Claire.Fontaine2026",
        "fontaineclaire1",
        "claire@tilleuls.example",
        "tilleuls-clinique",
        "CLAIRE-claire-99",
    ],
)
def test_the_own_name_or_address_is_refused(password):
    assert is_own(password, OWN)
    with pytest.raises(RefusedError, match="your name or address") as refused:
        refuse_weak(password, own_words=OWN)
    assert set(refused.value.fields) == {"password"}


def test_a_sentence_may_mention_the_own_name():
    assert not is_own("claire aime les fraises en juin", OWN)


def test_short_names_do_not_forbid_half_the_alphabet():
    assert not is_own("an elephant on ice", ("An Li", "a.l@x.example"))


def test_the_list_is_long_and_in_small_letters():
    words = passwords._words()
    assert len(words) > 2500
    assert all(word == word.casefold() for word in words)


def test_hashes_follow_the_recommendation():
    """RFC 9106: argon2id, three passes over 64 MiB."""
    found = extract_parameters(secrets.PasswordHasher().hash("lantern quay"))
    shipped = extract_parameters(SHIPPED.hash("lantern quay"))
    assert (shipped.type, shipped.time_cost, shipped.memory_cost) == (found.type, 3, 65536)


SHIPPED = secrets._hasher  # what is used outside these tests


def test_the_same_letters_typed_on_two_keyboards_are_one_password():
    composed, decomposed = "caf\u00e9 au lait svp", "cafe\u0301 au lait svp"
    assert secrets.check_password(secrets.hash_password(composed), decomposed)


def test_an_old_hash_is_made_anew_at_sign_in():
    weaker = secrets.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    secrets.use_hasher(secrets.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert secrets.needs_rehash(weaker.hash("lantern quay"))


@pytest.mark.parametrize("stored", ["", "plain text", "$argon2id$v=19$broken"])
def test_a_broken_hash_fits_nothing(stored):
    assert not secrets.check_password(stored, "")
    assert not secrets.check_password(stored, stored)
