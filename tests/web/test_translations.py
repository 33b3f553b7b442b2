"""The catalogues are read as they lie in the repository: no machine needs to compile them."""

from ops_portal.web.translations import messages_of


def test_each_language_speaks():
    """TEC-3: French, Dutch and English."""
    assert messages_of("fr").ugettext("Priority") == "Priorité"
    assert messages_of("nl").ugettext("Priority") == "Prioriteit"
    assert messages_of("en").ugettext("Priority") == "Priority"


def test_a_language_nobody_speaks_is_english():
    assert messages_of("xx").ugettext("Priority") == "Priority"
