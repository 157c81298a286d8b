"""Page handlers, one file a page: parse the request, call a read or an action, render."""
