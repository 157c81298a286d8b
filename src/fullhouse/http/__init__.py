"""HTTP as any application needs it: request, response, routing, and the machinery of both.

It knows no business part. `server` serves what `operations` and the pages answer; below
`server` nothing imports it, so it can be changed without touching an operation or a page.
"""
