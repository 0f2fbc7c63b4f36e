"""
Questions by hashes, answered in the event loop: `POST /v1/match`, `POST /v1/check` with JSON, `POST /v1/match/batch`.

An upload pipeline asks thousands of these a second, and the search takes a few hundredths of a millisecond. So nothing
may stand around it that costs more than it does:

    middleware.py   which requests are answered here, and handing all others on as if nothing had happened
    asker.py        who asks, from the keys this process knows
    reading.py      the body, read by a compiled reader that takes less than the slow one
    answering.py    search, and what the matches mean
    writing.py      the answer, by a compiled writer
    record.py       what they rest on: remembered, or read for all that wait
    casework.py     reports by hashes and decisions, which a thread does by the functions of their routes

What this path may not do:

- It answers only what is as it should be. Whatever is unusual or wrong (a key that is unknown, refused or not trusted;
  a body that is not exactly as described; local features, videos; the database away) goes to the route as it came, and
  the route answers as it always did. No error is written here, and no rule about errors is known here.
- It does not wait in the event loop: no lock, no file, no network, no SQL beyond one look whether anything changed. A
  search of many hashes, and what has to be read from the record, is for a thread.
- It answers nothing that the route would answer otherwise. Both end in the same functions (`find_rows`, `answers_of`),
  what is written has the fields of `api/schemas/`, and tests ask both the same questions.
- It rests on nothing that was changed before the question began: `api/replica/loop_barrier.py`.
"""
