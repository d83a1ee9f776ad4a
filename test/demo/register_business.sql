-- Register B: the customer register of the business service, in two parts.
SELECT memreg.create_register(
	register => 'business',
	title => 'Elinkeinopalvelun asiakasrekisteri',
	controller => 'Helsingin kaupunki, elinkeinopalvelu',
	subject_type => 'uuid',
	responsible_office => 'Elinkeinopalvelu: matkailu- ja kongressitoimisto, elinkeinokehitys',
	contact => 'Elinkeinopalvelu, rekisterin hoitaja');

SELECT memreg.create_purpose(register => 'business', purpose => 'customer_relations', basis => 'public_task',
	description => 'Relations with customers and partners: companies, communities, private persons');
SELECT memreg.create_purpose(register => 'business', purpose => 'services', basis => 'contract',
	description => 'Delivering services and products, with billing and collection');
SELECT memreg.create_purpose(register => 'business', purpose => 'marketing', basis => 'consent',
	description => 'Targeting own marketing, without disclosing data');
SELECT memreg.create_purpose(register => 'business', purpose => 'statistics', basis => 'public_task',
	description => 'Research and statistics', smallest_group => 20, small_groups => 'remainder');

SELECT memreg.add_table(register => 'business', relation => 'business.customer', subject => 'customer_id',
	root => true);
SELECT memreg.add_table(register => 'business', relation => relation, subject => 'customer_id')
FROM unnest('{business.contact_person,business.service_event,business.marketing,business.invoice}'::regclass[])
	AS relation;

SECURITY LABEL FOR memreg ON COLUMN business.customer.part IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN business.customer.kind IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN business.customer.name IS 'name';
SECURITY LABEL FOR memreg ON COLUMN business.customer.business_id IS 'identifier';
SECURITY LABEL FOR memreg ON COLUMN business.customer.birth_date IS 'identifier';
SECURITY LABEL FOR memreg ON COLUMN business.customer.profession IS 'demographics';
SECURITY LABEL FOR memreg ON COLUMN business.customer.street_address IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN business.customer.postal_code IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN business.customer.city IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN business.customer.phone IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN business.customer.fax IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN business.customer.email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN business.customer.language IS 'demographics';
SECURITY LABEL FOR memreg ON COLUMN business.customer.note IS 'volunteered';
SECURITY LABEL FOR memreg ON COLUMN business.customer.registered_at IS 'history';
SECURITY LABEL FOR memreg ON COLUMN business.customer.last_used_at IS 'history';
SECURITY LABEL FOR memreg ON COLUMN business.contact_person.contact_person_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN business.contact_person.name IS 'name';
SECURITY LABEL FOR memreg ON COLUMN business.contact_person.title IS 'role';
SECURITY LABEL FOR memreg ON COLUMN business.contact_person.phone IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN business.contact_person.email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN business.service_event.service_event_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN business.service_event.happened_at IS 'history';
SECURITY LABEL FOR memreg ON COLUMN business.service_event.kind IS 'history';
SECURITY LABEL FOR memreg ON COLUMN business.marketing.channel IS 'marketing';
SECURITY LABEL FOR memreg ON COLUMN business.marketing.last_sent_at IS 'marketing';
SECURITY LABEL FOR memreg ON COLUMN business.invoice.invoice_id IS 'billing';
SECURITY LABEL FOR memreg ON COLUMN business.invoice.issued_on IS 'billing';
SECURITY LABEL FOR memreg ON COLUMN business.invoice.euros IS 'billing';
SECURITY LABEL FOR memreg ON COLUMN business.invoice.paid_on IS 'billing';
SECURITY LABEL FOR memreg ON COLUMN business.invoice.in_collection IS 'billing';

SELECT memreg.declare_category(register => 'business', category => category,
	identifying => identifying, quasi_identifying => quasi, free_text => free_text,
	source => source, mandatory => mandatory, description => description)
FROM (VALUES
	('subject_key', true, false, false, 'the service', NULL, 'Number of the customer'),
	('name', true, false, false, 'customers', NULL, 'Name of a person or company, contact persons'),
	('identifier', true, false, false, 'customers', NULL, 'Date of birth or business ID'),
	('contact', true, false, false, 'customers; public sources: post and population address services', NULL,
		'Address, telephone, fax, e-mail'),
	('demographics', false, true, false, 'customers', NULL, 'Profession, language'),
	('role', false, true, false, 'customers', NULL, 'What a contact person does in the company'),
	('volunteered', false, false, true, 'customers', false, 'What customers tell of themselves'),
	('history', false, false, false, 'the service', NULL, 'Services delivered'),
	('marketing', false, false, false, 'customers', false, 'Channels a customer wants to hear by'),
	('billing', false, false, false, 'the service', NULL, 'Billing and collection')
) AS declared(category, identifying, quasi, free_text, source, mandatory, description);

SELECT memreg.set_treatment(register => 'business', purpose => purpose, category => category, treatment => 'clear')
FROM (VALUES
	('customer_relations', '{subject_key,name,identifier,demographics,contact,volunteered,role,history}'::text[]),
	('services', '{subject_key,name,identifier,contact,history,billing}'),
	('marketing', '{name,contact,demographics,marketing}'),
	('statistics', '{demographics,history,billing}')
) AS declared(purpose, categories), unnest(categories) AS category;

SELECT memreg.protect(relation => relation) FROM memreg.registered_table WHERE register = 'business';

-- Personal identity codes are not recorded: refused in every text column.
CREATE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON business.customer
	FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu();
CREATE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON business.contact_person
	FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu();
CREATE TRIGGER refuse_hetu BEFORE INSERT OR UPDATE ON business.service_event
	FOR EACH ROW EXECUTE FUNCTION memreg.refuse_hetu();

CREATE ROLE adviser LOGIN;
CREATE ROLE marketer LOGIN;
CREATE ROLE statistician LOGIN;
GRANT USAGE ON SCHEMA business TO adviser, marketer, statistician;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA business TO adviser;
GRANT SELECT ON ALL TABLES IN SCHEMA business TO marketer, statistician;
SELECT memreg.grant_access(role => 'adviser', register => 'business', purpose => 'customer_relations');
SELECT memreg.grant_access(role => 'marketer', register => 'business', purpose => 'marketing');
SELECT memreg.grant_access(role => 'statistician', register => 'business', purpose => 'statistics');

-- Who records what customers say.
CREATE ROLE customer_service LOGIN;
GRANT EXECUTE ON FUNCTION memreg.object_to(text, uuid, text, text, text),
	memreg.restrict_subject(text, uuid, text, text), memreg.lift_restriction(text, uuid, text, text) TO customer_service;
