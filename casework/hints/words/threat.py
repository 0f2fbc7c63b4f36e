"""Threats to expose: somebody will post, send or show what is private, and says it to press."""

from casework.hints.phrases import in_languages, phrase

_EN_THINGS = (
    r"\b(?:pics?|pictures?|photos?|images?|nudes?|videos?|clips?|tapes?|screenshots?|selfies|chats?|messages|dms"
    r"|secrets?"
    r"|everything|it all|all of (?:it|them)|(?:your|her|his|their) (?:\w+ )?(?:address|number|name|identity|job)"
    r"|where (?:you|she|he) (?:lives?|works?))\b"
)
_EN_WILL = (
    r"\b(?:i|we|they)(?: will|'ll| am going to|'m going to| are going to|'m gonna| am gonna|m gonna| gonna| can"
    r"| swear i'll)?"
    r"\b[^.!?\n]{0,40}?\b(?:leak|expose|dox+|post|upload|publish|share|send|show|release|forward|spread|put)(?:ing)?\b"
)
_EN_PRESSING = (
    r"\b(?:unless|or else|otherwise|if you (?:don'?t|do not|won'?t|ever|tell|block|leave|refuse|ignore)|until you"
    r"|do as i say"
    r"|do what i say|regret|be sorry|warned you|last (?:chance|warning)|final warning|tick ?tock|revenge|ruin"
    r"|destroy|nudes?"
    r"|naked|everyone (?:will|is going to|gets?)|whole (?:school|class|town|family|office|village)"
    r"|your (?:boss|employer|parents|family|mother|mum|mom|dad|father|husband|wife|boyfriend|girlfriend|school"
    r"|colleagues"
    r"|classmates|followers|church)\b[^.!?\n]{0,30}\b(?:will|gets?|see|know|love)|hours (?:left|to)|pay (?:me|up|us))\b"
)
_EN_PUBLIC = (
    r"\b(?:or|otherwise|else|unless|before)\b[^.!?\n]{0,60}\b(?:go(?:es)?|end(?:s|ing)? up|gets?|will be|be) (?:sent"
    r"|posted|leaked"
    r"|published|online|public|live|viral|up|everywhere|to (?:your|everyone))"
)

_DE_THINGS = (
    r"\b(?:fotos?|bilder|bild|videos?|nacktfotos?|nacktbilder|nudes?|aufnahmen?|chats?|nachrichten|screenshots?|alles"
    r"|(?:deine?|ihre?|seine?) (?:adresse|nummer|namen?))\b"
)
_DE_WILL = (
    r"\b(?:(?:ich|wir)\b[^.!?\n]{0,80}?\b(?:veroffentlich|stell|post|schick|send|zeig|verbreit|leak|teil|lad)\w*"
    r"|(?:veroffentliche|stelle|poste|schicke|sende|zeige|verbreite|leake|teile|lade) ich"
    r"|(?:landen|landet|gehen|geht|kommen|kommt|stehen|steht|sind)\b[^.!?\n]{0,60}\b(?:netz|online|internet|offentlich)"
    r"|(?:alle|jeder|dein\w* \w+)\b[^.!?\n]{0,30}\b(?:sehen|erfahren|erfahrt|sieht|bekommt|bekommen))\b"
)
_DE_PRESSING = (
    r"\b(?:wenn du (?:nicht|mich|es|das)|sonst|ansonsten|andernfalls|es sei denn|bis (?:morgen|heute|freitag"
    r"|montag) zahl"
    r"|bereuen|letzte (?:warnung|chance)|nackt\w*|nudes?|dein\w* (?:chef|eltern|familie|mutter|vater|freund|mann"
    r"|frau|schule"
    r"|kollegen)|ganze (?:schule|klasse|stadt|familie)|fertig ?mach\w*|zahl\w*)\b"
)

_FR_THINGS = (
    r"\b(?:photos?|images?|videos?|nudes?|captures?|messages|conversations?|tout|intimes?"
    r"|(?:ton|ta|son|sa) (?:adresse|numero|vrai nom))\b"
)
_FR_WILL = (
    r"(?:\bje (?:vais|les?|te|la)?\b[^.!?\n]{0,60}?\b(?:publi|post|envoi|envoy|balanc|diffus|montr|partag|mettr"
    r"|mets)\w*"
    r"|\b(?:on|nous) (?:va|allons)\b[^.!?\n]{0,40}\b(?:publi|post|envoy|balanc|diffus|montr|partag|mettr)\w*"
    r"|\b(?:finir\w*|seront|sera|iront|ira|se retrouver\w*)\b[^.!?\n]{0,40}\b(?:en ligne|internet|publi\w*"
    r"|partout|envoye\w*)"
    r"|\btout le monde (?:va|verra|saura)\b)"
)
_FR_PRESSING = (
    r"\b(?:sinon|si tu (?:ne|me|n'|refuses|bloques|continues)|a moins que|tu vas (?:le )?regretter"
    r"|dernier\w* (?:chance|avertissement)"
    r"|nues?|nudes?|ton (?:patron|chef|pere|mari|copain)|ta (?:famille|mere|femme)|tes (?:parents|collegues|amis)"
    r"|toute (?:l'ecole"
    r"|la famille|ta famille)|paie\w*|payes?|verse\w*)\b"
)

_ES_THINGS = (
    r"\b(?:fotos?|imagenes|videos?|nudes?|packs?|capturas|mensajes|conversaciones|todo|desnud\w+"
    r"|(?:tu|su) (?:direccion|numero|nombre))\b"
)
_ES_WILL = (
    r"\b(?:(?:voy|vamos) a (?:\w+ ){0,3}?(?:publicar|subir|mandar|enviar|compartir|mostrar|ensenar|difundir"
    r"|filtrar|pasar)\w*"
    r"|(?:publicare|subire|mandare|enviare|compartire|mostrare|difundire|filtrare|publico|subo|mando|envio"
    r"|comparto|difundo)"
    r"|(?:todo el mundo|todos) (?:va a|van a|vera|veran|sabra)|(?:acabaran|estaran|terminaran) en (?:internet|linea))\b"
)
_ES_PRESSING = (
    r"\b(?:si no|si me|a menos que|o (?:las|los|tus|voy|publico|subo|mando)|te (?:vas a )?arrepentir\w*"
    r"|ultim[ao] (?:oportunidad|aviso)"
    r"|desnud\w+|tu (?:jefe|familia|madre|padre|marido|mujer|novio|novia)|tus (?:padres|amigos|companeros)"
    r"|toda la (?:escuela"
    r"|familia)|paga\w*)\b"
)

_IT_THINGS = (
    r"\b(?:foto|immagini|video|nudes?|chat|messaggi|tutto|nud[aeio]"
    r"|(?:tuo|suo) (?:indirizzo|numero|nome))\b"
)
_IT_WILL = (
    r"\b(?:(?:pubblichero|postero|mandero|inviero|mostrero|diffondero|condividero|carichero|mettero|pubblico"
    r"|mando|invio|mostro"
    r"|diffondo|metto)|(?:sto per|vado a) (?:pubblicare|mandare|inviare|diffondere)|tutti (?:vedranno|sapranno)"
    r"|(?:finiranno|saranno|finiscono) (?:online|su internet|ovunque|in rete))\b"
)
_IT_PRESSING = (
    r"\b(?:se non|se mi|altrimenti|a meno che|o (?:le|li|mando|pubblico)|te ne pentirai|ti pentirai"
    r"|ultim[ao] (?:possibilita|avviso)"
    r"|nud[aeio]|tuo (?:capo|padre|marito)|tua (?:famiglia|madre|moglie)|tuoi (?:genitori|amici|colleghi)"
    r"|tutta la (?:scuola"
    r"|famiglia)|paga\w*)\b"
)

_PT_THINGS = (
    r"\b(?:fotos?|imagens|videos?|nudes?|prints?|conversas|mensagens|tudo|nuas?"
    r"|(?:teu|seu|tua|sua) (?:endereco|morada|numero|nome))\b"
)
_PT_WILL = (
    r"\b(?:(?:vou|vamos) (?:\w+ ){0,2}?(?:publicar|postar|mandar|enviar|mostrar|espalhar|vazar|divulgar|partilhar"
    r"|compartilhar)\w*"
    r"|(?:publico|posto|mando|envio|divulgo|espalho)|todo (?:o )?mundo vai|toda a gente vai|(?:vao"
    r"|vai) parar (?:na|a) internet)\b"
)
_PT_PRESSING = (
    r"\b(?:se nao|se voce|senao|caso contrario|a menos que|ou (?:eu|as|vou|mando|publico)|vai se arrepender"
    r"|vais arrepender\w*"
    r"|ultim[ao] (?:chance|aviso)|nuas?|nudes?|teu chefe|seu chefe|(?:sua|tua) (?:familia|mae|mulher)|(?:seus"
    r"|teus) (?:pais|amigos)"
    r"|toda a (?:escola|familia)|pag\w+)\b"
)

_NL_THINGS = (
    r"\b(?:foto'?s?|filmpjes?|video'?s?|nudes?|naaktfoto'?s?|beelden|berichten|alles"
    r"|(?:je|jouw|haar|zijn) (?:adres|nummer|naam))\b"
)
_NL_WILL = (
    r"\b(?:(?:ik|wij|we)\b[^.!?\n]{0,60}?\b(?:zet|post|stuur|deel|plaats|verspreid|laat|lek|publiceer)\w*|(?:zet"
    r"|post|stuur|deel"
    r"|plaats|verspreid|lek) ik|(?:komen|gaan|staan)\b[^.!?\n]{0,40}\b(?:online|internet)|iedereen (?:zal|gaat"
    r"|krijgt|ziet))\b"
)
_NL_PRESSING = (
    r"\b(?:als (?:je|jij) (?:niet|mij|me)|anders|tenzij|spijt|laatste (?:kans|waarschuwing)|naakt\w*|nudes?"
    r"|je (?:baas|ouders|familie"
    r"|moeder|vader|vriend|man|vrouw|collega'?s)|hele (?:school|klas|familie)|betaal\w*)\b"
)

_PL_THINGS = (
    r"\b(?:zdjeci\w+|fotk\w+|foto\w*|film\w*|nagran\w+|nud\w+|wiadomosci|wszystko"
    r"|(?:twoj|jej|jego) (?:adres\w*|numer\w*))\b"
)
_PL_WILL = (
    r"\b(?:wys[lł]e|wyslemy|opublikuje|wrzuce|wstawie|udostepnie|pokaze|rozesle|wrzucam|wysy[lł]am"
    r"|wszyscy (?:zobacza|sie dowiedza"
    r"|beda)|trafi\w* do (?:sieci|internetu))\b"
)
_PL_PRESSING = (
    r"\b(?:jesli nie|jak nie|jezeli nie|chyba ze|albo|inaczej|bo inaczej|pozalujesz|ostatni\w+ (?:szansa"
    r"|ostrzezenie)|nag\w+|twoj\w*"
    r" (?:szef\w*|rodzin\w+|rodzic\w+|mam\w+|ojc\w+|maz|zon\w+|znajomi|znajomym)|ca[lł]a (?:szko[lł]a|rodzina)"
    r"|zap[lł]ac\w*)\b"
)

_TR_THINGS = r"\b(?:fotograf\w*|foto\w*|resim\w*|video\w*|goruntu\w*|nude\w*|mesaj\w*|adres\w*|numara\w*|her ?sey\w*)\b"
_TR_WILL = (
    r"\b(?:yayinla\w*|yayınla\w*|payla[sş]aca\w*|payla[sş]ir\w*|payla[sş]ır\w*|gonderece\w*|gonderir\w*"
    r"|at(?:aca\w*|ar)ım|ifsa"
    r" ed\w*|if[sş]a\w*|yollar\w*|herkes\w* gor\w*|goster\w*)\b"
)
_TR_PRESSING = (
    r"\b(?:yoksa|eger|\w+mezsen|\w+mazsan|pi[sş]man|son (?:[sş]ans\w*|uyari|uyarı)|ciplak|ç?[iı]plak|ailen\w*"
    r"|patron\w*|annen\w*|baban\w*)\b"
)

_RU_THINGS = r"\b(?:фото\w*|фотки|снимк\w*|видео\w*|нюдс\w*|интим\w*|переписк\w*|адрес\w*|номер\w*|все|их)\b"
_RU_WILL = (
    r"\b(?:(?:выложу|опубликую|отправлю|разошлю|покажу|солью|скину|запощу|выложим|разошлем)|(?:все"
    r"|каждыи) (?:увидят|узнают|увидит)"
    r"|(?:окажутся|попадут|будут) (?:в сети|в интернете))\b"
)
_RU_PRESSING = (
    r"\b(?:если (?:ты |вы )?не|иначе|а то|пожалееш\w*|последн\w+ (?:шанс|предупреждение)|гол\w+"
    r"|тво\w+ (?:начальник\w*|родител\w*"
    r"|семь\w*|мам\w*|пап\w*|муж\w*|жен\w*|парн\w*|друз\w*)|вс[ея] (?:школ\w*|семь\w*)|заплат\w*|плати)\b"
)

_EN_SAFE = r"\b(?:wedding|birthday|exhibition|holiday|recital|graduation|invoice|album|newsletter)\b"
"""What is sent and shown among friends, however it is put."""

THREAT = in_languages(
    {
        "en": [
            phrase(_EN_WILL, _EN_THINGS, near=_EN_PRESSING, unless=_EN_SAFE),
            phrase(_EN_PUBLIC, _EN_THINGS, unless=_EN_SAFE),
            phrase(r"\b(?:i|we) know where (?:you|she|he|they) (?:live|work|go to school)s?\b"),
        ],
        "de": [
            phrase(_DE_WILL, _DE_THINGS, near=_DE_PRESSING),
            phrase(r"\b(?:ich|wir) (?:weiss|weiß|wissen),? wo (?:du|sie|er) (?:wohnst|wohnt|arbeitest|arbeitet)\b"),
        ],
        "fr": [
            phrase(_FR_WILL, _FR_THINGS, near=_FR_PRESSING),
            phrase(r"\bje sais ou (?:tu|elle|il) (?:habites?|travailles?)\b"),
        ],
        "es": [
            phrase(_ES_WILL, _ES_THINGS, near=_ES_PRESSING),
            phrase(r"\bse donde (?:vives?|trabajas?)\b"),
        ],
        "it": [phrase(_IT_WILL, _IT_THINGS, near=_IT_PRESSING), phrase(r"\bso dove (?:abiti|vivi|lavori)\b")],
        "pt": [
            phrase(_PT_WILL, _PT_THINGS, near=_PT_PRESSING),
            phrase(r"\bsei onde (?:voce |tu )?(?:mora|moras|vives?)\b"),
        ],
        "nl": [
            phrase(_NL_WILL, _NL_THINGS, near=_NL_PRESSING),
            phrase(r"\bik weet waar (?:je|jij|ze|hij) (?:woont|werkt)\b"),
        ],
        "pl": [
            phrase(_PL_WILL, _PL_THINGS, near=_PL_PRESSING),
            phrase(r"\bwiem,? gdzie (?:mieszkasz|mieszka|pracujesz)\b"),
        ],
        "tr": [phrase(_TR_WILL, _TR_THINGS, near=_TR_PRESSING)],
        "ru": [
            phrase(_RU_WILL, _RU_THINGS, near=_RU_PRESSING),
            phrase(r"\bзнаю,? где ты (?:живешь|работаешь|учишься)\b"),
        ],
    }
)
