"""
What a report's words look like, for the people who decide: phone numbers, credentials, threats, and where they stand.

    folding        text -> the same in small letters without accents, each character knowing where it came from
    numbers        phone numbers                          (phonenumbers)
    identity       numbers of identity documents           (python-stdnum)
    access         e-mail addresses, credentials
    phrases        words that mean something only together
    words/         these words, by kind and language
    kinds          HINT_KINDS: one row a kind of hint
    reading        texts -> hints, and what they say against the stated conduct

Pure: the same words give the same hints. Invariant: time grows with the length of the text alone, whatever it holds.
"""
