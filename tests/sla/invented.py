"""An invented service with its own words, prices and steps; nothing of it is known to any code."""

import json
from typing import Any


def words(text: str) -> dict[str, str]:
    return {"fr": f"{text} (fr)", "nl": f"{text} (nl)", "en": text}


def night_watch(**changes: Any) -> dict[str, Any]:
    """Return a whole service description; `changes` replaces sections."""
    return {
        "name": "Night Watch",
        "version": "3",
        "effective_from": "2025-09-01",
        "zone": "Europe/Lisbon",
        "public_holidays": False,
        "support_window": {"saturday": ["10:00-12:00", "13:00-15:30"], "sunday": ["22:00-24:00"]},
        "priorities": {
            "P1": {"impact": "nobody watches", "update_every_s": 900},
            "P3": {"impact": words("somebody sleeps")},
        },
        "kpis": [
            {
                "kpi": "reaction",
                "obligation": "SLA",
                "priorities": ["P1"],
                "target_s": 1_800,
                "clause": "Annex 2",
                "credit": {"percentage": "7.5", "monthly_cap": 15},
            }
        ],
        "subscriptions": {"dusk": words("Dusk"), "dawn": words("Dawn"), "noon": words("Noon")},
        "components": {
            "lantern": {
                "name": words("Lantern"), "clause": "Art. 1",
                "dusk": "DEF", "dawn": "DEF", "noon": "OPT",
            },
            "whistle": {"name": words("Whistle"), "clause": "Art. 2", "dusk": "OPT", "dawn": "DEF"},
            "incident_management": {
                "name": words("Alarm"), "clause": "Art. 3",
                "dusk": "DEF", "dawn": "DEF",
            },
        },
        "fees": {
            "currency": "EUR",
            "vat_percentage": "6",
            "payment_days": 14,
            "recurring": {
                "dusk": {"access_owner": "10.01", "customer_id": "0.99"},
                "dawn": {"access_owner": "20", "customer_id": "0"},
                "noon": {"access_owner": "0", "customer_id": "3.33"},
            },
            "options": {"whistle": "4.44"},
            "one_off": {
                "oil": {"name": words("Oil, a can"), "price": "7.77", "component": "lantern"}
            },
        },
        "notice": {"customer": {"months": 1}, "provider": {"days": 45}},
        "retention": {"rounds": {"days": 90, "name": words("Rounds walked")}},
        "inactivity": {"months": 2, "warn_after_months": 1, "is_charged": True},
        "implementation": {
            "steps": [
                {"key": "light", "name": words("Light the lamp"), "activates": True},
                {"key": "walk", "name": words("Walk along"), "subscriptions": ["dawn"],
                 "needs_activation": True},
            ],
            "extras": [{"key": "cellar", "name": words("The cellar")}],
        },
        "training_window": {"days": 10},
        "deletion_wait": {"days": 3},
        **changes,
    }  # fmt: skip


def toml_of(document: dict[str, Any]) -> bytes:
    """Return a document as a TOML file, each section in one line."""
    return "\n".join(f"{key} = {_written(value)}" for key, value in document.items()).encode()


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_written(v)}" for key, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_written(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)
