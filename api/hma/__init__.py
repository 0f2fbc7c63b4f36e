"""
The drop-in for Hasher-Matcher-Actioner: its calls at `/hma`, with the shapes of its version 1.1.7, over lists of ours.

    drop_in.py    who may ask, paths as its clients write them, its form of errors
    matching.py   hashing and look-ups
    curation.py   banks, their contents, signal types
    exchanges.py  servers that hashes are pulled from; `exchange_apis.py` has their kinds in its words
    answers.py    what is said in its words
    files.py      files as its clients send them
    forms.py      JSON as it reads it

A bank is a list of hashes (`casework/handlers/lists/banks.py`), so what is in it holds and opens cases through `/v1`,
too; only a decision blocks. Off by default, and never open to everybody: by key, or from networks that the operator
names.
"""
