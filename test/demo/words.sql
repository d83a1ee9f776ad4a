-- What the made-up people are made of, and dice that fall the same way every time.
CREATE SCHEMA demo;
GRANT USAGE ON SCHEMA demo TO PUBLIC;

-- One of 0 .. sides - 1 for the given row; another salt is another throw.
CREATE FUNCTION demo.dice(row_number bigint, salt bigint, sides int) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((hashint8extended(row_number, 20260301 + salt) & 9223372036854775807) % sides)::int;

CREATE FUNCTION demo.fraction(row_number bigint, salt bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN demo.dice(row_number, salt, 1000000) / 1e6;

CREATE FUNCTION demo.choose(row_number bigint, salt bigint, words text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN words[1 + demo.dice(row_number, salt, cardinality(words))];

-- As it stands in an e-mail address.
CREATE FUNCTION demo.plain(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(lower(name), 'åäöé', 'aaoe');

-- No telephone number in Finland begins with 000.
CREATE FUNCTION demo.phone(row_number bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '+358 000 ' || to_char(demo.dice(row_number, 91, 1000), 'FM000')
	|| ' ' || to_char(demo.dice(row_number, 92, 1000), 'FM000');

-- Well-formed, from the numbers above 9,000,000 that have not been given out.
CREATE FUNCTION demo.business_id(row_number bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
	SELECT digits || '-' || (11 - remainder) % 11
	FROM generate_series(9000000 + row_number * 7, 9000006 + row_number * 7) AS digits,
		 LATERAL (SELECT (7 * (digits / 1000000 % 10) + 9 * (digits / 100000 % 10) + 10 * (digits / 10000 % 10)
						  + 5 * (digits / 1000 % 10) + 8 * (digits / 100 % 10) + 4 * (digits / 10 % 10)
						  + 2 * (digits % 10)) % 11) AS r(remainder)
	WHERE remainder <> 1
	ORDER BY digits LIMIT 1
);

-- IMMUTABLE, so that a statement looks a list up once.
CREATE FUNCTION demo.words(kind text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE kind
	WHEN 'given' THEN '{
		Aino,Eino,Helmi,Väinö,Eeva,Onni,Aada,Leo,Sofia,Elias,Lilja,Oliver,Venla,Toivo,Ellen,Noel,Siiri,Vilho,
		Olivia,Emil,Maija,Juhani,Anna,Mikko,Liisa,Antti,Päivi,Timo,Kaisa,Matti,Hanna,Jari,Sari,Pekka,Riikka,Ville,
		Satu,Heikki,Noora,Samuel,Amira,Yusuf,Elin,Axel}'::text[]
	WHEN 'family' THEN '{
		Korhonen,Virtanen,Mäkinen,Nieminen,Mäkelä,Hämäläinen,Laine,Heikkinen,Koskinen,Järvinen,Lehtonen,Lehtinen,
		Saarinen,Salminen,Heinonen,Niemi,Heikkilä,Kinnunen,Salonen,Turunen,Salo,Laitinen,Tuominen,Rantanen,
		Karjalainen,Jokinen,Mattila,Savolainen,Lahtinen,Ahonen,Lindholm,Öhman,Nyström,Hassan,Nguyen,Ivanova}'::text[]
	WHEN 'street' THEN '{
		Keksitynkatu,Mallipolku,Esimerkkitie,Satukuja,Luulotie,Kuvitelmankatu,Tarinapolku,Unelmakuja,Haavekatu,
		Juonitie}'::text[]
	WHEN 'district' THEN '{
		Kallio,Vallila,Töölö,Lauttasaari,Malmi,Itäkeskus,Kontula,Haaga,Pasila,Oulunkylä,Vuosaari,Munkkiniemi,
		Herttoniemi,Kannelmäki,Jätkäsaari,Kalasatama}'::text[]
	WHEN 'life' THEN '{
		opiskelija,pienten lasten vanhempi,työssä,työtön,eläkkeellä,vanhempainvapaalla,yrittäjä,omaishoitaja,
		muuttanut Suomeen äskettäin,asevelvollinen}'::text[]
	WHEN 'service' THEN '{
		kirjasto,päiväkoti,terveysasema,uimahalli,liikuntapaikat,koulu,nuorisotyö,puistot,raitiovaunu,
		seniorikeskus,maahanmuuttoneuvonta,rakennusvalvonta}'::text[]
	WHEN 'animal' THEN '{
		Saukko,Ilves,Pöllö,Kuukkeli,Siili,Hirvi,Norppa,Kärppä,Joutsen,Orava,Ahven,Käki}'::text[]
	WHEN 'trait' THEN '{
		Reipas,Hiljainen,Utelias,Iloinen,Nopea,Rauhallinen,Lempeä,Tarkka,Unelias,Rohkea}'::text[]
	WHEN 'opinion' THEN '{
		Aukioloajat sopivat minulle hyvin,Löysin palvelun vasta kun naapuri kertoi siitä,Lomake oli liian pitkä,
		Henkilökunta oli ystävällistä,Jonotin puhelimessa kauan,Verkkosivu toimi puhelimella hyvin,
		Toivoisin ohjeita selkosuomeksi,Reitti pihalta ovelle on liukas talvella,Sain ajan samalle viikolle,
		En tiennyt kenelle soittaa}'::text[]
	WHEN 'wish' THEN '{
		Voisiko ajan varata illalla?,Lisää opasteita kiitos.,Näin on hyvä.,Chat auttaisi.,
		Toivon muistutuksen tekstiviestillä.,Ruotsinkielinen versio puuttui.,Kiitos kun kysytte!,Penkkejä lisää.}'::text[]
	WHEN 'company' THEN '{
		Revontuli,Katajanmarja,Kivikko,Meritähti,Tuulenpesä,Hopeakettu,Sinivuokko,Jäälautta,Kanervikko,Poutapilvi,
		Aallotar,Honkala}'::text[]
	WHEN 'trade' THEN '{
		Paja,Leipomo,Matkat,Ohjelmistot,Suunnittelu,Kahvila,Logistiikka,Valaistus,Elokuvat,Hoiva,Kongressit,
		Rakennus}'::text[]
	WHEN 'form' THEN '{
		Oy,Oy,Oy,Oy,Ky,Tmi,ry,osk}'::text[]
	WHEN 'title' THEN '{
		toimitusjohtaja,markkinointipäällikkö,myyntisihteeri,talouspäällikkö,perustaja,hallituksen puheenjohtaja}'::text[]
	WHEN 'profession' THEN '{
		muotoilija,opas,ohjelmoija,leipuri,kokki,valokuvaaja,sähköasentaja,kääntäjä}'::text[]
	WHEN 'event' THEN '{
		neuvontatapaaminen,yrityskurssi,sähköposti asiakkaalta,puhelu asiakkaalle,toimitilakysely,
		kongressitarjous,starttirahalausunto,verkostoitumisilta}'::text[]
END;

-- What somebody said about a purpose, in every state a consent can be in: never
-- asked, given, given for a year, lapsed, withdrawn, given again, withdrawn again.
CREATE FUNCTION demo.said(row_number bigint, salt bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['nothing', 'yes', 'yes', 'yes', 'yes', 'yes for a year', 'yes, then lapsed',
			  'yes, then no', 'yes, no, yes', 'yes, no, yes, no'])[1 + demo.dice(row_number, salt, 10)];

-- A consent that lapses does so soon: consents_lapse.sql waits for it.
CREATE FUNCTION demo.until(said text) RETURNS timestamptz
LANGUAGE sql VOLATILE
RETURN CASE said WHEN 'yes for a year' THEN now() + interval '1 year'
				 WHEN 'yes, then lapsed' THEN clock_timestamp() + interval '2 seconds' END;

-- By this the demo checks what memreg shows.
CREATE FUNCTION demo.consents(said text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN said IN ('yes', 'yes for a year', 'yes, no, yes');
