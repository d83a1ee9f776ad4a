-- What members said about research, and those who left contact details about sessions.
CREATE TABLE demo.member_said AS
SELECT member_id, 'research' AS purpose, demo.said(member_id, 101) AS said FROM community.member
UNION ALL
SELECT member_id, 'sessions', demo.said(member_id, 102) FROM community.contact_details;
CREATE INDEX ON demo.member_said (member_id);
ANALYZE demo.member_said;

-- Brought in by the thousand. An application calls grant_consent and withdraw_consent, when somebody ticks a box.
SELECT purpose, said, memreg.grant_consents(
	register => 'community', subjects => array_agg(member_id), purpose => purpose,
	expires_at => demo.until(said), evidence => '{"asked on": "form of the platform, version 3"}') AS granted
FROM demo.member_said WHERE said <> 'nothing' GROUP BY purpose, said;
SELECT purpose, memreg.withdraw_consents(
	register => 'community', subjects => array_agg(member_id), purpose => purpose) AS withdrawn
FROM demo.member_said WHERE said LIKE 'yes%no%' GROUP BY purpose;
SELECT purpose, memreg.grant_consents(
	register => 'community', subjects => array_agg(member_id), purpose => purpose) AS again
FROM demo.member_said WHERE said LIKE 'yes, no, yes%' GROUP BY purpose;
SELECT purpose, memreg.withdraw_consents(
	register => 'community', subjects => array_agg(member_id), purpose => purpose) AS withdrawn
FROM demo.member_said WHERE said = 'yes, no, yes, no' GROUP BY purpose;
