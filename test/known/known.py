#!/usr/bin/python3
"""Holds a database's answers against an implementation that shares no code with memreg.

    known.py vectors                    the published vectors of what is used here
    known.py compare MASTER_KEY         a line of JSON for each key and each answer, on standard input
    known.py secrets MASTER_KEY         the keys alone: every secret that can be derived of them, in hexadecimal

compare prints for each kind of answer how many there were and how many were
right, and to standard error what was expected of the first that was not.
"""

import json
import sys
from collections import Counter

import formats
import primitives


def main(command, *arguments):
    if command == "vectors":
        for name, good in primitives.vectors():
            print("good" if good else "BAD ", name)
    elif command == "compare":
        compare(Keys(bytes.fromhex(arguments[0])))
    elif command == "secrets":
        for name, secret in secrets_of(read_keys(Keys(bytes.fromhex(arguments[0])))):
            print(secret.hex(), name)


class Keys:
    """The master key, and what it unwraps."""

    def __init__(self, master):
        self.master = master
        self.scopes = {}
        self.registers = {}
        self.secrets = {}

    def add_scope(self, row):
        """A row of memreg.scope_key; what is NULL has been retired."""
        key = formats.scope_key(self.master, raw(row["wrapped_key"]), row["scope"], row["version"])
        assert key is not None, "a wrapped key does not open"
        assert raw(row["master_fingerprint"]) == formats.fingerprint(self.master), "another fingerprint"
        self.scopes[row["scope"], row["version"]] = key
        if row["register_id"] is not None:
            self.registers[row["register_id"]] = key

    def add_secret(self, row):
        """A row of memreg.subject_secret; after the scopes."""
        secret = formats.subject_secret(self.registers[row["register_id"]], raw(row["wrapped_secret"]),
                                        row["register_id"], row["subject"])
        assert secret is not None, "a wrapped secret does not open"
        self.secrets[row["register_id"], row["subject"]] = secret


def raw(digits):
    return bytes.fromhex(digits.removeprefix("\\x"))


def read_keys(keys):
    for line in sys.stdin:
        take(keys, json.loads(line))
    return keys


def take(keys, row):
    """Is it a key?"""
    if "wrapped_key" in row:
        keys.add_scope(row)
    elif "wrapped_secret" in row:
        keys.add_secret(row)
    else:
        return False
    return True


def compare(keys):
    asked, right = Counter(), Counter()
    for line in sys.stdin:
        row = json.loads(line)
        if take(keys, row):
            continue
        expected = ANSWERS[row["kind"]](keys, row)
        asked[row["kind"]] += 1
        right[row["kind"]] += row["answer"] == expected
        if row["answer"] != expected and right[row["kind"]] == asked[row["kind"]] - 1:
            print(f"{row}: expected {expected}", file=sys.stderr)
    print(f"{len(keys.scopes)} keys, {len(keys.secrets)} secrets")
    for kind in sorted(asked):
        print(f"{kind}: {right[kind]} of {asked[kind]}")


def key_of(keys, row):
    return keys.scopes[row["scope"], row["version"]]


# What the row's answer should be; value and context are in hexadecimal.
ANSWERS = {
    "fingerprint": lambda keys, row: formats.fingerprint(keys.master).hex(),
    "text": lambda keys, row: formats.text_pseudonym(key_of(keys, row), row["version"], raw(row["value"])),
    "uuid": lambda keys, row: formats.uuid_pseudonym(key_of(keys, row), raw(row["value"])),
    "bytea": lambda keys, row: "\\x" + formats.bytea_pseudonym(key_of(keys, row), raw(row["value"])).hex(),
    "smallint": lambda keys, row: formats.smallint_pseudonym(key_of(keys, row), row["number"]),
    "integer": lambda keys, row: formats.integer_pseudonym(key_of(keys, row), row["number"]),
    "bigint": lambda keys, row: formats.bigint_pseudonym(key_of(keys, row), row["number"]),
    "seal": lambda keys, row: formats.seal(key_of(keys, row), row["version"], raw(row["value"]), raw(row["context"])),
    "seal_random": lambda keys, row: row["answer"] if formats.open_random(
        key_of(keys, row), row["answer"], raw(row["context"])) == raw(row["value"]) else None,
    "token_digest": lambda keys, row: formats.token_digest(row["token"]).hex(),
    "subject": lambda keys, row: formats.subject_pseudonym(
        key_of(keys, row), keys.secrets[row["register_id"], row["subject"]]),
    "subject_token": lambda keys, row: formats.subject_token(
        keys.master, row["cluster"] % (1 << 64), row["database"], formats.token_payload(row["answer"])),
}


def secrets_of(keys):
    yield "master key", keys.master
    for number in 2, 3:
        yield f"subkey {number} of the master key", primitives.subkey(keys.master, number, formats.MASTER, 32)
    for (scope, version), key in keys.scopes.items():
        yield f"key {version} of scope {scope}", key
        for number in range(1, 14):
            yield f"subkey {number} of key {version} of scope {scope}", primitives.subkey(key, number, formats.SCOPE, 32)
        for number in (*range(16, 26), *range(32, 42)):
            yield f"subkey {number} of key {version} of scope {scope}", primitives.subkey(key, number, formats.SCOPE, 16)
    for (register, subject), secret in keys.secrets.items():
        yield f"secret of {subject} in {register}", secret


if __name__ == "__main__":
    main(*sys.argv[1:])
