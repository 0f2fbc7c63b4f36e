"""
Queues: destinations that keep messages until somebody takes them. Each needs a library that is an extra.

Whoever takes a message takes its `id` once: it is sent at least once, as everywhere. Messages are not signed: who may
write to a queue is the broker's to say.
"""
