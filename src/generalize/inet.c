/*
 * inet.c
 *		Values of type inet cut to the network that they are in.
 *
 * ip.c says what is cut.  The result is the network itself, with its netmask:
 * 192.0.2.0/24.
 */
#include "postgres.h"

#include <sys/socket.h>

#include "fmgr.h"

#include "core/compat.h"
#include "generalize/granularity.h"
#include "generalize/inet.h"

PG_FUNCTION_INFO_V1(memreg_truncate_ip);

/* memreg.truncate_ip(address inet, ipv4_bits int, ipv6_bits int) → inet. */
Datum
memreg_truncate_ip(PG_FUNCTION_ARGS)
{
	IpBits keep = memreg_generalize_bits(PG_GETARG_INT32(1), PG_GETARG_INT32(2));

	PG_RETURN_INET_P(memreg_generalize_inet(PG_GETARG_INET_PP(0), &keep));
}

IpBits
memreg_generalize_bits(int ipv4, int ipv6)
{
	IpBits keep = {.ipv4 = ipv4, .ipv6 = ipv6};

	if (ipv4 < 0 || ipv4 > MEMREG_IPV4_BITS || ipv6 < 0 || ipv6 > MEMREG_IPV6_BITS)
		memreg_granularity_refuse("the number of bits to keep of an IP address is out of range",
								  "Use 0 to 32 bits for IPv4 and 0 to 128 for IPv6.");
	return keep;
}

inet *
memreg_generalize_inet(const inet *value, const IpBits *keep)
{
	IpAddress address;

	memreg_inet_read(value, &address);
	memreg_ip_truncate(&address, keep);
	return memreg_inet_write(&address);
}

void
memreg_inet_read(const inet *value, IpAddress *address)
{
	memset(address, 0, sizeof(*address));
	address->ipv6 = ip_family(value) == PGSQL_AF_INET6;
	address->netmask = ip_bits(value);
	memcpy(address->bytes, ip_addr(value), ip_addrsize(value));
}

inet *
memreg_inet_write(const IpAddress *address)
{
	inet *value = palloc0(sizeof(inet));

	ip_family(value) = address->ipv6 ? PGSQL_AF_INET6 : PGSQL_AF_INET;
	ip_bits(value) = (unsigned char) address->netmask;
	memcpy(ip_addr(value), address->bytes, ip_addrsize(value));
	SET_INET_VARSIZE(value);
	return value;
}
