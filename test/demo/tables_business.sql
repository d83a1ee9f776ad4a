-- Register B, as its application has it: the customer register of the business
-- service, in two parts. Nothing here knows of memreg but the two identifiers.
CREATE ROLE business NOLOGIN;
CREATE SCHEMA business AUTHORIZATION business;
SET ROLE business;

CREATE TABLE business.customer (
	customer_id uuid PRIMARY KEY,
	part text NOT NULL CHECK (part IN ('tourism and congresses', 'business development')),
	kind text NOT NULL CHECK (kind IN ('organization', 'person')),
	name text NOT NULL,
	business_id text CHECK (memreg.is_business_id(business_id)),
	birth_date date,
	profession text,
	street_address text,
	postal_code text,
	city text,
	phone text,
	fax text,
	email text,
	language text NOT NULL,
	note text,
	registered_at timestamptz NOT NULL,
	last_used_at timestamptz NOT NULL
);

CREATE TABLE business.contact_person (
	contact_person_id bigint PRIMARY KEY,
	customer_id uuid NOT NULL REFERENCES business.customer ON DELETE CASCADE,
	name text NOT NULL,
	title text,
	phone text,
	email text
);
CREATE TABLE business.service_event (
	service_event_id bigint PRIMARY KEY,
	customer_id uuid NOT NULL REFERENCES business.customer ON DELETE CASCADE,
	happened_at timestamptz NOT NULL,
	kind text NOT NULL
);
CREATE TABLE business.marketing (
	customer_id uuid PRIMARY KEY REFERENCES business.customer ON DELETE CASCADE,
	channel text NOT NULL,
	last_sent_at timestamptz
);

-- Book-keeping outlives the relation: a customer with invoices cannot be deleted.
CREATE TABLE business.invoice (
	invoice_id bigint PRIMARY KEY,
	customer_id uuid NOT NULL REFERENCES business.customer,
	issued_on date NOT NULL,
	euros numeric(9, 2) NOT NULL,
	paid_on date,
	in_collection boolean NOT NULL
);
RESET ROLE;
