#!/usr/bin/env python3
"""Checks an evidence bundle of Countersign: python3 verifier.py case.zip [KEY]

Needs Python 3.8 or later and nothing else; reads one file, writes none, uses no network.
KEY is the log's key as you have it from elsewhere: name+id+base64. The format is in VERIFY.md.
Exit status: 0 everything fits, 1 something does not.
"""
import base64, hashlib, json, re, struct, sys, zlib

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
FOLDER = "countersign-bundle/"
TAGS = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"]


class Refused(Exception):
    pass


def need(fits, file, what):
    if not fits:
        raise Refused(f"{file}: {what}")


def sha256(data):
    return hashlib.sha256(data).digest()


# Ed25519 (RFC 8032), points as x:y:z with t = x*y/z.
def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def packed(p):
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, text, signature):
    a, s = point(key), int.from_bytes(signature[32:], "little")
    # A key of small order would fit signatures that nobody made.
    if a is None or s >= L or len(signature) != 64 or packed(times(8, a)) == packed((0, 1, 1, 0)):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    return packed(add(times(s, BASE), times(h, (P - a[0], a[1], 1, P - a[3])))) == signature[:32]


def decoded(text, file):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = None
    need(data is not None and base64.b64encode(data).decode() == text, file, "not strict base64")
    return data


def packed_zip(files):
    """The one way to pack: stored, in order of names, one time, nothing between."""
    body, directory = b"", b""
    out = []
    at = 0
    for name, data in sorted(files.items()):
        head = struct.pack("<HIHHIIIHH", 20, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name), 0)
        local = b"PK\3\4" + head + name.encode() + data
        directory += b"PK\1\2" + struct.pack("<H", 20) + head + bytes(10) + struct.pack("<I", at) + name.encode()
        out.append(local)
        at += len(local)
    end = struct.pack("<IHHIIH", 0, len(files), len(files), len(directory), at, 0)
    return b"".join(out) + directory + b"PK\5\6" + end


def unpacked(data):
    files, at = {}, 0
    while data[at:at + 4] == b"PK\3\4" and len(data) >= at + 30:
        size, length = struct.unpack_from("<IH", data, at + 22)
        name = data[at + 30:at + 30 + length].decode("ascii", "replace")
        part = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
        need(re.fullmatch(f"{FOLDER}{part}(/{part})*", name), "the bundle", "a name that no bundle has")
        need(name not in files, name, "it is there twice")
        files[name] = data[at + 30 + length:at + 30 + length + size]
        at += 30 + length + size
    need(packed_zip(files) == data, "the bundle", "not packed in the one way that bundles are")
    return {name[len(FOLDER):]: content for name, content in files.items()}


def manifest(files, names):
    return "".join(f"{sha256(files[name]).hex()}  {name}\n" for name in sorted(names)).encode()


def key_of(text, kind):
    parts = text.split("+", 2)
    need(len(parts) == 3 and parts[0] and not re.search(r"\s", parts[0]), "a key", "not name+id+base64")
    data = decoded(parts[2], "a key")
    need(len(data) == 33 and data[0] == kind, "a key", "not of the kind that is needed")
    key_id = sha256(parts[0].encode() + b"\n" + data)[:4]
    need(parts[1] == key_id.hex(), "a key", "its id does not fit")
    return parts[0], key_id, data[1:]


def opened(data, log, witnesses, file):
    """The text of a note that its log signed, and how many witnesses signed it."""
    text, _, lines = data.decode().rpartition("\n\n")
    need(text and lines.endswith("\n"), file, "not a signed note")
    text += "\n"
    seen = set()
    for line in lines[:-1].split("\n"):
        found = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line)
        need(found, file, "a line that is no signature")
        signature = decoded(found[2], file)
        by = (found[1], signature[:4])
        need(by not in seen, file, f"signed twice by {found[1]}")
        seen.add(by)
        if by == log[:2]:
            fits = signed(log[2], text.encode(), signature[4:])
        else:
            key = next((key for key in witnesses if by == key[:2]), None)
            need(key, file, f"signed by {found[1]}, which the policy does not name")
            time = int.from_bytes(signature[4:12], "big")
            fits = signed(key[2], f"cosignature/v1\ntime {time}\n{text}".encode(), signature[12:])
        need(fits, file, f"the signature of {found[1]} does not fit")
    need(log[:2] in seen, file, "the log did not sign it")
    return text, len(seen) - 1


def root_of(leaves, rows, size):
    """The root (RFC 6962) over leaves that are shown and hashes over those that are not."""
    peaks, at, rows = [], 0, iter(rows)

    def push(level, digest):
        while peaks and peaks[-1][0] == level:
            level, digest = level + 1, sha256(b"\1" + peaks.pop()[1] + digest)
        peaks.append((level, digest))

    for seq, leaf in leaves + [(size, None)]:
        need(seq >= at and (leaf is None or seq < size), "entries.txt", "an entry out of order or behind the end")
        while at < seq:
            count = min(1 << (seq - at).bit_length() - 1, at & -at or 1 << 64)
            row = next(rows, None)
            need(row and row[:2] == (at, count), "withheld.csv", "it does not cover what is left out")
            push(count.bit_length() - 1, row[2])
            at += count
        if leaf is not None:
            push(0, sha256(b"\0" + leaf))
            at += 1
    need(next(rows, None) is None, "withheld.csv", "a row too many")
    root = peaks.pop()[1] if peaks else sha256(b"")
    while peaks:
        root = sha256(b"\1" + peaks.pop()[1] + root)
    return root
