"""Building blocks for asyncio: bulkhead, batcher, wait with a time-out, run to completion."""
