"""Demands for money: somebody is told to pay, and what is private is the lever."""

from casework.hints.phrases import in_languages, phrase

_AMOUNT = (
    r"(?:(?:[$€£₺₽¥₹]|\b(?:usd|eur|gbp|btc|chf|pln|r\$)) ?\d[\d.,]{0,12}(?: ?k\b)?"
    r"|\b\d[\d.,]{0,12} ?(?:k )?(?:[$€£₺₽₹]|(?:usd|eur|gbp|btc"
    r"|chf|pln|euros?|dollars?|bucks|pounds?|quid|franken|francs?|pesos?|reais|zl|zlotych|z[lł]otych|z[lł]|tl"
    r"|lira|rub\w*|рубл\w*"
    r"|тысяч\w*|bitcoins?|eth|usdt|gift ?cards?)\b))|\b(?:bitcoins?|gift ?cards?|paysafe\w*|биткоин\w*)\b"
)

_LEVER = (
    r"\b(?:delete (?:the|your|these|it|them|everything)|leak\w*|nudes?|naked|keep (?:quiet|it (?:quiet|secret))"
    r"|(?:your|her|his|these|the) (?:\w+ )?(?:pics?|photos?|pictures|videos?|secret|chats?)|go(?:es)? (?:online"
    r"|public|viral)"
    r"|publish\w*|expos\w*|everyone (?:will|gets?)|everything (?:goes|will)"
    r"|losche? (?:ich|alles)|nackt\w*|(?:deine|die|ihre) (?:\w+ )?(?:bilder|fotos|videos?|chats?)|ins netz"
    r"|veroffentlich\w*"
    r"|efface\w*|supprim\w*|nues?|(?:tes|ses|les) (?:photos?|videos?)|publi\w*"
    r"|borr\w+|desnud\w+|(?:tus|sus|las|los) (?:fotos|videos)"
    r"|cancell\w+|nud[aeio]|(?:tue|tuoi|le|i) (?:foto|video)|pubblic\w*"
    r"|apag\w+|(?:suas|tuas|as|seus|teus|os) (?:fotos|videos|nudes)|divulg\w+|vaz\w+"
    r"|verwijder\w*|naakt\w*|(?:je|haar|de) (?:foto'?s|video'?s|filmpjes)"
    r"|usun\w*|nag\w+|(?:twoje|jej) (?:zdjecia|fotki|nagrania|filmy)"
    r"|sil\w+|ç?ciplak|fotograflar\w*|ifsa\w*|удалю|гол\w+|(?:твои|ее|его) (?:фото\w*|видео)|выложу|солью)\b"
)

MONEY = in_languages(
    {
        "en": [
            phrase(
                r"\b(?:pay|send|transfer|wire|give|venmo|cashapp|deposit|buy|want|need|costs?|owe|price is)\b",
                _AMOUNT,
                near=_LEVER,
            ),
        ],
        "de": [
            phrase(
                r"\b(?:zahl\w*|bezahl\w*|uberweis\w*|schick\w*|sende?|gib|kostet|will|besorg\w*|her mit)\b",
                _AMOUNT,
                near=_LEVER,
            ),
        ],
        "fr": [
            phrase(r"\b(?:paie|payes?|paye[rz]|envoi\w*|vers\w+|donn\w+|vire\w*|veux|coute\w*)\b", _AMOUNT, near=_LEVER)
        ],
        "es": [
            phrase(
                r"\b(?:paga\w*|envia\w*|manda\w*|transfier\w+|deposita\w*|dame|quiero|cuesta)\b", _AMOUNT, near=_LEVER
            )
        ],
        "it": [phrase(r"\b(?:paga\w*|manda\w*|invia\w*|versa\w*|dammi|voglio|bonific\w*)\b", _AMOUNT, near=_LEVER)],
        "pt": [
            phrase(
                r"\b(?:paga\w*|pague|envia\w*|envie|mand[ae]\w*|transfer\w+|deposit\w+|quero|pix)\b",
                _AMOUNT,
                near=_LEVER,
            )
        ],
        "nl": [phrase(r"\b(?:betaal\w*|stuur|maak|geef|overmak\w*|wil)\b", _AMOUNT, near=_LEVER)],
        "pl": [phrase(r"\b(?:zap[lł]a\w*|p[lł]ac\w*|przelej|wyslij|daj|wp[lł]ac|chce)\b", _AMOUNT, near=_LEVER)],
        "tr": [phrase(r"\b(?:ode\w*|gonder\w*|yolla\w*|yat[iı]r\w*|ver)\b", _AMOUNT, near=_LEVER)],
        "ru": [phrase(r"\b(?:заплат\w+|плати\w*|перевед\w+|переводи|скинь|отправь|гони)\b", _AMOUNT, near=_LEVER)],
    }
)
