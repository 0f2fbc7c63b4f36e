"""Bounties: a reward for whoever finds, sends or posts what is private of somebody."""

from casework.hints.phrases import in_languages, phrase

_PRIZE = (
    r"(?:[$€£₺₽¥₹] ?\d|\b\d[\d.,]{0,12} ?(?:[$€£₺₽₹]|(?:k|usd|eur|gbp|btc|euros?|dollars?|bucks|pounds?|quid"
    r"|pesos?|reais|z[lł]\w*|tl|lira|рубл\w*)\b))"
)
_THINGS = (
    r"\b(?:her|his|their|this (?:girl|guy|woman|man|one|bitch|slut)(?:'s)?|that (?:girl|guy|woman"
    r"|man)(?:'s)?)\b[^.!?\n]{0,40}?\b(?:nudes?"
    r"|pics?|pictures?|photos?|videos?|tapes?|clips?|address|phone|number|real name|full name|identity|school"
    r"|workplace|leaks?)\b"
    r"|\b(?:nudes?|pics?|pictures?|photos?|videos?|leaks?|dirt|info) (?:of|on|from) (?:her|him|them|this (?:girl"
    r"|guy|woman|man)|@\w+)"
    r"|\bwho (?:she|he) is\b|\bwhere (?:she|he) (?:lives|works)\b"
)

BOUNTY = in_languages(
    {
        "en": [
            phrase(
                rf"\b(?:rewards?|bounty|pay(?:ing)?|offer(?:ing)?|cash|prize|will buy|give)\b|{_PRIZE}",
                r"\b(?:anyone|anybody|whoever|who(?:'s| has| can| gets| finds| posts| sends| leaks| knows| drops)"
                r"|first (?:one|person|to)|for"
                r" (?:her|his|their)|somebody|someone)\b",
                _THINGS,
            ),
        ],
        "de": [
            phrase(
                rf"\b(?:belohnung|kopfgeld|zahl\w*|biete\w*|pramie)\b|{_PRIZE}",
                r"\b(?:wer|jede[rmn]?|demjenigen|fur den|dem ersten|der erste)\b",
                r"\b(?:nacktfotos?|nacktbilder|nudes?|fotos?|bilder|videos?|adresse|nummer|klarnamen?|wohnt"
                r"|arbeitet)\b[^.!?\n]{0,40}\b(?:ihr\w*"
                r"|ihm|sein\w*|der|dieser|diesem|hat|schickt|findet|sie|er)\b|\b(?:ihre?|seine?|ihrer|von ihr"
                r"|von ihm|dieser frau|sie|er)\b"
                r"[^.!?\n]{0,30}\b(?:nacktfotos?|nacktbilder|nudes?|fotos?|bilder|videos?|adresse|nummer|wohnt"
                r"|arbeitet)\b",
            ),
        ],
        "fr": [
            phrase(
                rf"\b(?:recompense|prime|paie|paye|offre|donne)\b|{_PRIZE}",
                r"\b(?:a (?:celui|celle|quiconque|qui)|le premier|la premiere|quiconque|pour (?:celui|celle|qui"
                r"|ses|son|sa))\b",
                r"\b(?:ses|son|sa|d'elle|de lui|cette (?:fille|meuf|femme)|ce (?:mec"
                r"|type))\b[^.!?\n]{0,40}?\b(?:photos?|nudes?|videos?|adresse"
                r"|numero|nom)\b|\b(?:photos?|nudes?|videos?)\b[^.!?\n]{0,20}\b(?:d'elle|de lui|de cette|de ce)\b"
                r"|\bou (?:elle|il) habite\b",
            ),
        ],
        "es": [
            phrase(
                rf"\b(?:recompensa|pago|ofrezco|doy|premio)\b|{_PRIZE}",
                r"\b(?:a quien|al que|a la que|quien|al primero|el primero|cualquiera que|por (?:sus|su))\b",
                r"\b(?:sus|su|de ella|de el|esta (?:chica|tia|mujer)|este (?:chico"
                r"|tio))\b[^.!?\n]{0,40}?\b(?:fotos?|nudes?|packs?|videos?|direccion"
                r"|numero|nombre)\b|\b(?:fotos?|nudes?|packs?|videos?)\b[^.!?\n]{0,20}\b(?:de ella|suy[oa]s"
                r"|de esta|de este)\b|\bdonde vive\b",
            ),
        ],
        "it": [
            phrase(
                rf"\b(?:ricompensa|taglia|pago|offro|do|premio)\b|{_PRIZE}",
                r"\b(?:a chi|chi|al primo|il primo|chiunque|per (?:le sue|i suoi))\b",
                r"\b(?:sue|suoi|sua|suo|di lei|di lui|questa (?:ragazza|tipa)|questo (?:ragazzo"
                r"|tipo))\b[^.!?\n]{0,40}?\b(?:foto|nudes?|video|indirizzo"
                r"|numero|nome)\b|\b(?:foto|nudes?|video)\b[^.!?\n]{0,20}\b(?:di lei|di lui|di questa"
                r"|di questo)\b|\bdove abita\b",
            ),
        ],
        "pt": [
            phrase(
                rf"\b(?:recompensa|pago|ofereco|dou|premio)\b|{_PRIZE}",
                r"\b(?:a quem|para quem|quem|ao primeiro|o primeiro|qualquer um que)\b",
                r"\b(?:nudes?|fotos?|videos?|endereco|morada|numero)\b[^.!?\n]{0,30}\b(?:dela|dele|dessa|desse)\b"
                r"|\bonde (?:ela|ele) mora\b",
            ),
        ],
        "nl": [
            phrase(
                rf"\b(?:beloning|betaal\w*|bied|premie)\b|{_PRIZE}",
                r"\b(?:wie|iedereen die|degene die|de eerste die|voor wie)\b",
                r"\b(?:haar|zijn|van haar|van hem|dit meisje|deze (?:gast|vrouw))\b[^.!?\n]{0,40}?\b(?:foto'?s?"
                r"|naaktfoto'?s?|nudes?|video'?s?|adres|nummer)\b"
                r"|\b(?:foto'?s?|naaktfoto'?s?|nudes?|video'?s?)\b[^.!?\n]{0,20}\bvan (?:haar|hem)\b|\bwaar (?:ze"
                r"|zij|hij) woont\b",
            ),
        ],
        "pl": [
            phrase(
                rf"\b(?:nagrod\w+|zap[lł]ace|p[lł]ace|oferuje|daje|dam)\b|{_PRIZE}",
                r"\b(?:temu,? kto|kto|komus,? kto|kazdemu,? kto|za jej|za jego)\b",
                r"\b(?:jej|jego|tej dziewczyny)\b[^.!?\n]{0,30}\b(?:zdjeci\w*|fotk\w*|nud\w+|nagran\w*|adres\w*"
                r"|numer\w*)\b|\bgdzie mieszka\b",
            ),
        ],
        "ru": [
            phrase(
                rf"\b(?:награда|вознаграждение|заплачу|плачу|дам)\b|{_PRIZE}",
                r"\b(?:тому,? кто|кто|первому|каждому|за ее|за его)\b",
                r"\b(?:ее|его|этои)\b[^.!?\n]{0,30}\b(?:фот\w*|видео|нюдс\w*|адрес\w*|номер\w*)\b|\bгде (?:она"
                r"|он) живет\b",
            ),
        ],
    }
)
