"""
What casework needs from outside, and nothing about how it is done.

`api/bootstrap.py` hands in the real thing: an index for `CandidateSearch`, SQL for `UnitOfWork`. A handler takes these
and a command; it never imports SQLAlchemy, FAISS or HTTP.
"""
