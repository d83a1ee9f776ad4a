# shellcheck shell=bash
# Sourced, not run: what the demo shows, one function a step.  Needs show.sh.

present() {
	what_is_declared
	researcher_sees
	withdrawal_binds
	why_not_seen
	another_purpose
	as_each_consented
	no_grant
	own_row_only
	extract_for_partner
	sealed_and_opened
	marketing_sees
	objection_binds
	statistics_count
	identity_code_refused
	retention_declared
	retention_stops
	retention_deletes
}

what_is_declared() {
	step "Two registers are declared" \
		"Who controls them, for which purposes and on which legal basis. (How: test/demo/register_*.sql.)"
	show dba "SELECT register, subject_type, title, responsible_office FROM memreg.register \\gx"
	show dba "SELECT register, purpose, basis, description FROM memreg.purpose ORDER BY purpose_id;"
}

researcher_sees() {
	step "A researcher sees only consenting members, and only pseudonyms" \
		"There are $(value "SELECT count(*) FROM community.member") members. The researcher's plain SQL reads \
those who consent to research: key and nickname are pseudonyms, what research need not know is NULL."
	session_open researcher
	session_show "SET memreg.purpose = 'research';
SELECT member_id, nickname, email, district, life_situation
FROM community.member ORDER BY member_id LIMIT 4;"
	promise "no e-mail address is shown, and no member's own key or nickname" shows_no_member
	session_show "SELECT count(*) AS members, count(email) AS addresses FROM community.member;"
	promise "these are the members whose consent to research stands, none else" \
		shows "^ *$(researchable) *| *0 *$"
	session_show "SELECT district, count(*) AS answers
FROM community.answer JOIN community.member USING (member_id)
WHERE task_id = 7 GROUP BY district ORDER BY answers DESC, district LIMIT 3;"
	promise "answers still find their members, by pseudonym" shows "$(value "
		SELECT format('%s *| *%s *$', district, count(*))
		FROM community.answer JOIN community.member USING (member_id) JOIN demo.member_said USING (member_id)
		WHERE task_id = 7 AND purpose = 'research' AND demo.consents(said)
		GROUP BY district ORDER BY count(*) DESC, district LIMIT 1")"
}

withdrawal_binds() {
	local before

	before=$(researchable)
	withdrawing=$(value "SELECT min(member_id) FROM community.member JOIN demo.member_said USING (member_id)
		WHERE purpose = 'research' AND demo.consents(said) AND last_active_at > now() - interval '1 month'")
	step "A withdrawal binds the very next query" \
		"The researcher's session stays open, its statement is prepared. In another session the registrar \
records that member $withdrawing withdraws."
	session_show "PREPARE consenting AS SELECT count(*) AS members FROM community.member;
EXECUTE consenting;"
	promise "before: $before" shows "^ *$before *$"
	show registrar "SELECT memreg.withdraw_consent(
    register => 'community', subject => $withdrawing, purpose => 'research') AS event;"
	session_show "EXECUTE consenting;"
	promise "after: one less, in the same session, with the same plan's statement" shows "^ *$((before - 1)) *$"
}

why_not_seen() {
	step "Why is somebody not seen?" \
		"The registrar, whose task it is to answer such questions, asks memreg about the researcher and the \
member who has just withdrawn."
	show registrar "SELECT question, holds, explanation FROM memreg.why(
    relation => 'community.member', subject => $withdrawing, role => 'researcher', purpose => 'research')
WHERE question IN ('purpose is granted', 'consent stands', 'no restriction stands', 'visible');"
	promise "it is the consent, and nothing else" shows "^ *visible *| f *| not: consent stands *$"
}

another_purpose() {
	local query="SELECT member_id, nickname, given_name, phone
FROM community.member JOIN community.contact_details USING (member_id)
ORDER BY member_id LIMIT 3;"

	step "The same query under another purpose" \
		"The host of sessions may act for two purposes. For research, contact details stay hidden. For \
sessions they are clear, of those who agreed to be contacted."
	show host "SET memreg.purpose = 'research';
$query"
	promise "for research no name and no telephone number" hides +358
	show host "SET memreg.purpose = 'sessions';
$query"
	promise "for sessions both" shows "+358 000"
	show host "SET memreg.purpose = 'sessions';
SELECT count(*) AS can_be_contacted FROM community.contact_details;"
	promise "only of members whose consent to sessions stands" shows "^ *$(consenting sessions) *$"
}

as_each_consented() {
	step "One query, and each row as its subject decided" \
		"Managing the community needs every member, and of some more than of others: contact details are \
clear where the member agreed to be contacted, an IP address is its network, in its month."
	show manager "SET memreg.purpose = 'membership';
SELECT member_id, nickname, given_name, phone
FROM community.member JOIN community.contact_details USING (member_id) ORDER BY member_id LIMIT 6;"
	promise "next to each other members with a telephone number and without" shows_some_phones
	show manager "SET memreg.purpose = 'membership';
SELECT count(*) AS gave_details, count(phone) AS can_be_called FROM community.contact_details;"
	promise "those with one are those whose consent to sessions stands" \
		shows "^ *$(value "SELECT count(*) FROM community.contact_details") *| *$(consenting sessions) *$"
	show manager "SET memreg.purpose = 'membership';
SELECT address AS network, seen_at AT TIME ZONE 'UTC' AS month, count(DISTINCT member_id) AS members
FROM community.ip_log GROUP BY 1, 2 ORDER BY month DESC, members DESC LIMIT 3;"
	promise "of an IP address no more than its network is shown" shows "198.51.100.0/24 *| *[-0-9]*-01 00:00:00 *|"
}

no_grant() {
	step "A role without a grant gets an error" \
		"Not an empty result: the trainee may SELECT from the tables, but was granted no purpose. Nor is \
anything shown to a session that names no purpose."
	show_refused MR302 trainee "SET memreg.purpose = 'research';
SELECT nickname FROM community.member LIMIT 1;"
	show_refused MR301 researcher "SELECT nickname FROM community.member LIMIT 1;"
}

own_row_only() {
	local mine token

	mine=$(value "SELECT max(member_id) FROM community.member WHERE last_active_at > now() - interval '1 month'")
	step "A member sees and corrects her own row, and no other" \
		"The platform logs in as one role for everybody. Member $mine gives her password to a service of \
its own, which issues a token that the platform can neither make nor change. (Art. 15 and 16.)"
	show authentication "SELECT memreg.issue_subject_token(
    register => 'community', subject => $mine, valid_for => '10 minutes', role => 'web') AS token;"
	token=$(sed -n '3s/ //gp' <<<"${shown:?}")
	show web "SET memreg.purpose = 'self_service';
SET memreg.subject = '$token';
SELECT member_id, email, nickname FROM community.member;
WITH corrected AS (UPDATE community.member SET nickname = 'Uusi nimi' RETURNING member_id)
SELECT member_id AS corrected FROM corrected;"
	promise "of $(value "SELECT count(*) FROM community.member") members one, to read and to write" \
		test "$(value "SELECT string_agg(member_id::text, ' ') FROM community.member WHERE nickname = 'Uusi nimi'")" = "$mine"
	show_refused MR341 web "SET memreg.purpose = 'self_service';
SET memreg.subject = '${token/./.A}';
SELECT email FROM community.member;"
}

extract_for_partner() {
	local member

	member=$(value "SELECT max(member_id) FROM community.member WHERE memreg.has_consent('community', member_id, 'research')")
	step "What a contract partner holds ends with the member" \
		"A partner gets an extract of those who consent to research. Its pseudonyms are made of a secret of \
each member's, which goes with the member's row: nobody can then say whose they were. (Here it is taken back.)"
	show dba "SELECT memreg.create_scope(scope => 'partner', recipient => 'A made-up research contractor');
CREATE TABLE demo.extract AS
SELECT memreg.subject_pseudonym('partner', 'community', member_id) AS member, district, birth_decade
FROM community.member WHERE member_id > $member - 100 AND memreg.has_consent('community', member_id, 'research');
SELECT * FROM demo.extract ORDER BY member LIMIT 3;"
	show dba "SELECT count(*) AS linked FROM demo.extract
WHERE member = memreg.subject_pseudonym('partner', 'community', $member);"
	promise "whoever has the right can still say which row is member $member's" shows "^ *1 *$"
	show dba "BEGIN;
DELETE FROM community.member WHERE member_id = $member;
SELECT count(*) AS linked FROM demo.extract
WHERE member = memreg.subject_pseudonym('partner', 'community', $member);
ROLLBACK;"
	promise "once the member is gone, nobody can" shows "^ *0 *$"
}

sealed_and_opened() {
	step "What must be read again is sealed, and opened on the record" \
		"A phone number for the one office that calls back. Its role may open, not make, such values; it has \
to say why, and that stays."
	show dba "CREATE ROLE caller LOGIN;
SELECT memreg.create_scope(scope => 'phones', recipient => 'The office that calls back');
SELECT memreg.grant_scope(role => 'caller', scope => 'phones', may => 'reverse');
CREATE TABLE demo.phone AS SELECT memreg.seal(scope => 'phones', value => '+358 40 123 4567') AS number;
GRANT USAGE ON SCHEMA demo TO caller;
GRANT SELECT ON demo.phone TO caller;
SELECT number FROM demo.phone;"
	show_refused MR122 caller "SELECT memreg.unseal(scope => 'phones', token => number) FROM demo.phone;"
	show caller "SELECT memreg.unseal(scope => 'phones', token => number, reason => 'Asked to be called back') FROM demo.phone;"
	promise "it comes back as it was" shows "+358 40 123 4567"
	show dba "SELECT login_role, reason, happened_at FROM memreg.unsealing;"
	promise "and who opened it, why and when is recorded, once" shows "^ *caller *| Asked to be called back *|"
}

marketing_sees() {
	step "The other register, its own rules" \
		"Marketing needs the customer's permission; the customer relation is a public task and needs none. \
Customers have uuid keys."
	show marketer "SET memreg.purpose = 'marketing';
SELECT count(*) AS customers, count(business_id) AS business_ids FROM business.customer;"
	promise "marketing sees the customers who agreed to it, and no business ID" \
		shows "^ *$(value "SELECT count(*) FROM demo.customer_said WHERE demo.consents(said)") *| *0 *$"
	show adviser "SET memreg.purpose = 'customer_relations';
SELECT count(*) AS customers, count(business_id) AS business_ids FROM business.customer;"
	promise "an adviser sees them all" shows "^ *30000 *| *22000 *$"
}

objection_binds() {
	local objecting restricted counting

	objecting=$(value "SELECT min(customer_id::text) FROM business.customer WHERE kind = 'organization'")
	restricted=$(value "SELECT max(customer_id::text) FROM business.customer JOIN demo.customer_said USING (customer_id)
		WHERE demo.consents(said)")
	counting="SELECT count(*) AS customers, count(*) FILTER (WHERE customer_id IN (
    '$objecting', '$restricted')) AS these_two FROM business.customer;"

	step "An objection and a restriction bind as well" \
		"One customer objects to the customer relation, a public task (Art. 21). Another contests what is \
held about them: until that is cleared up, it is kept and not used (Art. 18)."
	show customer_service "SELECT memreg.object_to(register => 'business', subject => uuid '$objecting',
    purpose => 'customer_relations', channel => 'letter') AS event;
SELECT memreg.restrict_subject(register => 'business', subject => uuid '$restricted',
    reason => 'Art. 18(1)(a): accuracy contested', channel => 'phone') AS event;"
	show adviser "SET memreg.purpose = 'customer_relations';
$counting"
	promise "an adviser sees neither" shows "^ *29998 *| *0 *$"
	show marketer "SET memreg.purpose = 'marketing';
SELECT count(*) AS customers FROM business.customer;"
	promise "what is restricted, marketing does not see either, consent or not" \
		shows "^ *$(($(value "SELECT count(*) FROM demo.customer_said WHERE demo.consents(said)") - 1)) *$"
	show customer_service "SELECT memreg.lift_restriction(register => 'business', subject => uuid '$restricted',
    reason => 'corrected, customer told by phone') AS event;"
	show adviser "SET memreg.purpose = 'customer_relations';
$counting"
	promise "lifted, that customer is back" shows "^ *29999 *| *1 *$"
}

statistics_count() {
	step "Statistics count, and single out nobody" \
		"The purpose statistics sees counts, sums and averages over twenty customers or more, and no rows. \
Smaller groups are put together."
	show statistician "SET memreg.purpose = 'statistics';
SELECT language, count(DISTINCT customer_id) AS customers, count(*) AS invoices, round(avg(euros), 2) AS euros
FROM business.customer JOIN business.invoice USING (customer_id) GROUP BY language ORDER BY customers DESC;"
	show statistician "SET memreg.purpose = 'statistics';
SELECT count(*) AS groups, min(customers) AS smallest, sum(customers) AS customers
FROM (SELECT count(*) AS customers FROM business.customer
      GROUP BY profession, language, last_used_at < now() - interval '18 months') AS counted;"
	promise "none is smaller than twenty, and nobody is left out" \
		test "$(awk 'END { print ($3 >= 20) " " $5 }' <<<"$shown")" = "1 $(value "SELECT count(*) FROM business.customer")"
	show_refused MR312 statistician "SET memreg.purpose = 'statistics';
SELECT profession, registered_at FROM business.customer LIMIT 1;"
	show statistician "SET memreg.purpose = 'statistics';
SELECT count(*) AS invoices, sum(euros) AS euros FROM business.invoice WHERE euros = 40.01;"
	promise "of few there is no row at all" hides "[0-9]"
}

identity_code_refused() {
	local customer

	customer=$(value "SELECT customer_id FROM business.customer WHERE kind = 'person' ORDER BY customer_id LIMIT 1")
	step "A write with a personal identity code is refused" \
		"The register promises not to record them. An adviser pastes one into a note. (The code is made up.)"
	show_refused MR501 adviser "SET memreg.purpose = 'customer_relations';
UPDATE business.customer SET note = 'Soitti, hetu 010190-900P.'
WHERE customer_id = '$customer';"
	promise "the error does not repeat the code" hides 010190
	promise "nor does the server's log" log_hides 010190
	show adviser "SET memreg.purpose = 'customer_relations';
UPDATE business.customer SET note = 'Soitti, haluaa tarjouksen.'
WHERE customer_id = '$customer' RETURNING name, note;"
	promise "without the code it is written" shows "haluaa tarjouksen"
}

retention_declared() {
	members=$(value "SELECT count(*) FROM community.member")
	members_due=$(value "SELECT count(*) FROM community.member WHERE last_active_at < now() - interval '6 months'")
	customers=$(value "SELECT count(*) FROM business.customer")
	customers_due=$(value "SELECT count(*) FROM business.customer WHERE last_used_at < now() - interval '18 months'")

	step "How long data is kept" \
		"Members go six months after they were last active, IP addresses after 90 days, answers after two \
years, customers eighteen months after they last used a service."
	show dba "SELECT relation, term, memreg.add_retention(
    register => register, relation => relation, term => term, since => since) AS rule
FROM (VALUES
    ('community', 'community.member'::regclass, '6 months'::interval, 'last_active_at'),
    ('community', 'community.ip_log', '90 days', 'seen_at'),
    ('community', 'community.answer', '2 years', 'answered_at'),
    ('business', 'business.customer', '18 months', 'last_used_at')
) AS rule(register, relation, term, since);
SELECT relation, since, rows_due, rows_total, share FROM memreg.retention_due ORDER BY rule;"
}

retention_stops() {
	step "The worker begins by itself, and stops where too much is due" \
		"Nobody starts it. It removes what is past its term, but more than memreg.retention_max_share \
($(value "SHOW memreg.retention_max_share")) of a table looks like a mistake: for that it asks."
	watch "SELECT EXISTS (SELECT FROM memreg.retention_run WHERE relation = 'community.member' AND outcome = 'stopped')
		AND EXISTS (SELECT FROM memreg.retention_run WHERE relation = 'business.customer' AND outcome = 'done')"
	show dba "SELECT run_id, relation, outcome, rows_due, rows_total, share, rows_removed FROM memreg.retention_run
ORDER BY run_id;"
	promise "customers past their term are gone, and none else" \
		test "$(value "SELECT count(*) FROM business.customer")" = $((customers - customers_due))
	promise "no member was touched" test "$(value "SELECT count(*) FROM community.member")" = "$members"
}

retention_deletes() {
	step "Approved, the worker deletes the members inactive for over six months" \
		"In small transactions, while everybody works on. $members_due of $members members are due; what \
belongs to them goes with them."
	show dba "SELECT run_id, memreg.approve_run(run => run_id) FROM memreg.retention_run
WHERE relation = 'community.member' AND outcome = 'stopped';"
	watch "SELECT EXISTS (SELECT FROM memreg.retention_run WHERE relation = 'community.member' AND outcome = 'done')"
	promise "they are gone, and none else: $((members - members_due)) remain" \
		test "$(value "SELECT count(*) FROM community.member")" = $((members - members_due))
	promise "none of them is past the term" \
		test "$(value "SELECT count(*) FROM community.member WHERE last_active_at < now() - interval '6 months'")" = 0
	session_show "EXECUTE consenting;"
	promise "the researcher's open session sees what is left of those who consent" \
		shows "^ *$(($(researchable) - 1)) *$"
	session_close
}

# Prints how the tables shrink, until the query answers true.
watch() {
	local began=$EPOCHREALTIME done=f counts before='' printed=$SECONDS

	echo
	while [ "$done" != t ]; do
		done=$(value "$1")
		counts=$(value "SELECT format('%s members   %s answers   %s lines of IP log   %s customers',
			(SELECT count(*) FROM community.member), (SELECT count(*) FROM community.answer),
			(SELECT count(*) FROM community.ip_log), (SELECT count(*) FROM business.customer))")
		if [ "$counts" != "$before" ] || [ $((SECONDS - printed)) -ge 2 ]; then
			printf '   %7s   %s\n' "$(seconds_since "$began")" "$counts"
			before=$counts
			printed=$SECONDS
		fi
		[ "${began%.*}" -gt $((${EPOCHREALTIME%.*} - 120)) ] || fail "the worker has not done it within two minutes"
		sleep 0.1
	done
}

# What the promises are checked against, from what the people said.
consenting() {
	value "SELECT count(*) FROM community.member JOIN demo.member_said USING (member_id)
		WHERE purpose = '$1' AND demo.consents(said)"
}

researchable() {
	consenting research
}

shows() {
	grep -q -e "$1" <<<"${shown:?}"
}

hides() {
	! shows "$1"
}

log_hides() {
	! grep -q -e "$1" "$STAGE/server.log"
}

shows_some_phones() {
	shows "NULL *| *NULL" && shows "+358 000"
}

shows_no_member() {
	! shows @ && [ "$(grep -c ' NULL ' <<<"$shown")" -ge 4 ] &&
		[ "$(value "SELECT count(*) FROM community.member
			WHERE position(nickname IN \$shown\$$shown\$shown\$) > 0")" = 0 ]
}
