"""Runs gauger_verify on the vectors of docs/reference/vectors, see appendix B of formats.md there."""
import glob, json, os

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
    trust.orgs["did:web:producer.example"] = unhex(c["coseKey"])[-32:]
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


def merkle(c):
    leaves = [sha256(b"\0", unhex(leaf)) for leaf in c["leaves"]]
    check_inclusion(unhex(c["root"]), c["size"], c["index"], leaves[c["index"] % len(leaves)], [unhex(h) for h in c["path"]])
    same(g.merkle_root(leaves), unhex(c["root"]))


def receipt(c):
    Trust(c["trust"].encode()).receipt(c["receipt"].encode(), unhex(c["entry"]))


def trust(c):
    Trust(c["text"].encode())


def bundle(c):
    result, place = "not a bundle", {}
    try:
        v = g.Verifier(unhex(c["bundle"]))
        result = "fails"
        try:
            v.verify(Trust(c["trust"].encode()))
        except ValueError:
            place = v.place
            raise
        result = "verified"
    finally:
        want = {name: c[key] for name, key in (("ticket", "failureTicket"), ("point", "failurePoint"), ("seq", "failureSeq")) if key in c}
        if "result" in c and (result, place) != (c["result"], want):
            raise AssertionError(f"{result} at {place}, want {c['result']} at {want}")


CHECKS = {"key": key, "sign1": sign1, "record": record, "interval": interval, "chain": chain, "statement": statement, "registry": registry,
          "report": report, "ticket": ticket, "merkle": merkle, "receipt": receipt, "trust": trust, "bundle": bundle}


def run(folder):
    """Checks all files of a folder, prints a line for each, and returns the exit code."""
    wrong = 0
    files = sorted(glob.glob(os.path.join(folder, "*.json")))
    for path in files:
        name = os.path.basename(path)[:-len(".json")]
        if name not in CHECKS:
            print(f"{name}: skipped, not part of a bundle")
            continue
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
