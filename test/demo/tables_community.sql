-- Register A, as its application has it: the customer community and research
-- platform. Nothing here knows of memreg.
CREATE ROLE community NOLOGIN;
CREATE SCHEMA community AUTHORIZATION community;
SET ROLE community;

CREATE TABLE community.member (
	member_id bigint PRIMARY KEY,
	email text NOT NULL,
	nickname text NOT NULL,
	birth_decade int,
	district text,
	life_situation text,
	services_used text,
	joined_at timestamptz NOT NULL,
	last_active_at timestamptz NOT NULL
);

-- Asked for separately, when a session or a reward needs it.
CREATE TABLE community.contact_details (
	member_id bigint PRIMARY KEY REFERENCES community.member ON DELETE CASCADE,
	given_name text NOT NULL,
	family_name text NOT NULL,
	street_address text,
	postal_code text,
	city text,
	phone text
);

CREATE TABLE community.task (task_id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE community.answer (
	answer_id bigint PRIMARY KEY,
	member_id bigint NOT NULL REFERENCES community.member ON DELETE CASCADE,
	task_id int NOT NULL REFERENCES community.task,
	answered_at timestamptz NOT NULL,
	body text NOT NULL
);

CREATE TABLE community.session (session_id int PRIMARY KEY, kind text NOT NULL, held_on date NOT NULL);
CREATE TABLE community.attendance (
	session_id int REFERENCES community.session,
	member_id bigint REFERENCES community.member ON DELETE CASCADE,
	attended boolean NOT NULL,
	PRIMARY KEY (session_id, member_id)
);
CREATE TABLE community.reward (
	reward_id bigint PRIMARY KEY,
	member_id bigint NOT NULL REFERENCES community.member ON DELETE CASCADE,
	kind text NOT NULL,
	euros numeric(6, 2) NOT NULL,
	sent_at timestamptz NOT NULL
);

CREATE TABLE community.ip_log (
	ip_log_id bigint PRIMARY KEY,
	member_id bigint NOT NULL REFERENCES community.member ON DELETE CASCADE,
	address inet NOT NULL,
	seen_at timestamptz NOT NULL
);
RESET ROLE;
