"""What is kept on record, and how it is asked for: one file a subject, all in the transaction of one `UnitOfWork`."""
