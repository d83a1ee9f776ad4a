-- The made-up customers of register B: 22,000 organizations and 8,000 persons,
-- served over two years, about every twelfth not for the last eighteen months.
SET session_replication_role = replica; -- rows are made from their parents: no need to look each up
SET ROLE business;

INSERT INTO business.customer
SELECT md5('customer ' || i)::uuid,
	   CASE WHEN demo.dice(i, 60, 3) = 0 THEN 'tourism and congresses' ELSE 'business development' END,
	   CASE WHEN person THEN 'person' ELSE 'organization' END,
	   CASE WHEN person THEN demo.choose(i, 61, demo.words('given')) || ' ' || demo.choose(i, 62, demo.words('family'))
			ELSE demo.choose(i, 61, demo.words('company')) || ' ' || demo.choose(i, 62, demo.words('trade')) || ' '
				 || demo.choose(i, 63, demo.words('form')) END,
	   CASE WHEN NOT person THEN demo.business_id(i) END,
	   CASE WHEN person THEN date '1950-01-01' + demo.dice(i, 64, 19000) END,
	   CASE WHEN person THEN demo.choose(i, 65, demo.words('profession')) END,
	   demo.choose(i, 66, demo.words('street')) || ' ' || 1 + demo.dice(i, 67, 120),
	   to_char(100 + 10 * demo.dice(i, 68, 90), 'FM00000'), 'Helsinki',
	   demo.phone(i), CASE WHEN demo.dice(i, 69, 20) = 0 THEN demo.phone(-i) END,
	   'asiakas' || i || '@example.org',
	   (ARRAY['fi', 'fi', 'fi', 'fi', 'sv', 'en'])[1 + demo.dice(i, 70, 6)],
	   CASE WHEN demo.dice(i, 71, 8) = 0 THEN 'Soitto sovittu iltapäivään.' END,
	   used_at - (730 - idle) * demo.fraction(i, 72) * interval '1 day',
	   used_at
FROM generate_series(1, 30000) AS i,
	 LATERAL (SELECT i % 15 < 4) AS p(person),
	 LATERAL (SELECT CASE WHEN demo.dice(i, 73, 100) < 8 THEN 560 + 165 * demo.fraction(i, 74)
						  ELSE 540 * demo.fraction(i, 74) ^ 2 END) AS d(idle),
	 LATERAL (SELECT now() - idle * interval '1 day') AS u(used_at);

INSERT INTO business.contact_person
SELECT row_number() OVER (ORDER BY customer_id), customer_id,
	   demo.choose(n, 75, demo.words('given')) || ' ' || demo.choose(n, 76, demo.words('family')),
	   demo.choose(n, 77, demo.words('title')), demo.phone(n), 'yhteys' || to_hex(n) || '@example.org'
FROM business.customer, LATERAL (SELECT hashtext(customer_id::text)::bigint + 2147483648) AS h(n)
WHERE kind = 'organization';
INSERT INTO business.service_event
SELECT row_number() OVER (ORDER BY customer_id, event), customer_id,
	   registered_at + (last_used_at - registered_at) * event / 4, demo.choose(n + event, 78, demo.words('event'))
FROM business.customer, generate_series(1, 4) AS event,
	 LATERAL (SELECT hashtext(customer_id::text)::bigint + 2147483648) AS h(n);
INSERT INTO business.marketing
SELECT customer_id, CASE WHEN language = 'en' THEN 'newsletter in English' ELSE 'uutiskirje' END, last_used_at
FROM business.customer;

INSERT INTO business.invoice
SELECT row_number() OVER (ORDER BY customer_id, part_number), customer_id, issued_on,
	   40 + demo.dice(n + part_number, 80, 90000) / 100.0,
	   CASE WHEN demo.dice(n + part_number, 81, 20) > 0 AND issued_on < current_date - 30
			THEN issued_on + demo.dice(n + part_number, 82, 30) END,
	   demo.dice(n + part_number, 81, 20) = 0 AND issued_on < current_date - 60
FROM business.customer, generate_series(1, 3) AS part_number,
	 LATERAL (SELECT hashtext(customer_id::text)::bigint + 2147483648) AS h(n),
	 LATERAL (SELECT last_used_at::date - demo.dice(n + part_number, 83, 30)) AS d(issued_on)
WHERE last_used_at > now() - interval '18 months' AND demo.dice(n, 84, 100) < 73;

CREATE INDEX ON business.contact_person (customer_id);
CREATE INDEX ON business.service_event (customer_id);
CREATE INDEX ON business.invoice (customer_id);
CREATE INDEX ON business.customer (last_used_at);
ANALYZE business.customer, business.contact_person, business.service_event, business.marketing, business.invoice;
RESET ROLE;
