/*
 * ip.c
 *		IP addresses cut to the network that they are in.
 *
 * An IPv6 address that only carries an IPv4 address is cut as that, or its
 * first 48 bits, which name a site otherwise, would name one host or all:
 *
 *	::ffff:0:0/96	IPv4-mapped (RFC 4291, section 2.5.5.2): becomes the IPv4
 *					address, as a server sees the same client either way
 *	2002::/16		6to4 (RFC 3056, section 2): the IPv4 address stands in bits 17
 *					to 48, and no more of it remains than of any other
 *
 * Invariant: no allocation, no server.  All bits beyond the network's are zero,
 * and a network never becomes smaller: cutting again changes nothing.
 */
#include "generalize/ip.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "generalize/blanks.h"

#define MAPPED_BITS 96
#define SIX_TO_FOUR_BITS 16

static bool is_mapped(const IpAddress *address);
static int bits_to_keep(const IpAddress *address, const IpBits *keep);

void
memreg_ip_truncate(IpAddress *address, const IpBits *keep)
{
	int bits;

	memreg_ip_unmap(address);
	bits = bits_to_keep(address, keep);
	if (address->netmask > bits)
		address->netmask = bits;

	for (int i = 0; i < (int) sizeof(address->bytes); i++)
	{
		int kept = address->netmask - 8 * i; /* of this byte */

		if (kept <= 0)
			address->bytes[i] = 0;
		else if (kept < 8)
			address->bytes[i] &= (unsigned char) (0xFF << (8 - kept));
	}
}

bool
memreg_ip_truncate_text(const char *text, size_t length, const IpBits *keep, char *truncated)
{
	IpAddress address = {0};

	if (!memreg_ip_read(text, length, &address))
		return false;
	memreg_ip_truncate(&address, keep);
	return memreg_ip_write(&address, truncated);
}

/* What inet_pton() reads, so neither netmasks nor zones (fe80::1%eth0). */
bool
memreg_ip_read(const char *text, size_t length, IpAddress *address)
{
	char terminated[MEMREG_IP_TEXT_BYTES];

	memreg_blanks_trim(&text, &length);
	if (length >= sizeof(terminated))
		return false;
	memcpy(terminated, text, length);
	terminated[length] = '\0';
	if (strlen(terminated) != length)
		return false;

	address->ipv6 = memchr(terminated, ':', length) != NULL;
	address->netmask = address->ipv6 ? MEMREG_IPV6_BITS : MEMREG_IPV4_BITS;
	return inet_pton(address->ipv6 ? AF_INET6 : AF_INET, terminated, address->bytes) == 1;
}

bool
memreg_ip_write(const IpAddress *address, char *text)
{
	return inet_ntop(address->ipv6 ? AF_INET6 : AF_INET, address->bytes, text,
					 MEMREG_IP_TEXT_BYTES) != NULL;
}

void
memreg_ip_unmap(IpAddress *address)
{
	if (!is_mapped(address))
		return;
	address->ipv6 = false;
	address->netmask -= MAPPED_BITS;
	memmove(address->bytes, address->bytes + MAPPED_BITS / 8, MEMREG_IPV4_BITS / 8);
}

/* A wider network than that of all IPv4 addresses has others in it, too. */
static bool
is_mapped(const IpAddress *address)
{
	static const unsigned char prefix[MAPPED_BITS / 8] = {[10] = 0xFF, [11] = 0xFF};

	return address->ipv6 && address->netmask >= MAPPED_BITS &&
		memcmp(address->bytes, prefix, sizeof(prefix)) == 0;
}

static int
bits_to_keep(const IpAddress *address, const IpBits *keep)
{
	bool six_to_four = address->ipv6 && address->bytes[0] == 0x20 && address->bytes[1] == 0x02;

	if (!address->ipv6)
		return keep->ipv4;
	if (six_to_four && keep->ipv6 > SIX_TO_FOUR_BITS + keep->ipv4)
		return SIX_TO_FOUR_BITS + keep->ipv4;
	return keep->ipv6;
}
