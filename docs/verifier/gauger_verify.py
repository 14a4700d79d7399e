#!/usr/bin/env python3
"""An independent verifier of Gauger bundles, written from docs/reference alone.

    gauger_verify.py BUNDLE [--trust FILE] [--json]
    gauger_verify.py --vectors DIR

Exit codes: 0 VERIFIED (or all vectors as expected), 3 CONSISTENT, 1 the evidence fails, 2 not a bundle or wrong usage.
It needs Python 3.9 and the package cryptography (Debian: python3-cryptography). It opens no connection and writes no file.
Sections in comments (F0 to F10) are those of docs/reference/formats.md.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import sys
import unicodedata
from types import SimpleNamespace

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
except ImportError:
    sys.exit("the package cryptography is missing: apt-get install python3-cryptography")

MAX_ITEM, MAX_COUNT, MAX_DEPTH = 64 << 20, 1 << 20, 16
ZEROS = bytes(32)
ED25519_L = 2**252 + 27742317777372353535851937790883648493
P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
UNCHECKED = ["the factors CTL, CPL and CTPL themselves (API MPMS 11.1): only what follows from them was computed",
             "totaliser and quality flags, beyond that nobody altered them",
             "what the documents say, and the decision: gauger verify decides again on the bundle's tables",
             "that no other entry claims the same oil: that takes the log"]
UNCHECKED_TICKETS = "the records between those shown: their chain, and that their totals add up (depth tickets)"


class Bad(Exception):
    """What is wrong, and where."""

    def __init__(self, what, **place):
        super().__init__(what)
        self.what, self.place = what, place


class NotABundle(Bad):
    pass


def need(condition, what):
    if not condition:
        raise Bad(what)


def at(place, check, *args):
    """Runs a check whose failure is to name a place."""
    try:
        return check(*args)
    except Bad as e:
        raise Bad(e.what, **(e.place or place)) from None


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- F0: deterministic CBOR, strictly

def decode(data):
    need(len(data) <= MAX_ITEM, "item too long")
    value, end = item(data, 0, 1)
    need(end == len(data), "bytes after the end")
    return value


def head(data, pos):
    need(pos < len(data), "cut off")
    major, info = data[pos] >> 5, data[pos] & 31
    if info < 24:
        return major, info, pos + 1
    need(info < 28 and major != 7, "indefinite length, float or simple value")
    size = 1 << (info - 24)
    need(pos + 1 + size <= len(data), "cut off")
    n = int.from_bytes(data[pos + 1:pos + 1 + size], "big")
    need(n >= (24, 1 << 8, 1 << 16, 1 << 32)[info - 24], "number not in its shortest form")
    return major, n, pos + 1 + size


def item(data, pos, depth):
    need(depth <= MAX_DEPTH, "too many levels")
    major, n, pos = head(data, pos)
    if major == 0:
        return n, pos
    if major == 1:
        return -1 - n, pos
    if major in (2, 3):
        need(pos + n <= len(data), "cut off")
        raw = bytes(data[pos:pos + n])
        try:
            return (raw if major == 2 else raw.decode("utf-8")), pos + n
        except UnicodeDecodeError:
            raise Bad("text is not UTF-8") from None
    if major == 4:
        need(n <= MAX_COUNT, "array too long")
        out = []
        for _ in range(n):
            value, pos = item(data, pos, depth + 1)
            out.append(value)
        return out, pos
    if major == 5:
        need(n <= MAX_COUNT, "map too long")
        out, before = {}, b""
        for _ in range(n):
            start = pos
            key, pos = item(data, pos, depth + 1)
            need(type(key) is int and data[start:pos] > before, "map keys are not integers in ascending order")
            before = data[start:pos]
            out[key], pos = item(data, pos, depth + 1)
        return out, pos
    need(major == 7 and n == 22, "tag or simple value where none may be")
    return None, pos


def encode_bytes(raw):
    n = len(raw)
    size = 0 if n < 24 else 1 if n < 1 << 8 else 2 if n < 1 << 16 else 4
    return (bytes([0x40 | n]) if not size else bytes([0x57 + size.bit_length()]) + n.to_bytes(size, "big")) + raw


def is_a(kind, lo=None, hi=None):
    def check(v):
        need(type(v) is kind, f"{type(v).__name__} where {kind.__name__} must be")
        if lo is not None:
            need(lo <= (v if kind is int else len(v)) <= hi, f"{kind.__name__} out of range")
        return v
    return check


def array_of(element):
    return lambda v: [element(x) for x in is_a(list)(v)]


def nullable(check):
    return lambda v: None if v is None else check(v)


def shape(spec):
    """A map: "1 name type, ?2 name type"; the result has the names as attributes, None for what is left out."""
    fields = {}
    for part in spec.split(","):
        key, name, kind = part.split()
        fields[int(key.lstrip("?"))] = (name, TYPES[kind], key[0] == "?")

    def check(v):
        need(type(v) is dict and v.keys() <= fields.keys(), "not a map, or a map with unknown keys")
        out = SimpleNamespace()
        for key, (name, kind, optional) in fields.items():
            need(optional or key in v, f"{name} is missing")
            need(not optional or key not in v or v[key] not in (0, "", b"", []), f"{name} is empty and should be left out")
            setattr(out, name, kind(v[key]) if key in v else None)
        return out
    return check


def pair(first, second):
    def check(v):
        need(type(v) is list and len(v) == 2, "not an array of two")
        return first(v[0]), second(v[1])
    return check


TYPES = {"uint": is_a(int, 0, 2**64 - 1), "int": is_a(int, -2**63, 2**63 - 1), "text": is_a(str), "bytes": is_a(bytes),
         "hash": is_a(bytes, 32, 32), "salt": is_a(bytes, 16, 16), "blobs": array_of(is_a(bytes)), "texts": array_of(is_a(str))}
TYPES["factor"] = pair(TYPES["int"], is_a(int, 0, 255))
TYPES["basis"] = pair(TYPES["text"], TYPES["text"])
TYPES["hashes"] = array_of(TYPES["hash"])
TYPES["totals"] = shape("1 iv int, 2 gsv int, 3 mass int, 4 temperature int, 5 pressure int, 6 density int, 7 flow_time int")
TYPES["parameters"] = shape("1 k factor, 2 mf factor, 3 basis basis, 4 commodity text, 5 density int, 6 temperature_unit text,"
                            "7 pressure_unit text, 8 method text, 9 rounding text")
TYPES["interval"] = shape("1 totaliser uint, 2 pulses int, 3 flow_time int, 4 temperature int, 5 pressure int, 6 parameters parameters,"
                          "7 iv int, 8 ctl factor, 9 cpl factor, 10 ctpl factor, 11 gsv int, 12 mass int, 13 totals totals, ?14 quality uint")
TYPES["event"] = shape("1 kind text, ?2 name text, ?3 old text, ?4 new text, ?5 who text")
RECORD = shape("1 version uint, 2 device hash, 3 point text, 4 seq uint, 5 prev hash, 6 salt salt, 7 start int, 8 end int, 9 clock uint,"
               "?10 interval interval, ?11 event event")
TYPES["runs"] = array_of(shape("1 point text, 2 first uint, 3 last uint"))
TYPES["seen"] = shape("1 size uint, 2 root hash")
STATEMENT = shape("1 version uint, 2 device hash, 3 number uint, 4 prev hash, 5 runs runs, 6 root hash, ?7 seen seen, 8 binary hash,"
                  "9 configuration hash")
TYPES["refusal"] = shape("1 code text, 2 text text")
TYPES["want"] = shape("1 number uint")
REPLY = shape("1 version uint, 2 device hash, 3 statement hash, ?4 receipt bytes, ?5 refusal refusal, ?6 want want, ?7 checkpoint bytes")
TYPES["sw"] = shape("1 percent factor, 2 report hash")
TICKET = shape("1 format uint, 2 id text, 3 version uint, 4 previous hash, ?5 batch text, 6 device hash, 7 point text, 8 first uint,"
               "9 last uint, 10 opening_leaf hash, 11 closing_leaf hash, 12 open int, 13 close int, 14 opening totals, 15 closing totals,"
               "16 parameters parameters, 17 iv int, 18 temperature int, 19 pressure int, 20 density int, 21 ctpl factor, 22 gsv int,"
               "23 of_record text, 24 other_gsv int, 25 mass int, ?26 sw sw, ?27 nsv int, 28 sender text, 29 receiver text, 30 at int")
REPORT = shape("1 format uint, 2 id text, 3 batch text, 4 point text, 5 sw factor, 6 density int, 7 reference text, 8 method text,"
               "9 sampled int, 10 reported int, 11 laboratory text")
TYPES["entries"] = array_of(shape("1 key bytes, 2 role text, 3 name text, ?4 points texts, 5 valid_from int, ?6 valid_to int"))
REGISTRY = shape("1 version uint, 2 organisation text, 3 name text, 4 number uint, 5 entries entries")
TYPES["picks"] = array_of(shape("1 leaf bytes, 2 path hashes"))
TYPES["batches"] = array_of(shape("1 statement bytes, ?2 receipt bytes, ?3 leaves blobs, ?4 picks picks"))
TYPES["tickets"] = array_of(shape("1 ticket bytes, 2 signatures blobs"))
TYPES["tables"] = array_of(shape("1 name text, 2 file bytes"))
BUNDLE = shape("1 version uint, 2 depth text, 3 sealed int, 4 trust bytes, 5 registries blobs, 6 batches batches, 7 tickets tickets,"
               "8 documents blobs, ?9 tables tables, ?10 decision bytes")
TYPES["claims"] = shape("1 iss text, 2 sub text")
HEADER = shape("1 alg int, 4 kid hash, ?15 claims claims, 16 typ text")


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
    need(1 <= len(point.encode()) <= 64, "point name is not of 1 to 64 bytes")
    need(all(unicodedata.category(c)[0] in "LMNPS" and c != "/" for c in point), f"point name {point!r} holds what it may not")


# --- F4: keys and signatures

class Key:
    def __init__(self, coded):
        v = decode(coded)
        shape_ok = type(v) is dict and all(type(v.get(k, b"")) is bytes and len(v.get(k, ZEROS)) == 32 for k in (-2, -3))
        if shape_ok and v.keys() == {1, -1, -2} and (v[1], v[-1]) == (1, 6):
            self.alg, self.public = -8, ed25519.Ed25519PublicKey.from_public_bytes(v[-2])
        else:
            need(shape_ok and v.keys() == {1, -1, -2, -3} and (v[1], v[-1]) == (2, 1), "not a COSE_Key of Ed25519 or P-256")
            try:
                numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(v[-2], "big"), int.from_bytes(v[-3], "big"), ec.SECP256R1())
                self.alg, self.public = -7, numbers.public_key()
            except ValueError:
                raise Bad("point is not on P-256") from None
        self.kid = sha256(coded)


def ed25519_verify(public, signature, message):
    need(len(signature) == 64 and int.from_bytes(signature[32:], "little") < ED25519_L, "S is not canonical")
    try:
        public.verify(signature, message)
    except InvalidSignature:
        raise Bad("signature does not verify") from None


class Sign1:
    def __init__(self, message, thing=None):
        need(message[:1] == b"\xd2", "not a tagged COSE_Sign1")
        v = decode(message[1:])
        need(type(v) is list and len(v) == 4 and type(v[0]) is bytes and v[1] == {}, "not a COSE_Sign1 with an empty unprotected header")
        self.head, self.payload, self.signature = v[0], nullable(is_a(bytes))(v[2]), is_a(bytes, 64, 64)(v[3])
        self.header = HEADER(decode(self.head))
        match = re.fullmatch(r"application/gauger\.(.*)\.v1\+cbor", self.header.typ, re.DOTALL)
        need(match, "typ is not one of Gauger's")
        self.thing = match[1]
        need(thing in (None, self.thing), f"{self.thing} where {thing} must be")

    def verify(self, key, detached=None):
        need((self.payload is None) != (detached is None), "payload attached where detached must be, or the other way round")
        payload = self.payload if detached is None else detached
        need(self.header.kid == key.kid, "signed by another key")
        need(self.header.alg == key.alg, "algorithm does not suit the key")
        signed = b"\x84\x6aSignature1" + encode_bytes(self.head) + b"\x40" + encode_bytes(payload)
        if key.alg == -8:
            return ed25519_verify(key.public, self.signature, signed)
        r, s = int.from_bytes(self.signature[:32], "big"), int.from_bytes(self.signature[32:], "big")
        need(0 < r < P256_N and 0 < s <= P256_N // 2, "r or s out of range, or s not low")
        try:
            key.public.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Bad("signature does not verify") from None

    def content(self, form):
        need(self.payload is not None, "payload is missing")
        return form(decode(self.payload))


# --- F1, F2, F10: records

def parse_record(leaf):
    need(len(leaf) <= 4096, "record too long")
    r = RECORD(decode(leaf))
    r.hash = sha256(b"\0", leaf)
    check_point(r.point)
    need(r.version == 1 and r.clock <= 4, "record of an unknown version or clock state")
    need((r.interval is None) != (r.event is None), "a record holds an interval or an event")
    need(0 <= r.start <= r.end <= 253402300799999, "times out of range")
    need(r.seq > 0 or r.prev == ZEROS, "the first record names one before it")
    if r.event:
        texts = [t for t in vars(r.event).values() if t]
        need(r.start == r.end and r.event.kind and all(len(t.encode()) <= 512 for t in texts), "event with a length, without a kind or too long")
        return r
    i, p = r.interval, r.interval.parameters
    need(i.pulses >= 0 and i.flow_time >= 0, "pulses or flow time negative")
    need(positive(p.k) and positive(p.mf) and p.density > 0, "K-factor, meter factor and base density must be positive")
    need(p.basis[0] in ("m3", "bbl") and p.basis[1] in ("15C", "20C", "60F"), "basis is not m3 or bbl at 15C, 20C or 60F")
    return r


def check_method(p):
    special = re.fullmatch(r"special (\d*\.?\d+(?:[eE]-?\d+)?)", p.commodity)
    need(p.commodity in ("crude", "refined", "lubricating") or special and 230e-6 <= float(special[1]) <= 930e-6, "unknown commodity group")
    need(p.temperature_unit in ("degC", "degF") and p.pressure_unit in ("kPag", "psig"), "unknown unit")
    need(p.method == "API MPMS 11.1-2004/Add.1-2007", "unknown method")
    need(p.rounding in ("MPMS 11.1 inputs unrounded", "MPMS 11.1 input discrimination"), "unknown rounding")


def gross(iv, mf, ctpl):
    need(positive(mf) and positive(ctpl) and ctpl[1] == 5, "CTPL must be positive with five decimals")
    return rounded(iv * mf[0] * ctpl[0], 10 ** (mf[1] + ctpl[1]))


def shares(i):
    """What an interval adds to the running totals."""
    weigh = lambda x: rounded(x * i.iv, 10**6)
    return {"iv": i.iv, "gsv": i.gsv, "mass": i.mass, "temperature": weigh(i.temperature), "pressure": weigh(i.pressure),
            "density": weigh(i.parameters.density), "flow_time": i.flow_time}


def recompute(i, before):
    """Checks an interval on the totals before it (a dict), or alone when before is None."""
    p = i.parameters
    check_method(p)
    need(i.ctl[1] == 9 and i.cpl[1] == 9, "CTL and CPL must have nine decimals")
    need(i.iv == rounded(i.pulses * 10 ** (6 + p.k[1]), p.k[0]), "IV is not pulses over K-factor")
    need(i.gsv == gross(i.iv, p.mf, i.ctpl), "GSV is not IV x MF x CTPL")
    barrel = (158987294928, 10**12) if p.basis[0] == "bbl" else (1, 1)
    need(i.mass == rounded(i.gsv * p.density * barrel[0], 10**6 * barrel[1]), "mass is not GSV x base density")
    own = shares(i)
    if before is not None:
        need(before["flow_time"] >= 0, "less flow time in all than in the interval")
        need(vars(i.totals) == {k: fit(before[k] + own[k]) for k in own}, "running totals are not those before plus this interval")


class Chain:
    """Follows the records of one point, from any record on."""

    def __init__(self, first):
        self.seq, self.prev, self.end = first.seq, first.prev, None
        self.totals = dict.fromkeys(vars(TYPES["totals"](dict.fromkeys(range(1, 8), 0))), 0) if first.seq == 0 else None

    def append(self, r):
        need(r.seq == self.seq, f"sequence number {self.seq} is next")
        need(r.prev == self.prev, "prev is not the hash of the record before")
        if r.interval:
            need(self.end in (None, r.start), "the interval does not start where the last one ended")
            before = self.totals
            if before is None:
                own = shares(r.interval)
                before = {k: fit(v - own[k]) for k, v in vars(r.interval.totals).items()}
            recompute(r.interval, before)
            self.totals, self.end = vars(r.interval.totals), r.end
        else:
            need(self.end is None or r.start >= self.end, "the event is dated before the end of the last interval")
            self.end = r.end if r.seq == 0 else self.end
        self.seq, self.prev = r.seq + 1, r.hash


# --- F3: statements and Merkle trees

def merkle_root(leaf_hashes):
    level = leaf_hashes
    while len(level) > 1:
        level = [sha256(b"\1", *level[i:i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0] if level else sha256()


def check_inclusion(root, size, index, node, path):
    need(index < size, "no such leaf in the tree")
    path, last = list(path), size - 1
    while last > 0:
        if index & 1 or index < last:
            need(path, "path too short")
            sibling = path.pop(0)
            node = sha256(b"\1", sibling, node) if index & 1 else sha256(b"\1", node, sibling)
        index, last = index >> 1, last >> 1
    need(not path and node == root, "the path does not lead to the root")


def parse_statement(signed):
    need(len(signed) <= 65535, "statement too long")
    m = Sign1(signed, "statement")
    s = m.content(STATEMENT)
    c = m.header.claims
    need(s.device == m.header.kid and c and c.iss and c.sub == s.device.hex(), "device, kid and claims do not agree")
    need(s.version == 1 and (s.number > 0 or s.prev == ZEROS) and 1 <= len(s.runs) <= 1024, "version, prev or number of runs")
    for r in s.runs:
        check_point(r.point)
        need(r.first <= r.last, "run backwards")
    for a, b in zip(s.runs, s.runs[1:]):
        need((a.point.encode(), a.last + 1) < (b.point.encode(), b.first) and (a.point != b.point or a.last + 1 < b.first), "runs out of order")
    s.count = sum(r.last - r.first + 1 for r in s.runs)
    need(s.count <= 4096, "too many records")
    return s, m


def place_in(s, point, seq):
    n = 0
    for r in s.runs:
        if r.point == point and r.first <= seq <= r.last:
            return n + seq - r.first
        n += r.last - r.first + 1
    raise Bad("the statement does not cover this record")


# --- F5 and trust-file.md: notes, receipts, trust files

def unbase64(text, size=None):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Bad("not base64") from None
    need(base64.b64encode(raw).decode() == text and size in (None, len(raw)), "base64 not canonical or of another length")
    return raw


def check_key_name(name):
    need(name and not any(c.isspace() or c < " " or c == "+" for c in name), "bad key name")


def number(text):
    need(re.fullmatch(r"0|[1-9][0-9]{0,18}", text) and int(text) < 2**63, "not a plain number")
    return int(text)


class VKey:
    def __init__(self, text, kind):
        parts = text.split("+", 2)
        need(len(parts) == 3, "not a vkey")
        self.name, raw = parts[0], unbase64(parts[2], 33)
        check_key_name(self.name)
        need(raw[0] == kind, "key of another type")
        self.id, self.kind, self.raw = sha256(self.name.encode(), b"\n", raw)[:4], kind, raw[1:]
        need(parts[1] == self.id.hex(), "key id is mistyped")

    def verify(self, text, signature):
        if self.kind == 4:
            need(len(signature) == 72 and int.from_bytes(signature[:8], "big") < 2**63, "not a cosignature")
            text = b"cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big") + text
            signature = signature[8:]
        ed25519_verify(ed25519.Ed25519PublicKey.from_public_bytes(self.raw), signature, text)


class Trust:
    def __init__(self, data):
        self.logs, self.witnesses, self.groups, self.orgs, self.quorum = [], {}, {}, {}, None
        self.seen = set()
        lines = data.split(b"\n")
        need(len(data) <= 256 << 10 and len(lines) <= 4096, "trust file too long")
        for n, raw in enumerate(lines, 1):
            need(len(raw) <= 4096 and not any(c < 32 and c != 9 or c == 127 for c in raw), f"trust file line {n}: too long, or a control character")
            items = [w.decode("utf-8", "surrogateescape") for w in re.split(rb"[ \t]+", raw) if w]
            if items and items[0][0] != "#":
                try:
                    self.line(items[0], items[1:])
                except Bad as e:
                    raise Bad(f"trust file line {n}: {e.what}") from None
        need(self.quorum, "trust file: no quorum line")

    def once(self, *what):
        need(what not in self.seen, f"{what[0]} comes twice")
        self.seen.add(what)

    def line(self, word, rest):
        sizes = {"log": (1, 2), "witness": (2, 3), "group": (3, 4096), "quorum": (1, 1), "org": (2, 2)}
        need(word in sizes and sizes[word][0] <= len(rest) <= sizes[word][1], "unknown word, or too few or many items")
        if word in ("witness", "group"):
            need(rest[0] != "none", "none is reserved")
        if word == "group":
            k = {"any": 1, "all": len(rest) - 2}.get(rest[1]) or number(rest[1])
            need(1 <= k <= len(rest) - 2, "threshold out of range")
            for m in rest[2:]:
                need(m in self.witnesses or m in self.groups, "member is not defined above")
                self.once("member", m)
            self.once("name", rest[0])
            self.groups[rest[0]] = (k, rest[2:])
        elif word == "quorum":
            self.once("quorum")
            need(rest[0] == "none" or rest[0] in self.witnesses or rest[0] in self.groups, "quorum is not defined above")
            self.quorum = rest[0]
        else:
            key = VKey(rest[word != "log"], 4 if word == "witness" else 1)
            self.once(word + " key", key.raw)
            if word == "org":
                did = r"did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})"
                need(len(rest[0]) <= 255 and re.fullmatch(did, rest[0]), "not a DID")
                self.once("organisation", rest[0])
                self.orgs[rest[0]] = Key(b"\xa3\x01\x01\x20\x06\x21\x58\x20" + key.raw)
                return
            self.once("key id", key.name, key.id)
            if word == "log":
                self.logs.append(key)
            else:
                self.once("name", rest[0])
                self.witnesses[rest[0]] = key

    def checkpoint(self, note):
        """Verifies a signed checkpoint and returns its size and root."""
        need(len(note) <= 128 << 10, "checkpoint too long")
        try:
            lines = note.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            raise Bad("checkpoint is not UTF-8") from None
        need(not any(c < " " for line in lines for c in line) and "" in lines[:-1] and lines[-1] == "", "checkpoint is not plain lines")
        blank = lines.index("")
        need(blank >= 3 and 1 <= len(lines) - 2 - blank <= 64, "checkpoint lacks lines, or has too many")
        size, root = number(lines[1]), unbase64(lines[2], 32)
        text = "".join(line + "\n" for line in lines[:blank]).encode()
        logs = [k for k in self.logs if k.name == lines[0]]
        need(logs, "no such log in the trust file")
        known, signed = {(k.name, k.id): k for k in [*logs, *self.witnesses.values()]}, set()
        signatures = []
        for line in lines[blank + 1:-1]:
            need(line.startswith("\u2014 ") and line.count(" ") == 2, "not a signature line")
            name, raw = line.split(" ")[1], unbase64(line.split(" ")[2])
            check_key_name(name)
            need(len(raw) > 4, "not a signature line")
            signatures.append(((name, raw[:4]), raw[4:]))
        for ref, raw in signatures:
            if ref in known and known[ref] not in signed:
                known[ref].verify(text, raw)
                signed.add(known[ref])
        need(any(k in signed for k in logs), "the log has not signed")
        reached = {name for name, key in self.witnesses.items() if key in signed}
        for name, (k, members) in self.groups.items():
            if len(reached.intersection(members)) >= k:
                reached.add(name)
        need(self.quorum == "none" or self.quorum in reached, "quorum not reached")
        need(size > 0 or root == sha256(), "root of an empty tree")
        return size, root

    def receipt(self, receipt, entry):
        need(len(receipt) <= 160 << 10, "receipt too long")
        top, blank, note = receipt.partition(b"\n\n")
        try:
            lines = top.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            raise Bad("receipt is not UTF-8") from None
        need(blank and lines.pop(0) == "c2sp.org/tlog-proof@v1", "not a receipt")
        if lines and lines[0].startswith("extra "):
            unbase64(lines.pop(0)[6:])
        need(lines and lines[0].startswith("index ") and len(lines) <= 64, "no index line, or too long a path")
        index, path = number(lines[0][6:]), [unbase64(line, 32) for line in lines[1:]]
        size, root = self.checkpoint(note)
        check_inclusion(root, size, index, sha256(b"\0", entry), path)


# --- F7, F8: papers

def open_registry(signed, trust):
    m = Sign1(signed, "registry")
    r = m.content(REGISTRY)
    need(r.organisation in trust.orgs, f"the trust file has no key for {r.organisation}")
    m.verify(trust.orgs[r.organisation])
    need(m.header.claims and m.header.claims.iss == r.organisation, "issuer differs")
    need(r.version == 1 and r.organisation and len(r.entries) <= 1024, "registry of an unknown version, or too long")
    for e in r.entries:
        e.key, e.organisation = Key(e.key), r.organisation
        need(e.role in ("device", "party", "lab", "cloud"), "unknown role")
        need((e.role == "device") == bool(e.points), "a device, and only a device, names its points")
        for p in e.points or []:
            check_point(p)
        need([*map(str.encode, e.points or [])] == sorted(map(str.encode, e.points or [])), "points are not sorted")
        need(e.valid_to is None or e.valid_to > e.valid_from, "ends before it begins")
    need(len({e.key.kid for e in r.entries}) == len(r.entries), "a key is listed twice")
    return r


class Directory:
    def __init__(self):
        self.holders, self.numbers = {}, {}

    def add(self, r):
        need(r.number > self.numbers.get(r.organisation, -1), "registry is not newer than the one before it")
        for e in r.entries:
            need(self.holders.get(e.key.kid, e).organisation == r.organisation, "key of another organisation")
        self.holders = {k: h for k, h in self.holders.items() if h.organisation != r.organisation}
        self.holders.update((e.key.kid, e) for e in r.entries)
        self.numbers[r.organisation] = r.number

    def find(self, kid, role, time=None):
        h = self.holders.get(kid)
        need(h and h.role == role, f"key {kid.hex()} is not registered as {role}")
        need(time is None or h.valid_from <= time and (h.valid_to is None or time < h.valid_to), f"key {kid.hex()} was not valid at {time}")
        return h


def parse_report(signed):
    need(len(signed) <= 8192, "report too long")
    m = Sign1(signed, "report")
    r = m.content(REPORT)
    need(r.format == 1 and r.id and r.laboratory and r.reference in ("15C", "20C", "60F"), "report lacks format, id, laboratory or reference")
    need(r.sw[0] >= 0 and r.sw[1] <= 6 and r.sw[0] <= 100 * 10 ** r.sw[1], "S&W is not 0 to 100 % with at most six decimals")
    r.hash = sha256(signed)
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
    p = closing.interval.parameters
    zero = SimpleNamespace(**dict.fromkeys(vars(closing.interval.totals), 0))
    want = {"device": closing.device, "point": closing.point, "first": 0, "last": closing.seq, "opening_leaf": ZEROS,
            "closing_leaf": closing.hash, "open": 0, "close": closing.end, "opening": zero, "closing": closing.interval.totals, "parameters": p}
    if opening:
        q = opening.interval.parameters
        need((opening.device, opening.point) == (closing.device, closing.point) and opening.seq < closing.seq, "opening record is not an earlier one of the point")
        need((q.basis, q.temperature_unit, q.pressure_unit) == (p.basis, p.temperature_unit, p.pressure_unit), "the units changed")
        want.update(first=opening.seq + 1, opening_leaf=opening.hash, open=opening.end, opening=opening.interval.totals)
    sums = {k: fit(v - getattr(want["opening"], k)) for k, v in vars(want["closing"]).items() if k != "flow_time"}
    need(sums["iv"] > 0, "nothing flowed between its records")
    want.update({k: rounded(sums[k] * 10**6, sums["iv"]) for k in ("temperature", "pressure", "density")}, iv=sums["iv"], mass=sums["mass"])
    check_method(p)
    ways = [sums["gsv"], gross(sums["iv"], p.mf, t.ctpl)]
    need(t.of_record in ("sum of intervals", "ticket averages"), "unknown quantity of record")
    want["gsv"], want["other_gsv"] = ways if t.of_record == "sum of intervals" else reversed(ways)
    need((t.sw is None) == (report is None), "final without its report, or provisional with one")
    if report:
        need((report.batch, report.point) == (t.batch or "", t.point) and t.at >= report.reported, "report about another batch or point, or later than the ticket")
        whole = 10 ** (report.sw[1] + 2)
        want["sw"] = SimpleNamespace(percent=report.sw, report=report.hash)
        want["nsv"] = rounded(want["gsv"] * (whole - report.sw[0]), whole)
    for name, value in want.items():
        need(getattr(t, name) == value, f"{name} of ticket {t.id} does not follow from its records")


# --- F9: the bundle

class Verifier:
    def __init__(self, file):
        try:
            self.seal = Sign1(file, "bundle")
            self.bundle = self.seal.content(BUNDLE)
            need(self.bundle.version == 1 and self.bundle.depth in ("tickets", "records"), "unknown version or depth")
        except Bad as e:
            raise NotABundle(e.what) from None
        self.keys, self.records, self.runs, self.chains = Directory(), {}, {}, {}
        self.reports, self.tickets, self.covered = {}, {}, 0

    def verify(self, trust):
        b = self.bundle
        for signed in b.registries:
            self.keys.add(open_registry(signed, trust))
        self.sealer = self.keys.find(self.seal.header.kid, "party", b.sealed)
        self.seal.verify(self.sealer.key)
        device, holder, following = b"", None, None
        for batch in b.batches:
            s, m = parse_statement(batch.statement)
            place = {"point": s.runs[0].point, "seq": s.runs[0].first}
            if s.device != device:
                at(place, need, s.device > device, "devices are out of order")
                holder = at(place, self.keys.find, s.device, "device")
                device, following = s.device, (s.number, s.prev)
            at(place, need, m.header.claims.iss == holder.organisation, "issuer is not the device's organisation")
            at(place, m.verify, holder.key)
            at(place, need, (s.number, s.prev) == following, f"statement {s.number} where {following[0]} is next, or another prev")
            following = s.number + 1, sha256(batch.statement)
            at(place, self.batch, batch, s, holder, trust)
        for signed in b.documents:
            m = Sign1(signed)
            if m.thing == "report":
                r = open_report(signed, self.keys)
                self.reports[r.hash] = r
            else:
                m.verify(self.keys.find(m.header.kid, "party").key)
        for signed in b.tickets:
            t = parse_ticket(signed.ticket)
            at({"ticket": t.id, "point": t.point, "seq": t.last}, self.ticket, t, signed)
            self.tickets[sha256(signed.ticket)] = t

    def batch(self, batch, s, holder, trust):
        leaves, picks = batch.leaves or [], batch.picks or []
        if batch.receipt is None:
            return need(not leaves and not picks, "records without a receipt")
        trust.receipt(batch.receipt, batch.statement)
        for r in s.runs:
            place, name = {"point": r.point, "seq": r.first}, (s.device, r.point)
            at(place, need, r.point in holder.points, "device is not registered for the point")
            first, last = self.runs.get(name, (r.first, r.first - 1))
            at(place, need, r.first == last + 1, "a hole between statements")
            self.runs[name] = first, r.last
        self.covered += s.count
        if self.bundle.depth == "records":
            need(not picks and len(leaves) == s.count, "not the records of the statement")
            need(merkle_root([sha256(b"\0", leaf) for leaf in leaves]) == s.root, "the leaves have another root")
            records = [parse_record(leaf) for leaf in leaves]
            places = [(run.point, seq) for run in s.runs for seq in range(run.first, run.last + 1)]
            need([(r.point, r.seq, r.device) for r in records] == [(*p, s.device) for p in places], "leaves are not those of the runs")
            for r in records:
                chain = self.chains.setdefault((s.device, r.point), Chain(r))
                at({"point": r.point, "seq": r.seq}, chain.append, r)
                self.records[r.hash] = r
            return None
        need(not leaves, "all records at depth tickets")
        for pick in picks:
            r = parse_record(pick.leaf)
            at({"point": r.point, "seq": r.seq}, self.pick, r, s, pick.path)
            self.records[r.hash] = r
        return None

    def pick(self, r, s, path):
        need(r.device == s.device, "record of another device")
        check_inclusion(s.root, s.count, place_in(s, r.point, r.seq), r.hash, path)
        if r.interval:
            recompute(r.interval, None)

    def ticket(self, t, signed):
        need(len(signed.signatures) == 2, "a ticket has two signatures")
        for signature, organisation in zip(signed.signatures, (t.sender, t.receiver)):
            m = Sign1(signature, "ticket")
            h = self.keys.find(m.header.kid, "party", t.at)
            need(h.organisation == organisation, f"signed by {h.organisation} where {organisation} must sign")
            m.verify(h.key, signed.ticket)
        if t.version > 1:
            p = self.tickets.get(t.previous)
            need(p, "the version before it is not in the bundle")
            same = lambda x: (x.id, x.device, x.point, x.sender, x.receiver)
            need(same(p) == same(t) and p.version == t.version - 1, "the version before it is not one of this ticket")
        need(t.closing_leaf in self.records and (t.first == 0 or t.opening_leaf in self.records), "opening or closing record is not in the bundle")
        need(t.sw is None or t.sw.report in self.reports, "laboratory report is not in the bundle")
        check_ticket(t, self.records[t.opening_leaf] if t.first else None, self.records[t.closing_leaf], self.reports[t.sw.report] if t.sw else None)
        self.keys.find(t.device, "device", t.close)
        first, last = self.runs.get((t.device, t.point), (1, 0))
        need(first <= max(t.first - 1, 0) and t.last <= last, "no unbroken run of statements covers the ticket")
