/*
 * shape_ip.c
 *		Pseudonyms of IP addresses that are IP addresses.
 *
 * Addresses of one family that share their first k bits, and not the next, have
 * pseudonyms that do: networks stay networks, under another number each, and
 * crypto/prefix.c says how.  IPv4 and IPv6 have a half of the scope's key each.
 *
 * An IPv4-mapped IPv6 address (::ffff:192.0.2.1) counts, and comes out, as the
 * IPv4 address: it is the same client, seen by a server with one socket for
 * both.  A netmask stays, and the bits beyond it are treated like the others.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "core/compat.h"
#include "crypto/prefix.h"
#include "generalize/inet.h"
#include "generalize/ip.h"
#include "pseudonym/scope_call.h"
#include "pseudonym/shape.h"

static void permute(IpAddress *address, const unsigned char *key);

PG_FUNCTION_INFO_V1(memreg_pseudonym_ip);
PG_FUNCTION_INFO_V1(memreg_pseudonym_ip_text);

/* memreg.pseudonym_ip(scope text, address inet) → inet. */
Datum
memreg_pseudonym_ip(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	IpAddress address;

	memreg_inet_read(PG_GETARG_INET_PP(1), &address);
	permute(&address, keys->subkey[SCOPE_SUBKEY_IP]);
	PG_RETURN_INET_P(memreg_inet_write(&address));
}

/* memreg.pseudonym_ip(scope text, address text, strict boolean) → text. */
Datum
memreg_pseudonym_ip_text(PG_FUNCTION_ARGS)
{
	const ScopeKeys *keys = memreg_scope_call_keys(fcinfo, SCOPE_RIGHT_PSEUDONYMIZE);
	const text *value = PG_GETARG_TEXT_PP(1);
	IpAddress address = {0};
	char pseudonym[MEMREG_IP_TEXT_BYTES];

	if (!memreg_ip_read(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &address))
		return memreg_shape_refuse(fcinfo, PG_GETARG_BOOL(2), "the value is no IP address",
								   "An IP address in text has no netmask, zone or port.");

	permute(&address, keys->subkey[SCOPE_SUBKEY_IP]);
	if (!memreg_ip_write(&address, pseudonym))
		elog(ERROR, "an IP address cannot be written");
	PG_RETURN_TEXT_P(cstring_to_text(pseudonym));
}

static void
permute(IpAddress *address, const unsigned char *key)
{
	memreg_ip_unmap(address);
	if (address->ipv6)
		memreg_permute_prefixes(address->bytes, MEMREG_IPV6_BITS / 8, 6,
								key + MEMREG_PRF_SHORT_KEY_BYTES);
	else
		memreg_permute_prefixes(address->bytes, MEMREG_IPV4_BITS / 8, 4, key);
}
