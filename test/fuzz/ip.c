/*
 * ip.c
 *		Fuzz target: IP addresses (src/generalize/ip.c).
 *
 * The first two bytes say how many bits to keep.  What is cut is an address
 * that does not change when it is cut again, has no bit beyond those kept, and
 * is cut further to what the whole address is cut to.
 */
#include <arpa/inet.h>
#include <string.h>

#include "driver/fuzz.h"
#include "generalize/ip.h"

static void
check_bits(const char *truncated, const IpBits *keep)
{
	unsigned char bytes[16];
	int family = strchr(truncated, ':') == NULL ? AF_INET : AF_INET6;
	int kept = family == AF_INET ? keep->ipv4 : keep->ipv6;

	REQUIRE(inet_pton(family, truncated, bytes) == 1);
	for (int bit = kept; bit < (family == AF_INET ? 32 : 128); bit++)
		REQUIRE((bytes[bit / 8] >> (7 - bit % 8) & 1) == 0);
	if (family == AF_INET6 && bytes[0] == 0x20 && bytes[1] == 0x02)
		for (int bit = 16 + keep->ipv4; bit < 48; bit++)
			REQUIRE((bytes[bit / 8] >> (7 - bit % 8) & 1) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data + 2;
	char whole[MEMREG_IP_TEXT_BYTES];
	char truncated[MEMREG_IP_TEXT_BYTES];
	char again[MEMREG_IP_TEXT_BYTES];
	IpBits all = {.ipv4 = 32, .ipv6 = 128};
	IpBits keep;

	if (size < 2 || !memreg_ip_truncate_text(text, size - 2, &all, whole))
		return 0;
	REQUIRE(memchr(text, '\0', size - 2) == NULL);
	keep = (IpBits){.ipv4 = data[0] % 33, .ipv6 = data[1] % 129};
	REQUIRE(memreg_ip_truncate_text(text, size - 2, &keep, truncated));
	check_bits(truncated, &keep);

	REQUIRE(memreg_ip_truncate_text(whole, strlen(whole), &keep, again));
	REQUIRE(strcmp(again, truncated) == 0);
	REQUIRE(memreg_ip_truncate_text(truncated, strlen(truncated), &keep, again));
	REQUIRE(strcmp(again, truncated) == 0);

	keep = (IpBits){.ipv4 = keep.ipv4 / 2, .ipv6 = keep.ipv6 / 2};
	REQUIRE(memreg_ip_truncate_text(text, size - 2, &keep, whole));
	REQUIRE(memreg_ip_truncate_text(truncated, strlen(truncated), &keep, again));
	REQUIRE(strcmp(again, whole) == 0);
	return 0;
}
