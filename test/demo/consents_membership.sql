-- Everybody who registered consented to the membership.
SELECT count(memreg.grant_consent(
	register => 'community', subject => member_id, purpose => 'membership',
	evidence => '{"asked on": "registration form, version 3"}')) AS granted
FROM community.member;
