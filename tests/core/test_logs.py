"""Logs: JSON lines without personal data, also when something falls over."""

import io
import json

import structlog

from ops_portal.core.logs import configure_logs


def lines_of(monkeypatch, write):
    out = io.StringIO()
    configure_logs()
    config = structlog.get_config()
    monkeypatch.setitem(config, "logger_factory", structlog.WriteLoggerFactory(file=out))
    structlog.configure(**config)
    write(structlog.get_logger())
    configure_logs()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_is_one_json_line(monkeypatch):
    (line,) = lines_of(monkeypatch, lambda log: log.info("job.done", job=7))
    assert (line["event"], line["job"], line["level"]) == ("job.done", 7, "info")
    assert line["timestamp"].endswith("Z")


def test_what_people_typed_is_not_written_down(monkeypatch):
    (line,) = lines_of(
        monkeypatch, lambda log: log.info("x", email="claire@example.org", text="secret", name="C")
    )
    assert "claire" not in json.dumps(line)
    assert "secret" not in json.dumps(line)


def test_an_error_tells_where_and_not_with_which_values(monkeypatch):
    def fall(log):
        password = "hunter2"  # noqa: F841, S105 (a local value that must not be seen)
        try:
            {}["claire@example.org"]
        except KeyError as error:
            log.error("error", exc_info=error)  # noqa: TRY400 (as the edge does)

    (line,) = lines_of(monkeypatch, fall)
    assert line["error"] == "KeyError"
    assert any("test_logs.py" in frame for frame in line["frames"])
    assert "hunter2" not in json.dumps(line)
    assert "claire" not in json.dumps(line)


def test_a_line_break_does_not_make_a_second_line(monkeypatch):
    assert len(lines_of(monkeypatch, lambda log: log.info("x", path="/a\n{}"))) == 1
