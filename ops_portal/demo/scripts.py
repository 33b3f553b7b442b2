"""What happens in the stories: invented incidents, with their steps in hours of support time."""

from dataclasses import dataclass

from ops_portal.tickets.models import Channel
from sla.policy import Priority


@dataclass(frozen=True, slots=True)
class Step:
    """One thing somebody does, so many support hours after the creation."""

    after_h: float
    what: str
    text: str = ""
    data: str = ""
    is_customer: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """One incident, created so many support hours ago."""

    customer: str
    title: str
    description: str
    priority: Priority
    channel: Channel
    age_h: float
    steps: tuple[Step, ...] = ()
    call_minutes: int = 4


PHONE, PORTAL = Channel.PHONE, Channel.PORTAL
P1, P2, P3, P4 = Priority

SCRIPTS = (
    Script(
        "K-20417",
        "Le portail de facturation ne répond plus",
        "Plus aucun utilisateur n'atteint les factures depuis ce matin, page blanche après la"
        " connexion.",
        P1,
        PHONE,
        20.5,
        (
            Step(0.3, "take"),
            Step(0.5, "start"),
            Step(
                0.6,
                "reply",
                "Incident pris en charge. Prochaine nouvelle dans l'heure.",
            ),
            Step(1.5, "note", "Certificat expiré sur le frontal ? Vu avec l'équipe réseau."),
            Step(3.0, "stop", "Nous attendons l'accès à distance de votre équipe.", "customer"),
            Step(6.0, "reply", "L'accès est ouvert, vous pouvez entrer.", is_customer=True),
            Step(7.0, "diagnose", "Le service d'authentification refuse les jetons.", "certificat"),
            Step(12.0, "escalate", "Analyse des journaux du fournisseur d'identité.", "3"),
            Step(15.0, "reply", "Un correctif est en cours de validation."),
        ),
    ),
    Script(
        "K-20933",
        "Geen enkele factuur zichtbaar na de migratie",
        "Na de migratie van dit weekend zijn alle lijsten leeg.",
        P1,
        PHONE,
        0.7,
        (Step(0.2, "take"),),
    ),
    Script(
        "K-22078",
        "Exports time out for every user",
        "Any export of more than one month ends with an error after a minute.",
        P2,
        PHONE,
        1.6,
        (Step(0.4, "take"), Step(0.5, "escalate", "Needs a look at the export queue.", "2")),
    ),
    Script(
        "K-21560",
        "Montants en double dans le rapport de mars",
        "Le rapport standard compte deux fois les abonnements data.",
        P2,
        PORTAL,
        31.0,
        (
            Step(0.5, "take"),
            Step(1.2, "start"),
            Step(1.3, "reply", "Nous comparons le rapport avec la facture d'origine."),
            Step(20.0, "stop", "Pouvez-vous nous envoyer la facture papier de mars ?", "customer"),
        ),
    ),
    Script(
        "K-22841",
        "Inloggen lukt niet met de nieuwe collega's",
        "Drie nieuwe medewerkers krijgen geen toegang.",
        P2,
        PORTAL,
        4.0,
        (Step(0.4, "take"), Step(1.8, "start"), Step(2.0, "reply", "We kijken de profielen na.")),
    ),
    Script(
        "K-20417",
        "Les centres de coûts ne s'enregistrent pas",
        "Le bouton « Enregistrer » ne fait rien pour les numéros de l'hôpital de jour.",
        P3,
        PORTAL,
        9.0,
        (Step(1.0, "take"), Step(2.5, "start")),
    ),
    Script(
        "K-20417",
        "Question sur l'historique disponible",
        "Jusqu'à quand remontent les détails d'appels ?",
        P4,
        PORTAL,
        2.0,
    ),
    Script(
        "K-22078",
        "Roaming figures look too low",
        "The roaming block of September shows a third of what we expected.",
        P3,
        PORTAL,
        26.0,
        (
            Step(2.0, "take"),
            Step(3.0, "start"),
            Step(6.0, "stop", "The partner network confirms its records.", "third_party"),
        ),
    ),
    Script(
        "K-20933",
        "Rapporten laden traag",
        "Elke pagina duurt meer dan een minuut, alle gebruikers.",
        P2,
        PHONE,
        12.0,
        (
            Step(0.6, "take"),
            Step(1.0, "start"),
            Step(4.0, "correct", "Nader onderzoek: niemand kan nog werken.", "P1"),
            Step(4.2, "reply", "We behandelen dit nu als volledige onderbreking."),
        ),
    ),
    Script(
        "K-21560",
        "Envoi des rapports planifiés interrompu",
        "Plus aucun rapport par courriel depuis hier.",
        P3,
        PORTAL,
        16.0,
        (
            Step(1.0, "take"),
            Step(2.0, "start"),
            Step(11.0, "change", "Les clôtures dépendent désormais de ces rapports.", "P2"),
        ),
    ),
    Script(
        "K-22841",
        "Verkeerde naam bij een nummer",
        "Bij een van de nummers staat een oude naam.",
        P4,
        PORTAL,
        7.0,
        (Step(3.0, "take"), Step(4.0, "resolve", "De naam is aangepast.", "permanent")),
    ),
    Script(
        "K-20417",
        "Fichier de données brutes incomplet",
        "Le fichier d'octobre s'arrête au 17.",
        P2,
        PORTAL,
        29.0,
        (
            Step(0.6, "take"),
            Step(1.1, "start"),
            Step(13.0, "resolve", "Le fichier a été régénéré et contrôlé.", "permanent"),
        ),
    ),
    Script(
        "K-22078",
        "Dashboard shows yesterday's figures",
        "Since Monday the dashboard lags one day behind.",
        P3,
        PORTAL,
        33.0,
        (
            Step(2.0, "start"),
            Step(9.0, "resolve", "The nightly load was moved back to its slot.", "temporary"),
            Step(14.0, "reopen", "It is late again this morning.", is_customer=True),
            Step(15.0, "take"),
        ),
    ),
    Script(
        "K-20933",
        "Scanner van de loods leest geen barcodes",
        "De handscanners geven een fout.",
        P3,
        PORTAL,
        19.0,
        (
            Step(2.0, "take"),
            Step(3.0, "scope", "De scanners horen niet bij de dienst.", "c_foreign_component"),
        ),
    ),
    Script(
        "K-21560",
        "Page d'accueil en anglais",
        "La page s'affiche en anglais malgré le choix du français.",
        P4,
        PORTAL,
        5.0,
    ),
    Script(
        "K-22841",
        "Factuur van oktober ontbreekt",
        "De factuur van oktober staat niet in de lijst.",
        P3,
        PORTAL,
        3.0,
    ),
)

PAST_TITLES = (
    ("Rapport mensuel incomplet", "Le rapport a été recalculé."),
    ("Téléchargement des factures impossible", "Le lien a été rétabli."),
    ("Trage lijsten in de namiddag", "De index is opnieuw opgebouwd."),
    ("Toegang geblokkeerd na wachtwoordwijziging", "De toegang is hersteld."),
    ("Call details missing for one day", "The missing day was loaded again."),
    ("Wrong cost centre in the export", "The reference data were corrected."),
    ("Erreur à l'ouverture d'une facture", "Le fichier a été remplacé."),
    ("Geen meldingen per mail", "De verzending werkt opnieuw."),
)
