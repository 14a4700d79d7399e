#!/usr/bin/env python3
"""An independent verifier of Gauger bundles, written from docs/reference alone.

    gauger_verify.py BUNDLE [--trust FILE] [--json]
    gauger_verify.py --vectors DIR

Exit codes: 0 VERIFIED (or all vectors as expected), 3 CONSISTENT, 1 the evidence fails, 2 not a bundle, or wrong usage.
It needs Python 3.10, the package cryptography and tlog.py beside it, opens no connection and writes no file. F0 to F14 are sections of
docs/reference/formats.md.
"""
import argparse, datetime, json, re, sys, unicodedata
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace
sys.dont_write_bytecode = True
from tlog import Bad, Trust, check_inclusion, ed25519_verify, merkle_root, need, sha256  # first: it says how to get the package
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

ZEROS = bytes(32)
ORGANISATION_KEY = bytes.fromhex("a301012006215820")  # a COSE_Key of Ed25519 begins so
P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CLOCKS = ("unsynchronised", "NTP", "PTP/GNSS", "RTC lost", "simulated")
UNCHECKED = ["the factors CTL, CPL and CTPL (API MPMS 11.1): only what follows from them was computed",
             "totaliser and quality flags, beyond that nobody altered them",
             "what movements come to, what papers say of each other, and the decision: gauger verify decides again on the bundle's tables",
             "that no other entry claims the same oil: that takes the log"]
UNCHECKED_TICKETS = "the records between those shown: that they follow each other, and that their totals add up (depth tickets)"

# --- F0: deterministic CBOR and nothing else; numbers

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
    if (major, n) == (7, 21):
        return True, pos
    if n >= 24:
        need(n < 28, "indefinite length")
        size, least = 1 << n - 24, (24, 1 << 8, 1 << 16, 1 << 32)[n - 24]
        n, pos = int.from_bytes(data[pos:pos + size], "big"), pos + size
        need(pos <= len(data) and n >= least, "number cut off, or not in its shortest form")
    need(major < 6, "tag, float or simple value")
    if major < 2:
        return (n, -1 - n)[major], pos
    if major < 4:
        need(pos + n <= len(data), "string cut off")
        raw = data[pos:pos + n]
        return raw.decode("utf-8") if major == 3 else raw, pos + n
    need(n <= 1 << 20, "too many elements")
    out, before = [], b""
    for i in range(n << major - 4):  # of a map, keys and values in turn
        start = pos
        value, pos = item(data, pos, depth + 1)
        if major == 5 and i % 2 == 0:
            need(type(value) is int and data[start:pos] > before, "map keys are not integers in ascending order")
            before = data[start:pos]
        out.append(value)
    return (out if major == 4 else dict(zip(out[::2], out[1::2]))), pos

def byte_string(raw):
    """The encoding of a byte string."""
    n = len(raw)
    size = 0 if n < 24 else 1 if n < 1 << 8 else 2 if n < 1 << 16 else 4
    return bytes([0x40 + (24 + size // 2 if size else n)]) + (n.to_bytes(size, "big") if size else b"") + raw

def fit(n):
    need(-2**63 <= n < 2**63, "number out of range")
    return n

def rounded(num, den):
    """num/den to the nearest integer, half away from zero."""
    q = (2 * abs(num) + den) // (2 * den)
    return fit(-q if num < 0 else q)

# --- shapes of all formats

def is_a(kind, least=0, most=1 << 26, rule=lambda v: True):
    def check(v):
        need(type(v) is kind, f"{type(v).__name__} where {kind.__name__} must be")
        size = v if kind in (int, bool) else len(v.encode()) if kind is str else len(v)
        need(least <= size <= most and rule(v), f"{v!r:.80} is out of range, of another size, or not allowed here")
        return v
    return check

def pair(first, second, rule=lambda v: True):
    return lambda v: is_a(tuple, rule=rule)(tuple(check(x) for check, x in zip((first, second), is_a(list, 2, 2)(v))))

def shape(spec):
    """A map "1 name type, ?2 name [type]": the result has the names as attributes, None for what is left out."""
    parts = map(str.split, spec.split(","))
    fields = {int(key.lstrip("?")): (name, TYPES[kind.strip("[]")], key[0] == "?", kind[0] == "[") for key, name, kind in parts}
    def check(v):
        need(type(v) is dict and v.keys() <= fields.keys(), "not a map, or one with unknown keys")
        out = SimpleNamespace()
        for key, (name, kind, optional, many) in fields.items():
            need(key in v or optional, f"{name} is missing")
            need(not optional or v.get(key, 1) not in (0, "", b"", []), f"{name} is empty and should be left out")
            try:
                setattr(out, name, None if key not in v else [kind(x) for x in is_a(list)(v[key])] if many else kind(v[key]))
            except ValueError as e:
                raise Bad(f"{name}: {e}") from None
        return out
    return check

def name(text):
    return all(unicodedata.category(c)[0] in "LMNPS" for c in text)

def point_name(text):
    return name(text) and "/" not in text

def like(pattern):
    return is_a(str, rule=re.compile(pattern).fullmatch)

def among(*texts):
    return is_a(str, rule=texts.__contains__)

def a_volume(basis):
    return basis[0] in ("m3", "bbl") and basis[1] in REFERENCES

def a_day(text):
    return re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and 1970 <= datetime.date(*map(int, text.split("-"))).year <= 9998

INT, REFERENCES = is_a(int, -2**63, 2**63 - 1), ("15C", "20C", "60F")
ROUNDINGS = "MPMS 11.1 inputs unrounded", "MPMS 11.1 input discrimination"
TYPES = {
    "int": INT, "uint": is_a(int, 0, 2**64 - 1), "nat": is_a(int, 0, 2**63 - 1), "density": is_a(int, 1, 2**63 - 1), "one": is_a(int, 1, 1),
    "clock": is_a(int, 0, 4), "count": is_a(int, 1, 2**64 - 1), "text": is_a(str), "some": is_a(str, 1), "id": is_a(str, 1, 64),
    "point": is_a(str, 1, 64, point_name), "short": is_a(str, 1, 512), "reference": is_a(str, rule=REFERENCES.__contains__),
    "role": is_a(str, rule=("device", "party", "lab", "cloud").__contains__), "depth": is_a(str, rule=("tickets", "records").__contains__),
    "bytes": is_a(bytes), "hash": is_a(bytes, 32, 32), "salt": is_a(bytes, 16, 16), "factor": pair(INT, is_a(int, 0, 255)),
    "positive": pair(INT, is_a(int, 0, 18), lambda f: f[0] > 0), "percent": pair(INT, is_a(int, 0, 6), lambda f: 0 <= f[0] <= 100 * 10 ** f[1]),
    "name": is_a(str, 1, 64, name), "words": is_a(str, 1, 256, lambda text: name(text.replace(" ", "x"))),
    "cpl": is_a(str, rule=("in meter factor",).__contains__), "way": is_a(str, rule=("sum of intervals", "ticket averages").__contains__),
    "measure": is_a(str, rule=("meter", "tank").__contains__), "places": pair(INT, is_a(int, 0, 12)), "rounding": is_a(str, rule=ROUNDINGS.__contains__),
    "paragraph": is_a(str, 1, 16384, lambda text: name(re.sub("[ \n]", "x", text))), "day": is_a(str, rule=a_day), "true": is_a(bool, 1, 1),
    "place": is_a(str, 1, 256, lambda text: all(unicodedata.category(c) != "Cc" for c in text)), "millis": is_a(int, 1, 253402300799999),
    "offset": is_a(int, -720, 840), "version": is_a(int, 1, 3), "letters": like("[A-Z]{2}"), "hs": like("[0-9]{6}"), "letter": like("[A-F]"),
    "number": like("[A-Z0-9]{3}[0-9]{8}"), "port": like("[0-9]{4}"),
    "tariff": like(r"[0-9]{4}(\.[0-9]{2}){2,3}"), "program": like("[A-Z][A-Z+*]?"), "mode": like("(?!70)[0-9]{2}"),
    "disclosure": among("named", "same as certifier", "various", "unknown", "available upon request by the importing authorities"),
    "agreement": among("USMCA", "NAFTA", "CAFTA-DR"), "capacity": among("importer", "exporter", "producer"), "share": among("originating", "rest"),
    "whose": among("YES", "NO (1)", "NO (2)", "NO (3)"), "net": among("NC", "NO"), "land": among("CA", "MX", "US", "JNT"),
    "texts": pair(is_a(str), is_a(str)), "volume": pair(is_a(str), is_a(str), a_volume),
    "extent": pair(is_a(str), is_a(str), lambda b: a_volume(b) or b in (("MMBtu", ""), ("GJ", "")))}
for rule in """
claims      1 iss text, 2 sub text;
header      1 alg int, 4 kid hash, ?15 claims claims, 16 typ text;
totals      1 iv int, 2 gsv int, 3 mass int, 4 temperature int, 5 pressure int, 6 density int, 7 flow_time int;
parameters  1 k positive, 2 mf positive, 3 basis volume, 4 commodity text, 5 density density, 6 temperature_unit text, 7 pressure_unit text,
            8 method text, 9 rounding text;
interval    1 totaliser uint, 2 pulses nat, 3 flow_time nat, 4 temperature int, 5 pressure int, 6 parameters parameters, 7 iv int, 8 ctl factor,
            9 cpl factor, 10 ctpl factor, 11 gsv int, 12 mass int, 13 totals totals, ?14 quality uint;
event       1 kind short, ?2 name short, ?3 old short, ?4 new short, ?5 who short;
record      1 version one, 2 device hash, 3 point point, 4 seq uint, 5 prev hash, 6 salt salt, 7 start nat, 8 end nat, 9 clock clock,
            ?10 interval interval, ?11 event event;
run         1 point point, 2 first uint, 3 last uint;
seen        1 size uint, 2 root hash;
statement   1 version one, 2 device hash, 3 number uint, 4 prev hash, 5 runs [run], 6 root hash, ?7 seen seen, 8 binary hash, 9 configuration hash;
stated      1 k factor, 2 mf factor, 3 basis texts, 4 commodity text, 5 density int, 6 temperature_unit text, 7 pressure_unit text, 8 method text,
            9 rounding text;
sw          1 percent factor, 2 report hash;
ticket      1 format one, 2 id id, 3 version count, 4 previous hash, ?5 batch text, 6 device hash, 7 point text, 8 first uint, 9 last uint,
            10 opening_leaf hash, 11 closing_leaf hash, 12 open int, 13 close int, 14 opening totals, 15 closing totals, 16 parameters stated,
            17 iv int, 18 temperature int, 19 pressure int, 20 density int, 21 ctpl factor, 22 gsv int, 23 of_record text, 24 other_gsv int,
            25 mass int, ?26 sw sw, ?27 nsv int, 28 sender some, 29 receiver some, 30 at int;
signed      1 ticket bytes, 2 signatures [bytes];
figure      1 name text, ?2 unit text, 3 value places;
note        1 name words, 2 value words;
carried     1 format one, 2 source hash, 3 line uint, 4 kind measure, 5 number name, 6 carrier name, 7 sender name, 8 receiver name, ?9 batch name,
            10 point name, 11 open nat, 12 close nat, 13 at nat, 14 basis volume, 15 commodity text, 16 figures [figure], ?17 texts [note],
            ?18 cpl cpl, ?19 inputs rounding, ?20 of_record way;
countersigned 1 version one, 2 paper bytes;
person      1 disclosure disclosure, ?2 name words, ?3 title words, ?4 address words, ?5 country letters, ?6 telephone words, ?7 email words, ?8 tax_id words;
covered     1 volume density, 2 basis extent, ?3 monthly true;
certificate 1 version version, 2 id words, 3 agreement agreement, 4 roles [capacity], 5 certifier person, 6 exporter person, 7 producer person,
            8 importer person, 9 description paragraph, 10 hs hs, 11 criterion letter, ?12 first day, ?13 last day, ?14 shipment words, 15 signed millis,
            16 signatory words, 17 statement paragraph, ?18 whose whose, ?19 net net, ?20 land land, ?21 invoice words, ?22 invoiced day, ?23 quantity covered;
traffic     1 week nat, 2 month nat;
claim       1 version version, 2 entry number, 3 by name, 4 importer name, 5 exporter name, 6 batch name, 7 ticket hash, 8 device hash, 9 point place,
            10 first uint, 11 last uint, 12 port port, 13 offset offset, 14 code letters, 15 country letters, 16 hts tariff, 17 sale name, 18 entered millis,
            19 traffic traffic, ?20 program program, ?21 certificate hash, ?22 held millis, ?23 amends hash, 24 at millis, ?25 share share,
            ?26 carrier name, ?27 open nat, ?28 close millis, ?29 event name, ?30 mode mode, ?31 arrived millis, ?32 loaded millis;
report      1 format one, 2 id some, 3 batch text, 4 point text, 5 sw percent, 6 density int, 7 reference reference, 8 method text, 9 sampled int,
            10 reported int, 11 laboratory some;
entry       1 key bytes, 2 role role, 3 name text, ?4 points [point], 5 since int, ?6 until int;
registry    1 version one, 2 organisation some, 3 name text, 4 number uint, 5 entries [entry];
pick        1 leaf bytes, 2 path [hash];
batch       1 statement bytes, ?2 receipt bytes, ?3 leaves [bytes], ?4 picks [pick];
table       1 name text, 2 file bytes;
bundle      1 version one, 2 depth depth, 3 sealed int, 4 trust bytes, 5 registries [bytes], 6 batches [batch], 7 tickets [signed],
            8 documents [bytes], ?9 tables [table], ?10 decision bytes""".split(";"):
    TYPES[rule.split()[0]] = shape(rule.split(maxsplit=1)[1])

# --- F4: keys and signatures

class Key:
    def __init__(self, coded):
        v, self.kid = decode(coded), sha256(coded)
        need(type(v) is dict and all(TYPES["hash"](v.get(k, ZEROS)) for k in (-2, -3)), "not a COSE_Key")
        if v.keys() == {1, -1, -2} and (v[1], v[-1]) == (1, 6):
            self.alg, self.public = -8, v[-2]
        else:
            need(v.keys() == {1, -1, -2, -3} and (v[1], v[-1]) == (2, 1), "not a COSE_Key of Ed25519 or P-256")
            self.alg, self.public = -7, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + v[-2] + v[-3])

    def verify(self, signature, message):
        if self.alg == -8:
            return ed25519_verify(self.public, signature, message)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        need(0 < r < P256_N and 0 < s <= P256_N // 2, "s of the signature is not low, or a number is out of range")
        try:
            self.public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Bad("signature does not verify") from None

class Sign1:
    def __init__(self, message, thing=None):
        need(message[:1] == b"\xd2", "not a tagged COSE_Sign1")
        self.head, unprotected, self.payload, self.signature = is_a(list, 4, 4)(decode(message[1:]))
        self.header = TYPES["header"](decode(TYPES["bytes"](self.head)))
        need(unprotected == {} and len(TYPES["bytes"](self.signature)) == 64, "unprotected header not empty, or signature not of 64 bytes")
        need(self.payload is None or TYPES["bytes"](self.payload) is not None, "payload is neither bytes nor null")
        match = re.fullmatch(r"application/gauger\.(.*)\.v1\+cbor", self.header.typ, re.DOTALL)
        need(match and thing in (None, match[1]), f"typ {self.header.typ} is not that of a {thing}")
        self.thing = match[1]

    def verify(self, key, detached=None):
        need((self.payload is None) != (detached is None), "payload is attached where it must be detached, or the other way round")
        need(self.header.kid == key.kid and self.header.alg == key.alg, "signed by another key, or algorithm of another")
        payload = self.payload if detached is None else detached
        key.verify(self.signature, b"\x84\x6aSignature1" + byte_string(self.head) + b"\x40" + byte_string(payload))

    def content(self):
        need(self.payload is not None, "payload is missing")
        return TYPES[self.thing](decode(self.payload))

# --- F1, F2: records

def parse_record(leaf):
    need(len(leaf) <= 4096, "record too long")
    r = TYPES["record"](decode(leaf))
    r.hash = sha256(b"\0", leaf)
    need((r.interval is None) != (r.event is None), "a record holds an interval or an event, and only one")
    need(r.start <= r.end <= 253402300799999 and (r.interval or r.start == r.end), "times out of range, or an event with a length")
    need(r.seq > 0 or r.prev == ZEROS, "the first record names one before it")
    return r

def check_method(p):
    special = re.fullmatch(r"special (\d+(?:\.\d+)?(?:[eE]-?\d+)?)", p.commodity)
    need(p.commodity in ("crude", "refined", "lubricating") or special and 230e-6 <= float(special[1]) <= 930e-6, "unknown commodity group")
    need(p.temperature_unit in ("degC", "degF") and p.pressure_unit in ("kPag", "psig"), "unknown unit of temperature or pressure")
    need(p.method == "API MPMS 11.1-2004/Add.1-2007", "unknown method")
    need(p.rounding in ("MPMS 11.1 inputs unrounded", "MPMS 11.1 input discrimination"), "unknown rounding")

def gross(iv, mf, ctpl):
    need(ctpl[0] > 0 and ctpl[1] == 5, "CTPL must be positive, with five decimals")
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
    need(before is None or before["flow_time"] >= 0, "less flow time in all than in the interval")
    need(before is None or vars(i.totals) == {k: fit(before[k] + own[k]) for k in own}, "running totals are not those before plus this interval")

class Chain:
    """Follows the records of one point, from any of them on."""
    def __init__(self, first):
        self.seq, self.prev, self.end, self.totals = first.seq, first.prev, None, None

    def append(self, r):
        need(r.seq == self.seq, f"sequence number {self.seq} is next")
        need(r.prev == self.prev, "prev is not the hash of the record before")
        if r.interval:
            need(self.end in (None, r.start), "the interval does not start where the last one ended")
            if self.end is None and r.seq > 0:  # taken up in the middle: what lies before is taken on its word
                own = shares(r.interval)
                self.totals = {k: fit(v - own[k]) for k, v in vars(r.interval.totals).items()}
            recompute(r.interval, self.totals or dict.fromkeys(vars(r.interval.totals), 0))
            self.totals = vars(r.interval.totals)
        need(r.interval or self.end is None or r.start >= self.end, "the event is dated before the end of the last interval")
        self.end = r.end if r.interval or r.seq == 0 else self.end
        self.seq, self.prev = r.seq + 1, r.hash

# --- F3: statements

def parse_statement(signed):
    need(len(signed) <= 65535, "statement too long")
    m = Sign1(signed, "statement")
    s, claims = m.content(), m.header.claims
    need(s.device == m.header.kid and claims and claims.iss and claims.sub == s.device.hex(), "device, kid and claims do not agree")
    need((s.number > 0 or s.prev == ZEROS) and 1 <= len(s.runs) <= 1024, "the first statement names one before it, or no or too many runs")
    need(all(r.first <= r.last for r in s.runs) and sum(r.last - r.first + 1 for r in s.runs) <= 4096, "run backwards, or too many records")
    for a, b in zip(s.runs, s.runs[1:]):
        need(a.point.encode() < b.point.encode() or a.point == b.point and a.last + 1 < b.first, "runs out of order")
    s.places = [(r.point, seq) for r in s.runs for seq in range(r.first, r.last + 1)]
    return s, m

# --- F7, F8: registries, reports, tickets

def open_registry(signed, trust):
    m = Sign1(signed, "registry")
    r = m.content()
    keys = [Key(ORGANISATION_KEY + raw) for raw in trust.orgs.get(r.organisation, [])]
    need(keys, f"the trust file has no key for {r.organisation}")
    m.verify(next((key for key in keys if key.kid == m.header.kid), keys[0]))
    need(m.header.claims and m.header.claims.iss == r.organisation and len(r.entries) <= 1024, "issuer differs, or too many keys")
    for e in r.entries:
        e.key, e.organisation, points = Key(e.key), r.organisation, [p.encode() for p in e.points or []]
        need((e.role == "device") == bool(points) and points == sorted(points), "a device, and only a device, names its points, sorted")
        need(e.until is None or e.until > e.since, "ends before it begins")
    need(len({e.key.kid for e in r.entries}) == len(r.entries), "a key is listed twice")
    return r

class Directory:
    def __init__(self):
        self.holders, self.numbers = {}, {}

    def add(self, r):
        need(r.number > self.numbers.get(r.organisation, -1), "registry is not newer than the one before it")
        need(all(self.holders.get(e.key.kid, e).organisation == r.organisation for e in r.entries), "key of another organisation")
        others = {kid: h for kid, h in self.holders.items() if h.organisation != r.organisation}
        self.holders, self.numbers[r.organisation] = others | {e.key.kid: e for e in r.entries}, r.number

    def find(self, kid, role, time=None):
        h = self.holders.get(kid)
        need(h and h.role == role, f"key {kid.hex()} is not registered as {role}")
        need(time is None or h.since <= time and (h.until is None or time < h.until), f"key {kid.hex()} was not valid at {time}")
        return h

def open_report(signed, keys=None):
    """A laboratory report; without keys its signature is not looked at."""
    need(len(signed) <= 8192, "report too long")
    m = Sign1(signed, "report")
    r = m.content()
    r.hash = sha256(signed)
    if keys:
        h = keys.find(m.header.kid, "lab", r.reported)
        need(h.organisation == r.laboratory, "signed by another than the laboratory it names")
        m.verify(h.key)
    return r

def parse_ticket(encoded):
    need(len(encoded) <= 8192, "ticket too long")
    t = TYPES["ticket"](decode(encoded))
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
        q, counted = opening.interval.parameters, lambda x: (x.basis, x.temperature_unit, x.pressure_unit)
        need((opening.device, opening.point) == (closing.device, closing.point) and opening.seq < closing.seq, "not an earlier record of the point")
        need(counted(p) == counted(q), "the units changed")
        want |= {"first": opening.seq + 1, "opening_leaf": opening.hash, "open": opening.end, "opening": opening.interval.totals}
    sums = {k: fit(v - getattr(want["opening"], k)) for k, v in vars(end).items() if k != "flow_time"}
    need(sums["iv"] > 0, "nothing flowed between its records")
    want |= {k: rounded(sums[k] * 10**6, sums["iv"]) for k in ("temperature", "pressure", "density")} | {k: sums[k] for k in ("iv", "mass")}
    check_method(p)
    ways = {"sum of intervals": sums["gsv"], "ticket averages": gross(sums["iv"], p.mf, t.ctpl)}
    need(t.of_record in ways, "unknown quantity of record")
    want |= {"gsv": ways.pop(t.of_record), "other_gsv": [*ways.values()][0]}
    need((t.sw is None) == (report is None), "final without its report, or provisional with one")
    if report:
        need((report.batch, report.point) == (t.batch or "", t.point), "report about another batch or point")
        need(t.at >= report.reported, "report from after the ticket")
        whole = 10 ** (report.sw[1] + 2)
        want |= {"sw": SimpleNamespace(percent=report.sw, report=report.hash), "nsv": rounded(want["gsv"] * (whole - report.sw[0]), whole)}
    for name, value in want.items():
        need(getattr(t, name) == value, f"{name} of ticket {t.id} does not follow from its records")

# --- F12: carriers' tickets

NUMBER, FACTOR, VOLUME, MASS, PERCENT = "number", "factor", "volume", ("kg",), ("%",)
TEMPERATURE, PRESSURE, DENSITY = ("F", "C"), ("psig", "kPag", "barg"), ("API", "RD", "kg/m3")
FIGURES = {"pulses": NUMBER, "K-factor": FACTOR, "opening totaliser": VOLUME, "closing totaliser": VOLUME, "opening volume": VOLUME,
           "opening free water": VOLUME, "opening temperature": TEMPERATURE, "closing volume": VOLUME, "closing free water": VOLUME,
           "closing temperature": TEMPERATURE, "IV": VOLUME, "meter factor": FACTOR, "GV": VOLUME, "temperature": TEMPERATURE, "pressure": PRESSURE,
           "observed density": DENSITY, "observed temperature": TEMPERATURE, "density": DENSITY, "CTL": FACTOR, "CPL": FACTOR, "CTPL": FACTOR,
           "CCF": FACTOR, "GSV": VOLUME, "GSV from averages": VOLUME, "S&W": PERCENT, "CSW": FACTOR, "NSV": VOLUME, "S&W volume": VOLUME, "mass": MASS}
TEXTS = ("lease", "property", "tank", "capacity", "product", "opening gauge", "closing gauge", "seals off", "seals on", "gauger", "operator",
         "driver", "witness", "delivers", "receives", "carrier", "remarks")

def check_figure(f, unit):
    """The rules for a figure's unit and value, by its name."""
    kind, (mantissa, decimals) = FIGURES[f.name], f.value
    need((f.unit or "") in (("",) if kind in (NUMBER, FACTOR) else (unit,) if kind == VOLUME else kind), f"{f.name} is in another unit")
    need(kind in (TEMPERATURE, PRESSURE, DENSITY) or mantissa >= 0, f"{f.name} is negative")
    need(kind != FACTOR or mantissa > 0, f"{f.name} is not positive")
    need(kind != NUMBER or decimals == 0, f"{f.name} is not whole")
    need(kind not in (VOLUME, MASS) or decimals <= 6, f"{f.name} has too many decimals")
    need(kind != PERCENT or mantissa <= 100 * 10 ** decimals, f"{f.name} is above 100 %")

def open_countersigned(paper, keys):
    """A carrier's ticket that both its parties signed."""
    outer = Sign1(paper, "countersigned")
    inner = Sign1(outer.content().paper, "carrier-ticket")
    need(len(inner.payload) <= 8192, "carrier's ticket too long")
    t = TYPES["carried"](decode(inner.payload))
    stated = {f.name: f.value for f in t.figures}
    order = [list(FIGURES).index(f.name) for f in t.figures if f.name in FIGURES]
    need(len(order) == len(t.figures) and order == sorted(set(order)), "a figure is unknown, twice there or out of order")
    for f in t.figures:
        check_figure(f, t.basis[0])
    need(all(x.name in TEXTS for x in t.texts or []), "a text is unknown")
    need(t.sender != t.receiver and t.carrier in (t.sender, t.receiver), "the carrier is none of two parties")
    need(t.open < t.close <= t.at <= 253402300799999, "it does not open, close and become a paper in this order")
    need(stated.get("GSV", (0, 0))[0] > 0, "no gross standard volume")
    need("density" in stated or "observed density" in stated and "observed temperature" in stated, "no density")
    signers = []
    for m in (inner, outer):
        h = keys.find(m.header.kid, "party", t.at)
        m.verify(h.key)
        signers.append(h.organisation)
    need(sorted(signers) == sorted((t.sender, t.receiver)), "signed by others than its two parties")
    return t

# --- F13, F14: certificates of origin, claims

FORMS = {  # roles; who exporter, producer and importer can be, by initials; criteria
    "USMCA": ({"importer", "exporter", "producer"}, "nsu", "nsva", "nsvu", "ABCD"),
    "NAFTA": ({"exporter", "producer"}, "ns", "nsvua", "nvu", "ABCDEF"),
    "CAFTA-DR": ({"importer", "exporter", "producer"}, "nsu", "nsvua", "nsvu", "ABC")}

def open_paper(signed, thing, keys):
    m = Sign1(signed, thing)
    need(m.payload is not None and len(m.payload) <= 16384, f"{thing} too long, or not there")
    h = keys.find(m.header.kid, "party")
    m.verify(h.key)
    return m.content(), h

def open_certificate(signed, keys):
    c, h = open_paper(signed, "certificate", keys)
    roles, *disclosures, criteria = FORMS[c.agreement]
    parties, form434, invoice = (c.certifier, c.exporter, c.producer, c.importer), (c.whose, c.net, c.land), (c.invoice, c.invoiced)
    later = c.agreement != "USMCA" or any(form434 + invoice) or any(p.tax_id for p in parties)
    need(c.version == (3 if c.quantity else 2 if later else 1), "another version holds what it says")
    need(h.until is None or c.signed < h.until, "certified when the key had ended")
    need(c.roles and len(c.roles) == len(set(c.roles)) and roles.issuperset(c.roles), "a role is missing, twice there or none of this agreement")
    need(c.criterion in criteria, "no criterion of this agreement")
    need(c.certifier.title and c.certifier.telephone, "the certifier has no title or telephone")
    for p, allowed in zip(parties, ("n", *disclosures)):
        need(p.disclosure[0] in allowed, f"a party cannot be {p.disclosure}")
        if p.disclosure == "named":
            need(p.name and p.address and p.country and (p.email or c.agreement != "USMCA"), "a named party lacks name, address, country or e-mail")
        else:
            need(set(vars(p).values()) == {p.disclosure, None}, "a party that is not named has details")
    need(c.agreement != "USMCA" or c.exporter.disclosure != "unknown" or "producer" in c.roles, "only a producer may not know the exporter")
    if c.agreement == "NAFTA":
        need(all(form434) and (c.whose == "YES") == ("producer" in c.roles), "fields 8 to 10 are missing, or field 8 is not the certifier's")
    else:
        need(not any(form434), "fields of Form 434 under another agreement")
    need(not any(invoice) or c.agreement == "CAFTA-DR" and all(invoice), "an invoice under another agreement, or half of one")
    single = c.shipment or c.invoice
    need(bool(c.first) == bool(c.last) != bool(single), "neither a period nor a shipment, or both")
    if c.first:
        year, day = int(c.first[:4]) + 1, "-02-28" if c.first.endswith("-02-29") else c.first[4:]
        need(c.first <= c.last < f"{year:04}{day}", "the period runs backwards, or for more than a year")
    need(not c.quantity or not c.quantity.monthly or c.first, "a shipment has no months")
    return c

def check_digit(number):
    """That of an entry number, from its first ten characters."""
    values = [int(x) if x.isdigit() else (ord(x) - ord("A")) % 9 + 1 if x < "S" else ord(x) - ord("S") + 2 for x in number]
    return str(-sum(sum(divmod(v * (1 + i % 2), 10)) for i, v in enumerate(values)) % 10)

def open_claim(signed, keys):
    c, h = open_paper(signed, "claim", keys)
    keys.find(h.key.kid, "party", c.at)
    need(h.organisation == c.by, f"signed by {h.organisation}, not by {c.by}")
    check_claim(c)
    return c

def check_claim(c):
    need(c.version == (1 if [c.carrier, c.open, c.close, c.event, c.mode, c.arrived, c.loaded] == [None] * 7 else 2), "another version holds what it names")
    need(c.entry[:3] != "000" and c.entry[10] == check_digit(c.entry[:10]), "no entry number: filer or check digit")
    need(c.first <= c.last, "records run backwards")
    need(not c.program or c.certificate and c.share != "rest", "a preference without certificate, or for what does not originate")
    need(c.event or name(c.point) and len(c.point.encode()) <= 64, "point is no name")
    need(bool(c.mode) == bool(c.arrived) and (c.loaded or 0) <= (c.arrived or 0), "how it came, and when, are not said together, or out of order")
    if c.carrier:
        need((c.device, c.first, c.last) == (ZEROS, 0, 0), "it enters records or a carrier's ticket, not both")
    else:
        need(c.device != ZEROS and not c.event, "it enters no records, and names no carrier")
    if c.event:
        need(c.close and c.open is None, "an event has its instant in close")
    elif c.carrier or c.open or c.close:
        need(c.close and (c.open or 0) < c.close, "it does not open and close in this order")

PAPERS = {"countersigned": open_countersigned, "certificate": open_certificate, "claim": open_claim}

# --- F9: the bundle

class Verifier:
    """Checks a bundle; place names what is being looked at."""
    def __init__(self):
        self.bundle, self.place = None, {}
        self.keys, self.records, self.runs, self.chains = Directory(), {}, {}, {}
        self.reports, self.tickets, self.covered = {}, {}, 0

    def verify(self, file, trust=None):
        """Verifies a file under a trust file, or under the one that it brings along."""
        seal = Sign1(file, "bundle")
        self.bundle = seal.content()
        trust = trust or Trust(self.bundle.trust)
        for signed in self.bundle.registries:
            self.keys.add(open_registry(signed, trust))
        device, following = b"", None
        for batch in self.bundle.batches:
            self.place = {}
            s, m = parse_statement(batch.statement)
            self.place = {"point": s.runs[0].point, "seq": s.runs[0].first}
            need(s.device >= device, "devices are out of order")
            holder = self.keys.find(s.device, "device")
            need(m.header.claims.iss == holder.organisation, "issuer is not the device's organisation")
            m.verify(holder.key)
            need(s.device != device or (s.number, s.prev) == following, f"statement {s.number} is not the next, or not linked to the one before")
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
        self.place = {}
        seal.verify(self.keys.find(seal.header.kid, "party", self.bundle.sealed).key)
        for signed in self.bundle.documents if self.bundle.decision else ():
            thing = Sign1(signed).thing
            if thing in PAPERS:
                PAPERS[thing](signed, self.keys)

    def batch(self, batch, s, holder, trust):
        leaves, picks, by_tickets, statement = batch.leaves or [], batch.picks or [], self.bundle.depth == "tickets", self.place
        if batch.receipt is None:
            return need(not leaves and not picks, "records without a receipt")
        trust.receipt(batch.receipt, batch.statement)
        for run in s.runs:
            self.place = {"point": run.point, "seq": run.first}
            first, last = self.runs.get((s.device, run.point), (run.first, run.first - 1))
            need(run.point in holder.points, "the device is not registered for the point")
            need(run.first == last + 1, "a hole between statements")
            self.runs[s.device, run.point] = first, run.last
        self.place, self.covered = statement, self.covered + len(s.places)
        need(not leaves if by_tickets else not picks and len(leaves) == len(s.places), "not the records that belong to this depth")
        records = [parse_record(leaf) for leaf in leaves]
        if records:
            need(merkle_root([r.hash for r in records]) == s.root, "the leaves have another root")
            need([(r.device, r.point, r.seq) for r in records] == [(s.device, *p) for p in s.places], "the leaves are not those of the runs")
        for r in records:
            self.place = {"point": r.point, "seq": r.seq}
            self.chains.setdefault((s.device, r.point), Chain(r)).append(r)
        for pick in picks:
            self.place = statement
            r = parse_record(pick.leaf)
            self.place = {"point": r.point, "seq": r.seq}
            need(r.device == s.device and (r.point, r.seq) in s.places, "the statement does not cover this record")
            check_inclusion(s.root, len(s.places), s.places.index((r.point, r.seq)), r.hash, pick.path)
            if r.interval:
                recompute(r.interval, None)
            records.append(r)
        self.records |= {r.hash: r for r in records}

    def ticket(self, t, signed):
        self.place = {"ticket": t.id, "point": t.point, "seq": t.last}
        need(len(signed.signatures) == 2, "a ticket has two signatures")
        for signature, organisation in zip(signed.signatures, (t.sender, t.receiver)):
            m = Sign1(signature, "ticket")
            h = self.keys.find(m.header.kid, "party", t.at)
            need(h.organisation == organisation, f"signed by {h.organisation} where {organisation} must sign")
            m.verify(h.key, signed.ticket)
        before, same = self.tickets.get(t.previous), lambda x: (x.id, x.device, x.point, x.sender, x.receiver)
        need(t.version == 1 or before, "the version before it is not in the bundle")
        need(t.version == 1 or same(before) == same(t) and before.version == t.version - 1, "the version before it is not one of this ticket")
        need(t.closing_leaf in self.records, "its closing record is not in the bundle")
        need(t.first == 0 or t.opening_leaf in self.records, "its opening record is not in the bundle")
        need(t.sw is None or t.sw.report in self.reports, "laboratory report is not in the bundle")
        check_ticket(t, self.records[t.opening_leaf] if t.first else None, self.records[t.closing_leaf], self.reports[t.sw.report] if t.sw else None)
        self.keys.find(t.device, "device", t.close)
        first, last = self.runs.get((t.device, t.point), (1, 0))
        need(first <= max(t.first - 1, 0) and t.last <= last, "no unbroken run of statements covers the ticket")
        self.tickets[sha256(signed.ticket)] = t

def a_bundle(file):
    need(file[:2] == b"\xd2\x84" or b"application/gauger.bundle.v1+cbor" in file[:256], "not a bundle")
    return file

def read(path, make):
    try:
        with open(path, "rb") as f:
            return make(f.read((64 << 20) + 2))
    except (OSError, ValueError) as e:
        print(f"{path}: {e}", file=sys.stderr)
        sys.exit(2)

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?")
    parser.add_argument("--trust", metavar="FILE", help="trust file from outside; without it, the bundle's own: CONSISTENT at best")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--vectors", metavar="DIR", help="check the test vectors of docs/reference instead")
    args = parser.parse_args()
    if (args.bundle is None) == (args.vectors is None):
        parser.error("name a bundle or --vectors DIR")
    if args.vectors:
        import vectors  # the runner is for those who write verifiers, and no part of this one
        return vectors.run(args.vectors)
    file, trust = read(args.bundle, a_bundle), args.trust and read(args.trust, Trust)
    v, failure = Verifier(), None
    try:
        v.verify(file, trust)
    except ValueError as e:
        failure = {**v.place, "what": str(e)}
    unchecked = [] if failure else UNCHECKED + [UNCHECKED_TICKETS] * (v.bundle.depth == "tickets")
    result = "FAILED" if failure else "VERIFIED" if trust else "CONSISTENT"
    if args.json:
        print(json.dumps({"ok": failure is None, "result": result, "trust": "file" if trust else "bundle",
                          "records": 0 if failure else v.covered, "tickets": 0 if failure else len(v.tickets), "unchecked": unchecked,
                          **({"failure": failure} if failure else {})}))
    elif failure:
        print(result + ": " + ", ".join(f"{k} {x}" for k, x in failure.items()))
    else:
        print(result + ("" if trust else ": on the keys that came with the bundle, which proves nothing about who made it"))
        print(f"  {v.covered} records in {len(v.bundle.batches)} statements, {len(v.records)} of them shown, {len(v.bundle.documents)} documents")
        clocks = Counter(CLOCKS[r.clock] for r in v.records.values())
        print("  clocks of the records shown: " + ", ".join(f"{clock} {n}" for clock, n in clocks.items()))
        for t in v.tickets.values():
            gsv, nsv = (f"{Decimal(x).scaleb(-6):f} {' at '.join(t.parameters.basis)}" for x in (t.gsv, t.nsv or 0))
            print(f"  ticket {t.id} version {t.version}: {t.point} {t.first} to {t.last}, GSV {gsv}, " + (f"NSV {nsv}" if t.sw else "provisional"))
        print(*("  not checked: " + u for u in unchecked), sep="\n")
    return 1 if failure else 0 if trust else 3

if __name__ == "__main__":
    sys.exit(main())
