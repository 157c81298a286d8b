"""Every setting: what is refused, in which words, and what is taken."""

from pathlib import Path

import pytest

from fullhouse.entrypoints import cli
from fullhouse.invalid_settings import InvalidSettings
from fullhouse.settings import Settings, setting_names, unknown_variables

NUMBERS = ("many", "1.5e", "-1", "0", "1e400", "1" * 40, "true", "١٢ x")
URLS = ("foo", "//", "http//x", "ftp://host", "://host", "a b")
A_FILE = "(a file)"

WRONG: dict[str, tuple[str, ...]] = {
    "database_url": (
        *URLS, "mysql://host/db", "postgresql:/host", "host=db dbname=x", "postgresql://h:port/db",
        "postgresql://h:0/db", "postgresql://h:70000/db", "postgresql://u:p@h /db",
        "postgresql://a,b:x/db", "postgresql://a b/db",
    ),
    "data_dir": (A_FILE, f"{A_FILE}/below", "~nobody_of_that_name/data", "a" * 300),
    "host": ("http://localhost", "127.0.0.1:8400", "a b", "[::1]", "host/path", "*", "a..b", ":"),
    "port": ("-1", "65536", "8400/tcp", "80 80", "1.5", "http", "1" * 40),
    "workers": (*NUMBERS, "65"),
    "demo": ("maybe", "2", "ja"),
    "public_url": (
        *URLS, "tickets.example.org", "https://", "https://host:99999", "https://host:0",
        "https://host/tickets", "https://host?x=1", "https://host#top", "https://me:pw@host",
        "https://a b", "https://host:port",
    ),
    "peer_url": (*URLS, "10.0.0.7:8400", "http://10.0.0.7:8400/x", "https://host:0"),
    "smtp_url": (
        *URLS, "mail.example.org", "smtp://host", "smtp://?from=a@example.org",
        "smtp://host?from=nobody", "smtp://host:99999?from=a@example.org",
        "smtp://host:0?from=a@example.org", "smtp://host:port?from=a@example.org",
        "smtp://user@host?from=a@example.org", "smtp://u:p/w@host?from=a@example.org",
        "smtp://host/path?from=a@example.org", "smtp://u:p w@host?from=a@example.org",
        "http://host?from=a@example.org",
    ),
    "bounce_domain": ("localhost", "https://b.example.org", "a b.example", "b\u00fccher.example"),
    "dkim_key_file": ("/usr", "~nobody_of_that_name/key", A_FILE),
    "dkim_selector": ("a b", "a..b", "j\u00fcni", "a/b"),
    "encryption_key": (
        "secret",
        "x" * 44,
        "a" * 43 + "=,",
        "a" * 22 + "==",
        "a! " + "a" * 42 + "=",
    ),
    "encryption_key_file": ("/usr", "~nobody_of_that_name/key"),
    "redis_url": (
        *URLS, "localhost:6379", "http://localhost", "redis://", "redis://host:99999",
        "redis://host/first", "unix://", "unix:///", "redis://host:port",
    ),
    "sandbox": ("maybe", "2", "ja"),
    "sandbox_url": (*URLS, "127.0.0.1:8480", "http://127.0.0.1:8480/control", "smtp://127.0.0.1"),
    "optimise": ("on", "1", "auto"),
    "log_json": ("json", "2"),
    "log_level": ("loud", "20", "warn ing"),
    "trusted_proxies": (
        "proxy.example.org", "127.0.0.1;::1", "127.0.0.256", "10.0.0.0/33", "[", "[1", '[""]',
        '["x"]', "*",
    ),
    "webhook_networks": (
        "proxy.example.org", "127.0.0.1;::1", "127.0.0.256", "10.0.0.0/33", "[", "[1", '[""]',
        '["x"]', "*",
    ),
    "alert_emails": ("nobody", "a@example.org;b@example.org", "a@example.org, @", "["),
    "alert_webhook_url": (*URLS, "hooks.example.org", "https://", "https://h:0/x", "smtp://h"),
    "alert_escalation": (
        "deputy@example.org", "15 a@example.org", "20m", "15m nobody", "0m a@example.org",
        "25h a@example.org", "1h a@example.org; 15m b@example.org", "1h a@example.org;",
        "15m a@example.org; 15m b@example.org", "15m ftp://host", "15s a@example.org",
        "; ".join(f"{n}m a@example.org" for n in range(1, 7)),
    ),
    "alert_heartbeat_url": (*URLS, "hc.example.org", "https://h:99999/"),
    "alert_webhook_secret": ("secret", "whsec_=", "whsec_c2hvcnQ=", "whsec_" + "!" * 40),
    "metrics_token": ("short", "x" * 15),
    "otlp_endpoint": (*URLS, "collector:4318", "https://h:99999/"),
    "traces_share": ("many", "-0.1", "1.1", "nan", "inf"),
    "sentry_dsn": (*URLS, "https://sentry.example.org/1", "https://key@h:99999/1", "https://k@h/"),
    "memory_max_mb": (*NUMBERS, "127", "1000001"),
    "replace_processes": ("maybe", "2", "ja"),
    "connections_max": (*NUMBERS, "1", "201"),
    "writes_burst": NUMBERS,
    "writes_per_second": (*NUMBERS, "inf", "nan"),
    "holds_per_client": NUMBERS,
    "held_places_per_client": NUMBERS,
    "waits_per_client": NUMBERS,
    "reads_burst": NUMBERS,
    "reads_per_second": (*NUMBERS, "inf", "nan"),
    "streams_per_client_max": NUMBERS,
}  # fmt: skip
CASES = [(name, value) for name, values in WRONG.items() for value in values]

RIGHT = {
    "database_url": (
        "postgresql://user:p%40ss@host/db", "postgres://host", "postgresql:///db?host=/run/sockets",
        "postgresql://a:5432,b:5433/db", "postgresql://u@[::1]:5432/db", "postgresql://u@/db",
    ),
    "host": ("0.0.0.0", "::1", "localhost", "my-host.example.org", " 127.0.0.1 "),  # noqa: S104 - a text
    "port": ("0", " 8500 ", "65535"),
    "public_url": ("https://t.example.org", "http://10.0.0.1:8400/", "https://[::1]", "http://b\u00fccher.example"),
    "smtp_url": (
        "smtp://u:p%2F%40@mail:25?from=a@example.org", "smtps://mail?from=a@example.org",
        "smtp+starttls://mail/?from=a@b\u00fccher.example",
    ),
    "bounce_domain": ("bounces.example.org",),
    "redis_url": ("redis://host", "rediss://u:p@host:6380/2", "unix:///run/redis.sock?db=1"),
    "sandbox_url": ("http://127.0.0.1:8480", "http://[::1]:8480/"),
    "peer_url": ("http://10.0.0.7:8400", "http://[fd00::7]:8400/"),
    "log_level": ("DEBUG", "Warning"),
    "trusted_proxies": ("127.0.0.1", "127.0.0.1, 10.0.0.0/8", '["127.0.0.1", "::1"]', "[]"),
    "webhook_networks": ("127.0.0.1", "127.0.0.1, 10.0.0.0/8", '["127.0.0.1", "::1"]', "[]"),
    "alert_escalation": (
        "15m deputy@example.org, owner@example.org; 1h https://hooks.example.org/alerts",
    ),
    "alert_emails": ("ops@example.org", "a@example.org, b@example.org"),
    "alert_webhook_url": ("https://hooks.slack.com/services/T/B/x", "http://127.0.0.1:9000/a"),
    "alert_webhook_secret": ("whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",),
    "demo": ("true", "0", "yes"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)


def test_every_setting_has_wrong_values_here() -> None:
    assert set(WRONG) == set(Settings.model_fields)


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_wrong_value_is_refused_in_a_sentence_without_the_value(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    value = value.replace(A_FILE, str(tmp_path / "file"))
    variable = f"FULLHOUSE_{name.upper()}"
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidSettings) as refused:
        cli.settings_with()
    (line,) = refused.value.detail.splitlines()
    assert line.startswith(f"{variable}: ")
    assert line.endswith(".")
    assert line.count(" ") > 2
    assert name == "data_dir" or value not in line.split()
    assert not {"Input", "validation", "Traceback"} & set(line.split())


@pytest.mark.parametrize("name", list(WRONG))
@pytest.mark.parametrize("blank", ["", "   ", "\t"])
def test_an_empty_setting_counts_as_unset(
    name: str, blank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"FULLHOUSE_{name.upper()}", blank)
    assert cli.settings_with() == Settings()


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in RIGHT.items() for value in values]
)
def test_a_right_value_is_taken(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"FULLHOUSE_{name.upper()}", value)
    assert getattr(cli.settings_with(), name) not in {None, ""}


def test_wrong_settings_are_all_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FULLHOUSE_PORT", "x")
    monkeypatch.setenv("FULLHOUSE_SMTP_URL", "foo")
    with pytest.raises(InvalidSettings) as refused:
        cli.settings_with(workers=0)
    names = [line.split(":")[0] for line in refused.value.detail.splitlines()]
    assert sorted(names) == ["--workers", "FULLHOUSE_PORT", "FULLHOUSE_SMTP_URL"]


def test_a_folder_that_this_user_may_not_open_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FULLHOUSE_DATA_DIR", str(tmp_path / "below"))
    # Root may open every folder, and looking into a closed one raises for others
    monkeypatch.setattr("fullhouse.settings.os.access", lambda path, _mode: path != tmp_path)
    with pytest.raises(InvalidSettings, match=f"this user may not open {tmp_path}"):
        cli.settings_with()


def test_a_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FULLHOUSE_DATA_DIR", "~/data")
    assert cli.settings_with().data_dir == tmp_path / "data"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("::1", "http://[::1]:8400"),
        ("0.0.0.0", "http://127.0.0.1:8400"),  # noqa: S104 - a text
        ("::", "http://[::1]:8400"),
        ("farm", "http://farm:8400"),
    ],
)
def test_links_without_a_public_address_can_be_opened_on_this_machine(host: str, url: str) -> None:
    assert Settings(host=host).base_url == url


def test_unknown_variables_are_found_with_the_nearest_setting() -> None:
    environment = {
        "FULLHOUSE_PROT": "1",
        "fullhouse_smtp_ur": "x",
        "FULLHOUSE_ORCHARD": "x",
        "FULLHOUSE_PORT": "8400",
        "fullhouse_host": "x",
        "PATH": "/bin",
    }
    assert unknown_variables(environment) == {
        "FULLHOUSE_ORCHARD": None,
        "FULLHOUSE_PROT": "FULLHOUSE_PORT",
        "fullhouse_smtp_ur": "FULLHOUSE_SMTP_URL",
    }
