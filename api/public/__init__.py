"""
Pages for the people depicted: `/report` and `/receipt`, without an account, in their language.

They take what `/v1/reports` and `/v1/receipts` take, and hand it to the same handlers. No cookie is set, no secret is
in an address, and `static/hashing/` takes the hashes of a picture in the browser, so that the picture can stay there.
"""
