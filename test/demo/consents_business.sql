-- What customers said about marketing.
CREATE TABLE demo.customer_said AS
SELECT customer_id, demo.said(hashtext(customer_id::text), 103) AS said FROM business.customer;

SELECT said, memreg.grant_consents(
	register => 'business', subjects => array_agg(customer_id), purpose => 'marketing',
	expires_at => demo.until(said), evidence => '{"asked on": "visit"}') AS granted
FROM demo.customer_said WHERE said <> 'nothing' GROUP BY said;
SELECT memreg.withdraw_consents(register => 'business', subjects => array_agg(customer_id), purpose => 'marketing')
FROM demo.customer_said WHERE said LIKE 'yes%no%';
SELECT memreg.grant_consents(register => 'business', subjects => array_agg(customer_id), purpose => 'marketing')
	AS again
FROM demo.customer_said WHERE said LIKE 'yes, no, yes%';
SELECT memreg.withdraw_consents(register => 'business', subjects => array_agg(customer_id), purpose => 'marketing')
FROM demo.customer_said WHERE said = 'yes, no, yes, no';
