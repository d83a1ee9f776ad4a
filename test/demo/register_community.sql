-- Register A: the member register of the customer community and research platform.
SELECT memreg.create_register(
	register => 'community',
	title => 'Asiakasyhteisön ja asiakastutkimusalustan jäsenrekisteri',
	controller => 'Helsingin kaupunki, kaupunginhallitus',
	subject_type => 'bigint',
	responsible_office => 'Kaupunginkanslia, strategiaosasto, digitalisaatioyksikkö, digitaaliset palvelut',
	decision => '7.3.2022 § 182',
	contact => 'Helsingin kaupungin kirjaamo, PL 10 (Pohjoisesplanadi 11–13), 00099 Helsingin kaupunki');

SELECT memreg.create_purpose(register => 'community', purpose => 'membership', basis => 'consent',
	description => 'Managing the members and users of the customer community');
SELECT memreg.create_purpose(register => 'community', purpose => 'research', basis => 'consent',
	description => 'Online tasks by which the city''s services are developed');
SELECT memreg.create_purpose(register => 'community', purpose => 'sessions', basis => 'consent',
	description => 'Arranging individual and group sessions, sending rewards');
SELECT memreg.create_purpose(register => 'community', purpose => 'abuse', basis => 'public_task',
	description => 'Investigating abuse of the platform');
SELECT memreg.create_purpose(register => 'community', purpose => 'self_service', basis => 'legal_obligation',
	description => 'Members see and correct what is held about them (Art. 15 and 16)',
	reach => 'own', restricted_data => true);

-- Which tables hold data about members, and which column says about whom.
SELECT memreg.add_table(register => 'community', relation => 'community.member', subject => 'member_id', root => true);
SELECT memreg.add_table(register => 'community', relation => relation, subject => 'member_id')
FROM unnest('{community.contact_details,community.answer,community.attendance,community.reward,
	community.ip_log}'::regclass[]) AS relation;

-- What the columns hold. A column without a label is withheld.
SECURITY LABEL FOR memreg ON COLUMN community.member.email IS 'email';
SECURITY LABEL FOR memreg ON COLUMN community.member.nickname IS 'nickname';
SECURITY LABEL FOR memreg ON COLUMN community.member.birth_decade IS 'background';
SECURITY LABEL FOR memreg ON COLUMN community.member.district IS 'background';
SECURITY LABEL FOR memreg ON COLUMN community.member.life_situation IS 'background';
SECURITY LABEL FOR memreg ON COLUMN community.member.services_used IS 'background';
SECURITY LABEL FOR memreg ON COLUMN community.member.joined_at IS 'activity';
SECURITY LABEL FOR memreg ON COLUMN community.member.last_active_at IS 'activity';
SECURITY LABEL FOR memreg ON COLUMN community.contact_details.given_name IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN community.contact_details.family_name IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN community.contact_details.street_address IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN community.contact_details.postal_code IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN community.contact_details.city IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN community.contact_details.phone IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN community.answer.answer_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN community.answer.task_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN community.answer.answered_at IS 'activity';
SECURITY LABEL FOR memreg ON COLUMN community.answer.body IS 'answer';
SECURITY LABEL FOR memreg ON COLUMN community.attendance.session_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN community.attendance.attended IS 'participation';
SECURITY LABEL FOR memreg ON COLUMN community.reward.reward_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN community.reward.kind IS 'participation';
SECURITY LABEL FOR memreg ON COLUMN community.reward.euros IS 'participation';
SECURITY LABEL FOR memreg ON COLUMN community.reward.sent_at IS 'participation';
SECURITY LABEL FOR memreg ON COLUMN community.ip_log.ip_log_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN community.ip_log.address IS 'ip_address';
SECURITY LABEL FOR memreg ON COLUMN community.ip_log.seen_at IS 'ip_address';

-- What kinds of data these are, and where they come from. Joining takes an e-mail address and no more. Special categories
-- are not asked for: what somebody volunteers goes into columns of a category of its own, which no purpose sees.
SELECT memreg.declare_category(register => 'community', category => category, special => special,
	identifying => identifying, quasi_identifying => quasi, free_text => free_text, technical => technical,
	source => source, mandatory => mandatory, description => description)
FROM (VALUES
	('subject_key', false, true, false, false, false, 'the platform', NULL, 'Number of the member'),
	('email', false, true, false, false, false, 'the person', true, 'E-mail address, the one thing that joining takes'),
	('nickname', false, false, true, false, false, 'the person', NULL, 'The name under which a member acts'),
	('background', false, false, true, false, false, 'the person', false, 'Background, life situation, use of services'),
	('contact', false, true, false, false, false, 'the person', false, 'Name, address, telephone; asked for sessions and rewards'),
	('answer', false, false, false, true, false, 'the person', false, 'What members write in tasks'),
	('participation', false, false, false, false, false, 'the person', false, 'Sessions attended and rewards sent'),
	('activity', false, false, false, false, false, 'the person''s use of the platform', NULL, 'When somebody joined, answered, was active'),
	('ip_address', false, false, true, false, true, 'the person''s use of the platform', NULL, 'IP addresses, to investigate abuse'),
	('sensitive', true, false, false, true, false, 'the person', false, 'Special categories (Art. 9), if volunteered')
) AS declared(category, special, identifying, quasi, free_text, technical, source, mandatory, description);

-- What each purpose sees of it. What is not declared is withheld, and the subject
-- key becomes a pseudonym.
SELECT memreg.set_treatment(register => 'community', purpose => purpose, category => category, treatment => treatment)
FROM (VALUES
	('membership', 'subject_key', 'clear'), ('membership', 'email', 'clear'), ('membership', 'nickname', 'clear'),
	('membership', 'background', 'clear'), ('membership', 'activity', 'clear'), ('membership', 'answer', 'clear'),
	('membership', 'contact', 'clear if consent to sessions'), ('membership', 'ip_address', 'generalize(ip 24, month)'),
	('research', 'nickname', 'pseudonym'), ('research', 'background', 'clear'), ('research', 'answer', 'clear'),
	('sessions', 'subject_key', 'clear'), ('sessions', 'nickname', 'clear'), ('sessions', 'email', 'clear'),
	('sessions', 'contact', 'clear'), ('sessions', 'participation', 'clear'),
	('abuse', 'subject_key', 'clear'), ('abuse', 'nickname', 'clear'), ('abuse', 'ip_address', 'clear'),
	('self_service', 'subject_key', 'clear'), ('self_service', 'email', 'clear'), ('self_service', 'nickname', 'clear'),
	('self_service', 'background', 'clear'), ('self_service', 'activity', 'clear'), ('self_service', 'answer', 'clear'),
	('self_service', 'contact', 'clear'), ('self_service', 'participation', 'clear')
) AS declared(purpose, category, treatment);

SELECT memreg.protect(relation => relation) FROM memreg.registered_table WHERE register = 'community';

-- Who may act for which purpose.
CREATE ROLE researcher LOGIN;
CREATE ROLE host LOGIN;
CREATE ROLE manager LOGIN;
CREATE ROLE trainee LOGIN;
CREATE ROLE web LOGIN;
GRANT USAGE ON SCHEMA community TO researcher, host, manager, trainee, web;
GRANT SELECT ON ALL TABLES IN SCHEMA community TO researcher, host, manager, trainee, web;
GRANT UPDATE ON community.member, community.contact_details TO web;
SELECT memreg.grant_access(role => 'researcher', register => 'community', purpose => 'research');
SELECT memreg.grant_access(role => 'host', register => 'community', purpose => 'research');
SELECT memreg.grant_access(role => 'host', register => 'community', purpose => 'sessions',
	until => now() + interval '1 year');
SELECT memreg.grant_access(role => 'manager', register => 'community', purpose => 'membership');
SELECT memreg.grant_access(role => 'web', register => 'community', purpose => 'self_service');

-- Who records what members say, and answers their questions.
CREATE ROLE registrar LOGIN;
GRANT USAGE ON SCHEMA community TO registrar;
GRANT EXECUTE ON FUNCTION memreg.grant_consent(text, bigint, text, timestamptz, jsonb, text, text),
	memreg.withdraw_consent(text, bigint, text, text, jsonb), memreg.why(regclass, bigint, regrole, text) TO registrar;

-- The service that knows who has logged in to the platform, and tells it by a token.
CREATE ROLE authentication LOGIN;
GRANT EXECUTE ON FUNCTION memreg.issue_subject_token(text, bigint, interval, regrole) TO authentication;
