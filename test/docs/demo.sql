-- The demo's two registers with a handful of people, for the examples of README.md.
\ir ../demo/words.sql
\ir ../demo/tables_community.sql
\ir ../demo/tables_business.sql
\ir ../demo/register_community.sql
\ir ../demo/register_business.sql

INSERT INTO community.member (member_id, email, nickname, district, joined_at, last_active_at)
SELECT i, 'made.up' || i || '@example.org', 'Saukko' || i, 'Kallio', now() - interval '1 year', now() - i * interval '10 days'
FROM generate_series(1, 30) AS i;
SELECT memreg.grant_consent(register => 'community', subject => member_id, purpose => 'research')
FROM community.member WHERE member_id <= 20;
