"""Mathematics without a subject: functions of numbers, each with the source of its formula."""
