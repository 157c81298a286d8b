"""Operations of an API: declared beside their handlers, decoded, dispatched and documented."""
