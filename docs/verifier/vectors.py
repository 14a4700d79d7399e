"""Runs gauger_verify on the vectors of docs/reference/vectors, see appendix B of formats.md there."""
import glob, json, os

import claims
import gauger_verify as g
from tlog import Trust, check_inclusion, need, sha256

unhex = bytes.fromhex


def opt(text):
    """Bytes of a field that may be null or missing."""
    return None if text is None else unhex(text)


def same(got, want):
    need(want is None or got == want, f"{got} where the vector says {want}")


def key(c):
    same(g.Key(unhex(c["coseKey"])).kid.hex(), c.get("kid"))


def sign1(c):
    g.Sign1(unhex(c["message"]), c["thing"]).verify(g.Key(unhex(c["coseKey"])), opt(c["detachedPayload"]))


def record(c):
    same(g.parse_record(unhex(c["leaf"])).hash.hex(), c.get("leafHash"))


def interval(c):
    i, before = g.parse_record(unhex(c["leaf"])).interval, c["totalsBefore"]
    names = {"flowTime": "flow_time"}
    g.recompute(i, before and {names.get(k, k): int(v) for k, v in before.items()})
    for name, computed in c.get("computedFactors", {}).items():  # F10, in units of 10^-12
        mantissa, decimals = getattr(i, name.lower())
        off = abs(mantissa * 10 ** (12 - decimals) - round(float(computed) * 10**12))
        need(2 * (off - 1000) <= 10 ** (12 - decimals), f"{name} is not right within half its last digit")


def chain(c):
    records = [g.parse_record(unhex(leaf)) for leaf in c["leaves"]]
    follows = g.Chain(records[0])
    for n, r in enumerate(records):
        try:
            follows.append(r)
        except ValueError as e:
            if n != c.get("firstWrong"):
                raise AssertionError(f"leaf {n} is the first wrong one: {e}") from None
            raise


def statement(c):
    _, m = g.parse_statement(unhex(c["signed"]))
    m.verify(g.Key(unhex(c["coseKey"])))
    same(sha256(unhex(c["signed"])).hex(), c.get("sha256"))


def registry(c):
    trust = Trust(b"quorum none\n")
    trust.orgs["did:web:producer.example"] = [unhex(c["coseKey"])[-32:]]
    g.open_registry(unhex(c["signed"]), trust)


def report(c):
    keys, coded = g.Directory(), g.Key(unhex(c["coseKey"]))
    keys.holders[coded.kid] = g.SimpleNamespace(key=coded, role="lab", organisation="did:web:lab.example", since=1770000000000, until=None)
    same(g.open_report(unhex(c["signed"]), keys).hash.hex(), c.get("sha256"))


def ticket(c):
    t, leaf = g.parse_ticket(unhex(c["ticket"])), opt(c["openingLeaf"])
    signed = opt(c["signedReport"])
    g.check_ticket(t, leaf and g.parse_record(leaf), g.parse_record(unhex(c["closingLeaf"])), signed and g.open_report(signed))
    same(sha256(unhex(c["ticket"])).hex(), c.get("sha256"))


def countersigned(c):
    keys = g.Directory()
    for field, did in (("carrierKey", "did:web:carrier.example"), ("producerKey", "did:web:producer.example")):
        coded = g.Key(unhex(c[field]))
        keys.holders[coded.kid] = g.SimpleNamespace(key=coded, role="party", organisation=did, since=1770000000000, until=None)
    g.open_countersigned(unhex(c["paper"]), keys)
    same(sha256(unhex(c["paper"])).hex(), c.get("sha256"))


def party_until(c):
    keys, coded = g.Directory(), g.Key(unhex(c["coseKey"]))
    keys.holders[coded.kid] = g.SimpleNamespace(key=coded, role="party", organisation="did:web:producer.example", since=1770000000000, until=1780000000000)
    return keys


def certificate(c):
    g.open_certificate(unhex(c["signed"]), party_until(c))
    same(sha256(unhex(c["signed"])).hex(), c.get("sha256"))


def claim(c):
    g.open_claim(unhex(c["signed"]), party_until(c))
    same(sha256(unhex(c["signed"])).hex(), c.get("sha256"))


def overlap(c):
    coded = [unhex(x["payload"]) for x in c["claims"]]
    first, second = (g.TYPES["claim"](g.decode(p)) for p in coded)
    for x in (first, second):
        g.check_claim(x)
    if coded[0] == coded[1] or claims.amends(second, first, sha256(coded[0])):
        return
    kinds = claims.entered_twice(first, second, c["claims"][0]["log"] == c["claims"][1]["log"])
    if kinds and c.get("kinds") != kinds:
        raise AssertionError(f"entered twice in {kinds}, want {c.get('kinds')}")
    need(not kinds, f"entered twice in {kinds}")


def wire(c):
    """F6, which bundles have nothing of."""
    refusal, want = g.shape("1 code text, 2 text text"), g.shape("1 number uint")
    message = unhex(c["message"])
    need(len(message) <= 1 << 20, "message too long")
    if c["kind"] == "batch":
        _, leaves, signatures = g.is_a(list, 3, 3)(g.decode(message))
        need(all(type(leaf) is bytes for leaf in g.is_a(list, 0, 4096)(leaves)), "leaves are byte strings")
        need(signatures is None or len(g.is_a(list)(signatures)) == len(leaves), "a signature for each leaf, or null")
        return
    m = g.Sign1(message, "reply")
    m.verify(g.Key(unhex(c["cloudKey"])))
    g.TYPES.update(refusal=refusal, want=want)
    reply = g.shape("1 version one, 2 device hash, 3 statement hash, ?4 receipt bytes, ?5 refusal refusal, ?6 want want, ?7 checkpoint bytes")
    r = reply(g.decode(m.payload))
    need(r.device == unhex(c["device"]), "reply to another device")
    need([r.receipt, r.refusal, r.want, r.checkpoint].count(None) == 3, "a reply has exactly one content")


def merkle(c):
    leaves = [sha256(b"\0", unhex(leaf)) for leaf in c["leaves"]]
    check_inclusion(unhex(c["root"]), c["size"], c["index"], leaves[c["index"] % len(leaves)], [unhex(h) for h in c["path"]])
    same(g.merkle_root(leaves), unhex(c["root"]))


def receipt(c):
    Trust(c["trust"].encode()).receipt(c["receipt"].encode(), unhex(c["entry"]))


def trust(c):
    Trust(c["text"].encode())


def bundle(c):
    v, result = g.Verifier(), "not a bundle"
    try:
        file = g.a_bundle(unhex(c["bundle"]))
        result = "fails"
        v.verify(file, Trust(c["trust"].encode()))
        result, v.place = "verified", {}
    finally:
        want = {name: c[key] for name, key in (("ticket", "failureTicket"), ("point", "failurePoint"), ("seq", "failureSeq")) if key in c}
        if "result" in c and (result, v.place) != (c["result"], want):
            raise AssertionError(f"{result} at {v.place}, want {c['result']} at {want}")


CHECKS = {"key": key, "sign1": sign1, "record": record, "interval": interval, "chain": chain, "statement": statement, "registry": registry,
          "report": report, "ticket": ticket, "countersigned": countersigned, "certificate": certificate, "claim": claim, "overlap": overlap, "wire": wire, "merkle": merkle, "receipt": receipt, "trust": trust, "bundle": bundle}


def run(folder):
    """Checks all files of a folder, prints a line for each, and returns the exit code."""
    wrong = 0
    files = sorted(glob.glob(os.path.join(folder, "*.json")))
    for path in files:
        name = os.path.basename(path)[:-len(".json")]
        with open(path, encoding="utf-8") as f:
            cases = json.load(f)["cases"]
        left_out = sum(c.get("needsFactors", False) for c in cases)
        for c in cases:
            if c.get("needsFactors"):
                continue
            try:
                error = None
                CHECKS[name](c)
            except ValueError as e:
                error = e
            except AssertionError as e:
                print(f"{name}: {c['name']}: {e}")
                wrong += 1
                continue
            if (error is None) != c["valid"]:
                print(f"{name}: {c['name']}: " + (f"refused, though valid: {error}" if error else f"accepted, though {c.get('why')}"))
                wrong += 1
        print(f"{name}: {len(cases) - left_out} cases" + (f", {left_out} left out: they need API MPMS 11.1" if left_out else ""))
    print(f"{wrong} of them wrong")
    return 1 if wrong or not files else 0
