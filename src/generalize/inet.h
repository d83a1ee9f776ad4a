/*
 * inet.h
 *		Values of type inet cut to the network that they are in.
 */
#ifndef MEMREG_GENERALIZE_INET_H
#define MEMREG_GENERALIZE_INET_H

#include "postgres.h"

#include "utils/inet.h"

#include "generalize/ip.h"

/* The bits to keep, once seen to be in range; MR601: they are not. */
extern IpBits memreg_generalize_bits(int ipv4, int ipv6);

extern void memreg_inet_read(const inet *value, IpAddress *address);
extern inet *memreg_inet_write(const IpAddress *address);

extern inet *memreg_generalize_inet(const inet *value, const IpBits *keep);

#endif /* MEMREG_GENERALIZE_INET_H */
