"""The rules, grouped by what they ask about; `POLICY_RULES` puts them in order."""
