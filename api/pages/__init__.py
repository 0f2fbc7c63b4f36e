"""
What every page shares: templates, static files, headers, errors, languages.

Packages with pages of their own build on it, and never meet each other: one for moderators, one for the people
depicted. A page is HTML from a template of its package; it works without JavaScript, and no script or style stands in
it.
"""
