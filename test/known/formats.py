"""What memreg makes of its keys, after docs/architecture.md and docs/pseudonym.md.

Keys are bytes; a scope's key is one of its versions.  Values and contexts are
bytes in UTF-8.
"""

import base64
import struct

from primitives import blake2b, siphash, subkey, xchacha20, xchacha20_poly1305_open, xchacha20_poly1305_seal

MASTER = b"memreg_k"
SCOPE = b"memreg_s"
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def fingerprint(master_key):
    return subkey(master_key, 1, MASTER, 16)


def unwrap(wrapped, wrapping_key, context):
    return xchacha20_poly1305_open(wrapping_key, wrapped[:24], wrapped[24:], context.encode())


def wrap(key, nonce, wrapping_key, context):
    return nonce + xchacha20_poly1305_seal(wrapping_key, nonce, key, context.encode())


def scope_key(master_key, wrapped, scope, version):
    return unwrap(wrapped, subkey(master_key, 2, MASTER, 32), f"memreg scope key {version} {scope}")


def subject_secret(register_key, wrapped, register_id, subject):
    return unwrap(wrapped, subkey(register_key, 12, SCOPE, 32), f"memreg subject secret {register_id} {subject}")


def keyed_hash(key, number, value, length):
    return blake2b(value, length, key=subkey(key, number, SCOPE, 32))


def text_pseudonym(key, version, value):
    bits = int.from_bytes(keyed_hash(key, 1, value, 16)[:15], "big")
    return f"p{version}-" + "".join(CROCKFORD[bits >> shift & 31] for shift in range(115, -5, -5))


def uuid_pseudonym(key, value):
    return uuid_of(keyed_hash(key, 2, value, 16))


def subject_pseudonym(key, secret):
    return uuid_of(keyed_hash(key, 3, secret, 16))


def uuid_of(digest):
    """Version 8 and variant 10 (RFC 9562, section 5.8) over a hash."""
    number = int.from_bytes(digest, "big")
    number = number & ~(15 << 76) | 8 << 76
    number = number & ~(3 << 62) | 2 << 62
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def bytea_pseudonym(key, value):
    return keyed_hash(key, 13, value, 16)


def integer_pseudonym(key, value):
    return signed(permute_below(value % (1 << 32), 1 << 32, 5 << 56, digit_keys(key)), 32)


def smallint_pseudonym(key, value):
    return signed(permute_below(value % (1 << 16), 1 << 16, 6 << 56, digit_keys(key)), 16)


def digit_keys(key):
    return [subkey(key, 32 + i, SCOPE, 16) for i in range(10)]


def signed(number, bits):
    return number - (1 << bits) if number >> (bits - 1) else number


def bigint_pseudonym(key, value):
    return signed(permute(value % (1 << 64), [subkey(key, 16 + i, SCOPE, 16) for i in range(10)]), 64)


def permute(number, round_keys):
    """A Feistel network, whose halves change places after each round but the last."""
    left, right = number >> 32, number & 0xFFFFFFFF
    for key in round_keys:
        left, right = right, left ^ int.from_bytes(siphash(key, struct.pack(">I", right))[:4], "big")
    return right << 32 | left


def permute_below(number, bound, tweak, round_keys):
    """A Feistel network over as few bits as hold the bound, an even number of them, walked until it ends below."""
    half = 1
    while 1 << 2 * half < bound:
        half += 1
    while True:
        left, right = number >> half, number & (1 << half) - 1
        for key in round_keys:
            mixed = int.from_bytes(siphash(key, struct.pack(">QQI", tweak, bound, right))[:4], "big")
            left, right = right, left ^ mixed & (1 << half) - 1
        number = right << half | left
        if number < bound:
            return number


def seal(key, version, value, context):
    """SIV: the tag of context and value is the nonce too."""
    tag = keyed_hash(key, 5, struct.pack(">Q", len(context)) + context + value, 24)
    return token("s", version, tag + xchacha20(subkey(key, 4, SCOPE, 32), tag, value))


def seal_random(key, version, value, context, nonce):
    return token("r", version, nonce + xchacha20_poly1305_seal(subkey(key, 6, SCOPE, 32), nonce, value, context))


def open_random(key, sealed, context):
    head, body = sealed.split("-", 1)
    sealed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    return xchacha20_poly1305_open(subkey(key, 6, SCOPE, 32), sealed[:24], sealed[24:], context)


def token(form, version, sealed):
    return f"{form}{version}-" + base64url(sealed)


def token_digest(sealed):
    return blake2b(sealed.encode(), 16)


def subject_token(master_key, cluster, database, payload):
    domain = b"memreg subject token 1"
    signed = struct.pack(">I", len(domain)) + domain + struct.pack(">QII", cluster, database, len(payload)) + payload
    mac = blake2b(signed, 32, key=subkey(master_key, 3, MASTER, 32))
    return "mr1." + base64url(payload) + "." + base64url(mac)


def token_payload(text):
    body = text.split(".")[1]
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
