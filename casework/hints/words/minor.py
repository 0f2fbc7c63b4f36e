"""Words that say a person is under age. A hint too many costs a look; one too few would be a child missed."""

from casework.hints.phrases import in_languages, phrase

_AGE = r"(?:1[0-7]|[5-9])"
_NOT_PEOPLE = (
    r"\b(?:dog|cat|horse|car|house|company|band|brand|laptop|phone|bike|building|tree|wine|whisky|wall|bridge"
    r"|hund|katze|auto|haus|firma|chien|chat"
    r"|voiture|maison|perro|gato|coche|casa|cane|gatto|macchina|hond|kat|huis|pies|kot|samochod|experience"
    r"|experiencia|esperienza|experiencia|ervaring|erfahrung|doswiadczeni\w*|metier|oficio|mestiere"
    r"|anniversary|jubilaum|carriere|carrera|carriera|career)\b"
)
_WORDS = {
    "en": (
        r"\bunder-?age(?:d)?\b(?! (?:drinking|smoking|driving))",
        r"\b(?:am|is|was|are|were|be|being|still|as|only|just|i'?m|she'?s|he'?s) (?:still |only |just )?a minor\b"
        r"(?! \w*(?:issue|injur|role|detail|bug|change|problem|key|scale|league|planet|thing|point|one|delay"
        r"|inconvenience))",
        rf"\b(?:i|me|she|he|they|who|girl|boy|daughter|son|sister|brother|niece|nephew|child|kid|student|victim"
        rf"|friend|person|in (?:the|this|it))\b"
        rf"[^.!?\n]{{0,30}}?\b(?:am|is|was|are|were|'?m|'?s|be)\b ?(?:still |only |just "
        rf"|barely )?{_AGE}\b(?! ?(?:%|min|hour|day|week|month|am|pm|km|miles"
        r"|euros?|dollars?|points?|of|:))(?: ?(?:years?(?: old)?|yo|y/o))?",
        rf"\b(?:i|she|he)(?:'m|'s|m|s) (?:still |only |just |barely )?{_AGE}(?: years old| yo\b| y/o|[.,!?\n]|$)",
        rf"\b{_AGE} ?-? ?(?:year|yr)s?-? ?old (?:girl|boy|child|daughter|son|sister|brother|student|schoolgirl"
        rf"|schoolboy|kid|teenager)\b",
        rf"\b(?:my|her|his|our) {_AGE}[ -]year[ -]old\b",
        r"\b(?:child|minor)s? (?:in|on) (?:the|this|these) (?:picture|photo|video|pics?)s?\b",
        rf"\b(?:when|since) (?:i|she|he) was {_AGE}\b",
    ),
    "de": (
        r"\bminderjahrig\w*",
        rf"\b(?:ich|sie|er|tochter|sohn|schwester|bruder|madchen|junge|freundin|kind|schulerin"
        rf"|schuler)\b[^.!?\n]{{0,30}}?\b(?:bin|ist|war|erst|noch)\b"
        rf"[^.!?\n]{{0,15}}?\b{_AGE}(?: jahre? alt|[.,!?\n]|$| jahre\b)",
        rf"\b{_AGE}-?jahrige[nrs]?\b(?! (?:jubilaum|bestehen|garantie|erfahrung|studie))",
    ),
    "fr": (
        r"\b(?:est|suis|etait|etais|encore|toujours) (?:une? )?mineure?s?\b",
        r"\b(?:fille|garcon|eleve|personne|enfant)s? mineure?s?\b",
        rf"\b(?:j'ai|j'avais|elle a|elle avait|il a|il avait|(?:fille|fils|soeur|frere|niece|amie|copine"
        rf"|eleve)\b[^.!?\n]{{0,15}}? (?:a|avait))"
        rf" (?:seulement |que |a peine )?{_AGE} ans\b",
        rf"\b(?:fille|garcon|adolescente?|collegienne|lyceenne) de {_AGE} ans\b",
    ),
    "es": (
        r"\bmenor(?:es)? de edad\b",
        rf"\b(?:tengo|tenia|ella tiene|el tiene|(?:hija|hijo|hermana|hermano|sobrina|amiga|nina|chica"
        rf"|alumna)\b[^.!?\n]{{0,20}}? (?:tiene|tenia))"
        rf" (?:solo |apenas )?{_AGE} anos\b",
        rf"\b(?:nina|nino|chica|chico|adolescente) de {_AGE} anos\b",
    ),
    "it": (
        r"\bminorenn[ei]\b",
        rf"\b(?:ho|avevo|lei ha|(?:figlia|figlio|sorella|fratello|nipote|amica|ragazza"
        rf"|bambina)\b[^.!?\n]{{0,20}}? (?:ha|aveva)) (?:solo |appena )?{_AGE}"
        r" anni\b",
        rf"\b(?:ragazza|ragazzo|bambina|bambino|ragazzina) di {_AGE} anni\b",
    ),
    "pt": (
        r"\bmenor(?:es)? de idade\b",
        rf"\b(?:tenho|tinha|ela tem|ele tem|(?:filha|filho|irma|irmao|sobrinha|amiga"
        rf"|menina)\b[^.!?\n]{{0,20}}? (?:tem|tinha)) (?:so |apenas )?{_AGE} anos\b",
        rf"\b(?:menina|menino|garota|rapariga) de {_AGE} anos\b",
    ),
    "nl": (
        r"\bminderjarig\w*",
        rf"\b(?:ik|zij|ze|hij|dochter|zoon|zus|zusje|broer|meisje|vriendin)\b[^.!?\n]{{0,20}}?\b(?:ben|is"
        rf"|was)\b (?:pas |nog maar |maar )?{_AGE}(?: jaar"
        r"(?: oud)?|[.,!?\n]|$)",
        rf"\b(?:meisje|jongen) van {_AGE}\b",
    ),
    "pl": (
        r"\b(?:niepe[lł]noletni\w*|nieletni\w*)",
        rf"\b(?:mam|mia[lł]am|mia[lł]em|ona ma|on ma|(?:corka|syn|siostra|brat|kolezanka"
        rf"|dziewczynka)\b[^.!?\n]{{0,20}}? ma) (?:dopiero |tylko )?{_AGE} lat\b",
        rf"\b{_AGE}-?latk[aię]\b",
    ),
    "tr": (
        r"\bre[sş]it de[gğ]il",
        rf"\b{_AGE} ya[sş][iı]nda(?:yım|yim|ydi|ydı|ki)?\b",
        r"\b18 ya[sş][iı]ndan kucuk\b",
    ),
    "ru": (
        r"\bнесовершеннолетн\w*",
        rf"\b(?:мне|еи|ему|(?:дочери|сыну|сестре|подруге|девочке|девушке)\b[^.!?\n]{{0,15}}?)(?: всего"
        rf"| только)? {_AGE} лет\b",
        rf"\b{_AGE}-?летн(?:яя|ии|ю|еи)\w*",
    ),
}

MINOR = in_languages(
    {language: [phrase(one, unless=_NOT_PEOPLE) for one in patterns] for language, patterns in _WORDS.items()}
)
