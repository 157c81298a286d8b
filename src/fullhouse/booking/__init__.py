"""The core: what is offered, when, to whom, and the ledger that fills every place once."""
