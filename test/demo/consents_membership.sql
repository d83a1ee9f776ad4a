-- Everybody who registered consented to the membership.
SELECT memreg.grant_consents(
	register => 'community', subjects => array_agg(member_id), purpose => 'membership',
	evidence => '{"asked on": "registration form, version 3"}') AS granted
FROM community.member;
