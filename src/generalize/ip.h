/*
 * ip.h
 *		IP addresses cut to the network that they are in.
 */
#ifndef MEMREG_GENERALIZE_IP_H
#define MEMREG_GENERALIZE_IP_H

#include <stdbool.h>
#include <stddef.h>

#define MEMREG_IPV4_BITS 32
#define MEMREG_IPV6_BITS 128
#define MEMREG_IP_TEXT_BYTES 46 /* of the longest address, and its end */

typedef struct IpAddress
{
	bool ipv6;
	int netmask; /* bits; all of them: one host */
	unsigned char bytes[MEMREG_IPV6_BITS / 8];
} IpAddress;

/* How many bits of an address remain, 0 to MEMREG_IPV..._BITS. */
typedef struct IpBits
{
	int ipv4;
	int ipv6;
} IpBits;

/* Is the whole text an address, but for blanks around it?  Sets address if it is. */
extern bool memreg_ip_read(const char *text, size_t length, IpAddress *address);

/* Writes the address, without its netmask, into MEMREG_IP_TEXT_BYTES. */
extern bool memreg_ip_write(const IpAddress *address, char *text);

/* An IPv4-mapped IPv6 address becomes the IPv4 address; others stay. */
extern void memreg_ip_unmap(IpAddress *address);

extern void memreg_ip_truncate(IpAddress *address, const IpBits *keep);

/*
 * Writes the network's address into MEMREG_IP_TEXT_BYTES; false: the text is no
 * IP address.
 */
extern bool memreg_ip_truncate_text(const char *text, size_t length, const IpBits *keep,
									char *truncated);

#endif /* MEMREG_GENERALIZE_IP_H */
