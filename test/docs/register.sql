-- The tables in a protected register: members 1 and 2 have consented to research, member 3 has not.
\ir tables.sql

SELECT memreg.create_register(register => 'members', title => 'Member register', controller => 'Example City');
SELECT memreg.create_purpose(register => 'members', purpose => 'membership', basis => 'contract');
SELECT memreg.create_purpose(register => 'members', purpose => 'research', basis => 'consent');

SELECT memreg.add_table(register => 'members', relation => 'app.member', subject => 'member_id', root => true);
SELECT memreg.add_table(register => 'members', relation => 'app.answer', subject => 'member_id');

SECURITY LABEL FOR memreg ON COLUMN app.member.email IS 'contact';
SECURITY LABEL FOR memreg ON COLUMN app.member.nickname IS 'nickname';
SECURITY LABEL FOR memreg ON COLUMN app.member.district IS 'background';
SECURITY LABEL FOR memreg ON COLUMN app.member.last_active_at IS 'activity';
SECURITY LABEL FOR memreg ON COLUMN app.answer.answer_id IS 'nonpersonal';
SECURITY LABEL FOR memreg ON COLUMN app.answer.answered_at IS 'activity';
SECURITY LABEL FOR memreg ON COLUMN app.answer.body IS 'answer';

SELECT memreg.set_treatment(register => 'members', purpose => purpose, category => category, treatment => treatment)
FROM (VALUES
    ('membership', 'subject_key', 'clear'), ('membership', 'contact', 'clear'), ('membership', 'nickname', 'clear'),
    ('membership', 'background', 'clear'), ('membership', 'activity', 'clear'),
    ('research', 'nickname', 'pseudonym'), ('research', 'background', 'clear'), ('research', 'answer', 'clear')
) AS declared(purpose, category, treatment);

SELECT memreg.protect(relation => 'app.member');
SELECT memreg.protect(relation => 'app.answer');

SELECT memreg.grant_access(role => 'clerk', register => 'members', purpose => 'membership');
SELECT memreg.grant_access(role => 'researcher', register => 'members', purpose => 'research');
GRANT EXECUTE ON FUNCTION memreg.grant_consent(text, bigint, text, timestamptz, jsonb, text, text),
    memreg.withdraw_consent(text, bigint, text, text, jsonb), memreg.has_consent(text, bigint, text) TO registrar;

SELECT memreg.grant_consent(register => 'members', subject => member_id, purpose => 'research')
FROM unnest('{1,2}'::bigint[]) AS member_id;
