"""Keyed hashes, ciphers and a permutation, written after their papers.

Nothing here shares code with memreg or libsodium: BLAKE2b is that of hashlib,
the rest is plain Python, as slow as that is.  vectors() holds each against
the values that its paper or RFC publishes.
"""

import hashlib
import struct

WORD = 0xFFFFFFFF
LONG = 0xFFFFFFFFFFFFFFFF


def blake2b(message, length, key=b"", salt=b"", person=b""):
    """BLAKE2b (RFC 7693; salt and personalization: Aumasson and others, 2013)."""
    return hashlib.blake2b(message, digest_size=length, key=key, salt=salt, person=person).digest()


def siphash(key, message):
    """SipHash-2-4 (Aumasson and Bernstein, INDOCRYPT 2012), its eight bytes."""
    k0, k1 = struct.unpack("<2Q", key)
    state = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    padded = message + bytes(-(len(message) + 1) % 8) + bytes([len(message) & 255])
    for (word,) in struct.iter_unpack("<Q", padded):
        state[3] ^= word
        sip_round(state)
        sip_round(state)
        state[0] ^= word
    state[2] ^= 255
    for _ in range(4):
        sip_round(state)
    return struct.pack("<Q", state[0] ^ state[1] ^ state[2] ^ state[3])


def sip_round(v):
    v[0] = (v[0] + v[1]) & LONG
    v[1] = rotate_long(v[1], 13) ^ v[0]
    v[0] = rotate_long(v[0], 32)
    v[2] = (v[2] + v[3]) & LONG
    v[3] = rotate_long(v[3], 16) ^ v[2]
    v[0] = (v[0] + v[3]) & LONG
    v[3] = rotate_long(v[3], 21) ^ v[0]
    v[2] = (v[2] + v[1]) & LONG
    v[1] = rotate_long(v[1], 17) ^ v[2]
    v[2] = rotate_long(v[2], 32)


def rotate_long(word, bits):
    return (word << bits | word >> (64 - bits)) & LONG


def chacha20_rounds(state):
    """The twenty rounds (RFC 8439, section 2.3), without the addition at their end."""
    x = list(state)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for p, q, r, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[p] = (x[p] + x[q]) & WORD
                mixed = x[r] ^ x[p]
                x[r] = (mixed << bits | mixed >> (32 - bits)) & WORD
    return x


def chacha20_state(key, last):
    return struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + struct.unpack("<4I", last)


def chacha20_block(key, counter, nonce):
    """RFC 8439, section 2.3; the nonce has 12 bytes."""
    state = chacha20_state(key, struct.pack("<I", counter) + nonce)
    return struct.pack("<16I", *((a + b) & WORD for a, b in zip(state, chacha20_rounds(state))))


def chacha20(key, counter, nonce, message):
    """RFC 8439, section 2.4."""
    stream = b"".join(chacha20_block(key, counter + i, nonce) for i in range((len(message) + 63) // 64))
    return bytes(a ^ b for a, b in zip(message, stream))


def hchacha20(key, nonce):
    """draft-irtf-cfrg-xchacha-03, section 2.2; the nonce has 16 bytes."""
    x = chacha20_rounds(chacha20_state(key, nonce))
    return struct.pack("<8I", *(x[0:4] + x[12:16]))


def xchacha20(key, nonce, message, counter=0):
    """The same, section 2.3; the nonce has 24 bytes."""
    return chacha20(hchacha20(key, nonce[:16]), counter, bytes(4) + nonce[16:], message)


def poly1305(key, message):
    """RFC 8439, section 2.5."""
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(message), 16):
        total = (total + int.from_bytes(message[i:i + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) & ((1 << 128) - 1)).to_bytes(16, "little")


def chacha20_poly1305_tag(key, nonce, ciphertext, data):
    """RFC 8439, section 2.8."""
    one_time_key = chacha20_block(key, 0, nonce)[:32]
    padded = data + bytes(-len(data) % 16) + ciphertext + bytes(-len(ciphertext) % 16)
    return poly1305(one_time_key, padded + struct.pack("<2Q", len(data), len(ciphertext)))


def chacha20_poly1305_seal(key, nonce, message, data):
    ciphertext = chacha20(key, 1, nonce, message)
    return ciphertext + chacha20_poly1305_tag(key, nonce, ciphertext, data)


def xchacha20_poly1305_seal(key, nonce, message, data):
    """Ciphertext and tag; draft-irtf-cfrg-xchacha-03, section 2."""
    return chacha20_poly1305_seal(hchacha20(key, nonce[:16]), bytes(4) + nonce[16:], message, data)


def xchacha20_poly1305_open(key, nonce, sealed, data):
    """The message; None: it was not sealed so."""
    subkey = hchacha20(key, nonce[:16])
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if chacha20_poly1305_tag(subkey, bytes(4) + nonce[16:], ciphertext, data) != tag:
        return None
    return chacha20(subkey, 1, bytes(4) + nonce[16:], ciphertext)


def vectors():
    """Each published vector: its name, and whether it comes out."""
    count = bytes(range(256))
    sunscreen = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
                 b"future, sunscreen would be it.")
    dhole = (b'The dhole (pronounced "dole") is also known as the Asiatic wild dog, red dog, and whistling dog. '
             b"It is about the size of a German shepherd but looks more like a long-legged fox. This highly elusive "
             b"and skilled jumper is classified with wolves, coyotes, jackals, and foxes in the taxonomic family "
             b"Canidae.")
    key = count[0x80:0xA0]

    yield "BLAKE2b, RFC 7693, appendix A", blake2b(b"abc", 64) == bytes.fromhex(
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")
    yield "BLAKE2b with and without key, RFC 7693, appendix E", blake2b_self_test() == bytes.fromhex(
        "c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475")
    yield "subkey 0, test/default/kdf.exp of libsodium", subkey(count[:32], 0, b"KDF test", 64) == bytes.fromhex(
        "a0c724404728c8bb95e5433eb6a9716171144d61efb23e74b873fcbeda51d807"
        "1b5d70aae12066dfc94ce943f145aa176c055040c3dd73b0a15e36254d450614")
    yield "SipHash-2-4, appendix A of the paper", siphash(count[:16], count[:15]) == bytes.fromhex("a129ca6149be45e5")[::-1]
    yield "ChaCha20 block, RFC 8439, 2.3.2", chacha20_block(count[:32], 1, bytes.fromhex("000000090000004a00000000")) == bytes.fromhex(
        "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
        "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e")
    yield "Poly1305, RFC 8439, 2.5.2", poly1305(bytes.fromhex(
        "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"),
        b"Cryptographic Forum Research Group") == bytes.fromhex("a8061dc1305136c6c22b8baf0c0127a9")
    yield "ChaCha20-Poly1305, RFC 8439, 2.8.2", chacha20_poly1305_seal(
        key, bytes.fromhex("070000004041424344454647"), sunscreen, bytes.fromhex("50515253c0c1c2c3c4c5c6c7")) == bytes.fromhex(
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
        "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
        "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
        "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691")
    yield "HChaCha20, draft-irtf-cfrg-xchacha-03, 2.2.1", hchacha20(
        count[:32], bytes.fromhex("000000090000004a0000000031415927")) == bytes.fromhex(
        "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")
    yield "XChaCha20, draft-irtf-cfrg-xchacha-03, A.3.2", xchacha20(
        key, count[0x40:0x57] + b"\x58", dhole)[:64] == bytes.fromhex(
        "4559abba4e48c16102e8bb2c05e6947f50a786de162f9b0b7e592a9b53d0d4e9"
        "8d8d6410d540a1a6375b26d80dace4fab52384c731acbf16a5923c0c48d3575d")
    yield "XChaCha20-Poly1305, draft-irtf-cfrg-xchacha-03, A.3.1", xchacha20_poly1305_seal(
        key, count[0x40:0x58], sunscreen, bytes.fromhex("50515253c0c1c2c3c4c5c6c7")) == bytes.fromhex(
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
        "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
        "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49")


def blake2b_self_test():
    """The grand hash of RFC 7693, appendix E."""
    digests = b""
    for length in (20, 32, 48, 64):
        for size in (0, 3, 128, 129, 255, 1024):
            message = self_test_sequence(size, size)
            digests += blake2b(message, length)
            digests += blake2b(message, length, key=self_test_sequence(length, length))
    return blake2b(digests, 32)


def self_test_sequence(length, seed):
    a, b = 0xDEAD4BAD * seed & WORD, 1
    sequence = bytearray()
    for _ in range(length):
        a, b = b, (a + b) & WORD
        sequence.append(b >> 24)
    return bytes(sequence)


def subkey(key, number, context, length):
    """crypto_kdf of libsodium: the hash of nothing under the key, the number as salt, the context as person."""
    return blake2b(b"", length, key=key, salt=struct.pack("<Q", number), person=context)
