"""Who: organisations and their venues, developers with API keys, staff with sessions."""
