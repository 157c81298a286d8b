"""Encode a picture that somebody sent, before anything is changed."""

from dataclasses import dataclass
from typing import Final

import msgspec

from fullhouse.concurrency.bulkhead import Bulkhead
from fullhouse.concurrency.child_process import ProcessFailed, run_in_child_process
from fullhouse.kernel.ids import OrgId
from fullhouse.people.errors import PictureInvalid
from fullhouse.people.limits import PICTURE_SECONDS_MAX, PICTURE_WAIT_SECONDS_MAX
from fullhouse.people.model.picture import (
    EncodedPicture,
    PictureResult,
    looks_like_a_picture,
)
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("people")
_PROGRAM: Final = "fullhouse.people.picture_file"


@dataclass(frozen=True, slots=True)
class EncodePicture:
    """Encodes the files of strangers, one at a time, each in a process of its own.

    Of each organisation in turn: one with many large pictures holds up no other's.
    """

    bulkhead: Bulkhead

    async def __call__(self, org_id: OrgId, file: bytes) -> EncodedPicture:
        """A cancelled call ends the process.

        Raises `PictureInvalid`, and `Overloaded` or `DeadlineExceeded` when too many wait.
        """
        if not looks_like_a_picture(file):  # else no process is worth its start
            raise PictureInvalid
        await self.bulkhead.acquire(PICTURE_WAIT_SECONDS_MAX, caller=str(org_id))
        try:
            answer = await run_in_child_process(_PROGRAM, file, timeout_seconds=PICTURE_SECONDS_MAX)
        except ProcessFailed as failed:
            _LOG.warning("people.picture_stopped", status=failed.status)
            raise PictureInvalid(
                "This picture is too large. Send a smaller one.", problem="too_large"
            ) from failed
        finally:
            self.bulkhead.release()
        result: PictureResult = msgspec.msgpack.decode(answer, type=PictureResult)
        if isinstance(result, EncodedPicture):
            return result
        raise PictureInvalid(result.detail, problem=result.problem)
