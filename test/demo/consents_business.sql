-- What customers said about marketing.
CREATE TABLE demo.customer_said AS
SELECT customer_id, demo.said(hashtext(customer_id::text), 103) AS said FROM business.customer;

SELECT count(memreg.grant_consent(
	register => 'business', subject => customer_id, purpose => 'marketing',
	expires_at => demo.until(said), evidence => '{"asked on": "visit"}')) AS granted
FROM demo.customer_said WHERE said <> 'nothing';
SELECT count(memreg.withdraw_consent(register => 'business', subject => customer_id, purpose => 'marketing'))
FROM demo.customer_said WHERE said LIKE 'yes%no%';
SELECT count(memreg.grant_consent(register => 'business', subject => customer_id, purpose => 'marketing')) AS again
FROM demo.customer_said WHERE said LIKE 'yes, no, yes%';
SELECT count(memreg.withdraw_consent(register => 'business', subject => customer_id, purpose => 'marketing'))
FROM demo.customer_said WHERE said = 'yes, no, yes, no';
