"""
Reports in words as people send them, made up for these tests: no text is anybody's, no number is given out.

Each: what the post says, what the report states, the rule that has to answer, and the hints with the words they name.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reported:
    """
    One report.

    Args:
        text: The post's.

        conduct: As the form states it.

        rule: That answers.

        hints: By kind, words that have to stand in the place it names.

        relation: Who reports.

        media: Whether a picture is sent with it.
    """

    text: str
    conduct: str
    rule: str
    hints: dict[str, str]
    relation: str = "subject"
    media: bool = False
    facts: dict[str, object] = field(default_factory=dict)


REPORTED = (
    Reported(
        "You have until Friday. If you don't answer I will send your nudes to your boss and to everyone at work.",
        "threat_to_expose",
        "R01",
        {"threat": "send your nudes"},
    ),
    Reported(
        "I swear I'm gonna leak those pics unless you call me back tonight.",
        "threat_to_expose",
        "R01",
        {"threat": "leak those pics"},
        relation="third_party",
    ),
    Reported(
        "Pay me $500 in bitcoin by tomorrow or your photos go online. Tick tock.",
        "demand_money",
        "R01",
        {"money": "Pay me $500", "threat": "or your photos go online"},
    ),
    Reported(
        "send 300 euros to this wallet and i delete the videos, otherwise the whole school will see them",
        "demand_money",
        "R01",
        {"money": "300 euros"},
    ),
    Reported(
        "$200 to whoever posts her nudes first. DM me.",
        "offer_bounty",
        "R01",
        {"bounty": "whoever posts her nudes"},
        relation="third_party",
    ),
    Reported(
        "Reward for anyone who finds out where she lives, I am serious",
        "offer_bounty",
        "R01",
        {"bounty": "anyone who finds out where she lives"},
    ),
    Reported(
        "her icloud: j.miller.private  pass: Sunny-Dog44   have fun boys",
        "share_credentials",
        "R01",
        {"credentials": "pass: Sunny-Dog44"},
    ),
    Reported(
        "OnlyFans login free for all → user: mila_k, password = blueberry",
        "share_credentials",
        "R01",
        {"credentials": "password = blueberry"},
        relation="third_party",
    ),
    Reported(
        "Somebody dump everything you have on her, pics of her are worth 100 bucks to the first one to post",
        "incentivise_others",
        "R01",
        {"bounty": "pics of her"},
    ),
    Reported(
        "This is my ex. Call her any time: +44 7700 900123, she loves it",
        "private_info",
        "R11",
        {"phone_number": "+44 7700 900123"},
    ),
    Reported(
        "text this liar on his cell (415) 555-2671 and tell him what you think",
        "private_info",
        "R11",
        {"phone_number": "(415) 555-2671"},
    ),
    Reported(
        "Write to her private mail, she deserves it: lena.sommer84@mail.example",
        "private_info",
        "R11",
        {"email": "lena.sommer84@mail.example"},
    ),
    Reported("His SSN is 536-90-4399, do what you want with it", "private_info", "R11", {"id_number": "536-90-4399"}),
    Reported(
        "Aquí tenéis su DNI: 12345678Z. Y vive en la calle del Pez.", "private_info", "R11", {"id_number": "12345678Z"}
    ),
    Reported(
        "Here is a scan of her passport no. C01X00T47, spread it", "private_info", "R11", {"id_number": "C01X00T47"}
    ),
    Reported(
        "Wenn du mich nicht sofort anrufst, schicke ich deine Nacktfotos an deinen Chef und deine Eltern!",
        "threat_to_expose",
        "R01",
        {"threat": "schicke ich deine Nacktfotos"},
    ),
    Reported(
        "Überweise 250 € bis Sonntag, sonst stelle ich deine Bilder ins Netz.",
        "demand_money",
        "R01",
        {"money": "Überweise 250 €", "threat": "stelle ich deine Bilder"},
    ),
    Reported(
        "100 Euro Belohnung für den, der mir Fotos von ihr schickt!",
        "offer_bounty",
        "R01",
        {"bounty": "Belohnung"},
        relation="third_party",
    ),
    Reported("Ruft sie doch mal an: Tel. 030 23125 014", "private_info", "R11", {"phone_number": "030 23125 014"}),
    Reported(
        "Si tu me bloques encore je vais publier toutes tes photos, ta famille va adorer.",
        "threat_to_expose",
        "R01",
        {"threat": "publier toutes tes photos"},
    ),
    Reported(
        "Envoie 150 euros ou je publie tout. Tu as jusqu'à demain.",
        "demand_money",
        "R01",
        {"money": "Envoie 150 euros"},
    ),
    Reported(
        "Mot de passe de son compte : Chaton2019! servez-vous",
        "share_credentials",
        "R01",
        {"credentials": "Chaton2019!"},
    ),
    Reported(
        "Si no me contestas voy a subir todas tus fotos y se las mando a tu familia",
        "threat_to_expose",
        "R01",
        {"threat": "subir todas tus fotos"},
    ),
    Reported(
        "Pago 50€ a quien me pase fotos de ella", "offer_bounty", "R01", {"bounty": "a quien me pase fotos de ella"}
    ),
    Reported(
        "Se non mi rispondi pubblicherò le tue foto ovunque, te ne pentirai",
        "threat_to_expose",
        "R01",
        {"threat": "pubblicherò"},
    ),
    Reported(
        "Se você não voltar comigo vou postar seus vídeos e mandar para sua família",
        "threat_to_expose",
        "R01",
        {"threat": "vou postar seus vídeos"},
    ),
    Reported(
        "Zapłać 400 zł albo wyślę twoje nagie zdjęcia całej rodzinie",
        "demand_money",
        "R01",
        {"money": "Zapłać 400 zł", "threat": "wyślę twoje nagie zdjęcia"},
    ),
    Reported(
        "Als je niet reageert zet ik al je naaktfoto's online. Je ouders zullen blij zijn.",
        "threat_to_expose",
        "R01",
        {"threat": "naaktfoto's"},
    ),
    Reported(
        "Если ты не ответишь, я выложу твои фото и отправлю твоим родителям.",
        "threat_to_expose",
        "R01",
        {"threat": "выложу твои фото"},
    ),
    Reported(
        "look at this slut, everybody share. answer me or I post the rest of your nudes",
        "shared_media",
        "R07",
        {"threat": "I post the rest of your nudes"},
        media=True,
        facts={"nudity": True},
    ),
    Reported(
        "my sister posted this selfie of me without asking, I'm only 15!",
        "shared_media",
        "X06",
        {"minor": "I'm only 15"},
        media=True,
    ),
    Reported("🌴 throwback to the beach with the gang", "shared_media", "R21", {}, media=True),
)
