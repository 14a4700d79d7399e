"""What two claims enter both (F14), for whoever reads a log; no part of the verification of a bundle."""


def goods(c):
    return (c.batch, c.ticket, c.device, c.point, c.first, c.last, c.carrier, c.event) + ((c.open, c.close) if c.carrier else ())


def entered_twice(a, b, one_log):
    """In what two claims, neither of which amends the other, enter the same (F14)."""
    whole = goods(a) == goods(b) and a.importer == b.importer
    begins = [(c.close or 0) - 1 if c.open is None else c.open for c in (a, b)]
    meet = a.close and b.close and not a.event and not b.event and a.point == b.point and begins[0] < b.close and begins[1] < a.close
    if whole and {a.share, b.share} == {"originating", "rest"}:
        first = []  # they complete each other
    elif not a.carrier and not b.carrier:
        first = ["records"] * ((a.device, a.point) == (b.device, b.point) and a.first <= b.last and b.first <= a.last)
    elif a.carrier == b.carrier and (a.ticket == b.ticket or a.event and a.event == b.event or meet):
        first = ["paper"]
    else:
        first = ["point"] * bool(one_log and meet)
    meters = (a.device, a.point, a.carrier) != (b.device, b.point, b.carrier)
    return first or ["batch"] * (one_log and a.batch == b.batch and meters) + ["entry"] * (a.entry == b.entry)


def amends(later, first, hash_of_first):
    """Whether a claim adds a preference to another, and enters nothing."""
    same = lambda c: (goods(c), c.entry, c.importer, c.share, c.mode, c.arrived, c.loaded)
    return later.amends == hash_of_first and first.amends is None and same(later) == same(first)
