#!/usr/bin/env python3
"""An independent verifier of Gauger bundles, written from docs/reference alone.

    gauger_verify.py BUNDLE [--trust FILE] [--json]
    gauger_verify.py --vectors DIR

Exit codes: 0 VERIFIED (or all vectors as expected), 3 CONSISTENT, 1 the evidence fails, 2 not a bundle, or wrong usage.
It needs Python 3.9 and the package cryptography, opens no connection and writes no file. F0 to F10 are the sections of
docs/reference/formats.md.
"""
import argparse, base64, hashlib, json, os, re, sys, unicodedata
from types import SimpleNamespace
try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
except ImportError:
    print("the Python package cryptography is missing: apt-get install python3-cryptography", file=sys.stderr)
    sys.exit(2)

ZEROS = bytes(32)
ED25519_L = 2**252 + 27742317777372353535851937790883648493
P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
UNCHECKED = ["the factors CTL, CPL and CTPL (API MPMS 11.1): only what follows from them was computed",
             "totaliser and quality flags, beyond that nobody altered them",
             "what the documents say, and the decision: gauger verify decides again on the bundle's tables",
             "that no other entry claims the same oil: that takes the log"]
UNCHECKED_TICKETS = "the records between those shown: that they follow each other, and that their totals add up (depth tickets)"

class Bad(Exception):
    """What is wrong with the evidence."""

class NotABundle(Bad):
    """What keeps a file from being a bundle at all."""

def need(condition, what):
    if not condition:
        raise Bad(what)

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def utf8(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("text is not UTF-8") from None

# --- F0: deterministic CBOR, and nothing else

def decode(data):
    need(len(data) <= 64 << 20, "item too long")
    value, end = item(data, 0, 1)
    need(end == len(data), "bytes after the end")
    return value

def item(data, pos, depth):
    need(pos < len(data) and depth <= 16, "cut off, or too many levels")
    (major, n), pos = divmod(data[pos], 32), pos + 1
    if (major, n) == (7, 22):
        return None, pos
    if n >= 24:
        need(n < 28, "indefinite length")
        size, least = 1 << n - 24, (24, 1 << 8, 1 << 16, 1 << 32)[n - 24]
        n, pos = int.from_bytes(data[pos:pos + size], "big"), pos + size
        need(pos <= len(data) and n >= least, "number cut off, or not in its shortest form")
    need(major < 6, "tag, float or simple value")
    if major < 2:
        return (n, -1 - n)[major], pos
    if major < 4:
        raw = data[pos:pos + n]
        need(len(raw) == n, "string cut off")
        return utf8(raw) if major == 3 else raw, pos + n
    need(n <= 1 << 20, "too many elements")
    values, pairs, before = [], {}, b""
    for _ in range(n):
        if major == 5:
            start = pos
            key, pos = item(data, pos, depth + 1)
            need(type(key) is int and data[start:pos] > before, "map keys are not integers in ascending order")
            before = data[start:pos]
        value, pos = item(data, pos, depth + 1)
        if major == 5:
            pairs[key] = value
        values.append(value)
    return pairs if major == 5 else values, pos

def byte_string(raw):
    """The encoding of a byte string below 2^32 bytes."""
    for info, (size, end) in enumerate(((1, 1 << 8), (2, 1 << 16), (4, 1 << 32)), 0x58):
        if len(raw) < end:
            return (bytes([info]) + len(raw).to_bytes(size, "big") if len(raw) > 23 else bytes([0x40 | len(raw)])) + raw

def is_a(kind, least=None, most=None):
    def check(v):
        need(type(v) is kind, f"{type(v).__name__} where {kind.__name__} must be")
        need(least is None or least <= (v if kind is int else len(v)) <= most, f"{kind.__name__} out of range")
        return v
    return check

def list_of(element):
    return lambda v: [element(x) for x in is_a(list)(v)]

def pair(first, second):
    def check(v):
        need(type(v) is list and len(v) == 2, "not an array of two")
        return first(v[0]), second(v[1])
    return check

def shape(spec):
    """A map "1 name type, ?2 name type": the result has the names as attributes, None for what is left out."""
    fields = {int(key.lstrip("?")): (name, TYPES[kind], key[0] == "?") for key, name, kind in map(str.split, spec.split(","))}
    def check(v):
        need(type(v) is dict and v.keys() <= fields.keys(), "not a map, or one with unknown keys")
        out = SimpleNamespace()
        for key, (name, kind, optional) in fields.items():
            need(key in v or optional, f"{name} is missing")
            need(not optional or v.get(key, 1) not in (0, "", b"", []), f"{name} is empty and should be left out")
            setattr(out, name, kind(v[key]) if key in v else None)
        return out
    return check

TYPES = {"uint": is_a(int, 0, 2**64 - 1), "int": is_a(int, -2**63, 2**63 - 1), "text": is_a(str), "bytes": is_a(bytes),
         "hash": is_a(bytes, 32, 32), "salt": is_a(bytes, 16, 16), "blobs": list_of(is_a(bytes)), "texts": list_of(is_a(str))}
TYPES["factor"] = pair(TYPES["int"], is_a(int, 0, 255))
TYPES["basis"] = pair(TYPES["text"], TYPES["text"])
TYPES["hashes"] = list_of(TYPES["hash"])
TYPES["claims"] = shape("1 iss text, 2 sub text")
HEADER = shape("1 alg int, 4 kid hash, ?15 claims claims, 16 typ text")
TYPES["totals"] = shape("1 iv int, 2 gsv int, 3 mass int, 4 temperature int, 5 pressure int, 6 density int, 7 flow_time int")
TYPES["parameters"] = shape("1 k factor, 2 mf factor, 3 basis basis, 4 commodity text, 5 density int, 6 temperature_unit text,"
                            "7 pressure_unit text, 8 method text, 9 rounding text")
TYPES["interval"] = shape("1 totaliser uint, 2 pulses int, 3 flow_time int, 4 temperature int, 5 pressure int, 6 parameters parameters,"
                          "7 iv int, 8 ctl factor, 9 cpl factor, 10 ctpl factor, 11 gsv int, 12 mass int, 13 totals totals, ?14 quality uint")
TYPES["event"] = shape("1 kind text, ?2 name text, ?3 old text, ?4 new text, ?5 who text")
RECORD = shape("1 version uint, 2 device hash, 3 point text, 4 seq uint, 5 prev hash, 6 salt salt, 7 start int, 8 end int, 9 clock uint,"
               "?10 interval interval, ?11 event event")
TYPES["runs"] = list_of(shape("1 point text, 2 first uint, 3 last uint"))
TYPES["seen"] = shape("1 size uint, 2 root hash")
STATEMENT = shape("1 version uint, 2 device hash, 3 number uint, 4 prev hash, 5 runs runs, 6 root hash, ?7 seen seen, 8 binary hash,"
                  "9 configuration hash")
TYPES["sw"] = shape("1 percent factor, 2 report hash")
TICKET = shape("1 format uint, 2 id text, 3 version uint, 4 previous hash, ?5 batch text, 6 device hash, 7 point text, 8 first uint,"
               "9 last uint, 10 opening_leaf hash, 11 closing_leaf hash, 12 open int, 13 close int, 14 opening totals, 15 closing totals,"
               "16 parameters parameters, 17 iv int, 18 temperature int, 19 pressure int, 20 density int, 21 ctpl factor, 22 gsv int,"
               "23 of_record text, 24 other_gsv int, 25 mass int, ?26 sw sw, ?27 nsv int, 28 sender text, 29 receiver text, 30 at int")
REPORT = shape("1 format uint, 2 id text, 3 batch text, 4 point text, 5 sw factor, 6 density int, 7 reference text, 8 method text,"
               "9 sampled int, 10 reported int, 11 laboratory text")
TYPES["entries"] = list_of(shape("1 key bytes, 2 role text, 3 name text, ?4 points texts, 5 since int, ?6 until int"))
REGISTRY = shape("1 version uint, 2 organisation text, 3 name text, 4 number uint, 5 entries entries")
TYPES["picks"] = list_of(shape("1 leaf bytes, 2 path hashes"))
TYPES["batches"] = list_of(shape("1 statement bytes, ?2 receipt bytes, ?3 leaves blobs, ?4 picks picks"))
TYPES["tickets"] = list_of(shape("1 ticket bytes, 2 signatures blobs"))
TYPES["tables"] = list_of(shape("1 name text, 2 file bytes"))
BUNDLE = shape("1 version uint, 2 depth text, 3 sealed int, 4 trust bytes, 5 registries blobs, 6 batches batches, 7 tickets tickets,"
               "8 documents blobs, ?9 tables tables, ?10 decision bytes")

def fit(n):
    need(-2**63 <= n < 2**63, "number out of range")
    return n

def rounded(num, den):
    """num/den to the nearest integer, half away from zero."""
    q = (2 * abs(num) + den) // (2 * den)
    return fit(-q if num < 0 else q)

def positive(factor):
    return factor[0] > 0 and factor[1] <= 18

def check_point(point):
    need(1 <= len(point.encode()) <= 64 and all(unicodedata.category(c)[0] in "LMNPS" and c != "/" for c in point), f"bad point name {point!r}")

# --- F4: keys and signatures

class Key:
    def __init__(self, coded):
        v, self.kid = decode(coded), sha256(coded)
        need(type(v) is dict and all(type(v.get(k, ZEROS)) is bytes and len(v.get(k, ZEROS)) == 32 for k in (-2, -3)), "not a COSE_Key")
        if v.keys() == {1, -1, -2} and (v[1], v[-1]) == (1, 6):
            self.alg, self.public = -8, ed25519.Ed25519PublicKey.from_public_bytes(v[-2])
            return
        need(v.keys() == {1, -1, -2, -3} and (v[1], v[-1]) == (2, 1), "not a COSE_Key of Ed25519 or P-256")
        x, y = int.from_bytes(v[-2], "big"), int.from_bytes(v[-3], "big")
        try:
            self.alg, self.public = -7, ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        except ValueError:
            raise Bad("point is not on P-256") from None

    def verify(self, signature, message):
        need(len(signature) == 64, "a signature has 64 bytes")
        try:
            if self.alg == -8:
                need(int.from_bytes(signature[32:], "little") < ED25519_L, "S of the signature is not canonical")
                return self.public.verify(signature, message)
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            need(0 < r < P256_N and 0 < s <= P256_N // 2, "s of the signature is not low, or a number is out of range")
            return self.public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Bad("signature does not verify") from None

class Sign1:
    def __init__(self, message, thing=None):
        need(message[:1] == b"\xd2", "not a tagged COSE_Sign1")
        v = decode(message[1:])
        need(type(v) is list and len(v) == 4 and type(v[0]) is bytes and v[1] == {}, "not a COSE_Sign1 with an empty unprotected header")
        need(v[2] is None or type(v[2]) is bytes, "payload is neither bytes nor null")
        self.head, self.payload, self.signature, self.header = v[0], v[2], is_a(bytes, 64, 64)(v[3]), HEADER(decode(v[0]))
        match = re.fullmatch(r"application/gauger\.(.*)\.v1\+cbor", self.header.typ, re.DOTALL)
        need(match and thing in (None, match[1]), f"typ {self.header.typ} is not that of a {thing}")
        self.thing = match[1]

    def verify(self, key, detached=None):
        need((self.payload is None) != (detached is None), "payload is attached where it must be detached, or the other way round")
        need(self.header.kid == key.kid and self.header.alg == key.alg, "signed by another key, or algorithm of another")
        payload = self.payload if detached is None else detached
        key.verify(self.signature, b"\x84\x6aSignature1" + byte_string(self.head) + b"\x40" + byte_string(payload))

    def content(self, form):
        need(self.payload is not None, "payload is missing")
        return form(decode(self.payload))

# --- F1, F2: records

def parse_record(leaf):
    need(len(leaf) <= 4096, "record too long")
    r = RECORD(decode(leaf))
    r.hash = sha256(b"\0", leaf)
    check_point(r.point)
    need(r.version == 1 and r.clock <= 4 and (r.interval is None) != (r.event is None), "version, clock state, or not one of interval and event")
    need(0 <= r.start <= r.end <= 253402300799999 and (r.seq > 0 or r.prev == ZEROS), "times out of range, or seq 0 with a record before it")
    if r.event:
        need(r.start == r.end and r.event.kind, "event with a length or without a kind")
        need(all(len((text or "").encode()) <= 512 for text in vars(r.event).values()), "text of an event too long")
    else:
        i, p = r.interval, r.interval.parameters
        need(i.pulses >= 0 and i.flow_time >= 0, "pulses or flow time negative")
        need(positive(p.k) and positive(p.mf) and p.density > 0, "K-factor, meter factor and base density must be positive")
        need(p.basis[0] in ("m3", "bbl") and p.basis[1] in ("15C", "20C", "60F"), "basis is not m3 or bbl at 15C, 20C or 60F")
    return r

def check_method(p):
    special = re.fullmatch(r"special (\d+(?:\.\d+)?(?:[eE]-?\d+)?)", p.commodity)
    need(p.commodity in ("crude", "refined", "lubricating") or special and 230e-6 <= float(special[1]) <= 930e-6, "unknown commodity group")
    need(p.temperature_unit in ("degC", "degF") and p.pressure_unit in ("kPag", "psig"), "unknown unit of temperature or pressure")
    need(p.method == "API MPMS 11.1-2004/Add.1-2007", "unknown method")
    need(p.rounding in ("MPMS 11.1 inputs unrounded", "MPMS 11.1 input discrimination"), "unknown rounding")

def gross(iv, mf, ctpl):
    need(positive(mf) and positive(ctpl) and ctpl[1] == 5, "CTPL must be positive, with five decimals")
    return rounded(iv * mf[0] * ctpl[0], 10 ** (mf[1] + ctpl[1]))

def shares(i):
    """What an interval adds to the running totals."""
    weights = {"temperature": i.temperature, "pressure": i.pressure, "density": i.parameters.density}
    return {"iv": i.iv, "gsv": i.gsv, "mass": i.mass, **{k: rounded(w * i.iv, 10**6) for k, w in weights.items()}, "flow_time": i.flow_time}

def recompute(i, before):
    """Checks an interval on the totals before it, or alone when there are none."""
    p, barrel = i.parameters, (158987294928, 10**12) if i.parameters.basis[0] == "bbl" else (1, 1)
    check_method(p)
    need(i.ctl[1] == 9 and i.cpl[1] == 9, "CTL and CPL must have nine decimals")
    need(i.iv == rounded(i.pulses * 10 ** (6 + p.k[1]), p.k[0]), "IV is not pulses over K-factor")
    need(i.gsv == gross(i.iv, p.mf, i.ctpl), "GSV is not IV x MF x CTPL")
    need(i.mass == rounded(i.gsv * p.density * barrel[0], 10**6 * barrel[1]), "mass is not GSV x base density")
    own = shares(i)
    if before is not None:
        need(before["flow_time"] >= 0, "less flow time in all than in the interval")
        need(vars(i.totals) == {k: fit(before[k] + own[k]) for k in own}, "running totals are not those before plus this interval")

class Chain:
    """Follows the records of one point, from any of them on."""
    def __init__(self, first):
        self.seq, self.prev, self.end, self.totals = first.seq, first.prev, None, None

    def append(self, r):
        need(r.seq == self.seq, f"sequence number {self.seq} is next")
        need(r.prev == self.prev, "prev is not the hash of the record before")
        if r.interval:
            need(self.end in (None, r.start), "the interval does not start where the last one ended")
            if self.totals is None and r.seq > 0 and self.end is None:  # taken up in the middle
                self.totals = {k: fit(v - shares(r.interval)[k]) for k, v in vars(r.interval.totals).items()}
            recompute(r.interval, self.totals or dict.fromkeys(vars(r.interval.totals), 0))
            self.totals = vars(r.interval.totals)
        need(r.interval or self.end is None or r.start >= self.end, "the event is dated before the end of the last interval")
        if r.interval or r.seq == 0:
            self.end = r.end
        self.seq, self.prev = r.seq + 1, r.hash

# --- F3: statements and Merkle trees

def merkle_root(level):
    while len(level) > 1:
        level = [sha256(b"\1", *level[i:i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]

def check_inclusion(root, size, index, node, path):
    need(index < size, "no such leaf in the tree")
    last, path = size - 1, list(path)
    while last > 0:
        if index & 1 or index < last:
            need(path, "path too short")
            node = sha256(b"\1", path.pop(0), node) if index & 1 else sha256(b"\1", node, path.pop(0))
        index, last = index >> 1, last >> 1
    need(not path and node == root, "the path does not lead to the root")

def parse_statement(signed):
    need(len(signed) <= 65535, "statement too long")
    m = Sign1(signed, "statement")
    s, claims = m.content(STATEMENT), m.header.claims
    need(s.device == m.header.kid and claims and claims.iss and claims.sub == s.device.hex(), "device, kid and claims do not agree")
    need(s.version == 1 and (s.number > 0 or s.prev == ZEROS) and 1 <= len(s.runs) <= 1024, "version, prev or number of runs")
    for a, b in zip([None, *s.runs], s.runs):
        check_point(b.point)
        need(b.first <= b.last, "run backwards")
        need(not a or a.point.encode() < b.point.encode() or a.point == b.point and a.last + 1 < b.first, "runs out of order")
    s.count = sum(r.last - r.first + 1 for r in s.runs)
    need(s.count <= 4096, "too many records")
    s.places = [(r.point, seq) for r in s.runs for seq in range(r.first, r.last + 1)]
    return s, m

# --- F5, and trust-file.md

def unbase64(text, size=None):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Bad("not base64") from None
    need(base64.b64encode(raw).decode() == text and size in (None, len(raw)), "base64 not canonical, or of another length")
    return raw

def key_name(name):
    need(name and not any(c.isspace() or c < " " or c == "+" for c in name), "bad key name")
    return name

def number(text):
    need(re.fullmatch("0|[1-9][0-9]{0,18}", text) and int(text) < 2**63, "not a plain number")
    return int(text)

class VKey:
    def __init__(self, text, kind):
        name, key_id, coded = (text.split("+", 2) + ["", ""])[:3]
        raw = unbase64(coded, 33)
        self.name, self.id, self.kind, self.raw = key_name(name), sha256(name.encode(), b"\n", raw)[:4], kind, raw[1:]
        need(raw[0] == kind and key_id == self.id.hex(), "key of another type, or its id is mistyped")
        self.key = Key(b"\xa3\x01\x01\x20\x06\x21\x58\x20" + self.raw)

    def verify(self, signature, text):
        if self.kind == 4:
            seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            need(seconds < 2**63, "time of a cosignature out of range")
            text = b"cosignature/v1\ntime %d\n" % seconds + text
        self.key.verify(signature, text)

class Trust:
    def __init__(self, data):
        self.logs, self.witnesses, self.groups, self.orgs, self.quorum, self.seen = [], {}, {}, {}, None, set()
        lines = data.split(b"\n")
        need(len(data) <= 256 << 10 and len(lines) <= 4096, "trust file too long")
        for n, raw in enumerate(lines, 1):
            need(len(raw) <= 4096 and not re.search(rb"[^\t -~\x80-\xff]", raw), f"trust file line {n}: too long, or a control character")
            items = [i.decode("utf-8", "surrogateescape") for i in re.split(rb"[ \t]+", raw) if i]
            if items and items[0][0] != "#":
                try:
                    self.line(items[0], items[1:])
                except (Bad, UnicodeError) as e:
                    raise Bad(f"trust file line {n}: {e}") from None
        need(self.quorum, "trust file: no quorum line")

    def once(self, *what):
        need(what not in self.seen, f"{what[0]} comes twice")
        self.seen.add(what)

    def line(self, word, rest):
        least, most = {"log": (1, 2), "witness": (2, 3), "group": (3, 4096), "quorum": (1, 1), "org": (2, 2)}.get(word, (1, 0))
        need(least <= len(rest) <= most, "unknown word, or too few or many items")
        defined = {*self.witnesses, *self.groups}
        if word in ("witness", "group"):
            need(rest[0] != "none", "none is reserved")
            self.once("name", rest[0])
        if word == "quorum":
            self.once("quorum")
            need(rest[0] == "none" or rest[0] in defined, "quorum is not defined above")
            self.quorum = rest[0]
        elif word == "group":
            k = {"any": 1, "all": len(rest) - 2}.get(rest[1]) or number(rest[1])
            need(1 <= k <= len(rest) - 2 and defined.issuperset(rest[2:]), "threshold out of range, or a member is not defined above")
            for member in rest[2:]:
                self.once("member", member)
            self.groups[rest[0]] = k, rest[2:]
        else:
            key = VKey(rest[word != "log"], 4 if word == "witness" else 1)
            self.once(word + " key", key.raw)
            if word == "org":
                did = r"did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})"
                need(len(rest[0]) <= 255 and re.fullmatch(did, rest[0]), "not a DID")
                self.once("organisation", rest[0])
                self.orgs[rest[0]] = key.key
                return
            self.once("key id", key.name, key.id)
            if word == "log":
                self.logs.append(key)
            else:
                self.witnesses[rest[0]] = key

    def checkpoint(self, note):
        """Verifies a signed checkpoint and returns its size and root."""
        lines = utf8(note).split("\n")
        need(len(note) <= 128 << 10 and not any(c < " " for line in lines for c in line), "checkpoint too long, or a control character")
        need("" in lines[:-1] and lines[-1] == "" and lines.index("") >= 3, "checkpoint lacks lines")
        blank, signed = lines.index(""), set()
        size, root = number(lines[1]), unbase64(lines[2], 32)
        text = "".join(line + "\n" for line in lines[:blank]).encode()
        logs = [k for k in self.logs if k.name == lines[0]]
        known = {(k.name, k.id): k for k in [*logs, *self.witnesses.values()]}
        need(logs and 1 <= len(lines) - 2 - blank <= 64, "no such log in the trust file, or no or too many signatures")
        for line in lines[blank + 1:-1]:
            need(line.startswith("\u2014 ") and line.count(" ") == 2, "not a signature line")
            name, raw = key_name(line.split(" ")[1]), unbase64(line.split(" ")[2])
            need(len(raw) > 4, "not a signature line")
            key = known.get((name, raw[:4]))
            if key and key not in signed:
                key.verify(raw[4:], text)
                signed.add(key)
        need(signed.intersection(logs), "the log has not signed")
        reached = {name for name, key in self.witnesses.items() if key in signed}
        for name, (k, members) in self.groups.items():
            reached |= {name} if len(reached.intersection(members)) >= k else set()
        need(self.quorum == "none" or self.quorum in reached, "quorum not reached")
        need(size > 0 or root == sha256(), "root of an empty tree")
        return size, root

    def receipt(self, receipt, entry):
        top, _, note = receipt.partition(b"\n\n")
        lines = utf8(top).split("\n")
        need(len(receipt) <= 160 << 10 and lines.pop(0) == "c2sp.org/tlog-proof@v1", "not a receipt")
        if lines and lines[0].startswith("extra "):
            unbase64(lines.pop(0)[6:])
        need(lines and lines[0].startswith("index ") and len(lines) <= 64, "no index line, or too long a path")
        index, path = number(lines[0][6:]), [unbase64(line, 32) for line in lines[1:]]
        check_inclusion(*reversed(self.checkpoint(note)), index, sha256(b"\0", entry), path)

# --- F7, F8: registries, reports, tickets

def open_registry(signed, trust):
    m = Sign1(signed, "registry")
    r = m.content(REGISTRY)
    need(r.organisation in trust.orgs, f"the trust file has no key for {r.organisation}")
    m.verify(trust.orgs[r.organisation])
    need(m.header.claims and m.header.claims.iss == r.organisation, "issuer differs")
    need(r.version == 1 and len(r.entries) <= 1024, "registry of an unknown version, or too long")
    for e in r.entries:
        e.key, e.organisation, points = Key(e.key), r.organisation, [p.encode() for p in e.points or []]
        need(e.role in ("device", "party", "lab", "cloud"), "unknown role")
        need((e.role == "device") == bool(points) and points == sorted(points), "a device, and only a device, names its points, sorted")
        need(e.until is None or e.until > e.since, "ends before it begins")
        for point in e.points or []:
            check_point(point)
    need(len({e.key.kid for e in r.entries}) == len(r.entries), "a key is listed twice")
    return r

class Directory:
    def __init__(self):
        self.holders, self.numbers = {}, {}

    def add(self, r):
        need(r.number > self.numbers.get(r.organisation, -1), "registry is not newer than the one before it")
        need(all(self.holders.get(e.key.kid, e).organisation == r.organisation for e in r.entries), "key of another organisation")
        self.holders = {kid: h for kid, h in self.holders.items() if h.organisation != r.organisation}
        self.holders.update((e.key.kid, e) for e in r.entries)
        self.numbers[r.organisation] = r.number

    def find(self, kid, role, time=None):
        h = self.holders.get(kid)
        need(h and h.role == role, f"key {kid.hex()} is not registered as {role}")
        need(time is None or h.since <= time and (h.until is None or time < h.until), f"key {kid.hex()} was not valid at {time}")
        return h

def parse_report(signed):
    need(len(signed) <= 8192, "report too long")
    m = Sign1(signed, "report")
    r = m.content(REPORT)
    r.hash = sha256(signed)
    need(r.format == 1 and r.id and r.laboratory and r.reference in ("15C", "20C", "60F"), "report lacks format, id, laboratory or reference")
    need(r.sw[1] <= 6 and 0 <= r.sw[0] <= 100 * 10 ** r.sw[1], "S&W is not 0 to 100 % with at most six decimals")
    return r, m

def open_report(signed, keys):
    r, m = parse_report(signed)
    h = keys.find(m.header.kid, "lab", r.reported)
    need(h.organisation == r.laboratory, "signed by another than the laboratory it names")
    m.verify(h.key)
    return r

def parse_ticket(encoded):
    need(len(encoded) <= 8192, "ticket too long")
    t = TICKET(decode(encoded))
    need(t.format == 1 and 1 <= len(t.id.encode()) <= 64 and t.version > 0 and t.sender and t.receiver, "format, id, version or parties")
    need((t.version == 1) == (t.previous == ZEROS), "each version but the first names the one before")
    need((t.sw is None) == (t.nsv is None), "S&W and NSV come together")
    return t

def check_ticket(t, opening, closing, report):
    """F7: does the ticket follow from its records and its report?"""
    need(closing.interval and (opening is None or opening.interval), "a ticket opens and closes with intervals")
    p, end = closing.interval.parameters, closing.interval.totals
    want = {"device": closing.device, "point": closing.point, "first": 0, "last": closing.seq, "opening_leaf": ZEROS, "closing_leaf": closing.hash,
            "open": 0, "close": closing.end, "opening": SimpleNamespace(**dict.fromkeys(vars(end), 0)), "closing": end, "parameters": p}
    if opening:
        q = opening.interval.parameters
        need((opening.device, opening.point) == (closing.device, closing.point) and opening.seq < closing.seq, "not an earlier record of the point")
        need((q.basis, q.temperature_unit, q.pressure_unit) == (p.basis, p.temperature_unit, p.pressure_unit), "the units changed")
        want.update(first=opening.seq + 1, opening_leaf=opening.hash, open=opening.end, opening=opening.interval.totals)
    sums = {k: fit(v - getattr(want["opening"], k)) for k, v in vars(end).items() if k != "flow_time"}
    need(sums["iv"] > 0, "nothing flowed between its records")
    want.update({k: rounded(sums[k] * 10**6, sums["iv"]) for k in ("temperature", "pressure", "density")}, iv=sums["iv"], mass=sums["mass"])
    check_method(p)
    ways = {"sum of intervals": sums["gsv"], "ticket averages": gross(sums["iv"], p.mf, t.ctpl)}
    need(t.of_record in ways, "unknown quantity of record")
    want["gsv"] = ways.pop(t.of_record)
    want["other_gsv"], = ways.values()
    need((t.sw is None) == (report is None), "final without its report, or provisional with one")
    if report:
        need((report.batch, report.point) == (t.batch or "", t.point), "report about another batch or point")
        need(t.at >= report.reported, "report from after the ticket")
        whole = 10 ** (report.sw[1] + 2)
        want.update(sw=SimpleNamespace(percent=report.sw, report=report.hash), nsv=rounded(want["gsv"] * (whole - report.sw[0]), whole))
    for name, value in want.items():
        need(getattr(t, name) == value, f"{name} of ticket {t.id} does not follow from its records")

# --- F9: the bundle

class Verifier:
    """Checks a bundle; place names what is being looked at."""
    def __init__(self, file):
        try:
            self.seal = Sign1(file, "bundle")
            self.bundle = self.seal.content(BUNDLE)
            need(self.bundle.version == 1 and self.bundle.depth in ("tickets", "records"), "unknown version or depth")
        except Bad as e:
            raise NotABundle(str(e)) from None
        self.keys, self.records, self.runs, self.chains = Directory(), {}, {}, {}
        self.reports, self.tickets, self.covered, self.place = {}, {}, 0, {}

    def verify(self, trust):
        for signed in self.bundle.registries:
            self.keys.add(open_registry(signed, trust))
        self.sealer = self.keys.find(self.seal.header.kid, "party", self.bundle.sealed)
        self.seal.verify(self.sealer.key)
        device, following = b"", None
        for batch in self.bundle.batches:
            self.place = {}
            s, m = parse_statement(batch.statement)
            self.place = {"point": s.runs[0].point, "seq": s.runs[0].first}
            need(s.device >= device, "devices are out of order")
            holder = self.keys.find(s.device, "device")
            following = following if s.device == device else (s.number, s.prev)
            need(m.header.claims.iss == holder.organisation, "issuer is not the device's organisation")
            m.verify(holder.key)
            need((s.number, s.prev) == following, f"statement {s.number} where {following[0]} is next, or not linked to the one before")
            device, following = s.device, (s.number + 1, sha256(batch.statement))
            self.batch(batch, s, holder, trust)
        self.place = {}
        for signed in self.bundle.documents:
            m = Sign1(signed)
            if m.thing == "report":
                self.reports[sha256(signed)] = open_report(signed, self.keys)
            else:
                m.verify(self.keys.find(m.header.kid, "party").key)
        for signed in self.bundle.tickets:
            self.place = {}
            self.ticket(parse_ticket(signed.ticket), signed)

    def batch(self, batch, s, holder, trust):
        leaves, picks, by_tickets = batch.leaves or [], batch.picks or [], self.bundle.depth == "tickets"
        if batch.receipt is None:
            return need(not leaves and not picks, "records without a receipt")
        trust.receipt(batch.receipt, batch.statement)
        first_place = self.place
        for run in s.runs:
            self.place = {"point": run.point, "seq": run.first}
            need(run.point in holder.points, "device is not registered for the point")
            first, last = self.runs.get((s.device, run.point), (run.first, run.first - 1))
            need(run.first == last + 1, "a hole between statements")
            self.runs[s.device, run.point] = first, run.last
        self.place, self.covered = first_place, self.covered + s.count
        need(not leaves if by_tickets else not picks and len(leaves) == s.count, "not the records that belong to this depth")
        records = []
        if not by_tickets:
            need(merkle_root([sha256(b"\0", leaf) for leaf in leaves]) == s.root, "the leaves have another root")
            records = [parse_record(leaf) for leaf in leaves]
            need([(r.device, r.point, r.seq) for r in records] == [(s.device, *p) for p in s.places], "the leaves are not those of the runs")
        for r in records:
            self.place = {"point": r.point, "seq": r.seq}
            self.chains.setdefault((s.device, r.point), Chain(r)).append(r)
        for pick in picks:
            self.place = first_place
            r = parse_record(pick.leaf)
            self.place = {"point": r.point, "seq": r.seq}
            need(r.device == s.device and (r.point, r.seq) in s.places, "the statement does not cover this record")
            check_inclusion(s.root, s.count, s.places.index((r.point, r.seq)), r.hash, pick.path)
            if r.interval:
                recompute(r.interval, None)
            records.append(r)
        return self.records.update((r.hash, r) for r in records)

    def ticket(self, t, signed):
        self.place = {"ticket": t.id, "point": t.point, "seq": t.last}
        need(len(signed.signatures) == 2, "a ticket has two signatures")
        for signature, organisation in zip(signed.signatures, (t.sender, t.receiver)):
            m = Sign1(signature, "ticket")
            h = self.keys.find(m.header.kid, "party", t.at)
            need(h.organisation == organisation, f"signed by {h.organisation} where {organisation} must sign")
            m.verify(h.key, signed.ticket)
        before = self.tickets.get(t.previous)
        of = lambda x: (x.id, x.device, x.point, x.sender, x.receiver)
        need(t.version == 1 or before and of(before) == of(t) and before.version == t.version - 1, "the version before it is not in the bundle")
        need(t.closing_leaf in self.records and (t.first == 0 or t.opening_leaf in self.records), "opening or closing record is not in the bundle")
        need(t.sw is None or t.sw.report in self.reports, "laboratory report is not in the bundle")
        check_ticket(t, self.records[t.opening_leaf] if t.first else None, self.records[t.closing_leaf], self.reports[t.sw.report] if t.sw else None)
        self.keys.find(t.device, "device", t.close)
        first, last = self.runs.get((t.device, t.point), (1, 0))
        need(first <= max(t.first - 1, 0) and t.last <= last, "no unbroken run of statements covers the ticket")
        self.tickets[sha256(signed.ticket)] = t
