"""People who sign in with a name and a password: accounts, passwords, sessions."""
