"""Would it match? The question of `POST /v1/match`, asked by a person, with the nearest that is no match."""
