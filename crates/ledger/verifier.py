#!/usr/bin/env python3
"""Checks an evidence bundle of Countersign: python3 verifier.py case.zip [KEY]
Needs only Python, from 3.8 on; reads one file, writes none, uses no network.
KEY is the log's key as you have it from elsewhere: name+id+base64. The format is in VERIFY.md.
Prints what fits and what can't be told, exit status 0; or `refused: FILE: WHAT`, exit status 1.
"""
import base64, hashlib, json, re, struct, sys, zlib
ENTRIES, WITHHELD, CHECKPOINT = "data/entries.txt", "data/withheld.csv", "data/log/checkpoint"
POLICY, PEM, NOTE, TAGMANIFEST = "data/log/policy", "data/log/key.pem", "bundle.note", "tagmanifest-sha256.txt"
TAGS = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"]
SHOWN = {"verdict": "data/trace/verdict.json", "report": "data/trace/report.html"}
class Refused(Exception): pass
def need(fits, file, what):
    if not fits:
        raise Refused(f"{file}: {what}")
sha256 = lambda data: hashlib.sha256(data).digest()
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519 (RFC 8032): field and order
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)  # ROOT: of -1
def add(p, q):  # x, y, z, x*y/z
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P
def times(n, p):
    rest = times(n >> 1, add(p, p)) if n else (0, 1, 1, 0)
    return add(rest, p) if n & 1 else rest
def point(data):  # none of small order: those fit signatures that nobody made
    sign, y = divmod(int.from_bytes(data, "little"), 1 << 255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    roots = [pow(square, (P + 3) // 8, P) * turn % P for turn in (1, -1, ROOT, -ROOT)]
    x = next((x for x in roots if (x * x - square) % P == 0 and x & 1 == sign), 0)
    return (x, y, 1, x * y % P) if y < P and times(8, (x, y, 1, x * y % P))[0] else None
BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
def signed(key, text, signature):
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or not a or not r or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    x, y, z, _ = add(times(s, BASE), times(h, (P - a[0], a[1], 1, P - a[3])))
    return (x - r[0] * z) % P == 0 and (y - r[1] * z) % P == 0

def decoded(text, file):
    data = base64.b64decode(text)  # takes almost anything, so it is compared
    need(base64.b64encode(data).decode() == text, file, "base64 that is not written in the one way that there is")
    return data

def unpacked(data):
    """The files of a zip file whose every byte is as it must be: stored, names in order, one time, no slack."""
    files, at, last, directory, part = {}, 0, "", bytearray(), "[A-Za-z0-9_-][A-Za-z0-9._-]*"
    while data[at:at + 4] == b"PK\3\4":
        size, length = struct.unpack_from("<IH", data, at + 22)
        begin, end = at + 30 + length, at + 30 + length + size
        name, content = data[at + 30:begin].decode("ascii", "replace"), data[begin:end]
        need(re.fullmatch(f"countersign-bundle(/{part})+", name) and last < name, name, "twice, or not at its place")
        head = struct.pack("<HIHHIIIHH", 20, 0, 0, 33, zlib.crc32(content), len(content), size, length, 0)
        need(head == data[at + 4:at + 30], name, "not packed in the one way that there is")
        directory += b"PK\1\2\x14\0" + head + bytes(10) + struct.pack("<I", at) + name.encode()
        files[name[19:]], at, last = content, end, name
    directory += b"PK\5\6" + struct.pack("<IHHIIH", 0, len(files), len(files), len(directory), at, 0)
    need(data[at:] == directory and len(files) < 65535, "the bundle", "not packed in the one way that there is")
    return files

def key_of(line, place):
    start, kind = (f"witness w{place} ", 4) if place else ("log ", 1)
    name, key_id, data = (line[len(start):].split("+", 2) + ["", ""])[:3]
    need(line.startswith(start) and re.fullmatch(r"[^\s\x00-\x1f\x7f-\x9f]+", name), POLICY, "not its lines in order")
    data = decoded(data, POLICY)
    fits = len(data) == 33 and data[0] == kind and point(data[1:])
    need(fits and key_id == sha256(name.encode() + b"\n" + data)[:4].hex(), POLICY, "not a key of the kind needed")
    return name, bytes.fromhex(key_id), data[1:]

def policy_of(text):
    """The keys of log and witnesses, and how many of which witnesses must have signed."""
    lines = text.split("\n")
    keys = [key_of(line, at) for at, line in enumerate(lines) if line.startswith(("log ", "witness "))]
    once = len({key[:2] for key in keys}) == len({key[2] for key in keys[1:]}) + 1 == len(keys) < 256
    need(once, POLICY, "no key, too many, or one that is there already")
    places = range(1, len(keys))
    group = " ".join(f"w{place}" for place in places) + "\nquorum witnesses\n"
    ways = {"quorum none\n": (0, []), **{f"quorum w{place}\n": (1, [place]) for place in places},
            **{f"group witnesses {many} {group}": (many, places) for many in places}}
    quorum = "\n".join(lines[len(keys):])
    need(quorum in ways, POLICY, "its quorum is not written in the one way that there is")
    return keys, *ways[quorum]

def opened(note, keys, file):
    """The text of a note, and which keys signed it: the log's and then others in their order, each once."""
    text, _, rest = note.rpartition("\n\n")
    text, seen = text + "\n", []
    for by, (name, key_id, key) in enumerate(keys):
        line, end, after = rest.partition("\n")
        signature = decoded(line.split(" ")[-1], file)
        if end and line.rpartition(" ")[0] == f"\u2014 {name}" and signature[:4] == key_id:
            message = f"cosignature/v1\ntime {int.from_bytes(signature[4:12], 'big')}\n{text}" if by else text
            need(signed(key, message.encode(), signature[12 if by else 4:]), file, f"the signature of {name} is wrong")
            seen, rest = seen + [by], after
    need(not rest and 0 in seen and len(seen) <= 64, file, "not signed by the log and then by witnesses in order")
    return text, seen

def entries_of(text):
    """The entries that are shown: place, bytes of the leaf, kind, what its parts say (None: withheld)."""
    lines, entries, heads, left = text.split("\n"), [], {}, []
    need(lines[0] == "countersign/entries/1" and lines[-1] == "", ENTRIES, "its first or last line does not fit")
    for number, line in enumerate(lines[1:-1], 2):
        file, (word, _, rest) = f"{ENTRIES} line {number}", line.partition(" ")
        if word == "entry":
            need(not left and re.fullmatch("43534c31([0-9a-f]{2}){79,}", rest), file, "not a leaf, or one too early")
            leaf = bytes.fromhex(rest)
            _, seq, subject, count, before, _, kind, parts = struct.unpack_from(">4sQ16sI32s16sHB", leaf)
            last, digest = heads.get(subject, (0, before)) if count else (-1, before)
            fits = (count > 0) == (subject != bytes(16)) and (before == bytes(32)) == (count < 2)
            fits = fits and (last + 1 < count or last + 1 == count and digest == before)
            fits = fits and len(leaf) == 83 + 32 * parts and (not entries or entries[-1][0] < seq)
            need(fits, file, "not a leaf, or one that does not continue those before it")
            heads[subject] = count, sha256(b"\0" + leaf)
            left = [leaf[at:at + 32] for at in range(83, len(leaf), 32)]
            entries.append((seq, leaf, kind, []))
        else:
            fits = word == "part" and left and re.fullmatch("-|[0-9a-f]{64} [^\x00-\x1f]*", rest)
            need(fits, file, "neither an entry nor a part of the one before, in the one way that there is")
            said = b"countersign/commitment/1\0" + bytes.fromhex(rest[:64].strip("-")) + rest[65:].encode()
            need(sha256(said) == left.pop(0) or rest == "-", file, "not the part that its leaf commits to")
            entries[-1][3].append(None if rest == "-" else rest[65:])
    need(not left, ENTRIES, "the last entry has fewer parts than its leaf")
    return entries

def root_of(leaves, rows, start, end):
    """The hash (RFC 6962) over entries start..end: from those that are shown, else from a row of withheld.csv."""
    size = end - start
    if not leaves and size & size - 1 == 0:
        row, _, digest = rows.pop(0).rpartition(",")
        need(row == f"{start},{size}" and len(decoded(digest, WITHHELD)) == 32, WITHHELD, f"no row for {start},{size}")
        return decoded(digest, WITHHELD)
    if size == 1:
        return sha256(b"\0" + leaves[0][1])
    middle = start + (1 << (size - 1).bit_length() - 1)
    left = root_of([leaf for leaf in leaves if leaf[0] < middle], rows, start, middle)
    return sha256(b"\1" + left + root_of([leaf for leaf in leaves if leaf[0] >= middle], rows, middle, end))

def verify(data, key=None):
    """The lines that say what fits and what can't be told."""
    files = unpacked(data)
    inside = {name for name in files if name.startswith("data/")}
    needed = {ENTRIES, WITHHELD, CHECKPOINT, POLICY, PEM, NOTE, TAGMANIFEST, *SHOWN.values(), *TAGS}
    wrong = min((needed | inside) ^ set(files), default=None)
    need(wrong is None, wrong, "it is missing, or a bundle has no such file")
    bagit = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    need(files["bagit.txt"] == bagit, "bagit.txt", "not the two lines that it has")
    for name, listed in (("manifest-sha256.txt", inside), (TAGMANIFEST, TAGS)):
        wanted = "".join(f"{sha256(files[file]).hex()}  {file}\n" for file in sorted(listed))
        need(files[name] == wanted.encode(), name, "not the digests of the files")
    text = {name: files[name].decode() for name in (ENTRIES, WITHHELD, CHECKPOINT, POLICY, NOTE)}
    keys, many, of = policy_of(text[POLICY])
    log, name = text[POLICY].split("\n")[0][4:], keys[0][0]
    need(key in (None, log), POLICY, "the log's key is not the one that was given")
    pem = b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA%b\n-----END PUBLIC KEY-----\n" % base64.b64encode(keys[0][2])
    need(files[PEM] == pem, PEM, "not the key that the policy names")
    wanted = f"countersign/bundle/1\n{name}\n{sha256(files[TAGMANIFEST]).hex()}\n"
    need(opened(text[NOTE], keys[:1], NOTE)[0] == wanted, NOTE, "it does not sign the manifest")
    state, seen = opened(text[CHECKPOINT], keys, CHECKPOINT)
    need(sum(place in seen for place in of) >= many, CHECKPOINT, "signed by too few witnesses of the policy")
    found, entries = re.fullmatch(f"{re.escape(name)}\n([1-9][0-9]{{0,19}})\n(.*)\n", state), entries_of(text[ENTRIES])
    fits = found and entries and entries[-1][0] < int(found[1]) < 1 << 64
    need(fits, CHECKPOINT, "not the log's name, its size behind the last entry, and the root")
    size, (first, *rows) = int(found[1]), text[WITHHELD].split("\n")
    need(root_of(entries, rows, 0, size) == decoded(found[2], CHECKPOINT), ENTRIES, "not the root that was signed")
    need(first == "first,count,hash" and rows == [""], WITHHELD, "not the first or last line, or one too many")
    kind, said = ([(0, [])] + [entry[2:] for entry in entries if entry[2] in (3, 16)])[-1]  # of a folder, of a server
    need(said and said[0], ENTRIES, "no last run that is shown")
    numbers = [entries[0][1][12:28] + number.to_bytes(4, "big") for number in range(1, len(entries) + 1)]
    need(kind == 3 or [leaf[12:32] for _, leaf, *_ in entries] == numbers, ENTRIES, "not one case from its first on")
    once = lambda pairs: need(len(dict(pairs)) == len(pairs), ENTRIES, "a run that says a thing twice") or dict(pairs)
    run = json.loads(said[0], object_pairs_hook=once)
    shown = [*SHOWN.items()][:1 + (kind == 3)]  # the page of a server's run was drawn when it was packed
    for what, file in shown:
        digest = (run["shown"] if kind == 3 else run)[what]
        need(digest == sha256(files[file]).hex(), file, f"not what run {run['run']} showed")
    unread = inside - needed | {*SHOWN.values()} - {file for _, file in shown}
    return [*filter(None, [
        f"ok           {len(files)} files packed in the one way that there is, their manifest signed by {log}",
        f"ok           {len(entries)} of {size} entries at their places under the signed checkpoint",
        f"ok           {' and '.join(file[11:] for _, file in shown)}: what run {run['run']} showed",
        "not covered  whether what the entries say is true: the log shows what was written, and in which order",
        kind != 3 and "not covered  whether there are later entries about this case than those that are shown",
        key is None and f"not covered  whose the key is: compare {log} with one that you have from elsewhere (KEY)",
        len(seen) == 1 and "not covered  whether others were shown the same log: no witness signed the checkpoint",
        (n := sum(entry[3].count(None) for entry in entries)) and f"not covered  what {n} parts say that are withheld",
        unread and f"not covered  what these files say: {', '.join(sorted(unread))}"])]

def check(read, *key):
    """The lines to print: never a traceback, whatever the bytes are."""
    try:
        lines = verify(read(), *key)
    except Exception as error:
        lines = ["refused: " + (str(error) if type(error) is Refused else f"the bundle: it can't be read: {error!r}")]
    return [re.sub("[^ -~]", "?", line) for line in lines]

if __name__ == "__main__":
    lines = check(lambda: open(sys.argv[1], "rb").read(), *sys.argv[2:])
    print(*lines, sep="\n")
    sys.exit(lines[0].startswith("refused"))
