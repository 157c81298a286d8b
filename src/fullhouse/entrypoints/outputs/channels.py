"""Responses about channels."""

from typing import Annotated, ClassVar

from msgspec import Meta

from fullhouse.entrypoints.outputs.fields import Url
from fullhouse.http.operations.bodies import ResponseBody, VersionedBody
from fullhouse.kernel.timespan import Instant
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.channels import ChannelName, ChannelSettings, ChannelTestOutcome


class ChannelResponse(VersionedBody, frozen=True, kw_only=True):
    """A channel and how it goes."""

    example: ClassVar = {
        "channel": "make",
        "url": "https://hook.eu2.make.com/4s7k2mxq",
        "has_key": True,
        "enabled": True,
        "kinds": [],
        "acknowledge_minutes": 10,
        "sms_per_day_max": 500,
        "limited_at": "2027-06-12T18:20:44Z",
        "failing_since": "2027-06-11T09:14:02Z",
        "failure": "503",
        "tested_at": "2027-06-10T19:02:11Z",
        "test_answer": "200 Accepted",
        "test_acknowledged_at": "2027-06-10T19:02:14Z",
        "version": 1,
    }
    channel: ChannelName
    url: Url
    has_key: bool
    enabled: bool
    kinds: tuple[EmailKind, ...]
    acknowledge_minutes: int
    sms_per_day_max: int
    limited_at: Annotated[
        Instant | None,
        Meta(description="When guests had last caused as many SMS as they may; null for never."),
    ]
    failing_since: Annotated[
        Instant | None, Meta(description="Since when it takes no message; null while it works.")
    ]
    failure: Annotated[str, Meta(description="What it answered last when it took no message.")]
    tested_at: Instant | None
    test_answer: Annotated[str, Meta(description="What the latest test was answered.")]
    test_acknowledged_at: Annotated[
        Instant | None, Meta(description="When the latest test was acknowledged.")
    ]

    @staticmethod
    def of(channel: ChannelSettings) -> "ChannelResponse":
        return ChannelResponse(
            channel=channel.channel,
            url=channel.url,
            has_key=channel.has_key,
            enabled=channel.is_enabled,
            kinds=channel.kinds,
            acknowledge_minutes=channel.acknowledge_minutes,
            sms_per_day_max=channel.sms_per_day_max,
            limited_at=channel.limited_at,
            failing_since=channel.failing_since,
            failure=channel.failure,
            tested_at=channel.tested_at,
            test_answer=channel.test_answer,
            test_acknowledged_at=channel.test_acknowledged_at,
            version=channel.version,
        )


class ChannelListResponse(ResponseBody, frozen=True):
    """The channels that are set up."""

    example: ClassVar = {"channels": [ChannelResponse.example]}
    channels: tuple[ChannelResponse, ...]


class ChannelTestResponse(ResponseBody, frozen=True):
    """Whether a test is sent: `no_address` and `no_phone` say to whom it cannot be."""

    example: ClassVar = {"outcome": "asked"}
    outcome: ChannelTestOutcome
