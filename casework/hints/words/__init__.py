"""Words of threat, money, bounty and age, by language. Folded: small letters, no accents. A new language is a row."""
