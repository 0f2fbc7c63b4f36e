"""Settings and the audit log: who may come in, what is told elsewhere, what is kept from being banked, who did what."""
