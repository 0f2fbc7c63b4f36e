"""
What a worker answers: a header in JSON and the bytes it names, no objects.

    | length of the header, 4 bytes, big-endian | header | bytes, one piece after the other |

Invariant: a worker may have been taken over by a crafted file. What it sends is input, checked like public JSON: every
field for its type, width, range and number, and for what was asked. What does not fit is no answer: `UnfitAnswerError`.
"""
