"""Two hundred harmless posts in ten languages, made up for these tests: nothing in them points at anybody."""

HARMLESS = """
Finally finished the garden fence, took me three weekends and far too many screws.
Photos from the wedding are coming next week, I promise to send them to everyone!
Does anybody know a good dentist near the station?
Order 4471882093 still has not arrived, six days late. Great service as always.
The match ends 3-1 and we go home happy.
Our house is 15 years old and the roof already leaks.
I will post the pictures of the exhibition tomorrow, the light was wonderful.
Happy birthday mum, 60 and still faster than me on the bike!
Selling a sofa, 120 euros, pick up only, no time wasters please.
Can you send me the 20 euros for the pizza when you have a minute?
The password policy at work requires twelve characters now. Twelve!
Forgot my password again, the reset link takes forever.
My dog is 12 years old and still thinks he is a puppy.
Train delayed by 55 minutes, platform changed twice, nobody knows anything.
We are hiring! Two developers and one designer, remote or in the office.
Reward yourself with a slow morning. You earned it.
There was a minor issue with the heating, it is fixed.
Sonata in A minor, second movement, played far too fast as usual.
If you don't like coriander we can't be friends.
The whole town was at the market today, what a crowd.
Please share this recipe, my grandmother would be proud.
Lost cat near the river, grey, answers to Milo. Reward: eternal gratitude and cake.
I paid 300 dollars for these tickets and the singer had a cold.
Her new book is out on Thursday and the cover is stunning.
The museum opens at 10 and is free on the first Sunday of the month.
Our company turns 10 next month, come and celebrate with us.
Everyone will see the eclipse at about half past eight if the clouds stay away.
I know where you can get the best croissants in this town.
Version 2.14.7 fixes the crash on start, please update.
Flight LH 1178 departs 06:45, gate B22, do not be late this time.
He scored 15 points in the last quarter, unbelievable.
The exam is on 12.05.2026 at 9 am, room 204.
New video is up: how to sharpen a kitchen knife without losing a finger.
Took 450 pictures on this trip, three of them are in focus.
You will regret not trying this lasagne.
We will publish the minutes of the meeting next week.
They are going to show the film in the park on Friday, bring a blanket.
My brother finally passed his driving test, fourth time lucky.
Does the number 14 bus still stop at the hospital?
The price went from 1,299 to 899, bought it at once.
Everything about this restaurant is right except the chairs.
I can share my notes from the lecture if somebody needs them.
Weather warning for the coast until Sunday evening.
He was born in 1953 and still runs ten kilometres a day.
Never share your password with anyone, not even with your bank.
Send us your best holiday snaps and win a weekend in the mountains!
The bridge is closed until the 14th, take the ferry instead.
Two adults and a child of nine, table by the window please.
Just pay what you want, the concert is for charity.
Your parents must be so proud of you, congratulations on the degree!
Endlich Feierabend, jetzt erst mal in den Biergarten.
Die Fotos vom Ausflug stelle ich morgen in den Ordner der Gruppe.
Hat jemand eine Bohrmaschine, die ich am Samstag leihen kann?
Unser Auto ist 14 Jahre alt und läuft immer noch wie am ersten Tag.
Verkaufe Kinderwagen, 80 Euro, nur Abholung, Nichtraucherhaushalt.
Die Bahn fällt heute wieder aus, ich liebe es.
Das Passwort muss jetzt alle drei Monate geändert werden, wie lästig.
Der Film war besser, als alle sagen, geht hin!
Wer kommt morgen mit an den See?
Ich schicke euch die Bilder von der Hochzeit, sobald ich sie sortiert habe.
Die Rechnung 2024-10733 ist bezahlt, danke für die schnelle Lieferung.
Ich weiß, wo es die besten Brezeln der Stadt gibt.
Kind eins hat Windpocken, Kind zwei wartet schon darauf.
Die Ausstellung ist bis zum 31.08. geöffnet, Eintritt frei.
Gestern 42 Kilometer gelaufen, heute komme ich keine Treppe hoch.
Alle sehen heute das Spiel, nur ich muss arbeiten.
Belohnung des Tages: ein Stück Kuchen in der Sonne.
Der Hund vom Nachbarn bellt seit zwei Stunden.
Wir veröffentlichen das Programm am Montag.
Habe 60 Euro für eine Jeans bezahlt, die nach einer Wäsche nicht mehr passt.
Der Kuchen meiner Oma ist unschlagbar, Rezept folgt.
Neue Wohnung, neue Nachbarn, alte Umzugskartons.
Wenn du nicht magst, bleiben wir einfach zu Hause.
Zehn Grad und Regen im Juli, danke für nichts.
Das 25-jährige Jubiläum feiern wir mit allen zusammen im Hof.
Quel concert hier soir, je n'ai plus de voix.
Je vais publier les photos du mariage dès que je rentre.
Quelqu'un connaît un bon plombier dans le quartier ?
Notre chat a 14 ans et il dort vingt heures par jour.
Le train de 8 h 12 est encore supprimé.
J'ai payé 90 euros pour cette paire de chaussures, elles prennent l'eau.
La maison a été construite en 1912, les murs sont épais comme ça.
Recette de tarte aux pommes : simple, rapide, parfaite.
Si tu ne viens pas je mange tout le gâteau.
Tout le monde va adorer ce film, je vous le promets.
Le musée est gratuit le premier dimanche du mois.
Mon mot de passe ne marche plus, comme tous les lundis.
On a marché 22 kilomètres, mes pieds me détestent.
Les enfants ont construit une cabane dans le salon.
Ma commande 88214377 est arrivée avec un mois de retard.
Je vends un vélo, 150 euros, très bon état.
Bravo à toute l'équipe pour la victoire d'hier !
Il paraît qu'il neige déjà en montagne.
Le nouveau café de la place fait le meilleur chocolat chaud.
Rendez-vous à 18 h devant la mairie pour la fête des voisins.
Qué calor hace hoy, cuarenta grados y sin aire acondicionado.
Voy a subir las fotos del viaje este fin de semana.
¿Alguien sabe de un buen restaurante cerca de la plaza?
Mi coche tiene 12 años y sigue como nuevo.
Vendo mesa de comedor por 75 euros, recogida en casa.
El partido fue un desastre, pero la cena estuvo genial.
Si no llueve mañana vamos a la playa.
He pagado 60 euros por estas entradas y se han suspendido.
Mi abuela cumple noventa años y baila mejor que yo.
La contraseña del wifi no funciona en este hotel.
El museo abre a las diez y es gratis los domingos.
Todo el mundo va a la feria este año.
Receta de la tortilla perfecta: paciencia y buenas patatas.
Mañana salimos a las seis, no os durmáis.
El libro que me recomendaste es una maravilla.
Han vuelto a cortar la calle por las obras.
Premio a la mejor foto de la semana: un atardecer en Cádiz.
Nos mudamos en septiembre, por fin una terraza.
El tren llega con cuarenta minutos de retraso, como siempre.
Gracias a todos por las felicitaciones, sois los mejores.
Che bella giornata, finalmente il sole.
Metto le foto della gita nel gruppo stasera.
Qualcuno ha un trapano da prestarmi sabato?
Il nostro cane ha 13 anni ed è ancora un cucciolo.
Vendo bicicletta, 110 euro, ottime condizioni.
Il treno delle 7 è in ritardo di un'ora.
Ho pagato 45 euro per una pizza e due birre, mai più.
Se non piove andiamo al mare.
La mostra è aperta fino a fine mese.
Mia nonna fa la parmigiana più buona del mondo.
La password del wifi non funziona mai in questo bar.
Tutti vedranno la finale stasera, anche mia madre.
Ho perso l'ombrello sull'autobus numero 14.
Complimenti a chi ha organizzato la festa!
La nuova gelateria in piazza è fantastica.
Domani sciopero dei mezzi, vado a piedi.
Trecento chilometri in bici in tre giorni, sono distrutto.
Cerco casa in affitto, zona stazione, massimo 700 euro.
Il film dura tre ore ma non te ne accorgi.
Que dia lindo para um churrasco com a família.
Vou postar as fotos da viagem amanhã.
Alguém conhece um bom mecânico aqui perto?
O meu carro tem 15 anos e nunca me deixou na estrada.
Vendo guarda-roupa por 200 reais, tem que buscar.
O jogo foi horrível, mas a companhia valeu.
Se não chover a gente vai à praia.
Paguei 90 reais no ingresso e o show foi cancelado.
Minha avó faz o melhor pão de queijo do mundo.
A senha do wi-fi não funciona de novo.
O museu é grátis aos domingos.
Todo mundo vai assistir à final hoje.
Comprei um livro ótimo na feira, recomendo.
O ônibus 14 atrasou mais uma vez.
Parabéns para a equipe, vocês merecem.
Wat een heerlijk weer, we gaan fietsen.
Ik zet de foto's van het uitje morgen in de map.
Weet iemand een goede loodgieter in de buurt?
Onze kat is 13 jaar en slaapt de hele dag.
Te koop: bureau, 40 euro, ophalen.
De trein is weer vertraagd, hoe kan het ook anders.
Als je niet van drop houdt, kom je hier niet binnen.
Ik heb 80 euro betaald voor deze schoenen en ze lekken.
Oma is negentig geworden en danste tot middernacht.
Het wachtwoord van de wifi hangt naast de bar.
Iedereen ziet vanavond de finale, behalve ik.
Het museum is gratis op zondag.
Nieuwe fiets, zelfde tegenwind.
Gefeliciteerd met jullie huis, wat een tuin!
Morgen om zeven uur vertrekken we, niet verslapen.
Ale dzisiaj pięknie, idziemy nad jezioro.
Wrzucę zdjęcia z wycieczki w weekend.
Czy ktoś zna dobrego hydraulika w okolicy?
Nasz pies ma 12 lat i dalej goni koty.
Sprzedam biurko, 150 zł, odbiór osobisty.
Pociąg znowu spóźniony o godzinę.
Zapłaciłem 200 zł za bilety i koncert odwołali.
Jeśli nie będzie padać, jedziemy w góry.
Hasło do wifi nie działa w tym hotelu.
Babcia skończyła dziewięćdziesiąt lat i tańczyła do północy.
Muzeum jest darmowe w niedziele.
Wszyscy oglądają dziś finał.
Nowa piekarnia na rogu jest świetna.
Gratulacje dla całej drużyny!
Bugün hava çok güzel, sahile gidiyoruz.
Düğün fotoğraflarını yarın paylaşacağım.
Buralarda iyi bir tamirci bilen var mı?
Arabamız 14 yıllık ama hâlâ sapasağlam.
Satılık masa, 500 TL, elden teslim.
Otobüs yine gecikti, ne güzel.
Müze pazar günleri ücretsiz.
Wifi şifresi yine çalışmıyor.
Herkes bu akşam finali izleyecek.
Tebrikler, harika bir takımsınız!
Какая погода сегодня, едем на дачу.
Завтра выложу фото с нашей поездки.
Кто знает хорошего сантехника поблизости?
Нашей машине 15 лет, а она всё ещё ездит.
Продаю стол, 2000 рублей, самовывоз.
Поезд опять опоздал на час.
Если не будет дождя, пойдём в горы.
Пароль от вайфая снова не подходит.
Все смотрят финал сегодня вечером.
Бабушке исполнилось девяносто, танцевала до полуночи.
Музей бесплатный по воскресеньям.
Поздравляю всю команду с победой!
""".strip().splitlines()
