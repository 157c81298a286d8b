"""Building blocks for asyncio: bulkhead, batcher, turns, child process, run to completion."""
